/**
 * Unexpected violations as annotations of GitHub's workflows: one for each path, with its chart. A step shows ten at most; what
 * is beyond is said in the last one.
 */
import type { RunRecord } from "../../checker/run-record.ts";
import { chartOf } from "../chart.ts";
import { claimName, verdictWords } from "../words.ts";
import { outcomesOf } from "./outcome.ts";

const MOST = 10;

const data = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const title = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

export function github(runs: readonly RunRecord[]): string {
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
    const left = claims.filter(({ outcome }) => outcome === "open");
    const [first] = left;
    return first
      ? [
          `::warning title=${title(`no verdict: ${name}`)}::${data(`${left.map(({ property }) => property.id).join(" ")}: ${verdictWords(first.property.verdict)}`)}`,
        ]
      : [];
  });
  const all = [...errors, ...open];
  const shown =
    all.length > MOST
      ? [...all.slice(0, MOST - 1), `::warning::${all.length - MOST + 1} more are in the report.`]
      : all;
  return shown.length === 0 ? "" : `${shown.join("\n")}\n`;
}
