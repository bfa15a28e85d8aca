/** Which systems are asked when a file of claims is changed: those that claim a property whose id the file writes. */
import { build } from "../../../properties/build.ts";
import { suite } from "../../../properties/suite.ts";
import type { Notice } from "../check/noticed.ts";
import { textOf } from "../sources.ts";

/** The runs that a change of a claim is held against. */
export const CLAIM_JUDGES: readonly Notice["judge"][] = ["small", "departures"];

let claimed: ReadonlyMap<string, ReadonlySet<string>> | undefined;

/** The ids that each system claims in some run of the suite. */
function claimedIds(): ReadonlyMap<string, ReadonlySet<string>> {
  if (!claimed) {
    const found = new Map<string, Set<string>>();
    for (const run of suite("small")) {
      const ids = found.get(run.system) ?? new Set<string>();
      found.set(run.system, ids);
      for (const { id } of build(run).properties) ids.add(id);
    }
    claimed = found;
  }
  return claimed;
}

/** A file that writes no id has parts of claims of its subject: all systems are asked. */
export function systemsClaimedIn(file: string): readonly string[] {
  const ids = new Set([...textOf(file).matchAll(/"([A-Z]{2,4}-\d+)"/g)].map(([, id]) => id!));
  const all = [...claimedIds()];
  const found = all.filter(([, claims]) => [...ids].some((id) => claims.has(id)));
  return (found.length > 0 ? found : all).map(([system]) => system);
}
