/** The components of a run as automata: what `faultline automaton` lists and draws. */
import { automatonOf } from "../checker/automaton.ts";
import { startExhaustive } from "../checker/explore/exhaustive.ts";
import { defineSystem } from "../checker/system.ts";
import { build } from "../properties/build.ts";
import { advance } from "./advance.ts";
import { UsageError } from "./errors.ts";
import type { ComponentAutomaton, RunRequest, Watch } from "./ports.ts";

/** States expanded between two reports of progress. */
const STATES = 20_000;

/** Undefined: it was interrupted. What is claimed does not matter here, nor that components can be exchanged. */
export async function automataOf(
  request: RunRequest,
  maxStates: number,
  watch: Watch,
): Promise<readonly ComponentAutomaton[] | undefined> {
  const system = defineSystem({ ...build(request), properties: [] });
  const search = startExhaustive(system, { maxStates, symmetry: false });
  await advance(
    () => search.advance(STATES),
    () => {
      const { depth, waiting, store, bytes } = search;
      return watch.onProgress({ kind: "states", states: store.count, depth, queue: waiting, bytes });
    },
    watch,
  );
  if (watch.signal.aborted && !search.complete) return undefined;
  if (!search.complete)
    throw new UsageError(
      `${system.name} has more than ${maxStates} states, and an automaton needs all of them.`,
      "smaller sizes (--bounds small, --set), or a larger --max-states",
    );
  return system.componentNames.map((component, slot) => ({
    component,
    machine: system.components[component]!.machine.id,
    found: automatonOf(search.core, slot),
  }));
}
