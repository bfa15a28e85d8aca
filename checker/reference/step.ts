/**
 * One step of a system, as checker/system.ts and decision 0005 describe it.
 *
 * - An event is taken when the machine has a transition for it; after its top-level final state a machine takes none.
 * - What the machine emits is passed on in order, each call with all that follows from it before the next one.
 * - A call that its receiver does not take: `drop` goes on, `block` makes the whole step impossible, `error` is a mistake
 *   of the model. So is a 65th call within calls.
 * - A message for a full channel: `drop` loses it, `block` makes the whole step impossible.
 * - A delivery takes the head out of its channel before the receiver runs. A head that is not taken: `drop` loses it,
 *   `block` leaves it there, `error` is a mistake of the model.
 *
 * What a machine answers to an event in a snapshot is asked once of `transition()`, and kept.
 */
import { initialTransition, transition, type AnyMachineSnapshot, type EventObject } from "xstate";
import type { Message } from "../json.ts";
import type { Action, Route, System, Unhandled } from "../system.ts";
import { Book, Mistake, textOf, textOfSnapshot, type State } from "./state.ts";

const DEEPEST = 64;
/** The number of no messages: the first contents of every channel. */
const EMPTY = 0;

interface Answer {
  readonly next: number;
  readonly emitted: readonly Message[];
}

interface Executable {
  readonly type: string;
  readonly params?: { readonly event?: Message; readonly delay?: number } | undefined;
}

/** Thrown within a step that cannot be taken as a whole. */
const BLOCKED = new Error("blocked");

function emittedBy(actions: readonly unknown[]): readonly Message[] {
  return (actions as readonly Executable[]).flatMap(({ type, params }) => {
    if (type === "xstate.emit" && params?.event) return [params.event];
    if (type === "xstate.raise" && params?.delay === undefined) return [];
    throw new Mistake(`A machine runs "${type}".`);
  });
}

export class Steps {
  readonly system: System;
  /** Every action in order of declaration: events of components, then deliveries. */
  readonly actions: readonly Action[];
  readonly snapshots: readonly Book<AnyMachineSnapshot>[];
  readonly contents: readonly Book<readonly Message[]>[];
  /** Places of components and channels in a state. */
  readonly places: ReadonlyMap<string, number>;
  readonly initial: State;
  readonly #components: readonly string[];
  readonly #channels: readonly string[];
  /** By component, message and snapshot; null where the machine does not take the message. */
  readonly #answers: readonly (Answer | null)[][][];
  /** By component and type of message. */
  readonly #routes: readonly Map<string, Route | undefined>[];
  /** By action: the component with its event and its answers to that, or the channel. */
  readonly #begins: readonly {
    readonly place: number;
    readonly event?: Message;
    readonly answers: readonly (Answer | null)[];
  }[];
  readonly #messages = new Map<string, number>();
  readonly #numbered = new WeakMap<Message, number>();

  constructor(system: System) {
    this.system = system;
    const { components, channels = {} } = system;
    this.#components = Object.keys(components);
    this.#channels = Object.keys(channels);
    this.places = new Map([...this.#components, ...this.#channels].map((name, place) => [name, place]));
    this.actions = [
      ...Object.entries(components).flatMap(([component, { events = [] }]) =>
        events.map((event) => ({ kind: "event", component, event }) as const),
      ),
      ...this.#channels.map((channel) => ({ kind: "deliver", channel }) as const),
    ];
    this.snapshots = this.#components.map(() => new Book());
    this.contents = this.#channels.map(() => new Book());
    this.#answers = this.#components.map(() => []);
    this.#routes = this.#components.map(() => new Map());
    this.#begins = this.actions.map((action) => {
      if (action.kind === "deliver") return { place: this.places.get(action.channel)!, answers: [] };
      const place = this.places.get(action.component)!;
      return { place, event: action.event, answers: this.#answersOf(place, action.event) };
    });
    const first = Object.values(components).map(({ machine, input }, place) => {
      const [snapshot, actions] = initialTransition(machine, input);
      if (emittedBy(actions).length > 0) throw new Mistake("A machine emits before it took an event.");
      return this.#numberOf(place, snapshot);
    });
    let state: State = [...first, ...this.contents.map((book) => book.numberOf("", []))];
    for (const action of system.prologue ?? []) {
      const next = this.take(state, action);
      if (!next) throw new Mistake(`The prologue cannot take ${textOf(action)}.`);
      state = next;
    }
    this.initial = state;
  }

  /**
   * Whether the component takes the event of the action with this number, or the channel has a message. Most actions cannot
   * be taken in most states, and are refused here before a state is copied.
   */
  mayTake(state: State, number: number): boolean {
    const { place, event, answers } = this.#begins[number]!;
    if (!event) return state[place] !== EMPTY;
    const known = answers[state[place]!];
    return (known === undefined ? this.#ask(place, state, event) : known) !== null;
  }

  /** The state after the action, or undefined where it cannot be taken. */
  take(state: State, action: Action): State | undefined {
    const next = [...state];
    try {
      const taken =
        action.kind === "event" ? this.#run(next, action.component, action.event, 0) : this.#deliver(next, action);
      return taken ? next : undefined;
    } catch (thrown) {
      if (thrown === BLOCKED) return undefined;
      throw thrown;
    }
  }

  /** The messages in the channel, head first. */
  messagesIn(state: State, channel: string): readonly Message[] {
    const place = this.places.get(channel)!;
    return this.contents[place - this.#components.length]!.values[state[place]!]!;
  }

  #deliver(state: number[], { channel }: { readonly channel: string }): boolean {
    const { to, unhandled } = this.system.channels![channel]!;
    const [head, ...rest] = this.messagesIn(state, channel);
    if (!head) return false;
    this.#put(state, channel, rest);
    if (this.#run(state, typeof to === "string" ? to : to(head), head, 0)) return true;
    return this.#missed(unhandled, head);
  }

  /** What becomes of a message that nobody took: true when it is lost. */
  #missed(unhandled: Unhandled, message: Message): boolean {
    if (unhandled === "error") throw new Mistake(`Nobody takes ${textOf(message)}.`);
    return unhandled === "drop";
  }

  #put(state: number[], channel: string, messages: readonly Message[]): void {
    const place = this.places.get(channel)!;
    const text = messages.map((message) => this.#messageNumber(message)).join();
    state[place] = this.contents[place - this.#components.length]!.numberOf(text, messages);
  }

  /** Whether the component takes the message; `state` is changed in place. */
  #run(state: number[], component: string, message: Message, depth: number): boolean {
    const place = this.#placeOf(component, message);
    const answer = this.#ask(place, state, message);
    if (!answer) return false;
    state[place] = answer.next;
    for (const emitted of answer.emitted) this.#pass(state, place, emitted, depth);
    return true;
  }

  #placeOf(component: string, message: Message): number {
    const place = this.places.get(component);
    if (place !== undefined && place < this.#components.length) return place;
    throw new Mistake(`${textOf(message)} is for "${component}", which is not a component.`);
  }

  #pass(state: number[], place: number, message: Message, depth: number): void {
    const sender = this.#components[place]!;
    const route = this.#routeOf(place, message);
    if (!route) throw new Mistake(`"${sender}" emits ${textOf(message)}, which no route takes.`);
    if (route.kind === "send") {
      const channel = route.via(message, sender);
      const settings = this.system.channels?.[channel];
      if (!settings) throw new Mistake(`${textOf(message)} goes into "${channel}", which is not a channel.`);
      const messages = this.messagesIn(state, channel);
      if (messages.length < settings.capacity) this.#put(state, channel, [...messages, message]);
      else if (settings.whenFull === "block") throw BLOCKED;
      return;
    }
    const receivers = route.to(message, sender);
    for (const to of typeof receivers === "string" ? [receivers] : receivers) {
      if (depth + 1 > DEEPEST) throw new Mistake(`Calls within calls are deeper than ${DEEPEST}.`);
      if (!this.#run(state, to, message, depth + 1) && !this.#missed(route.unhandled, message)) throw BLOCKED;
    }
  }

  #routeOf(place: number, { type }: Message): Route | undefined {
    const known = this.#routes[place]!;
    if (!known.has(type)) {
      const { role } = this.system.components[this.#components[place]!]!;
      known.set(
        type,
        this.system.routes.find(({ from, types }) => from === role && types.includes(type)),
      );
    }
    return known.get(type);
  }

  #ask(place: number, state: State, message: Message): Answer | null {
    const answers = this.#answersOf(place, message);
    const snapshot = state[place]!;
    const known = answers[snapshot];
    return known === undefined ? (answers[snapshot] = this.#answer(place, snapshot, message)) : known;
  }

  #answersOf(place: number, message: Message): (Answer | null)[] {
    return (this.#answers[place]![this.#messageNumber(message)] ??= []);
  }

  #answer(place: number, number: number, message: Message): Answer | null {
    const { machine } = this.system.components[this.#components[place]!]!;
    const snapshot = this.snapshots[place]!.values[number]!;
    if (snapshot.status !== "active" || !machine.getTransitionData(snapshot as never, message)?.length) return null;
    const [next, actions] = transition(machine, snapshot, message as EventObject);
    return { next: this.#numberOf(place, next as AnyMachineSnapshot), emitted: emittedBy(actions) };
  }

  #numberOf(place: number, snapshot: AnyMachineSnapshot): number {
    return this.snapshots[place]!.numberOf(textOfSnapshot(snapshot), snapshot);
  }

  #messageNumber(message: Message): number {
    let number = this.#numbered.get(message);
    if (number === undefined) {
      const text = textOf(message);
      number = this.#messages.get(text) ?? this.#messages.size;
      this.#messages.set(text, number);
      this.#numbered.set(message, number);
    }
    return number;
  }
}
