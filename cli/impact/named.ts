/** Sentences that name the functions that a patch touches, and how close that makes each system to the patch. */
import { allKnobs } from "../../properties/build.ts";
import type { NameIndex } from "../../scenarios/names/index-of-names.ts";
import type { Mention } from "../../scenarios/names/mentions.ts";
import { scenarios } from "../../scenarios/questions/index.ts";

/** What a sentence is one of: for a defect, its system and knobs. */
export const keyOf = ({ kind, of, settings, text }: Pick<Mention, "kind" | "of" | "settings" | "text">): string =>
  kind === "defect" ? JSON.stringify([of, settings, text]) : of;

/** Things of one kind whose sentences name functions: by the thing, which. */
export function namesBy(
  index: NameIndex,
  names: readonly string[],
  kind: Mention["kind"],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const name of names)
    for (const mention of index.functions.get(name)?.mentions ?? [])
      if (mention.kind === kind) found.set(keyOf(mention), (found.get(keyOf(mention)) ?? new Set()).add(name));
  return new Map([...found].map(([of, all]) => [of, [...all]]));
}

const systemsOfScenario = new Map(
  scenarios.map(({ id, runs }) => [id, [...new Set(runs.map(({ request }) => request.system))]]),
);
const systemsOfKnob = (knob: string): readonly string[] =>
  allKnobs.filter(({ name }) => name === knob).flatMap(({ systems }) => systems);

/** The systems that a sentence is about; a property is about too many of them to tell. */
function systemsOf({ kind, of }: Mention): readonly string[] {
  if (kind === "scenario") return systemsOfScenario.get(of) ?? [];
  if (kind === "knob") return systemsOfKnob(of);
  if (kind === "design") return [of.split("/", 1)[0]!];
  return kind === "system" || kind === "defect" ? [of] : [];
}

/**
 * How many questions, knobs, designs and deliberate defects of a system name a touched function: a system in which the
 * function is the subject has several, and one in which it is only a step has none.
 */
export function closeness(index: NameIndex, names: readonly string[]): (system: string) => number {
  const counts = new Map<string, number>();
  for (const name of names)
    for (const mention of index.functions.get(name)?.mentions ?? [])
      for (const system of systemsOf(mention)) counts.set(system, (counts.get(system) ?? 0) + 1);
  return (system) => counts.get(system) ?? 0;
}
