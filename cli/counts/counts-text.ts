/** The texts of properties/suite/counts.ts and other-counts.ts, and what has changed in them. */
import { changes } from "../../properties/counts.ts";
import type { Refused } from "../../properties/refused.ts";
import type { Counts } from "../../properties/suite/run.ts";

/** By bounds or another group, and by run. */
export interface AllCounts {
  readonly [bounds: string]: { readonly [run: string]: Counts };
}

const HEAD = `/** Generated: npm run counts. What each run of the suite counts, by bounds (../counts.ts). */
import type { Counts } from "./run.ts";

export const COUNTS: { readonly [bounds: string]: { readonly [run: string]: Counts } } = `;

const OTHER = `/** Generated: npm run counts. What other searches count, and what is refused (../other-counts.ts). */
import type { Refused } from "../refused.ts";
import type { Counts } from "./run.ts";

export const OTHER_COUNTS: { readonly [group: string]: { readonly [run: string]: Counts } } = `;

const REFUSALS = `/** With each two knobs set (../refused.ts). */
export const REFUSED: { readonly [system: string]: Refused } = `;

/** What each system refuses and replaces. */
interface AllRefused {
  readonly [system: string]: Refused;
}

/** A run is told in the order of its name, so that a new one changes one place. */
const sorted = (all: AllCounts): AllCounts =>
  Object.fromEntries(
    Object.entries(all).map(([group, runs]) => [
      group,
      Object.fromEntries(Object.entries(runs).sort(([a], [b]) => (a < b ? -1 : 1))),
    ]),
  );

/** Before prettier, as the next one. */
export const countsText = (all: AllCounts): string => `${HEAD}${JSON.stringify(sorted(all))};\n`;

export const otherText = (other: AllCounts, refused: AllRefused): string =>
  `${OTHER}${JSON.stringify(sorted(other))};\n\n${REFUSALS}${JSON.stringify(refused)};\n`;

/** A line for each run that counts otherwise, is new, or is gone. */
export function differences(before: AllCounts, after: AllCounts): readonly string[] {
  return Object.entries(after).flatMap(([bounds, runs]) => {
    const old = before[bounds] ?? {};
    const names = [...new Set([...Object.keys(old), ...Object.keys(runs)])].sort();
    return names.flatMap((name) => {
      const [was, is] = [old[name], runs[name]];
      const words = !is ? ["gone"] : !was ? ["new"] : changes(was, is);
      return words.length === 0 ? [] : [`${bounds}: ${name}: ${words.join(", ")}`];
    });
  });
}

const inWords = (one: Refused | undefined, none: string): string =>
  one === undefined ? none : `${one.refused} refused, ${one.replaced} replaced`;

/** A line for each system that refuses or replaces other settings. */
export const refusals = (before: AllRefused, after: AllRefused): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((system) => {
    const [was, is] = [inWords(before[system], "new"), inWords(after[system], "gone")];
    return was === is ? [] : [`${system}: ${was} -> ${is}`];
  });
