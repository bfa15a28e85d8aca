/** What a verdict means for the run: whether it is what was to be expected. Exit codes and tables rest on this. */
import type { PropertyRecord, RunRecord, TraceRecord, Verdict } from "../checker/run-record.ts";

/**
 * `violated`: a claim is broken, and nobody said so before. `unseen`: a `sometimes` that never happens. `known`: either of
 * them, declared by the model with its reason. `outdated`: declared as broken, but it holds. `incomplete`: a bound was
 * reached first. `approximate`: states may have been missed. `unknown`: no answer.
 */
export type Standing = "violated" | "unseen" | "outdated" | "known" | "incomplete" | "approximate" | "unknown" | "good";

export function standing({ verdict, known }: PropertyRecord): Standing {
  switch (verdict.kind) {
    case "violated":
      return known === undefined ? "violated" : "known";
    case "never-witnessed":
      return known === undefined ? "unseen" : "known";
    case "holds":
    case "witnessed":
      return known === undefined ? "good" : "outdated";
    case "no-violation":
      return "good";
    case "holds-within-bounds":
      return "incomplete";
    case "approximate":
      return "approximate";
    case "unknown":
      return "unknown";
  }
}

/** A property with the run it belongs to. */
export interface Judged {
  readonly run: RunRecord;
  readonly property: PropertyRecord;
  readonly standing: Standing;
}

export const judged = (runs: readonly RunRecord[]): readonly Judged[] =>
  runs.flatMap((run) =>
    run.properties.map((property) => ({
      run,
      property,
      standing: standing(property),
    })),
  );

/** The counterexamples of the runs, expected or not. */
export const counterexamples = (runs: readonly RunRecord[]): readonly TraceRecord[] =>
  runs.flatMap(({ properties }) =>
    properties.flatMap(({ verdict }) => (verdict.kind === "violated" ? [verdict.trace] : [])),
  );

/** "PIN" of "PIN-1". */
export const familyOf = (id: string): string => id.replace(/-\d+$/, "");

/** Worst first; this is also the order in which a family with several standings is told. */
const LABELS: readonly (readonly [Standing, string])[] = [
  ["violated", "VIOLATED"],
  ["unseen", "NEVER WITNESSED"],
  ["outdated", "NO LONGER BROKEN"],
  ["known", "known"],
  ["unknown", "unknown"],
  ["incomplete", "holds within bounds"],
  ["approximate", "no violation found, approximate"],
];

/** Whether the search was ended before it could tell. */
export const isLeftOpen = (verdict: Verdict, stoppedBy: string | undefined): boolean =>
  verdict.kind === "unknown" &&
  stoppedBy !== undefined &&
  (verdict.because === stoppedBy || verdict.because.endsWith(` before ${stoppedBy}`));

/** Whether it says more of the search than of the property. */
const isOfSearch = (label: Standing): boolean => label === "incomplete" || label === "approximate";

/**
 * One short verdict for each property family, worst first, families of the same verdict together:
 * "VIOLATED PIN-3; known PRQ-4; unknown PIN-5; holds PRI UNMAP(3/5)". A family is named once, with its worst standing;
 * what needs a look is named by property, and what has no answer always. 3/5: the other two were not claimed in the run.
 */
export function familyVerdicts({ properties, search, leftOut = [] }: RunRecord): string {
  // After a violation that ended the search much is open, and for one reason: families say enough.
  const isLeft = ({ verdict }: PropertyRecord): boolean => isLeftOpen(verdict, search.stoppedBy);
  const left = new Map<string, PropertyRecord[]>();
  for (const property of properties) {
    const family = familyOf(property.id);
    left.set(family, [...(left.get(family) ?? []), property]);
  }
  const missing = leftOut.flatMap(({ ids }) => ids).map(familyOf);
  const counted = (family: string): string => {
    const { length } = left.get(family)!;
    const absent = missing.filter((of) => of === family).length;
    return absent === 0 ? family : `${family}(${length}/${length + absent})`;
  };
  const parts: string[] = [];
  const told = new Set<string>();
  for (const [label, word] of LABELS) {
    const named: string[] = [];
    for (const [family, members] of left) {
      // What has no answer is told beside what is broken; all else of a family that was told is better than that.
      if (told.has(family) && label !== "unknown") continue;
      const these = members.filter((member) => standing(member) === label);
      if (these.length === 0 || (told.has(family) && these.every(isLeft))) continue;
      told.add(family);
      named.push(...(isOfSearch(label) || these.every(isLeft) ? [counted(family)] : these.map(({ id }) => id)));
    }
    if (named.length > 0) parts.push(`${word} ${named.join(" ")}`);
  }
  const good = [...left.keys()].flatMap((family) => (told.has(family) ? [] : [counted(family)]));
  if (good.length > 0) parts.push(`${search.kind === "random" ? "no violation" : "holds"} ${good.join(" ")}`);
  return parts.join("; ") || "no properties";
}
