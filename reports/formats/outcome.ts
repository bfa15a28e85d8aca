/** What becomes of each claim in formats that know tests: passed, failed, or skipped, with the words for it. */
import type { RunRecord } from "../../checker/run-record.ts";
import { byPath, type BrokenByPath } from "../paths.ts";
import { judged, standing, type Judged } from "../standing.ts";
import { count, modelName, verdictWords } from "../words.ts";

/**
 * `expected`: broken, and the suite says so and why. `open`: no verdict that a test may pass on: a bound was reached, the
 * search kept hashes, or was ended.
 */
export type Outcome = "passed" | "failed" | "expected" | "open";

export interface ClaimOutcome extends Judged {
  readonly outcome: Outcome;
  readonly words: string;
}

function outcomeOf(claim: Judged): Outcome {
  switch (standing(claim.property)) {
    case "good":
      return claim.property.verdict.kind === "no-violation" ? "open" : "passed";
    case "known":
      return "expected";
    case "violated":
    case "unseen":
    case "outdated":
      return "failed";
    case "incomplete":
    case "approximate":
    case "unknown":
      return "open";
  }
}

function wordsOf({ property: { verdict, known }, standing: label }: Judged): string {
  const words = verdictWords(verdict);
  if (label === "outdated") return `listed as known, but ${words}`;
  return label === "known" ? `${words}; known: ${known ?? ""}` : words;
}

export interface RunOutcome {
  readonly run: RunRecord;
  /** The run, in the words of its command. */
  readonly name: string;
  readonly claims: readonly ClaimOutcome[];
  /** Unexpected violations, by path. */
  readonly broken: readonly BrokenByPath[];
}

/** Runs without a result: without a word of them, a report of the others would look like one of all. */
export const withoutResult = (runs: readonly RunRecord[], left: number): string | undefined =>
  left === 0 ? undefined : `${count(left)} of ${count(runs.length + left)} runs without a result`;

export const outcomesOf = (runs: readonly RunRecord[]): readonly RunOutcome[] =>
  runs.map((run) => {
    const claims = judged([run]).map((claim) => ({ ...claim, outcome: outcomeOf(claim), words: wordsOf(claim) }));
    const broken = byPath(claims.filter((claim) => claim.standing === "violated"));
    return { run, name: modelName(run.model), claims, broken };
  });
