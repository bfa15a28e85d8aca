/** Mutants are judged one after the other, some at a time; the answers come in their order. */
import type { Mutant } from "./mutants.ts";

/** By file, and in the order of the text: what is told of them reads as the files do. */
export const byPlace = (mutants: readonly Mutant[]): readonly Mutant[] =>
  mutants.toSorted((a, b) => (a.file === b.file ? a.start - b.start : a.file < b.file ? -1 : 1));

/** `line`: what is told of one as soon as it is judged, on standard error. */
export async function judgedEach<Answer>(
  mutants: readonly Mutant[],
  jobs: number,
  judge: (mutant: Mutant) => Promise<Answer>,
  line: (answer: Answer) => string,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  async function work(): Promise<void> {
    while (next < mutants.length) {
      const at = next++;
      const answer = await judge(mutants[at]!);
      answers[at] = answer;
      process.stderr.write(`${at + 1} of ${mutants.length}: ${line(answer)}\n`);
    }
  }
  await Promise.all(Array.from({ length: jobs }, work));
  return answers;
}
