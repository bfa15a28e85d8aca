/** How a mutant is named that changes nothing (known.ts, known-checker.ts). */
import type { Operator } from "./operators/change.ts";

/** A mutant that no run can tell from the machine. */
export interface Equivalent {
  readonly file: string;
  readonly operator: Operator;
  /** The line, without what surrounds it. */
  readonly text: string;
  /** What the mutant changes there. */
  readonly words: string;
  /** The end of the names of what it is in, where the file has the same change of an equal line twice. */
  readonly within?: string;
  readonly why: string;
}
