/**
 * A search up to symmetry says what a search of all states says. The predicates are asked by the search itself whether
 * they tell apart what it exchanges (checker/explore/impartial.ts), the machines in machines.prop.test.ts.
 */
import { describe, expect, test } from "vitest";
import { checkEquivariance } from "../checker/equivariance.ts";
import { recordOf, startExhaustive } from "../checker/explore/exhaustive.ts";
import type { RunRecord } from "../checker/run-record.ts";
import type { System } from "../checker/system.ts";
import { build } from "./build.ts";
import { suite } from "./suite.ts";

function searched(system: System, symmetry: boolean) {
  const search = startExhaustive(system, { symmetry });
  while (search.advance(1 << 16));
  return search;
}

/** What was said, with the length of what is shortest. */
const said = ({ properties }: RunRecord) =>
  Object.fromEntries(
    properties.map(({ id, kind, verdict }) => [
      id,
      [
        verdict.kind,
        verdict.kind === "violated" && kind !== "leadsTo" && verdict.trace.steps.length,
        verdict.kind === "witnessed" && verdict.depth,
      ],
    ]),
  );

const runs = suite("small").map((run) => ({
  run,
  system: build(run),
  name: [run.system, run.hardware, run.host, JSON.stringify(run.set)].join(" "),
}));

describe("with and without symmetry", () => {
  test.each(runs.filter(({ system }) => system.symmetry))("$name is the same", ({ run, system }) => {
    const whole = searched(system, false);
    const reduced = searched(system, true);
    expect(checkEquivariance(whole.core)).toMatchObject({ asymmetries: 0 });
    expect(reduced.represented).toBe(whole.store.count);
    expect(reduced.representedTransitions).toBe(whole.transitions);
    const record = recordOf(reduced, run);
    expect(said(record)).toEqual(said(recordOf(whole, run)));
    expect(record.search.depth).toBe(whole.depth);
    if (reduced.orbits) expect(record.search.states).toBeLessThan(whole.store.count);
  });
});

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
