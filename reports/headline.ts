/** The first line of a report: what is not as it should be. */
import type { RunRecord } from "../checker/run-record.ts";
import { judged, type Standing } from "./standing.ts";

/** Properties that the first line names. */
const MOST_NAMED = 8;

/** "2 properties are violated: PIN-1, PIN-3.": what to look at first; undefined when there is nothing to tell. */
export function headline(runs: readonly RunRecord[], expectKnown: boolean): string | undefined {
  const all = judged(runs);
  const told = (standing: Standing, one: string, many: string): readonly string[] => {
    const ids = [...new Set(all.filter((it) => it.standing === standing).map(({ property }) => property.id))];
    if (ids.length === 0) return [];
    const names = ids.length > MOST_NAMED ? [...ids.slice(0, MOST_NAMED), `${ids.length - MOST_NAMED} more`] : ids;
    return [`${ids.length} ${ids.length === 1 ? one : many}: ${names.join(", ")}`];
  };
  const parts = [
    ...told("violated", "property is VIOLATED", "properties are VIOLATED"),
    ...told("unseen", "situation was NEVER WITNESSED", "situations were NEVER WITNESSED"),
    ...told("outdated", "known violation is GONE", "known violations are GONE"),
    ...(expectKnown ? [] : told("known", "property is KNOWN to fail", "properties are KNOWN to fail")),
  ];
  const violated = all.filter(({ standing }) => standing === "violated");
  const anyway = violated.filter(({ property: { note } }) => note?.startsWith("violated without "));
  const whose =
    anyway.length === 0
      ? ""
      : anyway.length === violated.length
        ? " All of that happens without what was set, too."
        : ` ${anyway.length} of ${violated.length} violations happen without what was set, too.`;
  return parts.length === 0 ? undefined : `${parts.join("; ")}.${whose}`;
}
