/** A search that keeps hashes of states finds what an exact one finds, or misses states as often as is said. */
import { describe, expect, test } from "vitest";
import { counters } from "../../textbook/counters.ts";
import { diningPhilosophers } from "../../textbook/dining-philosophers.ts";
import { pageFaultProtocol, PROTOCOL_SIZES } from "../../textbook/page-fault-protocol.ts";
import { searched } from "../../textbook/searched.ts";
import { twoPhaseCommit } from "../../textbook/two-phase-commit.ts";
import type { System } from "../../system.ts";
import { masksOf, missedAtMost, PRINT_BITS } from "./compact-store.ts";
import { exhaustive } from "../exhaustive.ts";
import { replay } from "../paths/trace.ts";

const origin = { system: "", hardware: "", host: "", bounds: "", set: {} };
const XS = pageFaultProtocol(PROTOCOL_SIZES.XS.size);
const seeded = pageFaultProtocol(PROTOCOL_SIZES.XS.size, { seeded: true });

test("of a print as many bits count as are said to", () => {
  const ones = (mask: number): number => (mask >>> 0).toString(2).replaceAll("0", "").length;
  for (const bits of [1, 24, 31, 32, 33, 40, 63, PRINT_BITS])
    expect(masksOf(bits).map(ones), String(bits)).toEqual([Math.min(bits, 32), Math.max(0, bits - 32)]);
});

describe("an approximate search", () => {
  const systems: readonly (readonly [name: string, system: System])[] = [
    ["page faults", XS],
    ["a seeded defect", seeded],
    ["two-phase commit", twoPhaseCommit(3)],
    ["dining philosophers", diningPhilosophers(4)],
    ["counters that outgrow their bits", counters(2, 140, 3, true)],
  ];
  test.each(systems)("of %s counts what an exact one counts, and never says that something holds", (_, system) => {
    for (const symmetry of [true, false]) {
      const exact = exhaustive(system, origin, { symmetry, keepGraph: false });
      const record = exhaustive(system, origin, { symmetry, approximate: {} });
      const { states, transitions, depth, orbits } = exact.search;
      expect(record.search).toMatchObject({
        states,
        transitions,
        depth,
        complete: false,
        stoppedBy: "approximate search",
      });
      expect(record.search.orbits).toBe(orbits);
      expect(record.search.approximate).toEqual({ bits: PRINT_BITS, missed: missedAtMost(states, PRINT_BITS) });
      for (const { id, kind, verdict } of record.properties) {
        const other = exact.properties.find((one) => one.id === id)!.verdict;
        if (verdict.kind === "violated") {
          expect(other.kind).toBe("violated");
          expect(verdict.trace.minimality).toBe("unknown");
          expect(verdict.trace.steps.length).toBe((other as typeof verdict).trace.steps.length);
        } else if (kind === "canAlways" || kind === "leadsTo")
          expect(verdict).toEqual({ kind: "unknown", because: "approximate search" });
        else
          expect(verdict.kind).toBe(
            { holds: "approximate", "never-witnessed": "unknown", witnessed: "witnessed" }[other.kind as string],
          );
      }
    }
  });

  test("misses states as often as is said: 60 searches with prints of few bits", () => {
    const { count } = searched(XS).store;
    for (const bits of [22, 24, 26]) {
      let missed = 0;
      for (let seed = 1; seed <= 20; seed++) {
        const found = searched(XS, { approximate: { bits, seed } }).store.count;
        expect(found).toBeLessThanOrEqual(count);
        if (found < count) missed++;
      }
      // Of as many pairs as there are, none has one print.
      const probability = -Math.expm1((-count * (count - 1)) / 2 ** (bits + 1));
      expect(probability).toBeLessThanOrEqual(missedAtMost(count, bits));
      // Three standard deviations of so many throws.
      const spread = 3 * Math.sqrt(20 * probability * (1 - probability));
      expect(Math.abs(missed - 20 * probability), `${missed} of 20 with ${bits} bits`).toBeLessThanOrEqual(spread + 1);
    }
  });

  test("keeps the words of the states of two levels, and the paths to all", () => {
    const system = pageFaultProtocol(PROTOCOL_SIZES.S.size);
    const [exact, approximate] = [{}, { approximate: {} }].map((limits) =>
      searched(system, { symmetry: false, ...limits }),
    );
    const { count, words } = approximate!.store;
    expect(count).toBe(exact!.store.count);
    expect(approximate!.store.states.length / words).toBeLessThan(count / 2);
    for (let state = 0; state < count; state += 997)
      expect(replay(system, approximate!.pathTo(state)).steps.length).toBe(exact!.pathTo(state).length);
  });
});

test("the probability that a state was missed is at most that of each two prints, added up", () => {
  expect(missedAtMost(1, 64)).toBeCloseTo(0);
  expect(missedAtMost(23, Math.log2(365))).toBeCloseTo(253 / 365);
  expect(missedAtMost(1e8, 64)).toBeCloseTo(2.7e-4, 5);
  expect(missedAtMost(1e6, 20)).toBe(1);
});
