/**
 * What breaks each claim: deliberate defects, calls that are made twice or never, cases that a machine lacks, and the designs of
 * the suite that are known to break it. A claim that one change alone can break says little about its neighbours: two different ones are asked for.
 */
import type { Request } from "./build.ts";
import { catalogue } from "./catalogue/index.ts";
import { departures } from "./departures/index.ts";
import { miswirings } from "./miswirings/index.ts";
import { suite } from "./suite.ts";

/** The ids of all that is claimed. */
export const claims: readonly string[] = catalogue.filter(({ kind }) => kind !== "sometimes").map(({ id }) => id);

/** A design as it is: its departure and its run in the suite are one breaker. */
const designOf = ({ system, host }: Request): string => `${system} --design ${host}`;

const settingOf = (set: Request["set"]): string =>
  Object.entries(set)
    .map(([knob, value]) => `${knob}=${String(value)}`)
    .join(" ");

function* all(): Generator<readonly [breaker: string, breaks: readonly string[]]> {
  for (const { when, shown, breaks } of departures)
    yield [Object.keys(shown.set).length === 0 ? designOf(shown) : `${shown.system} ${settingOf(when)}`, breaks];
  for (const { name, request, breaks } of miswirings) yield [`${request.system}: ${name}`, breaks];
  for (const run of [...suite("small"), ...suite("default")]) yield [designOf(run), Object.keys(run.known)];
}

let found: ReadonlyMap<string, ReadonlySet<string>> | undefined;

/** By id, the breakers in words. */
export function breakersOf(): ReadonlyMap<string, ReadonlySet<string>> {
  if (found) return found;
  const breakers = new Map<string, Set<string>>();
  for (const [breaker, breaks] of all())
    for (const id of breaks) breakers.set(id, (breakers.get(id) ?? new Set()).add(breaker));
  found = breakers;
  return breakers;
}
