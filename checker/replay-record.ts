/** What replays of recordings add up to. As in run-record.ts, a report prints only what stands in the record. */

type Counts = { readonly [name: string]: number };

/** The sequences of one class in one file of recordings. */
export interface ReplayedClass {
  /** "linux-6.12-harness". */
  readonly file: string;
  readonly class: string;
  readonly sequences: number;
  /** Those of which at least one operation was replayed. */
  readonly replayed: number;
  readonly operations: number;
  /** Recorded events, and those of them in sequences that were not replayed; 0 where a recording does not list events. */
  readonly recorded: number;
  readonly leftOut: number;
  readonly compared: number;
  readonly differences: number;
  /** What the harness that recorded says of itself. */
  readonly ofHarness: Counts;
  /** Why something was left out. */
  readonly outOfScope: Counts;
}

/** The rules of replayed machines. */
export interface ReplayedRules {
  readonly rules: number;
  readonly taken: number;
  /** The rules that no recording takes, each as "state: event". */
  readonly never: readonly string[];
}
