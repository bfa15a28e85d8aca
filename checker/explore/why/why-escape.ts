/**
 * From where on a violation could not be avoided any more: for each state, whether some run from there never violates the
 * claim; and the shortest way from a path to such a run. A run that only waits is none: it is fair to all steps that the
 * system declares fair, or it ends where none of them is possible.
 */
import { goals, reachedFrom } from "../future/can-always.ts";
import { STILL } from "../states/graph.ts";
import type { Instance } from "../claims/instances.ts";
import { ModelError } from "../../system.ts";
import { objectionTo } from "../paths/live-verify.ts";
import { LabelledGraph } from "../future/live-graph.ts";
import { eachFairSet, isAtRest } from "../future/live-fair.ts";
import { BEGINS, PAID, type Region } from "../future/live-region.ts";
import { allRuns } from "../future/live-runs.ts";
import type { Path } from "./why-varied.ts";
import { isPromise, type World } from "./why-world.ts";

/** Fairness classes are bits of one word. */
const MOST_CLASSES = 32;

/** What a run must get to, so that the claim is not violated on it. */
export interface Escape {
  /** 1 for each state from which such a run exists. */
  readonly safe: Uint8Array;
  /** 1 for each state that decides it: what is asked for holds there, or a fair run can stay around it for ever. */
  readonly goal: Uint8Array;
  /** Whether nothing has to happen in the state. */
  readonly isAtRest: (state: number) => boolean;
}

/** The way from the path to a run on which it does not happen. */
export interface Nearest {
  /** Steps of the path that are the same. */
  readonly after: number;
  /** The steps that come then, up to one that decides it. */
  readonly actions: readonly number[];
  /** How that run goes on: nothing has to happen any more; fairly, for ever; or what was asked for is there. */
  readonly end: "rest" | "for-ever" | "reached";
  /** All actions possible after the same steps that lead to a state from which it can be avoided. */
  readonly others: readonly number[];
}

/** The instance of a promise that the path breaks. */
function brokenBy(world: World, { actions, loop = actions.length }: Path): Instance {
  const { search, instances, graph, kind } = world;
  const taken = actions.map((action) => search.system.actions[action]!);
  const end = world.along(actions).at(-1)!;
  const isBroken = (instance: Instance): boolean => {
    if (kind === "leadsTo") return objectionTo(search.system, { actions: taken, loop }, instance) === undefined;
    const can = goals(search, instance);
    reachedFrom(graph, can);
    return can[end] === 0;
  };
  const found = instances.find(isBroken);
  if (!found) throw new ModelError(`The path does not break ${world.claim}.`);
  return found;
}

/** Why nothing can be said; or what can. */
export function escapeOf(world: World, path: Path): Escape | string {
  const { search, kind } = world;
  if (!search.complete) return "the search did not reach all states";
  if (isPromise(kind)) return toPromised(world, brokenBy(world, path));
  const classes = [...new Set(Object.values(search.system.fairness ?? {}).flat())];
  if (classes.length === 0) return "the system does not say which steps are taken in the end";
  if (classes.length > MOST_CLASSES)
    return `${classes.length} fairness classes are declared, ${MOST_CLASSES} can be told apart`;
  return toFairRun(world, new LabelledGraph(search, classes));
}

/** For a promise: what is owed, or asked for. */
function toPromised({ search, graph }: World, instance: Instance): Escape {
  const goal = goals(search, instance);
  const safe = goal.slice();
  reachedFrom(graph, safe);
  return { safe, goal, isAtRest: () => false };
}

function toFairRun({ bad, graph }: World, labelled: LabelledGraph): Escape {
  const kind = bad.map((violates) => (violates === 1 ? PAID : BEGINS));
  const states = allRuns(labelled).order.filter((state) => bad[state] === 0);
  const region: Region = { graph: labelled, assumed: labelled.all, runs: allRuns(labelled), states, kind };
  const goal = new Uint8Array(bad.length);
  eachFairSet(region, (set) => {
    for (const state of set) goal[state] = 1;
  });
  // A violation is no way to anywhere: 2 is neither reached nor to be reached.
  const safe = goal.map((is, state) => (bad[state] === 1 ? 2 : is));
  reachedFrom(graph, safe);
  return { safe: safe.map((is) => Number(is === 1)), goal, isAtRest: (state) => isAtRest(region, state) };
}

/** The number of steps of the path after which the violation could be avoided for the last time; -1: never. */
export const lastSafe = ({ safe }: Escape, states: readonly number[]): number =>
  states.findLastIndex((state) => safe[state] === 1);

/** The run without the violation that has most steps in common with the path, and of these one that is soon decided. */
export function nearestTo(world: World, escape: Escape, path: Path): Nearest | undefined {
  const states = world.along(path.actions);
  const last = lastSafe(escape, states);
  if (last < 0) return undefined;
  // In a cycle all states are equally near: the one with the shortest way is taken.
  const begins = path.loop !== undefined && last >= path.loop ? path.loop : last;
  const ways = Array.from({ length: last - begins + 1 }, (_, k) => ({
    after: begins + k,
    ...wayFrom(world, escape, states[begins + k]!),
  }));
  const { after, actions, end } = ways.reduce((best, way) => (way.actions.length <= best.actions.length ? way : best));
  return { after, actions, end, others: othersAt(world, escape, states[after]!, path.actions[after]) };
}

/** Other steps than `next` that lead from the state to where it can be avoided. */
function othersAt({ graph }: World, { safe }: Escape, state: number, next: number | undefined): readonly number[] {
  const { actions, targets, offsets } = graph;
  const others: number[] = [];
  for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
    const action = actions[edge]!;
    if (action !== STILL && action !== next && safe[targets[edge]!] === 1) others.push(action);
  }
  return others;
}

/** A shortest way to the goal; where something has to happen, with at least one step. */
function wayFrom(
  { graph, kind }: World,
  { safe, goal, isAtRest: rests }: Escape,
  start: number,
): Pick<Nearest, "actions" | "end"> {
  const { actions, targets, offsets } = graph;
  const toGoal = isPromise(kind);
  const endAt = (state: number): Nearest["end"] => (toGoal ? "reached" : rests(state) ? "rest" : "for-ever");
  if (rests(start)) return { actions: [], end: endAt(start) };
  const came = new Map<number, { readonly from: number; readonly action: number }>();
  const queue = [start];
  for (const state of queue) {
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
      const target = targets[edge]!;
      const action = actions[edge]!;
      if (action === STILL || safe[target] !== 1) continue;
      const way = (): readonly number[] => {
        const taken = [action];
        for (let at = state; at !== start; at = came.get(at)!.from) taken.push(came.get(at)!.action);
        return taken.reverse();
      };
      if (goal[target] === 1) return { actions: way(), end: endAt(target) };
      if (target === start || came.has(target)) continue;
      came.set(target, { from: state, action });
      queue.push(target);
    }
  }
  return { actions: [], end: endAt(start) };
}
