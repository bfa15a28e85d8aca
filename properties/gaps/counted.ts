/**
 * How the runs are counted that only show what the suite leaves out (shown.ts): each makes use of rules that no run of the suite
 * takes, so that their numbers are pinned (suite/other-counts.ts).
 */
import { startExhaustive } from "../../checker/explore/exhaustive.ts";
import { defineSystem } from "../../checker/system.ts";
import { partsOf, type Request } from "../build.ts";
import { nameOfRun } from "../counts.ts";
import type { Counts } from "../suite/run.ts";
import { shown } from "./shown.ts";

const MOST_STATES = 50_000;

const requests: readonly Request[] = shown.flatMap((excuse) => excuse.shown ?? []);

/** Without claims, and without symmetry. */
function searched(request: Request): Counts {
  const system = defineSystem({ ...partsOf(request), properties: [] });
  const search = startExhaustive(system, { maxStates: MOST_STATES, symmetry: false });
  while (search.advance(MOST_STATES));
  return { states: search.store.count, transitions: search.transitions, depth: search.depth, known: {} };
}

/** Those of them that are meant, by the run. */
export const shownCounts = (isMeant: (request: Request) => boolean): { readonly [run: string]: Counts } =>
  Object.fromEntries(requests.filter(isMeant).map((request) => [nameOfRun(request), searched(request)]));
