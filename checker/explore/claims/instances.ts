/**
 * Properties bound to a system: `each` makes one instance for each component of its role, every instance reads a fixed
 * list of slots. Predicates see the same view whether it comes from the fast core or from real XState snapshots.
 */
import type { Json, Message } from "../../json.ts";
import type { Property, Seen, Selector } from "../../property.ts";
import type { System, SystemDefinition } from "../../wiring.ts";

/** One claim about fixed components and channels. */
export interface Instance {
  readonly property: Property;
  /** For each name in `reads`: one component (`each`), components, or channels. */
  readonly bound: { readonly [name: string]: { readonly selector: Selector; readonly names: readonly string[] } };
  /** All components and channels read, without repetition, in order of the system. */
  readonly slots: readonly string[];
  readonly parameters: Json;
}

/** What an instance reads, from wherever the state is kept. */
export interface Source {
  readonly component: (name: string) => Seen;
  readonly channel: (name: string) => readonly Message[];
}

/** What a property is bound to. */
export type Parts = Pick<SystemDefinition, "components" | "channels" | "parameters">;

/** The names that have each role, in declaration order. */
export interface Named {
  readonly components: ReadonlyMap<string, readonly string[]>;
  readonly channels: ReadonlyMap<string, readonly string[]>;
}

export function namedIn({ components, channels = {} }: Parts): Named {
  const grouped = (pairs: readonly (readonly [string, string])[]): ReadonlyMap<string, readonly string[]> => {
    const groups = new Map<string, string[]>();
    for (const [name, role] of pairs) groups.set(role, [...(groups.get(role) ?? []), name]);
    return groups;
  };
  return {
    components: grouped(Object.entries(components).map(([name, { role }]) => [name, role])),
    channels: grouped(Object.entries(channels).map(([name, { role = name }]) => [name, role])),
  };
}

/** What the selector reads; nothing for the parameters. */
export const namesOf = (named: Named, { select, role }: Selector): readonly string[] =>
  select === "parameters" ? [] : ((select === "messages" ? named.channels : named.components).get(role) ?? []);

/** The instances of all properties of the system. Each reads something: explore/claims.ts saw to it. */
export function instancesOf(system: System): readonly Instance[] {
  const named = namedIn(system);
  const order = [...system.componentNames, ...system.channelNames];
  return system.properties.flatMap((property) => {
    let partial: Instance["bound"][] = [{}];
    for (const [name, selector] of Object.entries(property.reads)) {
      const names = namesOf(named, selector);
      const choices = selector.select === "each" ? names.map((one) => [one]) : [names];
      partial = partial.flatMap((bound) =>
        choices.map((chosen) => ({ ...bound, [name]: { selector, names: chosen } })),
      );
    }
    return partial.map((bound) => {
      const read = new Set(Object.values(bound).flatMap(({ names }) => names));
      return { property, bound, slots: order.filter((name) => read.has(name)), parameters: system.parameters };
    });
  });
}

/** What the predicate of the instance gets. */
export function viewOf(instance: Instance, source: Source): Record<string, unknown> {
  const view: Record<string, unknown> = {};
  for (const [name, { selector, names }] of Object.entries(instance.bound)) {
    if (selector.select === "parameters") view[name] = instance.parameters;
    else if (selector.select === "messages") view[name] = names.flatMap((channel) => source.channel(channel));
    else if (selector.select === "each") view[name] = source.component(names[0]!);
    else view[name] = names.map((component) => source.component(component));
  }
  return view;
}

/** Everything that the instance reads, by name. */
export function readBy(instance: Instance, source: Source): { readonly [name: string]: Json } {
  const values: Record<string, Json> = {};
  for (const name of instance.slots) {
    const isChannel = Object.values(instance.bound).some(
      ({ selector, names }) => selector.select === "messages" && names.includes(name),
    );
    if (isChannel) values[name] = source.channel(name);
    else {
      const { state, context } = source.component(name);
      values[name] = { state, ...context };
    }
  }
  return values;
}
