/** Whether a path that somebody shows breaks a property, judged by the reference alone. */
import type { Action } from "../system.ts";
import { claimsOf, type Claim } from "./claims.ts";
import type { Explored } from "./explore.ts";
import { Judge } from "./judge.ts";
import { assumedBy } from "./live.ts";

export interface Shown {
  readonly id: string;
  readonly actions: readonly Action[];
  /** Of `leadsTo`: the first step of the cycle. */
  readonly loop: number;
}

/** Why the path breaks no claim of the property (or, of "DEADLOCK", ends where a step is possible); or undefined. */
export function objectionTo(all: Explored, { id, actions, loop }: Shown): string | undefined {
  const way = [0];
  for (const action of actions) {
    const next = all.steps.take(all.states.get(way.at(-1)!), action);
    if (!next) return `step ${way.length} cannot be taken`;
    way.push(all.states.numberOf(next)!);
  }
  const last = way.at(-1)!;
  if (id === "DEADLOCK")
    return all.offsets[last] === all.offsets[last + 1] ? undefined : "a step is possible at its end";
  const judge = new Judge(all);
  const breaks = (claim: Claim): boolean => {
    const holds = judge.values(claim, "holds");
    const { kind } = claim.property;
    if (kind === "leadsTo") return isBrokenBy(all, claim, { way, taken: actions, loop }, judge);
    return kind === "canAlways" ? !canReach(all, last, holds) : !holds(last);
  };
  return claimsOf(all.steps.system).some((claim) => claim.property.id === id && breaks(claim))
    ? undefined
    : "no claim of the property is broken by it";
}

/** Whether a goal can be reached from the state: forwards, where can-always.ts goes backwards. */
function canReach({ offsets, targets }: Explored, from: number, isGoal: (state: number) => boolean): boolean {
  const met = new Set([from]);
  for (const state of met) {
    if (isGoal(state)) return true;
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) met.add(targets[edge]!);
  }
  return false;
}

/** Whether the way owes something, comes round without paying, and is fair while it does. */
function isBrokenBy(
  all: Explored,
  claim: Claim,
  { way, taken, loop }: { readonly way: readonly number[]; readonly taken: readonly Action[]; readonly loop: number },
  judge: Judge,
): boolean {
  const { steps, offsets, targets, labels } = all;
  const [when, pays] = [judge.values(claim, "when"), judge.values(claim, "holds")];
  if (claim.property.provided && !way.every(judge.values(claim, "provided"))) return false;
  const round = way.slice(loop);
  if (round[0] !== round.at(-1) || round.some(pays)) return false;
  const paid = way.findLastIndex(pays);
  if (!way.some((state, k) => k > paid && when(state))) return false;
  return assumedBy(claim, all).every((one) => {
    const isPossible = (state: number): boolean => {
      for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++)
        if (targets[edge] !== state && one.actions(steps.actions[labels[edge]!]!)) return true;
      return false;
    };
    const isTaken = taken.some((action, k) => k >= loop && way[k] !== way[k + 1] && one.actions(action));
    return isTaken || !(one.kind === "weak" ? round.every(isPossible) : round.some(isPossible));
  });
}
