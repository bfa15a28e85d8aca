/**
 * Runs as KTAP (Documentation/dev-tools/ktap.rst of Linux): a test for each run, a subtest for each claim. What the suite
 * expects to be broken is `ok` with XFAIL; what a bound left open, what is not claimed, and a run without a result are SKIP, and
 * never plain `ok`.
 */
import type { RunRecord } from "../../checker/run-record.ts";
import { chartOf } from "../chart.ts";
import { ascii } from "../phrases.ts";
import { claimName } from "../words.ts";
import { absentTests, outcomesOf, type Absent, type ClaimOutcome, type RunOutcome } from "./outcome.ts";

const VERSION = "KTAP version 1";
const INDENT = "  ";

/** A "#" would begin a directive. */
const plain = (text: string): string => ascii(text).replaceAll("#", "no. ");

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => INDENT + line);
const diagnostic = (text: string): readonly string[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => `# ${line}`.trimEnd());

function resultOf({ outcome, words }: ClaimOutcome): readonly [result: string, directive: string] {
  switch (outcome) {
    case "passed":
      return ["ok", ""];
    case "expected":
      return ["ok", ` # XFAIL ${plain(words)}`];
    case "open":
      return ["ok", ` # SKIP ${plain(words)}`];
    case "failed":
      return ["not ok", ""];
  }
}

function claimLines(claim: ClaimOutcome, number: number, run: RunOutcome): readonly string[] {
  const [result, directive] = resultOf(claim);
  const path = run.broken.find((one) => one.some(({ property }) => property === claim.property));
  // The chart of a path stands in front of the first claim that it breaks.
  const chart =
    path?.[0].property === claim.property ? diagnostic(chartOf(path, { legend: run.broken[0] === path })) : [];
  const said = claim.outcome === "failed" ? diagnostic(`${claim.property.id}: ${ascii(claim.words)}`) : [];
  return [...chart, ...said, `${result} ${number} ${plain(claimName(claim.property))}${directive}`];
}

const skipped = (number: number, name: string, words: string): string =>
  `ok ${number} ${plain(name)} # SKIP ${plain(words)}`;

function runLines(run: RunOutcome, number: number): readonly string[] {
  const { claims, name, notClaimed } = run;
  const is = (outcome: ClaimOutcome["outcome"]): boolean => claims.some((claim) => claim.outcome === outcome);
  const directive = is("failed") || !is("open") ? "" : " # SKIP not every claim has a verdict";
  return [
    ...indented([
      VERSION,
      `# Subtest: ${plain(name)}`,
      `1..${claims.length + notClaimed.length}`,
      ...claims.flatMap((claim, k) => claimLines(claim, k + 1, run)),
      ...notClaimed.map(({ id, words }, k) => skipped(claims.length + k + 1, id, words)),
    ]),
    `${is("failed") ? "not ok" : "ok"} ${number} ${plain(name)}${directive}`,
  ];
}

/** `absent`: runs without a result; a test stands for each of them. */
export function ktap(runs: readonly RunRecord[], absent: Absent = {}): string {
  const outcomes = outcomesOf(runs);
  const missing = absentTests(runs, absent);
  const lines = [
    VERSION,
    `1..${outcomes.length + missing.length}`,
    ...outcomes.flatMap((run, k) => runLines(run, k + 1)),
    ...missing.map(({ name, words }, k) => skipped(outcomes.length + k + 1, name, words)),
  ];
  return `${lines.join("\n")}\n`;
}
