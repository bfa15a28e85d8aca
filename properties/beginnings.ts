/**
 * How the search of each preset begins at deep bounds. No test searches them to their end; the first states already depend on
 * each size, so that their numbers are pinned (suite/other-counts.ts).
 */
import { startExhaustive } from "../checker/explore/exhaustive.ts";
import { defineSystem } from "../checker/system.ts";
import { contradiction, partsOf, type Request } from "./build.ts";
import { nameOfRun } from "./counts.ts";
import { smallPresets } from "./one-knob.ts";
import type { Counts } from "./suite/run.ts";

const MOST_STATES = 1000;

/** Without claims, and without symmetry. */
function begun(request: Request): Counts {
  const system = defineSystem({ ...partsOf(request), properties: [] });
  const search = startExhaustive(system, { maxStates: MOST_STATES, symmetry: false });
  while (search.advance(MOST_STATES));
  return { states: search.store.count, transitions: search.transitions, depth: search.depth, known: {} };
}

/** By the preset. */
export const beginningsOf = (system: string): { readonly [preset: string]: Counts } =>
  Object.fromEntries(
    smallPresets()
      .map((preset) => ({ ...preset, bounds: "deep" }))
      .filter((preset) => preset.system === system && contradiction(preset) === undefined)
      .map((preset) => [nameOfRun(preset), begun(preset)]),
  );
