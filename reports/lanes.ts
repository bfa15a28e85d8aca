/** Which components get a lane in a chart, under which short name, and in which column. */
import type { StepRecord, TraceRecord } from "../checker/run-record.ts";
import { ascii } from "./phrases.ts";

/** Columns before the first lane: the number of the step. */
export const GUTTER = 5;
/** Columns for all lanes; what is left of the line is for words. */
const ROOM = 32;
/** Columns that words have at least, behind the two blanks that follow the lanes. */
export const WORDS = 20;
const NARROWEST = 4;
const WIDEST = 8;
/** Lines of headings, which stand one below the other so that names may be longer than lanes are wide. */
const HEADINGS = 3;
/** What an event of its own counts against a mention by others. */
const OWN = 4;

export interface Lane {
  readonly component: string;
  /** Heading; the name where it fits. */
  readonly id: string;
  readonly column: number;
  /** Line of the heading, from 0. */
  readonly row: number;
}

/** How much each component does in the steps: one that never changes and never acts only passes messages on. */
function weights(steps: readonly StepRecord[]): ReadonlyMap<string, number> {
  const weight = new Map<string, number>();
  const add = (name: string, much: number): void => void weight.set(name, (weight.get(name) ?? 0) + much);
  const alive = new Set<string>();
  for (const { action, transfers, changes } of steps) {
    if (action.kind === "event") {
      add(action.component, OWN);
      alive.add(action.component);
    }
    for (const { from, to, how } of transfers) {
      add(from, 1);
      add(to, how === "delivered" ? OWN : 1);
    }
    for (const { component } of changes) {
      add(component, 1);
      alive.add(component);
    }
  }
  return new Map([...weight].filter(([name]) => alive.has(name)));
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
 * Lanes for what the property reads, then for those that do most, in the order of the trace. What gets no lane is told
 * in words. A component that is read but never takes part needs none. `columns`: those of the whole line.
 */
export function layLanes({ components, steps, reads = [] }: TraceRecord, columns: number): readonly Lane[] {
  const weight = weights(steps);
  const room = Math.max(NARROWEST, Math.min(ROOM, columns - GUTTER - 2 - WORDS));
  const most = Math.floor(room / NARROWEST);
  const isRead = (name: string): number => Number(reads.includes(name));
  const partakers = components.filter((name) => weight.has(name));
  const kept = new Set(
    [...partakers].sort((a, b) => isRead(b) - isRead(a) || weight.get(b)! - weight.get(a)!).slice(0, most),
  );
  const lanes = partakers.filter((name) => kept.has(name));
  const width = Math.max(NARROWEST, Math.min(WIDEST, Math.floor(room / Math.max(1, lanes.length))));
  const names = shortNames(lanes, HEADINGS * width - 1);
  const longest = Math.max(0, ...[...names.values()].map((id) => id.length));
  const rows = Math.max(1, Math.min(HEADINGS, Math.ceil((longest + 1) / width)));
  return lanes.map((component, k) => ({
    component,
    id: names.get(component)!,
    column: GUTTER + k * width,
    row: k % rows,
  }));
}
