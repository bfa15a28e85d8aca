/** Which properties a system violates: a search that ends as soon as it has what it was asked for. */
import { DEADLOCK } from "../checker/explore/claims/deadlock.ts";
import { recordOf, startExhaustive } from "../checker/explore/exhaustive.ts";
import type { RunRecord, TraceRecord } from "../checker/run-record.ts";
import { ModelError, type System } from "../checker/system.ts";
import { gone, lostText } from "../reports/lost.ts";
import type { Request } from "./build.ts";

const MOST_STATES = 400_000;

/** The system with only these of its properties, without their witnesses; DEADLOCK stands for the claim that some step is always possible. */
export const only = (system: System, ids: readonly string[]): System => ({
  ...system,
  properties: system.properties.filter(({ id }) => ids.includes(id)),
  deadlock: ids.includes("DEADLOCK") ? "forbidden" : "allowed",
});

/** What is claimed of the system when the whole catalogue is asked: a sentence without its witness is not. */
export const claimedOf = (system: System): ReadonlySet<string> =>
  new Set([...system.properties.map(({ id }) => id), DEADLOCK.id]);

/** What a search says of these properties that ends when it has all that can be told before its end. */
export function searchedFor(
  whole: System,
  request: Request,
  ids: readonly string[],
  maxStates = MOST_STATES,
): RunRecord {
  const system = only(whole, ids);
  const search = startExhaustive(system, { maxStates });
  const needsAll = system.properties.some(({ kind }) => kind === "canAlways" || kind === "leadsTo");
  const found = (id: string): boolean => (id === "DEADLOCK" ? search.deadlock >= 0 : search.judge.found.has(id));
  try {
    while (search.advance(1 << 12)) if (!needsAll && ids.every(found) && search.confirmed()) break;
  } catch (error) {
    // A system that was miswired may fall over later; what it violated before counts.
    if (!(error instanceof ModelError)) throw error;
  }
  return recordOf(search, request);
}

const counterexamplesIn = ({ properties }: RunRecord): ReadonlyMap<string, TraceRecord> =>
  new Map(properties.flatMap(({ id, verdict }) => (verdict.kind === "violated" ? [[id, verdict.trace] as const] : [])));

/** The shortest counterexamples by id. */
export const violations = (
  system: System,
  request: Request,
  ids: readonly string[],
  maxStates?: number,
): ReadonlyMap<string, TraceRecord> => counterexamplesIn(searchedFor(system, request, ids, maxStates));

/**
 * Each of the properties is violated.
 *
 * @param why What is known to break them.
 * @returns What the search says.
 * @throws Error that tells each one that is not as fully as a violation: sentence, system, what was searched, command.
 */
export function expectViolations(system: System, request: Request, ids: readonly string[], why: string): RunRecord {
  const record = searchedFor(system, request, ids);
  const found = counterexamplesIn(record);
  const lost = ids.filter((id) => !found.has(id));
  if (lost.length === 0) return record;
  const told = lost.map((id) => {
    const property = record.properties.find((one) => one.id === id);
    if (!property) return `NO LONGER BROKEN ${id}: it is not claimed of this system.`;
    return lostText(gone({ run: record, property: { ...property, known: why } }));
  });
  const error = new Error(`\n${told.join("\n")}`);
  // The first frame is then the caller's: reporters point to it.
  Error.captureStackTrace(error, expectViolations);
  throw error;
}
