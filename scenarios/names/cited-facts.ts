/** What the ids of facts in a text stand for. */
import { idsCitedIn, type Fact } from "./facts.ts";

/** By id, in the order of the text: what docs/sources.md says of it, where it says anything. */
export function factsCitedIn(text: string, facts: readonly Fact[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const id of idsCitedIn(text)) {
    const fact = facts.find((one) => one.id === id);
    if (fact) found.set(id, fact.text);
  }
  return found;
}
