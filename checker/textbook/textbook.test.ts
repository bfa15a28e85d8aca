import { describe, expect, test } from "vitest";
import { exhaustive, startExhaustive } from "../explore/exhaustive.ts";
import type { RunRecord, Verdict } from "../run-record.ts";
import type { FairnessClass, System } from "../system.ts";
import { dieHard } from "./die-hard.ts";
import { diningPhilosophers } from "./dining-philosophers.ts";
import { pageFaultProtocol, PROTOCOL_SIZES, type ProtocolSize } from "./page-fault-protocol.ts";
import { twoPhaseCommit } from "./two-phase-commit.ts";

/** Without symmetry: what others published are counts of all states. */
const run = (system: System, limits = {}): RunRecord =>
  exhaustive(
    system,
    { system: system.name, hardware: "", host: "", bounds: "", set: {} },
    { symmetry: false, ...limits },
  );
const verdict = (record: RunRecord, id: string): Verdict =>
  record.properties.find((property) => property.id === id)!.verdict;
const stepsOf = (found: Verdict): readonly unknown[] | undefined =>
  found.kind === "violated" ? found.trace.steps : undefined;

/** Steps of the cycle of a counterexample. */
const cycleOf = (found: Verdict): number | undefined =>
  found.kind === "violated" ? found.trace.steps.length - found.trace.loop! : undefined;

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

describe("what two-phase commit leads to", () => {
  test("a silent coordinator blocks whoever has prepared, once all that was sent has arrived", () => {
    const found = verdict(run(twoPhaseCommit(3, { assumes: ["network"] })), "TPC-3");
    expect(found).toMatchObject({ kind: "violated", trace: { loop: 2, steps: { length: 2 } } });
  });
  test("a lossy network blocks too", () => {
    expect(verdict(run(twoPhaseCommit(3, { assumes: ["coordinator"] })), "TPC-3").kind).toBe("violated");
  });
  test("with both fair, everybody decides", () => {
    const record = run(twoPhaseCommit(3, { assumes: ["network", "coordinator"] }));
    expect(verdict(record, "TPC-3")).toEqual({ kind: "holds" });
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

describe("starving philosophers", () => {
  test.each([3, 4])("%i who all start left can stop for ever, however fair", (count) => {
    for (const fairness of ["weak", "strong"] as const) {
      const found = verdict(run(diningPhilosophers(count, { fairness })), "FORK-3");
      expect(found).toMatchObject({ kind: "violated", trace: { loop: count, steps: { length: count } } });
    }
  });
  test.each([3, 4])("%i of whom one starts right never all stop, but one can be passed over for ever", (count) => {
    const system = diningPhilosophers(count, { oneStartsRight: true, fairness: "weak" });
    expect(cycleOf(verdict(run(system), "FORK-3"))).toBeGreaterThan(1);
  });
  test.each([3, 4])("%i of whom one starts right all eat, if a fork that is free again and again is taken", (count) => {
    const record = run(diningPhilosophers(count, { oneStartsRight: true, fairness: "strong" }));
    expect(verdict(record, "FORK-3")).toEqual({ kind: "holds" });
  });
});

describe("answers of the page-fault protocol", () => {
  const answers = (size: ProtocolSize, pins: FairnessClass["kind"]): Verdict =>
    verdict(run(pageFaultProtocol(size, { pins })), "PFP-4");

  test("at the size that TLC was asked for: strong fairness of pinning is needed, and enough, as TLC says", () => {
    const size = { pages: 3, slots: 2, depth: 1, limit: 1, retries: 1 };
    const weak = answers(size, "weak");
    expect(weak.kind).toBe("violated");
    expect(cycleOf(weak)).toBeGreaterThan(1);
    expect(answers(size, "strong")).toEqual({ kind: "holds" });
  });

  /** Whoever waits finds all that is pinned in use, again and again, only if others can use as much as may be pinned. */
  test.each([
    { pages: 2, slots: 2, limit: 1, enough: false },
    { pages: 2, slots: 2, limit: 2, enough: true },
    { pages: 3, slots: 2, limit: 2, enough: true },
    { pages: 2, slots: 3, limit: 2, enough: true },
    { pages: 3, slots: 3, limit: 2, enough: false },
    { pages: 2, slots: 1, limit: 1, enough: true },
  ])("$slots slots, $pages pages, $limit pinned: weak fairness is enough: $enough", ({ enough, ...sizes }) => {
    const size = { ...sizes, depth: 1, retries: 0 };
    expect(answers(size, "weak").kind).toBe(enough ? "holds" : "violated");
    expect(answers(size, "strong").kind).toBe("holds");
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
    const record = run(pageFaultProtocol(PROTOCOL_SIZES.M.size, { seeded: true }), { stopAt: "first" });
    expect(stepsOf(verdict(record, "PFP-1"))).toHaveLength(14);
    expect(stepsOf(verdict(record, "PFP-1"))!.at(-1)).toMatchObject({
      action: { event: { type: "handler.pins" } },
      holds: false,
    });
  });

  test("takes at most 40 bytes for each state", () => {
    const search = startExhaustive(pageFaultProtocol(PROTOCOL_SIZES.S.size), { symmetry: false });
    while (search.advance(1 << 20));
    expect(search.bytes / search.store.count).toBeLessThan(40);
  });
});
