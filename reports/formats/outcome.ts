/** What becomes of each claim in formats that know tests: passed, failed, or skipped, with the words for it. */
import type { RunRecord } from "../../checker/run-record.ts";
import { byPath, type BrokenByPath } from "../paths.ts";
import { judged, standing, type Judged } from "../standing.ts";
import type { Telling } from "../text.ts";
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
  /** What the run says nothing about, claim by claim. */
  readonly notClaimed: readonly NotClaimed[];
}

export interface NotClaimed {
  readonly id: string;
  /** "not claimed here: ...": why the claim is skipped. */
  readonly words: string;
}

const notClaimedIn = ({ leftOut = [] }: RunRecord): readonly NotClaimed[] =>
  leftOut.flatMap(({ ids, because }) => ids.map((id) => ({ id, words: `not claimed here: ${because}` })));

/** Runs without a result: without a word of them, a report of the others would look like one of all. */
export type Absent = Pick<Telling, "left" | "missing">;

/** A test that stands for one of them, or for all of them where a record only counts them. */
export interface AbsentTest {
  readonly name: string;
  readonly words: string;
}

export function absentTests(runs: readonly RunRecord[], { left = 0, missing }: Absent): readonly AbsentTest[] {
  if (missing) return missing.map((run) => ({ name: modelName(run), words: `no result: ${run.because}` }));
  return left === 0
    ? []
    : [
        {
          name: `${count(left)} of ${count(runs.length + left)} runs without a result`,
          words: "interrupted, or they could not be made",
        },
      ];
}

export const outcomesOf = (runs: readonly RunRecord[]): readonly RunOutcome[] =>
  runs.map((run) => {
    const claims = judged([run]).map((claim) => ({ ...claim, outcome: outcomeOf(claim), words: wordsOf(claim) }));
    const broken = byPath(claims.filter((claim) => claim.standing === "violated"));
    return { run, name: modelName(run.model), claims, broken, notClaimed: notClaimedIn(run) };
  });
