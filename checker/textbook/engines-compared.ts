/**
 * What a search by step trees, in the module and without it, finds otherwise than one that takes every step on the core: nothing,
 * or what is wrong.
 */
import type { BreadthFirst } from "../explore/search/breadth-first.ts";
import { recordOf, startExhaustive } from "../explore/exhaustive.ts";
import type { Limits } from "../explore/search/limits.ts";
import { ModelError, type System } from "../system.ts";

interface Told {
  /** By name, what is compared. */
  readonly facts: { readonly [name: string]: unknown };
  readonly states: number;
}

const origin = { system: "", hardware: "", host: "", bounds: "", set: {} };

function toldBy(system: System, limits: Limits): Told {
  let search: BreadthFirst | undefined;
  try {
    search = startExhaustive(system, limits);
    // Odd slices: where a slice ends must not matter.
    while (search.advance(997));
    return { facts: factsOf(search), states: search.store.count };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { facts: { mistake: error.message }, states: search?.store.count ?? 0 };
  }
}

/** What is compared of two searches; asks for the record. */
export function factsOf(search: BreadthFirst): Told["facts"] {
  const record = recordOf(search, origin);
  const { store, graph, judge } = search;
  const { count, parents, actions } = store;
  const { bytes: _, ...counted } = record.search;
  return {
    counted,
    firstViolation: search.firstViolation,
    deadlock: search.deadlock,
    found: [...judge.found].map(([id, { state }]) => `${id} ${state}`).join(),
    failed: [...judge.failed.keys()].join(),
    represented: [search.represented, search.representedTransitions].join(),
    states: Array.from({ length: count }, (__, id) => search.vectorOf(id).join(" ")).join("\n"),
    paths: [parents.subarray(0, count).join(), actions.subarray(0, count).join()].join("\n"),
    targets: graph?.targets.subarray(0, graph.transitions).join(),
    labels: graph?.actions.subarray(0, graph.transitions).join(),
    properties: JSON.stringify(record.properties),
    notes: JSON.stringify([record.notes, record.leftOut]),
  };
}

/** The names of what differs; `states` as the module counts them. It begins as early as it can. */
export function enginesCompared(
  system: System,
  limits: Limits = {},
  module: Limits["module"] & object = { from: 1 },
): { readonly differences: readonly string[]; readonly states: number } {
  const reference = toldBy(system, { ...limits, engine: "reference" });
  const inModule = toldBy(system, { ...limits, module });
  const inScript = toldBy(system, { ...limits, engine: "script" });
  const differences: string[] = [];
  for (const [name, told] of Object.entries({ module: inModule, script: inScript }))
    for (const fact of new Set([...Object.keys(told.facts), ...Object.keys(reference.facts)]))
      if (JSON.stringify(told.facts[fact]) !== JSON.stringify(reference.facts[fact]))
        differences.push(`${name}: ${fact}`);
  return { differences, states: inModule.states };
}
