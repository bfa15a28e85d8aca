/**
 * Unexpected violations as annotations of GitHub's workflows: one for each path, with its chart. A step shows ten at most; what
 * is beyond is said in the last one.
 */
import type { RunRecord } from "../../checker/run-record.ts";
import { chartOf } from "../chart.ts";
import { leftOutLines } from "../left-out.ts";
import { claimName } from "../words.ts";
import { absentTests, outcomesOf, type Absent, type AbsentTest, type ClaimOutcome } from "./outcome.ts";

const MOST = 10;

const data = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const title = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

/** "PIN-1 PIN-2: holds within bounds (max-states 400)", a line for each verdict. */
function openWords(open: readonly ClaimOutcome[]): string {
  const ids = new Map<string, string[]>();
  for (const { property, words } of open) ids.set(words, [...(ids.get(words) ?? []), property.id]);
  return [...ids].map(([words, of]) => `${of.join(" ")}: ${words}`).join("\n");
}

/** One warning for all runs without a result, with a line for each. */
function absentWarning(tests: readonly AbsentTest[]): readonly string[] {
  const lines = tests.map(({ name, words }) => `${name}: ${words}`);
  return lines.length > 0 ? [`::warning title=no result::${data(lines.join("\n"))}`] : [];
}

/** One notice for what is not claimed, with a line for each system. */
function leftOutNotice(runs: readonly RunRecord[]): readonly string[] {
  const lines = leftOutLines(runs);
  return lines.length > 0 ? [`::notice title=not claimed::${data(lines.join("\n"))}`] : [];
}

/** `absent`: runs without a result. */
export function github(runs: readonly RunRecord[], absent: Absent = {}): string {
  const errors = outcomesOf(runs).flatMap(({ name, claims, broken }) => [
    ...broken.map((path) => {
      const ids = path.map(({ property }) => claimName(property)).join(" ");
      return `::error title=${title(`${ids} violated: ${name}`)}::${data(chartOf(path))}`;
    }),
    ...claims
      .filter(({ standing }) => standing === "unseen" || standing === "outdated")
      .map(
        ({ property, words }) =>
          `::error title=${title(`${claimName(property)}: ${name}`)}::${data(`${words}. ${property.statement}`)}`,
      ),
  ]);
  const open = outcomesOf(runs).flatMap(({ name, claims }) => {
    const without = claims.filter(({ outcome }) => outcome === "open");
    return without.length > 0 ? [`::warning title=${title(`no verdict: ${name}`)}::${data(openWords(without))}`] : [];
  });
  const all = [...errors, ...absentWarning(absentTests(runs, absent)), ...open];
  const shown =
    all.length > MOST
      ? [...all.slice(0, MOST - 1), `::warning::${all.length - MOST + 1} more are in the report.`]
      : all;
  return [...shown, ...leftOutNotice(runs)].map((line) => `${line}\n`).join("");
}
