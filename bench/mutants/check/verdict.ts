/** What becomes of a mutant of the model: `check` is asked first, then the recordings and tests, then the compiler. */
import { judge, type Bench, type Verdict } from "../judge.ts";
import { brokenBy, type Mutant } from "../mutants.ts";
import { noticedOf } from "./ask.ts";
import { listedReason } from "./listed.ts";
import { neverTaken } from "./never-taken.ts";
import type { Notice } from "./noticed.ts";
import { systemsOf } from "./systems-of.ts";
import type { Compiler } from "./typed.ts";

export type Outcome =
  | { readonly by: "check"; readonly notice: Notice }
  | { readonly by: "compiler"; readonly what: string }
  | Exclude<Verdict, { readonly by: "nothing" }>
  | { readonly by: "nothing" };

export interface Weighed {
  readonly mutant: Mutant;
  readonly outcome: Outcome;
}

export async function outcomeOf(mutant: Mutant, bench: Bench, compiler: Compiler): Promise<Outcome> {
  const { file, mutated } = mutant;
  const broken = brokenBy(mutant);
  if (broken !== undefined) return { by: "compiler", what: broken };
  const { kept, rests, texts } = bench;
  const notice = await kept.answerTo(["check", rests.tested, file, mutated], () =>
    noticedOf(mutant, texts, { systems: systemsOf(file) }),
  );
  if (notice) return { by: "check", notice };
  const verdict = await judge(mutant, bench);
  if (verdict.by !== "nothing") return verdict;
  const what = compiler.refuses(mutant);
  if (what !== undefined) return { by: "compiler", what };
  const why = (await listedReason(mutant)) ?? neverTaken(mutant);
  return why === undefined ? verdict : { by: "equivalent", why };
}
