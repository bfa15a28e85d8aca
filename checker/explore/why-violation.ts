/** All that is said of one violation, as plain data. */
import type { Action } from "../system.ts";
import { escapeOf, lastSafe, nearestTo, type Nearest } from "./why-escape.ts";
import { neededIn, type Needed } from "./why-needed.ts";
import { variationsOf, type Path, type Varied } from "./why-varied.ts";
import type { World } from "./why-world.ts";

export interface Violation extends Varied {
  /** By step: whether a violation needs it, or the same step of an equal part. */
  readonly steps: readonly Needed[];
  /** The same of all steps that one component takes on its own, or one channel delivers, with its equals. */
  readonly lanes: readonly (Needed & { readonly lane: string })[];
  /** The number of steps of the path after which it could be avoided for the last time (-1: never), or why that is unknown. */
  readonly lastSafe: number | string;
  readonly nearest?: Nearest;
}

const laneOf = (action: Action): string => (action.kind === "event" ? action.component : action.channel);

export function explainViolation(world: World, path: Path): Violation {
  const { labels, search } = world;
  const { actions } = search.system;
  const kinds = labels.alike();
  const states = world.along(path.actions);
  const needed = new Map<number, Needed>();
  const steps = path.actions.map((action, k) => {
    const kind = kinds[labels.of(states[k]!, action)]!;
    const found = needed.get(kind) ?? neededIn(world, (label) => kinds[label] === kind);
    needed.set(kind, found);
    return found;
  });
  const lanes = [...new Set(path.actions.map((action) => laneOf(actions[action]!)))].map((lane) => {
    const own = new Set([...kinds].filter((_, label) => laneOf(actions[labels.actions[label]!]!) === lane));
    return { lane, ...neededIn(world, (label) => own.has(kinds[label]!)) };
  });
  const escape = escapeOf(world, path);
  if (typeof escape === "string") return { ...variationsOf(world, path), steps, lanes, lastSafe: escape };
  const nearest = nearestTo(world, escape, path);
  return {
    ...variationsOf(world, path),
    steps,
    lanes,
    lastSafe: lastSafe(escape, states),
    ...(nearest && { nearest }),
  };
}
