/** What becomes of each mutant: the recordings are asked first, then the tests of its file. */
import { failedTest, noticedBy, type Texts } from "./children.ts";
import { EQUIVALENT, testsOf } from "./known.ts";
import { brokenBy, type Mutant } from "./mutants.ts";
import type { Group, Noticed } from "./replays.ts";
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

/**
 * The groups that run the file. The nearest is first: the one of whose calls of machine files the file has the largest
 * share.
 */
export function nearest({ files }: Survey, file: string): readonly Group[] {
  const calls = new Map<string, number>();
  const nameOf = ({ recording, class: name }: Group): string => `${recording} ${name}`;
  for (const group of Object.values(files).flat())
    calls.set(nameOf(group), (calls.get(nameOf(group)) ?? 0) + group.calls);
  const share = (group: Group & { readonly calls: number }): number => group.calls / calls.get(nameOf(group))!;
  return [...(files[file] ?? [])]
    .sort((a, b) => share(b) - share(a))
    .map(({ recording, class: name }) => ({ recording, class: name }));
}

const reasonOf = ({ file, operator, text, words }: Mutant): string | undefined =>
  EQUIVALENT.find((one) => one.file === file && one.operator === operator && one.text === text && one.words === words)
    ?.why;

export async function judge(mutant: Mutant, survey: Survey, texts: Texts): Promise<Verdict> {
  const broken = brokenBy(mutant);
  if (broken !== undefined) throw new Error(`A mutant of ${mutant.file} is no TypeScript: ${mutant.words}: ${broken}`);
  const noticed = await noticedBy(mutant, nearest(survey, mutant.file), texts);
  if (noticed) return { by: "recording", noticed };
  for (const path of testsOf(mutant.file)) {
    const test = await failedTest(mutant, path);
    if (test !== undefined) return { by: "test", path, test };
  }
  const why = reasonOf(mutant);
  return why === undefined ? { by: "nothing" } : { by: "equivalent", why };
}
