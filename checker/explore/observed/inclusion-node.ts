/** Where a walk (inclusion-walk.ts) is: a state, and how far each lane has come. */
import type { Lines } from "./inclusion-lines.ts";
import type { Passed } from "./inclusion-plan.ts";
import type { ObservedStep } from "./inclusion-world.ts";
import { unified, type Bindings } from "./observed.ts";

export interface Node<State> {
  readonly state: State;
  readonly bindings: Bindings;
  /** By lane: how many of its observations were consumed, and the silent steps that it took since the last one. */
  readonly taken: Int32Array;
  readonly silent: Int32Array;
  /** The first of the demands that is not consumed. */
  readonly position: number;
  /** Turns of the plan. */
  readonly passed: Passed;
}

export interface Passing<State> {
  readonly step: ObservedStep<State>;
  readonly consumed: readonly number[];
  readonly node: Node<State>;
}

export function isConsumed<State>({ laneOf, placeOf }: Lines, { taken }: Node<State>, index: number): boolean {
  return taken[laneOf[index]!]! > placeOf[index]!;
}

/** The step, if its marks are the next observations of its lane. */
export function afterStep<State>(
  lines: Lines,
  from: Node<State>,
  step: ObservedStep<State>,
  lane: number,
  moment: number,
): Passing<State> | undefined {
  const { observed, ofLane, demands } = lines;
  const { taken, silent, position, passed } = from;
  const consumed: number[] = [];
  let { bindings } = from;
  for (const [further, mark] of step.marks.entries()) {
    const next = ofLane[lane]![taken[lane]! + further];
    // Behind the last line of its lane a step may show what it likes: nobody recorded it.
    if (next === undefined && moment === observed.length) break;
    const isOpen = next !== undefined && (further > 0 || observed[next]!.opens < moment);
    const known = isOpen ? unified(observed[next]!.shows, mark, bindings) : undefined;
    if (!known) return undefined;
    consumed.push(next!);
    bindings = known;
  }
  const changed = { taken, silent: Int32Array.from(silent), position, passed };
  if (consumed.length === 0) changed.silent[lane]! += 1;
  else {
    changed.taken = Int32Array.from(taken);
    changed.taken[lane]! += consumed.length;
    changed.silent[lane] = 0;
  }
  const node: Node<State> = { state: step.to, bindings, ...changed };
  let at = position;
  while (at < demands.length && isConsumed(lines, node, demands[at]!)) at += 1;
  return { step, consumed, node: at === position ? node : { ...node, position: at } };
}
