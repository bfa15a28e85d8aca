/** All that is said of one violation, as plain data. */
import type { Action } from "../../system.ts";
import { pause, type Judging } from "../search/pause.ts";
import { escapeOf, lastSafe, nearestTo, type Nearest } from "./why-escape.ts";
import { neededIn, type Needed } from "./why-needed.ts";
import { variationsOf, type Path, type Varied } from "./why-varied.ts";
import type { World } from "./why-world.ts";

export interface Violation extends Varied {
  /** Steps of a shortest violating run; absent for runs without an end. */
  readonly shortest?: number;
  /** Whether the symmetry of the system turns some step of the path into another. */
  readonly hasEquals: boolean;
  /** By step: whether a violation needs it, or the same step of an equal part. */
  readonly steps: readonly Needed[];
  /** The same of all steps that one component takes on its own, or one channel delivers, with its equals. */
  readonly lanes: readonly (Needed & { readonly lane: string })[];
  /** The number of steps of the path after which it could be avoided for the last time (-1: never), or why that is unknown. */
  readonly lastSafe: number | string;
  readonly nearest?: Nearest;
}

const laneOf = (action: Action): string => (action.kind === "event" ? action.component : action.channel);

/** In slices: of a large graph each question takes a while. @throws Interrupted */
export function* explainViolation(world: World, path: Path): Judging<Violation> {
  const { labels, search } = world;
  const { actions } = search.system;
  const kinds = labels.alike();
  const states = world.along(path.actions);
  const needed = new Map<number, Needed>();
  const kindsOf = path.actions.map((action, k) => kinds[labels.of(states[k]!, action)]!);
  for (const kind of new Set(kindsOf)) {
    yield* pause();
    needed.set(
      kind,
      neededIn(world, (label) => kinds[label] === kind),
    );
  }
  const lanes: (Needed & { readonly lane: string })[] = [];
  for (const lane of new Set(path.actions.map((action) => laneOf(actions[action]!)))) {
    yield* pause();
    const own = new Set([...kinds].filter((_, label) => laneOf(actions[labels.actions[label]!]!) === lane));
    lanes.push({ lane, ...neededIn(world, (label) => own.has(kinds[label]!)) });
  }
  yield* pause();
  const steps = kindsOf.map((kind) => needed.get(kind)!);
  const { shortest } = world.kind === "leadsTo" ? {} : neededIn(world, () => false);
  const isShared = (kind: number): boolean => kinds.some((other, label) => other === kind && label !== kind);
  const hasEquals = kindsOf.some(isShared);
  const about = { ...variationsOf(world, path), hasEquals, steps, lanes, ...(shortest !== undefined && { shortest }) };
  const escape = escapeOf(world, path);
  if (typeof escape === "string") return { ...about, lastSafe: escape };
  const nearest = nearestTo(world, escape, path);
  return {
    ...about,
    lastSafe: lastSafe(escape, states),
    ...(nearest && { nearest }),
  };
}
