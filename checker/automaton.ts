/**
 * What one component does in a system, as an automaton over the types of its events: the states that no sequence of types can
 * tell apart are one. Steps that the component can take and that the system then refuses are in it.
 */
import type { Core } from "./kernel/core.ts";
import { stateName } from "./kernel/step.ts";

export interface Edge {
  readonly from: number;
  readonly event: string;
  readonly to: number;
}

export interface Automaton {
  /** By number; 0 is the initial one. Each name is that of a state of the machine; where several share one, " 2", " 3" follow. */
  readonly states: readonly string[];
  readonly edges: readonly Edge[];
}

/** An event type that leads to several states: what decides is in the message, and not in its type. */
export interface Choice {
  readonly state: string;
  readonly event: string;
  readonly to: readonly string[];
}

interface Local {
  readonly name: string;
  readonly steps: { readonly event: string; readonly next: number }[];
}

/** What is known of the component in this slot, by the number of its snapshot. */
function localsOf(core: Core, slot: number): readonly Local[] {
  const locals = core.locals[slot]!.values.map(({ value }): Local => ({ name: stateName(value), steps: [] }));
  for (const { slot: of, local, event, outcome } of core.cells())
    if (of === slot && outcome)
      locals[local]!.steps.push({ event: core.events.values[event]!.type, next: outcome.next });
  return locals;
}

/** Numbers, in the order in which the search from `initial` meets them. */
function reachable(locals: readonly Local[], initial: number): readonly number[] {
  const met = new Set([initial]);
  for (const at of met) for (const { next } of locals[at]!.steps) met.add(next);
  return [...met];
}

/** The coarsest partition in which states of one class can take the same types, into the same classes. */
function classesOf(locals: readonly Local[], met: readonly number[]): ReadonlyMap<number, number> {
  let classes: ReadonlyMap<number, number> = new Map(met.map((at) => [at, 0]));
  for (let count = 1; ;) {
    const numbers = new Map<string, number>();
    const finer = new Map<number, number>();
    for (const at of met) {
      const steps = locals[at]!.steps.map(({ event, next }) => `${event} ${classes.get(next)}`);
      const signature = [classes.get(at), ...[...new Set(steps)].sort()].join("\n");
      numbers.set(signature, numbers.get(signature) ?? numbers.size);
      finer.set(at, numbers.get(signature)!);
    }
    classes = finer;
    if (numbers.size === count) return classes;
    count = numbers.size;
  }
}

function namesOf(locals: readonly Local[], classes: ReadonlyMap<number, number>): readonly string[] {
  const names: string[] = [];
  for (const [at, number] of classes) names[number] ??= locals[at]!.name;
  return names.map((name, k) => {
    const before = names.slice(0, k).filter((other) => other === name).length;
    return before === 0 ? name : `${name} ${before + 1}`;
  });
}

/** The automaton of the component, or the first choice that the type of an event leaves open. The search has to be over. */
export function automatonOf(core: Core, slot: number): Automaton | { readonly choice: Choice } {
  const locals = localsOf(core, slot);
  const classes = classesOf(locals, reachable(locals, core.initial[slot]!));
  const states = namesOf(locals, classes);
  const found = new Map<string, Edge>();
  for (const [at, from] of classes)
    for (const { event, next } of locals[at]!.steps) {
      const to = classes.get(next)!;
      found.set(`${from} ${event} ${to}`, { from, event, to });
    }
  const edges = [...found.values()].sort(
    (a, b) => a.from - b.from || (a.event < b.event ? -1 : a.event > b.event ? 1 : a.to - b.to),
  );
  for (const [k, { from, event, to }] of edges.entries()) {
    const before = edges[k - 1];
    if (before?.from === from && before.event === event)
      return { choice: { state: states[from]!, event, to: [states[before.to]!, states[to]!] } };
  }
  return { states, edges };
}
