/**
 * Which steps a violation needs: a step is forbidden, and what is left of the graph is searched for a violation. What this
 * says is exact, for all runs of the system within its bounds, and not only for variations of one path.
 */
import { LabelledGraph } from "../future/live-graph.ts";
import { shortLasso } from "../future/live.ts";
import { regionOf } from "../future/live-region.ts";
import type { World } from "./why-world.ts";

/** `shortest`: steps of the shortest violating run without the step; absent: there is none, of at most `known` steps. */
export interface Needed {
  readonly shortest?: number;
  /** Every run, or those of at most so many steps, were looked at. */
  readonly known: number;
}

/** The steps of a shortest run to a violation that takes no forbidden step, or -1. */
function distance({ graph, bad, labels: { ofEdges } }: World, isForbidden: (label: number) => boolean): number {
  const { targets, offsets, states } = graph;
  if (bad[0] === 1) return 0;
  const depths = new Int32Array(bad.length).fill(-1);
  const queue = new Int32Array(bad.length);
  let size = 1;
  depths[0] = 0;
  for (let head = 0; head < size; head++) {
    const state = queue[head]!;
    if (state >= states) continue;
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
      const target = targets[edge]!;
      if (depths[target]! >= 0 || isForbidden(ofEdges[edge]!)) continue;
      depths[target] = depths[state]! + 1;
      if (bad[target] === 1) return depths[target];
      queue[size++] = target;
    }
  }
  return -1;
}

/** Whether a violation needs one of the steps with these labels. */
export function neededIn(world: World, isForbidden: (label: number) => boolean): Needed {
  const { known } = world;
  if (world.kind === "leadsTo") return lassoWithout(world, isForbidden);
  const steps = distance(world, isForbidden);
  return steps < 0 || steps > known ? { known } : { shortest: steps, known };
}

/** A fair run that never takes a forbidden step; its length is that of a short one, and there may be shorter ones. */
function lassoWithout(
  { search, instances, known, labels: { ofEdges } }: World,
  isForbidden: (label: number) => boolean,
): Needed {
  const graph = new LabelledGraph(search, undefined, (edge) => !isForbidden(ofEdges[edge]!));
  const lassos = instances.flatMap((instance) => shortLasso(regionOf(graph, instance)) ?? []);
  const lengths = lassos.map(({ prefix, cycle }) => prefix.length + cycle.length);
  return lengths.length === 0 ? { known } : { shortest: Math.min(...lengths), known };
}
