/**
 * The exchanges of values under which a search may take states for the same: those of the declared ones that leave the
 * first state, the action universe and everything claimed as they are. They form a group, because each of these
 * conditions is kept by doing one exchange after another and by going back.
 */
import type { Json } from "../../json.ts";
import { canonical } from "../../kernel/canon.ts";
import type { Core } from "../../kernel/core.ts";
import { rebuilt } from "../../kernel/fresh.ts";
import { eventText, textOf } from "../../kernel/intern.ts";
import type { Message } from "../../json.ts";
import { permuteName, permuter, type Permutations } from "../../permute.ts";
import type { Action, System } from "../../system.ts";
import type { Instance } from "../claims/instances.ts";
import { classesFor } from "../claims/assumed-classes.ts";
import { UnsoundSymmetry } from "./unsound.ts";

/** An exchange as it acts on a core. */
export interface Exchange {
  readonly permutations: Permutations;
  /** By slot: the slot whose place it takes. */
  readonly slots: Int32Array;
  /** By number of an action of the universe. */
  readonly actions: Int32Array;
  /** The claim that takes the place of this one. */
  readonly instance: (instance: Instance) => Instance;
  /** The number that takes, in the slot `slots[slot]`, the place of this one. */
  readonly image: (slot: number, number: number) => number;
  /** The number of the message with the values exchanged. */
  readonly event: (event: number) => number;
}

/** Of larger sorts only so many values are exchanged, and no more exchanges are tried than this. */
const MOST_VALUES = 4;
const MOST_EXCHANGES = 48;

/** The identity first. Each sort alone is cut down to what is sound, then all are combined. */
export function groupOf(core: Core, instances: readonly Instance[]): readonly Exchange[] {
  const { system } = core;
  const none = Object.fromEntries(
    Object.entries(system.symmetry ?? {}).map(([sort, { size }]) => [sort, arrangements(size, 1)[0]!]),
  );
  const found = (permutations: Permutations): Exchange | undefined => exchangeOn(core, instances, permutations);
  let combined: readonly Permutations[] = [none];
  for (const [sort, { size }] of Object.entries(system.symmetry ?? {})) {
    const sound = arrangements(size, MOST_VALUES).filter((one) => found({ ...none, [sort]: one }) !== undefined);
    if (combined.length * sound.length > MOST_EXCHANGES) continue;
    combined = combined.flatMap((before) => sound.map((one) => ({ ...before, [sort]: one })));
  }
  return combined.map((permutations) => found(permutations)!);
}

/** All orders of the first values of 0 .. size-1, the others in their places; the identity first. */
function arrangements(size: number, most: number): readonly (readonly number[])[] {
  const rest = Array.from({ length: Math.max(0, size - most) }, (_, k) => most + k);
  const orders = (values: readonly number[]): readonly (readonly number[])[] =>
    values.length === 0
      ? [[]]
      : values.flatMap((one) => orders(values.filter((v) => v !== one)).map((o) => [one, ...o]));
  return orders(Array.from({ length: Math.min(size, most) }, (_, value) => value)).map((order) => [...order, ...rest]);
}

/** The exchange as it acts on the core, or undefined when it does not leave alone what it must. */
function exchangeOn(core: Core, instances: readonly Instance[], permutations: Permutations): Exchange | undefined {
  const { system } = core;
  const names = [...system.componentNames, ...system.channelNames];
  const there = new Map(names.map((name) => [name, permuteName(name, system, permutations)]));
  if (!names.every((name) => isAlike(system, name, there.get(name)!))) return undefined;
  const slots = Int32Array.from(names, (name) => core.slotOf(there.get(name)!));
  const change = permuter(system, permutations);
  const events: number[] = [];
  const eventImage = (event: number): number =>
    (events[event] ??= core.eventId(changed(core.events.values[event]!, change)));
  const image = imagesUnder(core, slots, change, eventImage);
  if (names.some((_, slot) => image(slot, core.initial[slot]!) !== core.initial[slots[slot]!])) return undefined;

  const numbers = new Map(system.actions.map((action, number) => [actionText(action), number]));
  const actions = Int32Array.from(system.actions, (action) => {
    const moved: Action =
      action.kind === "deliver"
        ? { kind: "deliver", channel: there.get(action.channel)! }
        : { kind: "event", component: there.get(action.component)!, event: changed(action.event, change) };
    return numbers.get(actionText(moved)) ?? -1;
  });
  if (actions.includes(-1)) return undefined;

  const keyed = new Map(instances.map((instance) => [keyOf(instance, (name) => name), instance]));
  const moved = new Map(
    instances.map((instance) => [instance, keyed.get(keyOf(instance, (name) => there.get(name)!))]),
  );
  if (!instances.every((instance) => isKept(system, instance, moved.get(instance), actions))) return undefined;
  return { permutations, slots, actions, image, event: eventImage, instance: (instance) => moved.get(instance)! };
}

/** Whether the two names stand for things of which one can take the place of the other. */
function isAlike(system: System, name: string, other: string): boolean {
  if (name === other) return true;
  const [component, substitute] = [system.components[name], system.components[other]];
  if (component || substitute)
    return component?.machine === substitute?.machine && component?.role === substitute?.role;
  const [channel, replacement] = [system.channels?.[name], system.channels?.[other]];
  return (
    channel?.capacity === replacement?.capacity &&
    channel?.whenFull === replacement?.whenFull &&
    channel?.unhandled === replacement?.unhandled
  );
}

/**
 * A claim about single states may become that of another component: both are judged in every state. A claim about paths
 * is judged on the graph of representatives, so it must stay the same claim, and so must the classes that it rests on.
 */
function isKept(system: System, instance: Instance, moved: Instance | undefined, actions: Int32Array): boolean {
  const { kind } = instance.property;
  if (kind === "always" || kind === "sometimes") return moved !== undefined;
  if (moved !== instance) return false;
  if (kind === "canAlways") return true;
  return classesFor(system, instance).every(({ actions: belongs }) =>
    system.actions.every((action, number) => belongs(action) === belongs(system.actions[actions[number]!]!)),
  );
}

const keyOf = ({ property, bound }: Instance, rename: (name: string) => string): string =>
  canonical([property.id, ...Object.entries(bound).map(([name, { names }]) => [name, ...names.map(rename).sort()])]);

const actionText = (action: Action): string =>
  action.kind === "deliver" ? action.channel : `${action.component} ${eventText(action.event)}`;

const changed = (message: Message, change: (value: Json) => Json): Message => change(message) as unknown as Message;

function imagesUnder(
  core: Core,
  slots: Int32Array,
  change: (value: Json) => Json,
  eventImage: Exchange["event"],
): Exchange["image"] {
  const { system, componentCount } = core;
  const settled = permuter(system, {});
  return (slot, number) => {
    const target = slots[slot]!;
    if (slot >= componentCount) {
      const messages = core.contents[slot - componentCount]!.values[number]!.messages.map(eventImage);
      return core.contents[target - componentCount]!.id(messages);
    }
    const { value, context } = core.locals[slot]!.values[number]!;
    if (canonical(settled(context as Json)) !== canonical(context))
      throw new UnsoundSymmetry(`"${core.slotName(slot)}" keeps a set out of order: ${canonical(context)}`);
    const moved = change(context as Json);
    const { machine } = system.components[core.slotName(target)]!;
    return core.locals[target]!.id(textOf(value, moved), () => rebuilt(machine, value, moved));
  };
}
