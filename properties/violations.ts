/** Which properties a system violates: a search that ends as soon as it has what it was asked for. */
import { DEADLOCK, recordOf, startExhaustive } from "../checker/explore/exhaustive.ts";
import type { TraceRecord } from "../checker/run-record.ts";
import { ModelError, type System } from "../checker/system.ts";
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

/** The shortest counterexamples by id, from a search that ends when it has all that can be told before its end. */
export function violations(whole: System, request: Request, ids: readonly string[]): ReadonlyMap<string, TraceRecord> {
  const system = only(whole, ids);
  const search = startExhaustive(system, { maxStates: MOST_STATES });
  const needsAll = system.properties.some(({ kind }) => kind === "canAlways" || kind === "leadsTo");
  const found = (id: string): boolean => (id === "DEADLOCK" ? search.deadlock >= 0 : search.judge.found.has(id));
  try {
    while (search.advance(1 << 12)) if (!needsAll && ids.every(found) && search.confirmed()) break;
  } catch (error) {
    // A system that was miswired may fall over later; what it violated before counts.
    if (!(error instanceof ModelError)) throw error;
  }
  return new Map(
    recordOf(search, request).properties.flatMap(({ id, verdict }) =>
      verdict.kind === "violated" ? [[id, verdict.trace] as const] : [],
    ),
  );
}
