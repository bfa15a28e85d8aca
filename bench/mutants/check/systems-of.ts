/** Which systems contain a machine: those whose wiring imports its file, also by way of others. */
import { systems } from "../../../model/systems/systems.ts";
import { studies } from "../../../model/systems/studies/index.ts";
import { importsOf, sourcesIn } from "../sources.ts";

/** Where the wiring of a system begins, and where its sizes are. */
const WHOLE_PATH = ["model/systems/compose.ts", "model/systems/systems.ts", "model/systems/adjusted.ts"];
const ROOTS: readonly (readonly [system: string, file: string])[] = [
  ...systems.flatMap(({ name }) => WHOLE_PATH.map((file) => [name, file] as const)),
  ...studies.map(({ name }) => [name, `model/systems/studies/${name}.ts`] as const),
];

let graph: ReadonlyMap<string, readonly string[]> | undefined;

function closure(root: string): ReadonlySet<string> {
  graph ??= new Map(sourcesIn(["model/"]).map((file) => [file, importsOf(file)]));
  const found = new Set([root]);
  // A set that grows while it is walked is walked to its end.
  for (const next of found) for (const file of graph.get(next) ?? []) found.add(file);
  return found;
}

/** The names of the systems, in the order of the model. */
export const systemsOf = (file: string): readonly string[] => [
  ...new Set(ROOTS.flatMap(([system, root]) => (closure(root).has(file) ? [system] : []))),
];
