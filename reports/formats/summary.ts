/** The summary of a job, as GitHub shows it: the report in Markdown, and each unexpected violation as a diagram that it draws. */
import type { RunRecord } from "../../checker/run-record.ts";
import { markdownReport } from "../markdown.ts";
import type { Telling } from "../text.ts";
import { claimName } from "../words.ts";
import { mermaid } from "./mermaid.ts";
import { outcomesOf } from "./outcome.ts";

export function summary(runs: readonly RunRecord[], telling: Telling): string {
  const diagrams = outcomesOf(runs).flatMap(({ name, broken }) =>
    broken.flatMap(([first]) => [
      `<details><summary>${claimName(first.property)}: ${name}</summary>`,
      "",
      "```mermaid",
      mermaid(first.trace).trimEnd(),
      "```",
      "",
      "</details>",
      "",
    ]),
  );
  return [markdownReport(runs, telling), ...(diagrams.length > 0 ? ["## Diagrams", "", ...diagrams] : [])].join("\n");
}
