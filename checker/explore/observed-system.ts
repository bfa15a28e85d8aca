/**
 * A system of machines as somebody observes it: which of its messages show, and whose lane a step is in.
 *
 * A component belongs to a thread, and a thread works for the lane that called it last. Steps that no call asked for are
 * those that the system gives its components.
 */
import type { AnyMachineSnapshot } from "xstate";
import type { Json, Message } from "../json.ts";
import { canonical } from "../kernel/canon.ts";
import { snapshotText } from "../kernel/intern.ts";
import { handles } from "../kernel/step.ts";
import { initialState, take, type GlobalState, type Taken } from "../simulation.ts";
import type { Action, System } from "../system.ts";
import type { ObservedStep, World } from "./inclusion.ts";
import type { Mark, Observation } from "./observed.ts";

export interface Watched {
  readonly state: GlobalState;
  /** What the observer remembers of messages that passed, so that a later message can show it. */
  readonly memory: Memory;
  /** By thread: the lane that it works for. */
  readonly lanes: { readonly [thread: string]: string };
}

export type Memory = { readonly [name: string]: Json };

/** A message as it passes: `from` is absent for the event that begins a step. */
export interface Passing {
  readonly from?: string;
  readonly to: string;
  readonly message: Message;
  /** What the step left of the receiver and all others. */
  readonly after: GlobalState;
}

/** A call from outside: the lane makes the component take an event. */
export interface OutsideCall {
  readonly component: string;
  readonly event: Message;
}

export interface Observing {
  readonly system: System;
  /** The thread of a component or channel. Threads that nobody calls are lanes of their own. */
  readonly threadOf: (name: string) => string;
  /** What an observer sees of a message that passes. */
  readonly shows: (passing: Passing, memory: Memory) => readonly Mark[];
  /** The memory after a message has passed; default: none. */
  readonly remembers?: (memory: Memory, passing: Passing) => Memory;
  /** Replies within one step, which only the component that asked takes: whoever ignores one is not touched by it. */
  readonly replies?: readonly string[];
  /** Components without a state of their own: they are touched by nobody. */
  readonly stateless?: readonly string[];
  /** What the lane may call when this observation is its next one. */
  readonly calls: (watched: Watched, observation: Observation, place: number) => readonly OutsideCall[];
}

/** The system before anything was observed. */
export const unobserved = (system: System): Watched => ({ state: initialState(system), memory: {}, lanes: {} });

export function worldOf(observing: Observing): World<Watched> {
  const { system, threadOf, shows, calls, remembers = (memory) => memory } = observing;
  const texts = new WeakMap<AnyMachineSnapshot, string>();
  const textOf = (snapshot: AnyMachineSnapshot): string => {
    let text = texts.get(snapshot);
    if (text === undefined) {
      text = snapshotText(snapshot);
      texts.set(snapshot, text);
    }
    return text;
  };
  // Snapshots of components that rest are the same objects in many states.
  const begun = system.componentNames.map(() => new WeakMap<AnyMachineSnapshot, readonly Action[]>());
  const begins = (state: GlobalState): readonly Action[] =>
    system.componentNames.flatMap((component, place) => {
      const { machine, events = [] } = system.components[component]!;
      if (events.length === 0) return [];
      const snapshot = state.snapshots.get(component)!;
      let actions = begun[place]!.get(snapshot);
      if (!actions) {
        actions = events
          .filter((event) => handles(machine, snapshot, event))
          .map((event) => ({ kind: "event", component, event }) as const);
        begun[place]!.set(snapshot, actions);
      }
      return actions;
    });
  const deliveries = system.channelNames.map((channel) => ({ kind: "deliver", channel }) as const);

  /** The step, if the system can take it; a call makes its thread work for the lane. */
  const step = (from: Watched, action: Action, caller?: string): ObservedStep<Watched> | undefined => {
    const { state, lanes } = from;
    const taken = take(system, state, action);
    if (!taken.taken) return undefined;
    const actor = action.kind === "event" ? action.component : taken.transfers[0]!.to;
    const thread = threadOf(actor);
    const lane = caller ?? lanes[thread] ?? thread;
    let { memory } = from;
    const marks: Mark[] = [];
    for (const passing of passings(action, taken)) {
      marks.push(...shows(passing, memory));
      memory = remembers(memory, passing);
    }
    return {
      to: {
        state: taken.state,
        memory,
        lanes: lanes[thread] === lane || caller === undefined ? lanes : { ...lanes, [thread]: lane },
      },
      lane,
      marks,
      touches: touched(action, taken, observing),
      what: told(action, taken),
    };
  };
  const some = (steps: readonly (ObservedStep<Watched> | undefined)[]): readonly ObservedStep<Watched>[] =>
    steps.filter((one) => one !== undefined);

  return {
    key: ({ state, memory, lanes }) =>
      [
        canonical(memory),
        ...[...state.snapshots.values()].map(textOf),
        ...[...state.channels.values()].map((messages) => (messages.length === 0 ? "" : JSON.stringify(messages))),
        JSON.stringify(Object.entries(lanes).sort(([a], [b]) => (a < b ? -1 : 1))),
      ].join("\n"),
    steps: (watched) =>
      some(
        [
          ...begins(watched.state),
          ...deliveries.filter(({ channel }) => watched.state.channels.get(channel)!.length > 0),
        ].map((action) => step(watched, action)),
      ),
    calls: (watched, observation, place) =>
      some(
        calls(watched, observation, place).map((call) => step(watched, { kind: "event", ...call }, observation.lane)),
      ),
  };
}

type Done = Extract<Taken, { readonly taken: true }>;

/** The event that begins the step, then every message in order. */
function passings(action: Action, { transfers, state: after }: Done): readonly Passing[] {
  const first = action.kind === "event" ? [{ to: action.component, message: action.event, after }] : [];
  return [...first, ...transfers.map(({ from, to, message }) => ({ from, to, message, after }))];
}

function touched(action: Action, { transfers }: Done, { replies = [], stateless = [] }: Observing): readonly string[] {
  const names = transfers.flatMap(({ from, to, how, message }) =>
    how === "ignored" && replies.includes(message.type) ? [from] : [from, to],
  );
  const first = action.kind === "event" ? action.component : action.channel;
  return [...new Set([first, ...names])].filter((name) => !stateless.includes(name));
}

const told = (action: Action, { transfers }: Done): Json =>
  action.kind === "event"
    ? { component: action.component, event: action.event }
    : { component: transfers[0]!.to, event: transfers[0]!.message };
