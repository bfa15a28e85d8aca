/** Searches beside the suite that are counted: `check` does not need them, and the explorer does not load them. */
import { changes } from "./counts.ts";
import { OTHER_COUNTS } from "./suite/other-counts.ts";
import type { Counts } from "./suite/run.ts";

/** The deliberate defects in suite/other-counts.ts. Each search ends with the last claim that breaks. */
export const DEFECTS = "defects";
/** How the search of each preset begins at deep bounds (beginnings.ts). */
export const BEGINNINGS = "beginnings";
/** Runs that only show what the suite leaves out (gaps/counted.ts). */
export const SHOWN = "shown";

/** How the search of a deliberate defect, or its beginning, differs from what is pinned; undefined: it does not. */
export function countsOtherwise(
  group: typeof DEFECTS | typeof BEGINNINGS | typeof SHOWN,
  name: string,
  counts: Counts,
  pinned = OTHER_COUNTS,
): string | undefined {
  const before = pinned[group]?.[name];
  if (!before) return `${name}: not counted before`;
  const found = changes(before, counts);
  return found.length === 0 ? undefined : `${name}: ${found.join(", ")}`;
}
