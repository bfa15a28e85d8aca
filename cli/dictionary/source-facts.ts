/** What docs/sources.md and the rows of the RFC thread say, read once. */
import { readFileSync } from "node:fs";
import { factsOf, rowFacts, type Fact } from "../../scenarios/names/facts.ts";

let facts: readonly Fact[] | undefined;

export const sourceFacts = (): readonly Fact[] =>
  (facts ??= [...factsOf(readFileSync(new URL("../../docs/sources.md", import.meta.url), "utf8")), ...rowFacts]);
