/** What was not claimed: the other half of what a report says. */
import type { RunRecord } from "../checker/run-record.ts";
import { runName } from "./words.ts";

const compare = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });

/** "PRQ-3, PRQ-10 (PRQ-3 never occurs: The queue overflows.)": each group of properties with its reason. */
export const leftOutGroups = ({ leftOut = [] }: RunRecord): readonly string[] =>
  leftOut.map(({ ids, because }) => `${ids.join(", ")} (${because})`);

/**
 * A line for each system. Of one run with the reasons; of several what none of them claims, since the reasons differ from
 * run to run.
 */
export function leftOutLines(runs: readonly RunRecord[]): readonly string[] {
  const systems = new Map<string, RunRecord[]>();
  for (const run of runs) systems.set(run.model.system, [...(systems.get(run.model.system) ?? []), run]);
  return [...systems].flatMap(([system, [first, ...others]]) => {
    if (!first) return [];
    const groups = leftOutGroups(first);
    if (others.length === 0)
      return groups.length > 0 ? [`Not claimed here, ${runName(first.model)}: ${groups.join("; ")}.`] : [];
    const claimed = new Set([first, ...others].flatMap(({ properties }) => properties.map(({ id }) => id)));
    const ids = new Set([first, ...others].flatMap(({ leftOut = [] }) => leftOut.flatMap((one) => one.ids)));
    const never = [...ids].filter((id) => !claimed.has(id)).sort(compare);
    return never.length > 0 ? [`Not claimed in any of the runs of ${system}: ${never.join(", ")}.`] : [];
  });
}
