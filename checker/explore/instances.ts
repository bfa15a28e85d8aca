/**
 * Properties bound to a system: `each` makes one instance for each component of its role, every instance reads a fixed
 * list of slots. Predicates see the same view whether it comes from the fast core or from real XState snapshots.
 */
import type { Json, Message } from "../json.ts";
import type { Property, Seen, Selector } from "../property.ts";
import type { System } from "../system.ts";

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

/**
 * The instances of the properties that are evaluated in the system: claims that apply to it, and each `sometimes` about
 * systems of its kind. A claim whose witness is in the system's catalogue but has no instance is left out: nothing would
 * show that it is not vacuous.
 */
export function instancesOf(system: System): readonly Instance[] {
  const bound = boundTo(system);
  const inCatalogue = new Set(system.properties.map(({ id }) => id));
  const applying = new Set(bound.map(({ property }) => property.id));
  return bound.filter(
    ({ property: { witness } }) => witness === undefined || !inCatalogue.has(witness) || applying.has(witness),
  );
}

/** A `sometimes` is looked for wherever it could occur: whether it does is observed, and not worked out before. */
const isEvaluated = ({ applies, kind }: Property, parameters: Json): boolean =>
  !applies || (applies.belongs(parameters) && (kind === "sometimes" || applies.when(parameters)));

function boundTo(system: System): readonly Instance[] {
  const order = [...system.componentNames, ...system.channelNames];
  const componentsOf = (role: string) => system.componentNames.filter((name) => system.components[name]!.role === role);
  const channelsOf = (role: string) =>
    system.channelNames.filter((name) => (system.channels![name]!.role ?? name) === role);

  return system.properties.flatMap((property) => {
    if (!isEvaluated(property, system.parameters)) return [];
    let partial: Instance["bound"][] = [{}];
    for (const [name, selector] of Object.entries(property.reads)) {
      const { select, role } = selector;
      const names = select === "parameters" ? [] : select === "messages" ? channelsOf(role) : componentsOf(role);
      if (names.length === 0 && (select === "each" || select === "all")) return [];
      const choices = select === "each" ? names.map((one) => [one]) : [names];
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

/** What the predicate compared; by default everything it reads. */
export function valuesOf(instance: Instance, source: Source): { readonly [name: string]: Json } {
  const view = viewOf(instance, source);
  if (instance.property.values) return instance.property.values(view);
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
