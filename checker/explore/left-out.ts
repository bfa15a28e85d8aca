/** What is not claimed of a system, and why: a report that says "holds" says this too. */
import type { Json } from "../json.ts";
import type { Property } from "../property.ts";
import type { LeftOutRecord } from "../run-record.ts";
import type { System } from "../system.ts";

/** A reason, and the properties it is the reason for. */
interface LeftOut {
  readonly id: string;
  readonly because: string;
}

/** The values that the condition looked at before it answered, as "name=value". */
export function decidedBy(condition: (parameters: Json) => boolean, parameters: Json): readonly string[] {
  const seen: string[] = [];
  const watch = (value: object): object =>
    new Proxy(value, {
      get: (target, field) => {
        const found: unknown = Reflect.get(target, field);
        if (typeof field === "symbol" || !Object.hasOwn(target, field)) return found;
        if (typeof found === "object" && found !== null && !Array.isArray(found)) return watch(found);
        seen.push(`${field}=${typeof found === "string" ? found : JSON.stringify(found)}`);
        return found;
      },
    });
  condition(typeof parameters === "object" && parameters !== null ? (watch(parameters) as Json) : parameters);
  return [...new Set(seen)];
}

const hasRoles = ({ reads }: Property, system: System): boolean =>
  Object.values(reads).every(
    ({ select, role }) =>
      (select !== "each" && select !== "all") ||
      system.componentNames.some((name) => system.components[name]!.role === role),
  );

/** The properties about systems of this kind whose condition is false of its parameters. */
function byParameters({ properties, parameters }: System, isRelevant: (property: Property) => boolean): LeftOut[] {
  return properties.flatMap((property) => {
    const { id, applies } = property;
    if (!applies?.belongs(parameters) || applies.when(parameters) || !isRelevant(property)) return [];
    const because = decidedBy(applies.when, parameters).join(", ");
    return [{ id, because: because || "by its own condition, whatever the parameters" }];
  });
}

/** Whether the property must occur here, if it is a `sometimes`: one that need not is only told where it does. */
export const isExpected = ({ kind, applies }: Property, { parameters }: System): boolean =>
  kind !== "sometimes" || !applies || applies.when(parameters);

/** Grouped by reason, in the order of the catalogue. `judged`: the properties of which the run says something. */
export function leftOut(
  system: System,
  judged: ReadonlySet<string>,
  vacuous: readonly LeftOut[],
): readonly LeftOutRecord[] {
  const all = [...byParameters(system, (property) => hasRoles(property, system)), ...vacuous].filter(
    ({ id }, k, list) => !judged.has(id) && list.findIndex((other) => other.id === id) === k,
  );
  const place = new Map(system.properties.map(({ id }, k) => [id, k]));
  const groups = new Map<string, string[]>();
  for (const { id, because } of all.toSorted((a, b) => place.get(a.id)! - place.get(b.id)!))
    groups.set(because, [...(groups.get(because) ?? []), id]);
  return [...groups].map(([because, ids]) => ({ ids, because }));
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
    if (shows && !occurs(shows.id)) return [{ id, because: `${shows.id} never occurs: ${shows.statement}` }];
    return kind === "leadsTo" && !isOwing(id)
      ? [{ id, because: "nothing is ever owed on the runs that it is about" }]
      : [];
  });
}
