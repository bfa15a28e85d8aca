/** What is counted: events of a label, and pieces of work that are finished. */
import type { System } from "../system.ts";
import type { Occurrence } from "./occurrence.ts";
import { checkPattern, timesIn, type Pattern } from "./pattern.ts";

/** "page faults": a step, or each message of a step, that fits one of the patterns is one of them. */
export interface Counted {
  readonly label: string;
  readonly of: readonly Pattern[];
}

/** @throws ModelError for a name that the system does not have */
export function checkCounted(system: System, { label, of }: Counted): void {
  for (const pattern of of) checkPattern(system, pattern, `The count of ${label}`);
}

/** How many the step is. */
export const countIn = ({ of }: Counted, occurrence: Occurrence): number =>
  of.reduce((sum, pattern) => sum + timesIn(pattern, occurrence), 0);
