/** Exchanging interchangeable values (pages, slots, devices) everywhere in plain data and in names. */
import type { Json } from "./json.ts";
import { canonical } from "./kernel/canon.ts";
import type { System, SystemDefinition } from "./wiring.ts";

/** For each sort that is permuted: where each of its values goes. */
export type Permutations = { readonly [sort: string]: readonly number[] };

/**
 * A function that renames the values of the listed fields, at any depth, and sorts lists that are sets: numbers by size,
 * anything else by canonical text. What is not a whole number of the sort (null, -1, a flag) stays as it is.
 */
export function permuter(system: System, permutations: Permutations): (value: Json) => Json {
  const byField = new Map<string, readonly number[]>();
  for (const [sort, permutation] of Object.entries(permutations))
    for (const field of system.symmetry?.[sort]?.fields ?? []) byField.set(field, permutation);
  const sets = new Set(system.sets);

  const renamed = (inner: Json, permutation: readonly number[] | undefined): Json => {
    if (typeof inner === "number") return permutation?.[inner] ?? inner;
    if (typeof inner !== "object" || inner === null) return inner;
    if (isList(inner)) return inner.map((one) => renamed(one, permutation));
    const result: Record<string, Json> = {};
    for (const field of Object.keys(inner)) {
      const now = renamed(inner[field]!, byField.get(field));
      result[field] = sets.has(field) && isList(now) ? sorted(now) : now;
    }
    return result;
  };
  return (value) => renamed(value, undefined);
}

/** One value, exchanged. */
export const permuteValue = (value: Json, system: System, permutations: Permutations): Json =>
  permuter(system, permutations)(value);

/** The component, or channel, that takes the place of this one. */
export function permuteName(
  name: string,
  system: Pick<SystemDefinition, "symmetry">,
  permutations: Permutations,
): string {
  return Object.entries(permutations).reduce(
    (now, [sort, permutation]) => system.symmetry?.[sort]?.component?.(now, permutation) ?? now,
    name,
  );
}

/** The permutations of 0 .. size-1 that exchange two values; they generate all others. */
export function transpositions(size: number): readonly (readonly number[])[] {
  const identity = Array.from({ length: size }, (_, value) => value);
  return identity.flatMap((a) =>
    identity.slice(a + 1).map((b) => identity.map((value) => (value === a ? b : value === b ? a : value))),
  );
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

function sorted(list: readonly Json[]): readonly Json[] {
  return list.every((one) => typeof one === "number")
    ? list.toSorted((a, b) => a - b)
    : list
        .map((one) => ({ one, text: canonical(one) }))
        .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
        .map(({ one }) => one);
}
