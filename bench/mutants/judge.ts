/** What becomes of each mutant: the recordings are asked first, then the tests of its file. */
import { failedTest, noticedBy } from "./children.ts";
import type { Kept } from "./kept.ts";
import { reasonOf, testsOf } from "./known.ts";
import { brokenBy, type Mutant } from "./mutants.ts";
import { nearest } from "./nearest.ts";
import type { Noticed } from "./replays.ts";
import { textOf, type Texts } from "./sources.ts";
import type { Survey } from "./survey.ts";

export type Verdict =
  | { readonly by: "recording"; readonly noticed: Noticed }
  | { readonly by: "test"; readonly path: string; readonly test: string }
  | { readonly by: "equivalent"; readonly why: string }
  | { readonly by: "nothing" };

export interface Judged {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
}

/** What all mutants are held against. */
export interface Bench {
  readonly survey: Survey;
  readonly texts: Texts;
  readonly kept: Kept;
  /** Hashes of what the answers of replays and of tests rest on. */
  readonly rests: { readonly replayed: string; readonly tested: string };
}

export async function judge(mutant: Mutant, { survey, texts, kept, rests }: Bench): Promise<Verdict> {
  const broken = brokenBy(mutant);
  if (broken !== undefined) throw new Error(`A mutant of ${mutant.file} is no TypeScript: ${mutant.words}: ${broken}`);
  const { file, mutated } = mutant;
  const noticed = await kept.answerTo(["recordings", rests.replayed, file, mutated], () =>
    noticedBy(mutant, nearest(survey, mutant), texts),
  );
  if (noticed) return { by: "recording", noticed };
  for (const path of testsOf(file)) {
    const test = await kept.answerTo(
      ["test", rests.tested, path, textOf(path), file, mutated],
      async () => (await failedTest(mutant, path)) ?? null,
    );
    if (test !== null) return { by: "test", path, test };
  }
  const why = reasonOf(mutant);
  return why === undefined ? { by: "nothing" } : { by: "equivalent", why };
}
