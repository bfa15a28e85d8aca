/** The summary of a job, as GitHub shows it: the report in Markdown, and each unexpected violation as a diagram that it draws. */
import type { RunRecord } from "../../checker/run-record.ts";
import { markdownReport } from "../markdown.ts";
import type { Telling } from "../text.ts";
import { claimName } from "../words.ts";
import { mermaid } from "./mermaid.ts";
import { outcomesOf } from "./outcome.ts";

/** GitHub shows nothing of a summary that has more bytes. */
const MOST = 1024 * 1024;

const SHORTER = "GitHub shows at most 1 MiB here. report.md and report.html of the same run have what is left out.\n";

const encoder = new TextEncoder();
const bytes = (text: string): number => encoder.encode(text).length;

const diagramsOf = (runs: readonly RunRecord[]): readonly string[] =>
  outcomesOf(runs).flatMap(({ name, broken }) =>
    broken.map(([first]) =>
      [
        `<details><summary>${claimName(first.property)}: ${name}</summary>`,
        "",
        "```mermaid",
        mermaid(first.trace).trimEnd(),
        "```",
        "",
        "</details>",
        "",
      ].join("\n"),
    ),
  );

/** As many of the texts, from the first on, as have room behind `before`. */
function fitting(before: string, texts: readonly string[], most: number): string {
  let text = before;
  let size = bytes(before);
  for (const next of texts) {
    size += bytes(next) + 1;
    if (size > most) return text;
    text += `\n${next}`;
  }
  return text;
}

/** Where a summary would be too long: without the verdict of each property, then with fewer diagrams and violations. */
export function summary(runs: readonly RunRecord[], telling: Telling, most = MOST): string {
  const found = diagramsOf(runs);
  const diagrams = found.length > 0 ? ["## Diagrams\n", ...found] : [];
  const whole = [markdownReport(runs, telling), ...diagrams].join("\n");
  if (bytes(whole) <= most) return whole;
  const [first = "", ...others] = markdownReport(runs, telling, []).split(/\n(?=###? )/);
  return fitting(`${SHORTER}\n${first}`, [...others, ...diagrams], most);
}
