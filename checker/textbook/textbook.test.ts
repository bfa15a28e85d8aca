import { describe, expect, test } from "vitest";
import { exhaustive, startExhaustive } from "../explore/exhaustive.ts";
import type { RunRecord, Verdict } from "../run-record.ts";
import type { System } from "../system.ts";
import { dieHard } from "./die-hard.ts";
import { diningPhilosophers } from "./dining-philosophers.ts";
import { pageFaultProtocol, PROTOCOL_SIZES } from "./page-fault-protocol.ts";
import { twoPhaseCommit } from "./two-phase-commit.ts";

const run = (system: System, limits = {}): RunRecord =>
  exhaustive(system, { system: system.name, hardware: "", host: "", bounds: "", set: {} }, limits);
const verdict = (record: RunRecord, id: string): Verdict =>
  record.properties.find((property) => property.id === id)!.verdict;
const stepsOf = (found: Verdict): readonly unknown[] | undefined =>
  found.kind === "violated" ? found.trace.steps : undefined;

describe("two-phase commit", () => {
  test.each([
    [3, 288, 1_145],
    [5, 8_832, undefined],
    [7, 296_448, undefined],
  ])("of %i resource managers has the states everybody finds", (managers, states, transitions) => {
    const record = run(twoPhaseCommit(managers));
    expect(record.search).toMatchObject({ complete: true, states, ...(transitions && { transitions }) });
    expect(verdict(record, "TPC-1")).toEqual({ kind: "holds" });
    expect(verdict(record, "TPC-2").kind).toBe("witnessed");
  });
});

describe("Die Hard", () => {
  test("has 16 states and 96 steps, and 4 gallons after 6 of them", () => {
    const record = run(dieHard());
    expect(record.search).toMatchObject({ complete: true, states: 16, transitions: 96 });
    expect(verdict(record, "JUG-1")).toEqual({ kind: "holds" });
    expect(verdict(record, "JUG-2")).toEqual({ kind: "witnessed", depth: 6 });
  });

  test("never has 6 gallons in one jug", () => {
    expect(verdict(run(dieHard(6)), "JUG-2")).toEqual({ kind: "never-witnessed" });
  });
});

describe("dining philosophers", () => {
  /**
   * Each is thinking, waiting or eating; whoever eats has the fork that the next one would start with. That is all there
   * is to a state, so the states are the closed walks of length N over three vertices: the trace of a power of a matrix.
   */
  function seatings(count: number): number {
    const mayFollow = [
      [1, 1, 1],
      [1, 1, 1],
      [1, 0, 0],
    ];
    let power = mayFollow;
    for (let k = 1; k < count; k++)
      power = power.map((row) => [0, 1, 2].map((j) => row.reduce((sum, ways, i) => sum + ways * mayFollow[i]![j]!, 0)));
    return power[0]![0]! + power[1]![1]! + power[2]![2]!;
  }

  test.each([2, 3, 4, 5, 8])(
    "%i of them, each with the left fork first, can starve together after as many steps",
    (count) => {
      const record = run(diningPhilosophers(count));
      expect(record.search).toMatchObject({ complete: true, states: seatings(count) });
      expect(stepsOf(verdict(record, "DEADLOCK"))).toHaveLength(count);
      expect(verdict(record, "FORK-1")).toEqual({ kind: "holds" });
      expect(verdict(record, "FORK-2")).toMatchObject({ kind: "witnessed", depth: 2 * Math.floor(count / 2) });
    },
  );

  test.each([2, 3, 5, 8])("%i of them, one with the right fork first, never starve", (count) => {
    const record = run(diningPhilosophers(count, { oneStartsRight: true }));
    expect(verdict(record, "DEADLOCK")).toEqual({ kind: "holds" });
    expect(verdict(record, "FORK-1")).toEqual({ kind: "holds" });
    expect(verdict(record, "FORK-2").kind).toBe("witnessed");
  });
});

describe("the page-fault protocol", () => {
  test.each(["XS", "S"] as const)(
    "of size %s has the states and transitions that SPIN, TLC, Rumur and C find",
    (name) => {
      const { size, states, transitions } = PROTOCOL_SIZES[name];
      const record = run(pageFaultProtocol(size));
      expect(record.search).toMatchObject({ complete: true, states, transitions, depth: { XS: 30, S: 41 }[name] });
      expect(verdict(record, "PFP-1")).toEqual({ kind: "holds" });
      expect(verdict(record, "PFP-2").kind).toBe("witnessed");
      expect(verdict(record, "DEADLOCK")).toEqual({ kind: "holds" });
    },
  );

  test("whose eviction ignores DMA in flight breaks after 14 steps, told through XState", () => {
    const record = run(pageFaultProtocol(PROTOCOL_SIZES.M.size, { seeded: true }), { stopAtViolation: true });
    expect(stepsOf(verdict(record, "PFP-1"))).toHaveLength(14);
    expect(stepsOf(verdict(record, "PFP-1"))!.at(-1)).toMatchObject({
      action: { event: { type: "handler.pins" } },
      holds: false,
    });
  });

  test("takes at most 40 bytes for each state", () => {
    const search = startExhaustive(pageFaultProtocol(PROTOCOL_SIZES.S.size));
    while (search.advance(1 << 20));
    expect(search.bytes / search.store.count).toBeLessThan(40);
  });
});
