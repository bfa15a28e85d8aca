/**
 * A search up to symmetry says what a search of all states says, also where orbits are large; of the suite itself,
 * catalogue/suite.prop.test.ts shows it.
 */
import { describe, expect, test } from "vitest";
import { startExhaustive } from "../checker/explore/exhaustive.ts";
import type { System } from "../checker/system.ts";
import { build } from "./build.ts";

function searched(system: System, symmetry: boolean) {
  const search = startExhaustive(system, { symmetry });
  while (search.advance(1 << 16));
  return search;
}

describe("larger orbits", () => {
  test.each([
    ["pri-overflow", "vtd", { pages: 3, itemPages: 1, pqEntries: 2 }, 6],
    ["stall-flat", "smmu-stall", { pages: 3, slots: 2 }, 12],
    ["pin-limit", "smmu-stall", { pages: 2, slots: 2 }, 4],
  ] as const)("what is claimed of states of %s on %s keeps all exchanges", (name, hardware, set, order) => {
    const whole = build({ system: name, hardware, host: "rfc-v1-on-groups", bounds: "small", set });
    const isOfStates = (kind: string): boolean => kind === "always" || kind === "sometimes";
    const system = { ...whole, properties: whole.properties.filter(({ kind }) => isOfStates(kind)) };
    const all = searched(system, false);
    const reduced = searched(system, true);
    expect(reduced.orbits!.exchanges).toHaveLength(order);
    expect(reduced.represented).toBe(all.store.count);
    expect(reduced.representedTransitions).toBe(all.transitions);
    expect(reduced.transitions).toBeLessThan(all.transitions);
    expect(reduced.store.count).toBeLessThan((2 * all.store.count) / order);
    expect([...reduced.judge.found.keys()].sort()).toEqual([...all.judge.found.keys()].sort());
  });
});
