/**
 * What a claim that holds rests on: which fields decide it in the states where it is asked, and which of these fields have
 * one value only. A field that is never looked at, or never changes, cannot make the claim false.
 */
import type { BreadthFirst } from "../search/breadth-first.ts";
import { readOver } from "../future/can-always.ts";
import { impartially } from "../claims/impartial.ts";
import type { Instance } from "../claims/instances.ts";
import { askHolds } from "../claims/predicate.ts";
import type { Path, Reads } from "../claims/reads.ts";

/** States in which the same fields decide it. */
export interface Decided {
  /** "vmm.state", in the order in which they are looked at; components by their role. */
  readonly fields: readonly string[];
  /** States, counted once for each component of which it is claimed. */
  readonly states: number;
}

export interface Decisions {
  /** Most states first. */
  readonly decided: readonly Decided[];
  /** States, flags and lists that are the same, or empty, wherever they are looked at. */
  readonly constant: readonly { readonly field: string; readonly value: string }[];
}

/** Of one instance; states beyond these groups are counted as decided by whatever they are. */
const MOST_GROUPS = 255;
const OTHER = "other fields";

/** The paths without those that lead on to others: "context" is looked at on the way to "context.pins". */
function leaves(paths: Iterable<Path>): readonly Path[] {
  const all = [...paths];
  const leadsTo = ({ keys }: Path, other: Path): boolean =>
    keys.length < other.keys.length && keys.every((key, k) => other.keys[k] === key);
  return all.filter((path) => !all.some((other) => leadsTo(path, other)));
}

/** "host-page.pins", or with `deep` "prq.records.last": lists are taken together. */
function fieldOf(role: string, { keys }: Path, deep = false): string {
  const [part = "", ...rest] = keys;
  const names = (part === "context" ? rest : keys).filter((key) => !/^\d+$/.test(key));
  return [role, ...(deep ? names : names.slice(0, 1))].join(".");
}

/** What decides the claim in the states that the search found. */
export function decisionsOn(search: BreadthFirst, instances: readonly Instance[]): Decisions {
  const { system, core } = search;
  const roles = new Map([
    ...Object.entries(system.components).map(([name, { role }]) => [name, role] as const),
    ...Object.entries(system.channels ?? {}).map(([name, { role = name }]) => [name, role] as const),
  ]);
  const groups = new Map<string, { readonly fields: readonly string[]; states: number }>();
  const shown = new Map<string, Set<string>>();
  for (const instance of instances) {
    const own: { states: number }[] = [];
    const look = (reads: Reads): number => {
      impartially(reads, instance, askHolds);
      const fields: string[] = [];
      for (const slot of reads.slots) {
        const role = roles.get(core.slotName(slot))!;
        const paths = reads.paths.get(slot)!;
        fields.push(...leaves(paths.values()).map((path) => fieldOf(role, path)));
        for (const path of paths.values()) {
          const field = fieldOf(role, path, true);
          shown.set(field, (shown.get(field) ?? new Set()).add(reads.held.shownAt(slot, reads.vector[slot]!, path)));
        }
      }
      const distinct = own.length < MOST_GROUPS ? [...new Set(fields)] : [OTHER];
      const key = distinct.join(" ");
      const group = groups.get(key) ?? { fields: distinct, states: 0 };
      groups.set(key, group);
      const known = own.indexOf(group);
      return known >= 0 ? known : own.push(group) - 1;
    };
    for (const number of readOver(search, instance, look)) own[number]!.states++;
  }
  return {
    decided: [...groups.values()].sort((a, b) => b.states - a.states),
    constant: [...shown].flatMap(([field, values]) => {
      const [value = "", ...others] = values;
      const shownText = valueText(field, value);
      return others.length === 0 && shownText !== undefined ? [{ field, value: shownText }] : [];
    }),
  };
}

/** What `Held` shows of a state, a flag or an empty list; other values that never change say who somebody is. */
function valueText(field: string, shown: string): string | undefined {
  if (shown === "[0") return "empty";
  const [, type, value] = /^(\w+) (.*)$/s.exec(shown) ?? [];
  return type === "boolean" || (type === "string" && field.endsWith(".state")) ? value : undefined;
}
