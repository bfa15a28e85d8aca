/**
 * A scenario: one question of the thread, told as given, when, expect and answer. What it expects are verdicts of
 * exhaustive runs, so that an answer that the model no longer gives is found.
 */
import type { Request } from "../properties/build.ts";

/** What a search may say of a property; `deadlock` is asked as the property DEADLOCK. */
export type ExpectedVerdict = "holds" | "violated" | "witnessed" | "never-witnessed";

export interface ScenarioRun {
  /** What is different in this run, in a few words: "with a lock", "without". */
  readonly label: string;
  readonly request: Request;
  readonly expect: { readonly [property: string]: ExpectedVerdict };
}

/**
 * How the answer is known: `shown` by these runs alone; `demonstrated` when kernels that were booted did it too; `verified`
 * when the facts also found it in the source or a mail, which is named; `derived` when it was an argument of the facts
 * that the runs now support.
 */
export type Evidence =
  | { readonly kind: "shown" }
  | { readonly kind: "demonstrated"; readonly where: string }
  | { readonly kind: "verified"; readonly where: string }
  | { readonly kind: "derived"; readonly where: string };

/** What somebody measured, which the model cannot: it has no time. */
export interface Figures {
  readonly title: string;
  readonly source: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Scenario {
  /** Never reused: "expiry-hits-hot-pages". */
  readonly id: string;
  /** One sentence with a question mark, as somebody on the list would ask. */
  readonly question: string;
  /** Who asked, or what raises it: "Alex Williamson, 2021-01-29". */
  readonly askedBy: string;
  /** Rows of the table of the thread that it answers (1-75); may be empty for questions of the facts. */
  readonly rows: readonly number[];
  readonly given: string;
  readonly when: string;
  /** One or two sentences. */
  readonly answer: string;
  readonly evidence: Evidence;
  /** Figures that the answer or its evidence refers to, told with it. */
  readonly figures?: Figures;
  /** Contrasts: usually one that breaks and one that holds. */
  readonly runs: readonly ScenarioRun[];
  /** The run (from 0) and property whose counterexample, or path to the witness, is printed with the answer. */
  readonly chart?: { readonly run: number; readonly property: string };
  /** The `sometimes` that each run is expected to witness, on whose shortest path look-ups and locks are counted. */
  readonly countsTo?: readonly string[];
}
