/** A step as numbers look at it: who takes it, in which state, by which function, and which messages pass within it. */
import type { AnyMachineSnapshot } from "xstate";
import type { Json, Message } from "../json.ts";
import type { Core } from "../kernel/core.ts";
import { take, type GlobalState, type Transfer } from "../simulation.ts";
import { ModelError, type Action, type System } from "../system.ts";

export interface Occurrence {
  /** "server: serves", or "link delivers request" for the delivery of a channel with the role "link". */
  readonly step: string;
  /** The component that takes it; of a delivery, the one that takes the message. */
  readonly component: string;
  /** The paths of all states that this component is in before the step: "busy", "busy.waiting". */
  readonly states: readonly string[];
  /** Its context before the step. */
  readonly context: { readonly [field: string]: Json };
  readonly event: Message;
  /** The function that takes the step, "vfio_unmap_unpin()", where the machine names one. */
  readonly by: string | undefined;
  /** What passes within the step, in order. */
  readonly transfers: readonly Transfer[];
  /** By channel or component: its role. */
  readonly roleOf: (name: string) => string;
}

export const roleIn = (system: System, name: string): string =>
  system.components[name]?.role ?? system.channels?.[name]?.role ?? name;

export const pathsOf = (snapshot: AnyMachineSnapshot): readonly string[] =>
  (snapshot._nodes as readonly { readonly path: readonly string[] }[])
    .map(({ path }) => path.join("."))
    .filter((path) => path !== "");

/** The state that the numbers stand for. */
function stateOf(core: Core, vector: ArrayLike<number>): GlobalState {
  const { componentNames, channelNames } = core.system;
  return {
    snapshots: new Map(componentNames.map((name, slot) => [name, core.locals[slot]!.values[vector[slot]!]!])),
    channels: new Map(
      channelNames.map((name, k) => {
        const slot = componentNames.length + k;
        return [name, core.messagesOf(slot, vector[slot]!)];
      }),
    ),
  };
}

/** What happens when the action is taken in the state, or undefined: it cannot be taken there. */
function occurrenceOf(core: Core, vector: ArrayLike<number>, action: Action): Occurrence | undefined {
  const { system } = core;
  const state = stateOf(core, vector);
  const taken = take(system, state, action, true);
  if (!taken.taken) return undefined;
  const roleOf = (name: string): string => roleIn(system, name);
  const { transfers } = taken;
  const component = action.kind === "event" ? action.component : transfers[0]!.to;
  const event = action.kind === "event" ? action.event : transfers[0]!.message;
  const snapshot = state.snapshots.get(component)!;
  return {
    step: stepName(system, action, event),
    component,
    states: pathsOf(snapshot),
    context: snapshot.context as Occurrence["context"],
    event,
    by: taken.says?.by === "" ? undefined : taken.says?.by,
    transfers,
    roleOf,
  };
}

/** The name of a step: `event` is what the component takes. */
export function stepName(system: System, action: Action, event: Message): string {
  return action.kind === "event"
    ? `${roleIn(system, action.component)}: ${event.type}`
    : `${roleIn(system, action.channel)} delivers ${event.type}`;
}

/** A number of an occurrence, or what is read next to tell it. */
type Place = number | Reading;
interface Reading {
  readonly slot: number;
  readonly next: Map<number, Place>;
}

/** The action cannot be taken. */
export const REFUSED = -1;

/** All occurrences that were met. Each is told by XState once for what the step reads, and then found again. */
export class Occurrences {
  readonly core: Core;
  readonly values: Occurrence[] = [];
  readonly #places: (Place | undefined)[];

  constructor(core: Core) {
    this.core = core;
    this.#places = core.system.actions.map(() => undefined);
  }

  /** The number of what happens when the action is taken in the state `vector`, or `REFUSED`. The vector of the core changes. */
  of(vector: Int32Array, action: number): number {
    let place = this.#places[action];
    while (typeof place === "object") place = place.next.get(vector[place.slot]!);
    return place ?? this.#learn(vector, action);
  }

  #learn(vector: Int32Array, action: number): number {
    const { core } = this;
    const taken = core.system.actions[action]!;
    const own = core.slotOf(taken.kind === "event" ? taken.component : taken.channel);
    core.vector.set(vector);
    // Of an empty channel nothing else is read.
    const isEmpty = taken.kind === "deliver" && vector[own] === 0;
    const isTaken = !isEmpty && core.takeAction(action);
    const reads = isEmpty ? [own] : [...core.reads.subarray(0, core.readCount)];
    core.vector.set(vector);
    const found = isTaken ? occurrenceOf(core, vector, taken) : undefined;
    if (isTaken && !found) throw new ModelError(`The step table takes ${JSON.stringify(taken)} where XState does not.`);
    const number = found ? this.values.push(found) - 1 : REFUSED;
    this.#keep(vector, action, reads, number);
    return number;
  }

  #keep(vector: Int32Array, action: number, reads: readonly number[], number: number): void {
    let set = (place: Place): void => void (this.#places[action] = place);
    let place = this.#places[action];
    for (const slot of reads) {
      let reading = place as Reading | undefined;
      if (!reading) set((reading = { slot, next: new Map() }));
      if (reading.slot !== slot)
        throw new ModelError(`A step that has read the same now reads "${this.core.slotName(slot)}".`);
      const { next } = reading;
      const value = vector[slot]!;
      place = next.get(value);
      set = (it) => void next.set(value, it);
    }
    set(number);
  }
}
