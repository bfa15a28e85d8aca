/** What is claimed of a system: each property with the components and channels that it is about, and what it then sees. */
import type { Json, Message } from "../json.ts";
import type { Property, Seen, Selector } from "../property.ts";
import type { System } from "../system.ts";
import type { Explored } from "./explore.ts";
import { nameOf, type State } from "./state.ts";

export interface Claim {
  readonly property: Property;
  readonly reads: readonly {
    readonly name: string;
    readonly select: Selector["select"];
    readonly of: readonly string[];
  }[];
}

/** One claim for each choice of components that `each` leaves. */
export const claimsOf = (system: System): readonly Claim[] =>
  system.properties.flatMap((property) => choices(system, property));

function choices({ components, channels = {} }: System, property: Property): readonly Claim[] {
  const named = (role: string): string[] => Object.keys(components).filter((name) => components[name]!.role === role);
  const carrying = (role: string): string[] =>
    Object.keys(channels).filter((name) => (channels[name]!.role ?? name) === role);
  let claims: Claim[] = [{ property, reads: [] }];
  for (const [name, { select, role }] of Object.entries(property.reads)) {
    const of = { messages: carrying, parameters: () => [], each: named, all: named, optional: named }[select](role);
    const each = select === "each" ? of.map((one) => [one]) : [of];
    claims = claims.flatMap(({ reads }) =>
      each.map((some) => ({ property, reads: [...reads, { name, select, of: some }] })),
    );
  }
  return claims;
}

/** The places that a claim looks at. */
export const placesOf = ({ reads }: Claim, places: ReadonlyMap<string, number>): readonly number[] =>
  [...new Set(reads.flatMap(({ of }) => of.map((name) => places.get(name)!)))].sort((a, b) => a - b);

/** What the predicates of a claim get to see in a state. */
export function viewOf({ reads }: Claim, { steps }: Pick<Explored, "steps">, state: State): Record<string, unknown> {
  const seen = (name: string): Seen => {
    const place = steps.places.get(name)!;
    const { value, context } = steps.snapshots[place]!.values[state[place]!]!;
    return { name, state: nameOf(value), context: context as Record<string, Json> };
  };
  const flying = (channel: string): readonly Message[] => steps.messagesIn(state, channel);
  return Object.fromEntries(
    reads.map(({ name, select, of }) => {
      if (select === "parameters") return [name, steps.system.parameters];
      if (select === "messages") return [name, of.flatMap(flying)];
      return [name, select === "each" ? seen(of[0]!) : of.map(seen)];
    }),
  );
}
