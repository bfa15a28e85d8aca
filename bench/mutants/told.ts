/** What is told of mutants: a line for each, a row for each file, and the shares. */
import type { Judged, Verdict } from "./judge.ts";

type By = Verdict["by"];

const countOf = (judged: readonly Judged[], by: By): number => judged.filter(({ verdict }) => verdict.by === by).length;

/** Noticed, of those that are not equivalent. */
export function share(judged: readonly Judged[]): number {
  const noticed = countOf(judged, "recording") + countOf(judged, "test");
  const harmful = judged.length - countOf(judged, "equivalent");
  return harmful === 0 ? 1 : noticed / harmful;
}

export function how(verdict: Verdict): string {
  switch (verdict.by) {
    case "recording": {
      const { where, operation, how: what, because } = verdict.noticed;
      if (where === null) return `every replay: the machines cannot be made: ${because}`;
      const at = `${where.recording}, ${where.class}, line ${where.line}`;
      return operation === null ? `${at} ${what}: ${because}` : `${at}, operation ${operation}`;
    }
    case "test":
      return `${verdict.path}: ${verdict.test}`;
    case "equivalent":
      return `equivalent: ${verdict.why}`;
    case "nothing":
      return "NOT NOTICED";
  }
}

export const told = ({ mutant: { file, line, operator, words }, verdict }: Judged): string =>
  `${file}:${line}, ${operator}: ${words} -> ${how(verdict)}`;

const COLUMNS: readonly (readonly [title: string, by: By])[] = [
  ["recordings", "recording"],
  ["a test", "test"],
  ["equivalent", "equivalent"],
  ["not noticed", "nothing"],
];

const filesOf = (judged: readonly Judged[]): readonly string[] => [...new Set(judged.map(({ mutant }) => mutant.file))];
const short = (file: string): string => file.replace("model/machines/", "");

/** File by file: how many were drawn, and who noticed them. */
export function tableOf(judged: readonly Judged[]): string {
  const rows = filesOf(judged).map((file) => {
    const of = judged.filter(({ mutant }) => mutant.file === file);
    return [short(file), of.length, ...COLUMNS.map(([, by]) => countOf(of, by))].map(String);
  });
  return markdown(["file", "drawn", ...COLUMNS.map(([title]) => title)], rows);
}

function markdown(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, k) => Math.max(3, title.length, ...rows.map((row) => row[k]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, k) => cell.padEnd(widths[k]!)).join(" | ")} |`;
  return [line(titles), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;

/** The last line. */
export function summaryOf(judged: readonly Judged[]): string {
  const harmful = judged.length - countOf(judged, "equivalent");
  const byRecording = harmful === 0 ? 1 : countOf(judged, "recording") / harmful;
  return (
    `${judged.length} mutants of ${filesOf(judged).length} files, ${countOf(judged, "equivalent")} of them equivalent. ` +
    `Of the other ${harmful}, the recordings notice ${percent(byRecording)}; ` +
    `the recordings and the tests together ${percent(share(judged))}.`
  );
}

/** In a page no change may look like the end of a code span, or like a link. */
const code = (text: string): string => `\`\`${text.replaceAll("](", "] (")}\`\``;

function pageLine({ mutant: { line, operator, words }, verdict }: Judged): string {
  const by = verdict.by === "recording" || verdict.by === "test" ? `noticed by ${how(verdict)}` : how(verdict);
  return `- line ${line}, ${operator}, ${code(words)}: ${by}`;
}

/** docs/mutants-conform.md. */
export function page(judged: readonly Judged[], seed: string): string {
  const sections = filesOf(judged).flatMap((file) => [
    `### ${short(file)}`,
    "",
    ...judged.filter(({ mutant }) => mutant.file === file).map(pageLine),
    "",
  ]);
  return `# Mutants of the machines, and who notices them

<!-- Generated: npm run mutants:conform -- --write docs -->

A mutant is a machine file with one change: a step dropped or two swapped, a number off by one, another code, a flag not set, a
guard negated or dropped. The recordings of real code are replayed through each mutant; where they notice nothing, the tests of
the file are run. The mutants are drawn with seed ${seed} over all files of which the replays run a function. A mutant that throws, or
does not end, counts as noticed. [evidence.md](evidence.md) says what else the verdicts rest on.

${summaryOf(judged)}

## By file

Paths are below model/machines.

${tableOf(judged)}

## Each mutant

One recorded operation that differs is named, or the first test that fails. Operations are counted from 0.

${sections.join("\n")}`;
}
