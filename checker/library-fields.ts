/**
 * Fields that a definition may have. TypeScript refuses others where it is asked; a program in JavaScript, or one that builds
 * its definition from parts, would lose a mistyped `deadlok` or `symetry` without a word, and a verdict would mean less.
 */
import type { Json } from "./json.ts";
import { nearestOf } from "./nearest.ts";
import type { Property, Selector } from "./property.ts";
import {
  ModelError,
  type Call,
  type Channel,
  type Component,
  type FairnessClass,
  type Send,
  type Sort,
  type SystemDefinition,
} from "./wiring.ts";

/** What a program may say of a system; the project's own say more. */
type Definition = Omit<SystemDefinition, "parameters" | "properties" | "notClaimed" | "elsewhere" | "witnesses"> & {
  readonly parameters?: Json;
  readonly properties: readonly Omit<Property, "source">[];
};

/** A field that is added to the type has to be added here: otherwise this file does not compile. */
type Fields<T> = { readonly [Field in keyof Required<T>]: true };
type Names = { readonly [field: string]: true };

const DEFINITION: Fields<Definition> = {
  name: true,
  parameters: true,
  components: true,
  channels: true,
  routes: true,
  properties: true,
  prologue: true,
  fairness: true,
  deadlock: true,
  symmetry: true,
  sets: true,
};
const COMPONENT: Fields<Component> = { machine: true, input: true, role: true, lane: true, events: true };
const CHANNEL: Fields<Channel> = { to: true, capacity: true, whenFull: true, unhandled: true, role: true };
const CALL: Fields<Call> = { kind: true, from: true, types: true, to: true, unhandled: true };
const SEND: Fields<Send> = { kind: true, from: true, types: true, via: true };
const SORT: Fields<Sort> = { fields: true, size: true, component: true };
const FAIRNESS: Fields<FairnessClass> = { name: true, kind: true, actions: true };
const SELECTOR: Fields<Selector> = { select: true, role: true, type: true };
const PROPERTY: Fields<Property> = {
  id: true,
  name: true,
  kind: true,
  statement: true,
  source: true,
  reads: true,
  holds: true,
  parts: true,
  given: true,
  values: true,
  applies: true,
  witness: true,
  when: true,
  assumes: true,
  provided: true,
};

/** @throws ModelError that names the field, where it is, and the nearest ones. */
function checkEach(what: string, value: object | undefined, fields: Names): void {
  for (const field of Object.keys(value ?? {}))
    if (!Object.hasOwn(fields, field)) {
      const near = nearestOf(field, Object.keys(fields)) || ` Known: ${Object.keys(fields).join(", ")}.`;
      throw new ModelError(`${what} has a field "${field}", which means nothing here.${near}`);
    }
}

const named = (values: object | undefined): readonly [string, object][] =>
  Object.entries((values ?? {}) as { readonly [name: string]: object });

/** @throws ModelError for the first field that means nothing where it stands. */
export function checkFields(definition: Definition): void {
  checkEach("The definition of a system", definition, DEFINITION);
  for (const [name, it] of named(definition.components)) checkEach(`The component "${name}"`, it, COMPONENT);
  for (const [name, it] of named(definition.channels)) checkEach(`The channel "${name}"`, it, CHANNEL);
  for (const [name, it] of named(definition.symmetry)) checkEach(`The sort "${name}"`, it, SORT);
  for (const route of definition.routes ?? [])
    checkEach(`A route from "${route.from}"`, route, route.kind === "call" ? CALL : SEND);
  for (const [group, classes] of named(definition.fairness))
    for (const it of classes as readonly FairnessClass[])
      checkEach(`A class of the fairness group "${group}"`, it, FAIRNESS);
  for (const it of definition.properties ?? []) {
    checkEach(`The property ${it.id}`, it, PROPERTY);
    for (const [name, selector] of named(it.reads)) checkEach(`"${name}", read by ${it.id},`, selector, SELECTOR);
  }
}
