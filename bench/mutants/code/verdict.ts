/**
 * What becomes of a mutant of the checker or of the claims: the deliberate defects and the suite are asked first where it is a
 * claim that is changed, then the tests that import the file, then the compiler.
 */
import { noticedOf } from "../check/ask.ts";
import type { Outcome } from "../check/verdict.ts";
import type { Compiler } from "../check/typed.ts";
import { failedTest } from "../children.ts";
import type { Kept } from "../kept.ts";
import type { Patience } from "../patience.ts";
import { reasonOf } from "../known.ts";
import { brokenBy, type Mutant } from "../mutants.ts";
import { textOf } from "../sources.ts";
import { testsNear } from "./tests-near.ts";
import { CLAIM_JUDGES, systemsClaimedIn } from "./claims-of.ts";

export interface CodeBench {
  readonly kept: Kept;
  /** A hash of what all answers rest on. */
  readonly rests: string;
  readonly compiler: Compiler;
  /** At most so many test files are run for a mutant. */
  readonly most: number;
  readonly patience: Patience;
}

const asksOf = (file: string): boolean => file.startsWith("properties/catalogue/");

export async function codeOutcomeOf(
  mutant: Mutant,
  { kept, rests, compiler, most, patience }: CodeBench,
): Promise<Outcome> {
  const { file, mutated } = mutant;
  const broken = brokenBy(mutant) ?? compiler.refuses(mutant);
  if (broken !== undefined) return { by: "compiler", what: broken };
  if (asksOf(file)) {
    const notice = await kept.answerTo(["claims", rests, file, mutated], () =>
      noticedOf(mutant, {}, { systems: systemsClaimedIn(file), judges: CLAIM_JUDGES }),
    );
    if (notice) return { by: "check", notice };
  }
  for (const path of testsNear(file).slice(0, most)) {
    const test = await kept.answerTo(
      ["test", rests, path, textOf(path), file, mutated],
      async () => (await failedTest(mutant, path, patience)) ?? null,
    );
    if (test !== null) return { by: "test", path, test };
  }
  const why = reasonOf(mutant);
  return why === undefined ? { by: "nothing" } : { by: "equivalent", why };
}
