/**
 * A system of machines as somebody observes it: which of its messages show, and whose lane a step is in.
 *
 * A component belongs to a thread, and a thread works for the lane that called it last. Steps that no call asked for are
 * those that the system gives its components.
 */
import type { AnyMachineSnapshot } from "xstate";
import type { Json, Message } from "../../json.ts";
import { canonical } from "../../kernel/canon.ts";
import { snapshotText } from "../../kernel/intern.ts";
import { handles, step as machineStep, type Outcome } from "../../kernel/step.ts";
import { initialState, take, type GlobalState, type Taken } from "../../simulation.ts";
import type { Action, System } from "../../system.ts";
import type { ObservedStep, RefusedStep, Turn, World } from "./inclusion-world.ts";
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
  /** The receiver has no use for it now. */
  readonly ignored?: boolean;
}

/** A call from outside: the lane makes the component take an event. */
export interface OutsideCall {
  readonly component: string;
  readonly event: Message;
  /** The lane cannot call now: the component works for another one. */
  readonly waits?: boolean;
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
  /** Names of things that the message is about, which are finer than components; default: none. */
  readonly about?: (message: Message) => readonly string[];
  /** Names of things that the observation is about, as far as they are there; default: none. */
  readonly meant?: (watched: Watched, place: number) => readonly string[];
  /** Names of things of which later observations say that the message should not pass now; default: none. */
  readonly doubts?: (passing: Passing, memory: Memory, when: When) => readonly string[];
  /** The name of the message in a plan, if it has a turn; `next` is the next observation of its lane; default: none. */
  readonly turn?: (passing: Passing, lane: string, next: number | undefined) => string | undefined;
  /** Turns of a run from the state, as far as they are foreseen; default: none. */
  readonly plan?: (initial: Watched) => readonly Turn[];
}

/** What a message is held against: the next observation of its lane, and the first moment that has not come yet. */
export interface When {
  readonly next: number | undefined;
  readonly moment: number;
}

const MOST_TEXTS = 50_000;
/** Snapshots of which it is kept what their machines did. */
const MOST_OUTCOMES = 2_000;

/** The system before anything was observed. */
export const unobserved = (system: System): Watched => ({ state: initialState(system), memory: {}, lanes: {} });

export function worldOf(observing: Observing): World<Watched> {
  const { system, threadOf, shows, calls, about, doubts, turn, remembers = (memory) => memory } = observing;
  const numbers = new WeakMap<AnyMachineSnapshot, number>();
  const numberOfText = new Map<string, number>();
  let numbered = 0;
  const numberOf = (snapshot: AnyMachineSnapshot): number => {
    let number = numbers.get(snapshot);
    if (number === undefined) {
      const text = snapshotText(snapshot);
      number = numberOfText.get(text) ?? numbered++;
      // Forgetting costs time where a state is met again, and nothing else: no number is given twice.
      if (numberOfText.size > MOST_TEXTS) numberOfText.clear();
      numberOfText.set(text, number);
      numbers.set(snapshot, number);
    }
    return number;
  };
  const texts = new WeakMap<object, string>();
  const textOf = (value: object): string => {
    let text = texts.get(value);
    if (text === undefined) texts.set(value, (text = canonical(value)));
    return text;
  };
  // Only these take steps that nobody asked for. In the order of the system: steps are tried in that order.
  const beginners = system.componentNames
    .filter((component) => (system.components[component]!.events ?? []).length > 0)
    // Snapshots of components that rest are the same objects in many states.
    .map((component) => ({ component, begun: new WeakMap<AnyMachineSnapshot, readonly Action[]>() }));
  const ofThread = new Map<string, typeof beginners>();
  for (const one of beginners) {
    const thread = threadOf(one.component);
    ofThread.set(thread, [...(ofThread.get(thread) ?? []), one]);
  }
  const begins = ({ state, lanes }: Watched, lane?: string): readonly Action[] => {
    const actions: Action[] = [];
    for (const [thread, those] of lane === undefined ? [["", beginners] as const] : ofThread) {
      if (lane !== undefined && (lanes[thread] ?? thread) !== lane) continue;
      for (const { component, begun } of those) {
        const snapshot = state.snapshots.get(component)!;
        let known = begun.get(snapshot);
        if (!known) {
          const { machine, events } = system.components[component]!;
          known = events!
            .filter((event) => handles(machine, snapshot, event))
            .map((event) => ({ kind: "event", component, event }) as const);
          begun.set(snapshot, known);
        }
        actions.push(...known);
      }
    }
    return actions;
  };
  // The same objects meet again and again while other threads move: what a machine does then is asked once.
  const outcomes = new Map<AnyMachineSnapshot, Map<Message, Outcome | false>>();
  const stepOf: typeof machineStep = (machine, snapshot, event) => {
    let known = outcomes.get(snapshot);
    if (!known) {
      // All at once. Weak references would cost the garbage collector more than they save.
      if (outcomes.size > MOST_OUTCOMES) outcomes.clear();
      outcomes.set(snapshot, (known = new Map()));
    }
    let outcome = known.get(event);
    if (outcome === undefined) known.set(event, (outcome = machineStep(machine, snapshot, event) ?? false));
    return outcome || undefined;
  };
  const deliveries = system.channelNames.map((channel) => ({ kind: "deliver", channel }) as const);

  /** The step, if the system can take it; a call makes its thread work for the lane. */
  const refused = ({ lanes }: Watched, action: Action, taken: Taken): RefusedStep | undefined => {
    if (taken.taken || !taken.blocked || action.kind !== "event") return undefined;
    const thread = threadOf(action.component);
    const { by, asked } = taken.blocked;
    return { refused: true, lane: lanes[thread] ?? thread, touches: [action.component, by, ...asked] };
  };
  const step = (from: Watched, action: Action, caller?: string): ObservedStep<Watched> | RefusedStep | undefined => {
    const { state, lanes } = from;
    const taken = take(system, state, action, false, stepOf);
    if (!taken.taken) return caller === undefined ? refused(from, action, taken) : undefined;
    const actor = action.kind === "event" ? action.component : taken.transfers[0]!.to;
    const thread = threadOf(actor);
    const lane = caller ?? lanes[thread] ?? thread;
    let { memory } = from;
    const marks: Mark[] = [];
    const passed = passings(action, taken);
    for (const passing of passed) {
      marks.push(...shows(passing, memory));
      memory = remembers(memory, passing);
    }
    const { memory: before } = from;
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
      ...(about && { about: () => [...new Set(passed.flatMap(({ message }) => about(message)))] }),
      ...(turn && {
        turns: (next: number | undefined) => passed.flatMap((passing) => turn(passing, lane, next) ?? []),
      }),
      ...(doubts && {
        doubts: (next: number | undefined, moment: number) => {
          let known = before;
          return passed.flatMap((passing) => {
            const doubted = doubts(passing, known, { next, moment });
            known = remembers(known, passing);
            return doubted;
          });
        },
      }),
    };
  };
  // Equal events of calls are one object, so that what machines did with them is found again.
  const called = new Map<string, Message>();
  const kept = (event: Message): Message => {
    const text = canonical(event);
    const known = called.get(text);
    if (known) return known;
    if (called.size > MOST_TEXTS) called.clear();
    called.set(text, event);
    return event;
  };
  const some = <T>(steps: readonly (T | undefined)[]): readonly T[] => steps.filter((one) => one !== undefined);

  return {
    ...(observing.meant && { meant: observing.meant }),
    ...(observing.plan && { plan: observing.plan }),
    key: ({ state, memory, lanes }) => {
      const snapshots = [...state.snapshots.values()].map(numberOf).join();
      const channels = [...state.channels.values()].map((messages) => textOf(messages)).join();
      return `${textOf(memory)}\n${snapshots}\n${channels}\n${textOf(lanes)}`;
    },
    steps: (watched, lane) =>
      some(
        [
          ...begins(watched, lane),
          ...deliveries.filter(({ channel }) => watched.state.channels.get(channel)!.length > 0),
        ].map((action) => step(watched, action)),
      ),
    calls: (watched, observation, place) =>
      some(
        calls(watched, observation, place).map((call) => {
          const { component, event, waits } = call;
          if (waits) return { refused: true, lane: observation.lane, touches: [component] } as const;
          const made = step(watched, { kind: "event", component, event: kept(event) }, observation.lane);
          return made && "refused" in made ? undefined : made;
        }),
      ),
  };
}

type Done = Extract<Taken, { readonly taken: true }>;

/** The event that begins the step, then every message in order. */
function passings(action: Action, { transfers, state: after }: Done): readonly Passing[] {
  const first = action.kind === "event" ? [{ to: action.component, message: action.event, after }] : [];
  return [
    ...first,
    ...transfers.map(({ from, to, message, how }) => ({ from, to, message, after, ignored: how === "ignored" })),
  ];
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
