/** What is not claimed of a system, and why: a report that says "holds" says this too. */
import type { Property } from "../../property.ts";
import type { LeftOutRecord } from "../../run-record.ts";
import type { System } from "../../system.ts";
import { reasonOf } from "./decided-by.ts";

/** A reason, and the properties it is the reason for. */
interface LeftOut {
  readonly id: string;
  readonly because: string;
  readonly witness?: string;
}

/** Whether the property must occur here, if it is a `sometimes`: one that need not is only told where it does. */
export const isExpected = ({ kind, applies }: Property, { parameters }: System): boolean =>
  kind !== "sometimes" || !applies || applies.when(parameters);

/** "PRQ-3" before "PRQ-10". */
const byId = ({ id: a }: LeftOut, { id: b }: LeftOut): number => {
  const [family, other] = [a, b].map((id) => id.replace(/\d+$/, ""));
  return family === other
    ? Number(a.slice(family!.length)) - Number(b.slice(other!.length))
    : family! < other!
      ? -1
      : 1;
};

/**
 * Grouped by reason, and by id. What is about systems of another kind, or about parts that this one has not, is not among
 * them. `judged`: the properties of which the run says something.
 */
export function leftOut(
  system: System,
  judged: ReadonlySet<string>,
  vacuous: readonly LeftOut[],
): readonly LeftOutRecord[] {
  const { properties, parameters, notClaimed = [] } = system;
  const unexpected = properties.flatMap((property) =>
    isExpected(property, system) ? [] : [{ id: property.id, because: reasonOf(property.applies!.when, parameters) }],
  );
  const reasons = new Map<string, LeftOut>();
  for (const one of [...notClaimed.filter(({ cause }) => cause === "parameters"), ...unexpected, ...vacuous])
    if (!judged.has(one.id) && !reasons.has(one.id)) reasons.set(one.id, one);
  const groups = new Map<string, LeftOutRecord>();
  for (const { id, because, witness } of [...reasons.values()].sort(byId)) {
    const ids = [...(groups.get(because)?.ids ?? []), id];
    groups.set(because, { ids, because, ...(witness !== undefined && { witness }) });
  }
  return [...groups.values()];
}

/**
 * Claims that would hold of nothing in a complete search: their witness never occurs, or nothing is ever owed.
 * `isOwing`: of a `leadsTo`, whether something is owed on some run of which it is claimed.
 */
export function vacuousClaims(
  claimed: readonly Property[],
  occurs: (id: string) => boolean,
  isOwing: (id: string) => boolean,
): readonly LeftOut[] {
  return claimed.flatMap(({ id, kind, witness }) => {
    const shows = claimed.find((one) => one.id === witness);
    if (shows && !occurs(shows.id))
      return [{ id, because: `${shows.id} ("${shows.statement.replace(/\.$/, "")}") never occurs`, witness: shows.id }];
    return kind === "leadsTo" && !isOwing(id)
      ? [{ id, because: "its premise never occurs on the runs that it is about" }]
      : [];
  });
}
