/** Which components get a lane in a chart, under which short name, and in which column. */
import type { StepRecord, TraceRecord } from "../checker/run-record.ts";
import { ascii } from "./phrases.ts";

/** Columns before the first lane: the number of the step. */
export const GUTTER = 6;
const NARROWEST = 12;
const WIDEST = 26;

export interface Lane {
  readonly component: string;
  /** Heading; shorter than the lane is wide. */
  readonly id: string;
  readonly column: number;
}

/** Names of components that a step mentions, once for each mention. */
function mentions({ action, transfers, changes }: StepRecord): readonly string[] {
  return [
    ...(action.kind === "event" ? [action.component] : []),
    ...transfers.flatMap(({ from, to }) => [from, to]),
    ...changes.map(({ component }) => component),
  ];
}

/** "page-request-queue-0" is "prq0"; a name of one word is cut. */
function initials(name: string, longest: number): string {
  const parts = name.split(/[^A-Za-z0-9]+|(?<=[A-Za-z])(?=\d)/).filter((part) => part !== "");
  const short = parts.map((part) => (/^\d/.test(part) ? part : part.charAt(0))).join("");
  return parts.length > 1 && short.length <= longest ? short : name.slice(0, longest);
}

/** Different short names for different components; those that fit keep their names. */
function shortNames(names: readonly string[], longest: number): ReadonlyMap<string, string> {
  const taken = new Set(names.map(ascii).filter((name) => name.length <= longest));
  const short = new Map<string, string>();
  for (const name of names) {
    let id = ascii(name);
    if (id.length > longest) {
      const start = initials(id, longest) || "lane";
      id = start;
      for (let k = 2; taken.has(id); k++) id = `${start.slice(0, longest - String(k).length - 1)}.${k}`;
      taken.add(id);
    }
    short.set(name, id);
  }
  return short;
}

/**
 * One lane for each component that takes part, in the order of the trace; when there are more than fit side by side,
 * those that are mentioned most. `columns` is the width of the whole chart.
 */
export function layLanes({ components, steps }: TraceRecord, columns: number): readonly Lane[] {
  const times = new Map<string, number>();
  for (const step of steps) for (const name of mentions(step)) times.set(name, (times.get(name) ?? 0) + 1);
  const most = Math.floor((columns - GUTTER) / NARROWEST);
  const partakers = components.filter((name) => times.has(name));
  const kept = new Set([...partakers].sort((a, b) => times.get(b)! - times.get(a)!).slice(0, most));
  const lanes = partakers.filter((name) => kept.has(name));
  const width = Math.min(WIDEST, Math.floor((columns - GUTTER) / Math.max(1, lanes.length)));
  const names = shortNames(lanes, width - 1);
  return lanes.map((component, k) => ({
    component,
    id: names.get(component)!,
    column: GUTTER + k * width,
  }));
}
