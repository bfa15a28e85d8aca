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
import type { Action, System, Unhandled } from "../system.ts";
import { Book, Mistake, textOf, textOfSnapshot, type State } from "./state.ts";

const DEEPEST = 64;
/** The number of no messages: the first contents of every channel. */
const EMPTY = 0;

/** Where a message goes that a component emits. */
type Way =
  | { readonly kind: "send"; readonly place: number; readonly capacity: number; readonly whenFull: "drop" | "block" }
  | { readonly kind: "call"; readonly to: readonly string[]; readonly unhandled: Unhandled };

/** A message that is emitted, by its number; its way is looked up when it is first passed on. */
interface Emitted {
  readonly message: number;
  way: Way | undefined;
}

interface Answer {
  readonly next: number;
  readonly emitted: readonly Emitted[];
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
  /** By channel: the numbers of messages that it holds, head first. */
  readonly contents: readonly Book<readonly number[]>[];
  /** Places of components and channels in a state. */
  readonly places: ReadonlyMap<string, number>;
  readonly initial: State;
  readonly #components: readonly string[];
  readonly #channels: readonly string[];
  /** By component, message and snapshot; null where the machine does not take the message. */
  readonly #answers: readonly (Answer | null)[][][];
  /** By channel and contents: the contents without the head. */
  readonly #rests: readonly number[][];
  /** By channel, contents and message: the contents with the message at the end. */
  readonly #longer: readonly number[][][];
  /** By action: the component with its event and its answers to that, or the channel. */
  readonly #begins: readonly {
    readonly place: number;
    readonly event?: number;
    readonly answers: readonly (Answer | null)[];
  }[];
  readonly #messages = new Book<Message>();

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
    this.#rests = this.#channels.map(() => []);
    this.#longer = this.#channels.map(() => []);
    this.#begins = this.actions.map((action) => {
      if (action.kind === "deliver") return { place: this.places.get(action.channel)!, answers: [] };
      const place = this.places.get(action.component)!;
      const event = this.#messageNumber(action.event);
      return { place, event, answers: this.#answersOf(place, event) };
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
    if (event === undefined) return state[place] !== EMPTY;
    const known = answers[state[place]!];
    return (known === undefined ? this.#ask(place, state, event) : known) !== null;
  }

  /** The state after the action, or undefined where it cannot be taken. */
  take(state: State, action: Action): State | undefined {
    if (action.kind === "deliver") return this.#taken(state, this.places.get(action.channel)!);
    const event = this.#messageNumber(action.event);
    return this.#taken(state, this.#placeOf(action.component, event), event);
  }

  /** The same by the number of the action. */
  takeNumbered(state: State, number: number): State | undefined {
    const { place, event } = this.#begins[number]!;
    return this.#taken(state, place, event);
  }

  /** The state after the component took the event, or the channel delivered; or undefined. */
  #taken(state: State, place: number, event?: number): State | undefined {
    const next = state.slice();
    try {
      const taken = event === undefined ? this.#deliver(next, place) : this.#run(next, place, event, 0);
      return taken ? next : undefined;
    } catch (thrown) {
      if (thrown === BLOCKED) return undefined;
      throw thrown;
    }
  }

  /** The messages in the channel, head first. */
  messagesIn(state: State, channel: string): readonly Message[] {
    const place = this.places.get(channel)!;
    return this.#held(place, state).map((number) => this.#messages.values[number]!);
  }

  #held(place: number, state: State): readonly number[] {
    return this.contents[place - this.#components.length]!.values[state[place]!]!;
  }

  #deliver(state: number[], place: number): boolean {
    const { to, unhandled } = this.system.channels![this.#channels[place - this.#components.length]!]!;
    const [head, ...rest] = this.#held(place, state);
    if (head === undefined) return false;
    const rests = this.#rests[place - this.#components.length]!;
    state[place] = rests[state[place]!] ??= this.#contentsOf(place, rest);
    const message = this.#messages.values[head]!;
    if (this.#run(state, this.#placeOf(typeof to === "string" ? to : to(message), head), head, 0)) return true;
    return this.#missed(unhandled, head);
  }

  /** What becomes of a message that nobody took: true when it is lost. */
  #missed(unhandled: Unhandled, message: number): boolean {
    if (unhandled === "error") throw new Mistake(`Nobody takes ${this.#told(message)}.`);
    return unhandled === "drop";
  }

  #told(message: number): string {
    return textOf(this.#messages.values[message]);
  }

  #contentsOf(place: number, messages: readonly number[]): number {
    return this.contents[place - this.#components.length]!.numberOf(messages.join(), messages);
  }

  #append(state: number[], place: number, message: number): void {
    const longer = (this.#longer[place - this.#components.length]![state[place]!] ??= []);
    state[place] = longer[message] ??= this.#contentsOf(place, [...this.#held(place, state), message]);
  }

  /** Whether the component takes the message; `state` is changed in place. */
  #run(state: number[], place: number, message: number, depth: number): boolean {
    const answer = this.#ask(place, state, message);
    if (!answer) return false;
    state[place] = answer.next;
    for (const emitted of answer.emitted) this.#pass(state, place, emitted, depth);
    return true;
  }

  #placeOf(component: string, message: number): number {
    const place = this.places.get(component);
    if (place !== undefined && place < this.#components.length) return place;
    throw new Mistake(`${this.#told(message)} is for "${component}", which is not a component.`);
  }

  #pass(state: number[], place: number, emitted: Emitted, depth: number): void {
    const { message } = emitted;
    const way = (emitted.way ??= this.#wayOf(place, message));
    if (way.kind === "send") {
      if (this.#held(way.place, state).length < way.capacity) this.#append(state, way.place, message);
      else if (way.whenFull === "block") throw BLOCKED;
      return;
    }
    for (const to of way.to) {
      if (depth + 1 > DEEPEST) throw new Mistake(`Calls within calls are deeper than ${DEEPEST}.`);
      if (!this.#run(state, this.#placeOf(to, message), message, depth + 1) && !this.#missed(way.unhandled, message))
        throw BLOCKED;
    }
  }

  #wayOf(place: number, number: number): Way {
    const sender = this.#components[place]!;
    const { role } = this.system.components[sender]!;
    const message = this.#messages.values[number]!;
    const route = this.system.routes.find(({ from, types }) => from === role && types.includes(message.type));
    if (!route) throw new Mistake(`"${sender}" emits ${textOf(message)}, which no route takes.`);
    if (route.kind === "call") {
      const receivers = route.to(message, sender);
      return { kind: "call", to: typeof receivers === "string" ? [receivers] : receivers, unhandled: route.unhandled };
    }
    const channel = route.via(message, sender);
    const { capacity, whenFull } = this.system.channels?.[channel] ?? {};
    if (capacity === undefined || whenFull === undefined)
      throw new Mistake(`${textOf(message)} goes into "${channel}", which is not a channel.`);
    return { kind: "send", place: this.places.get(channel)!, capacity, whenFull };
  }

  #ask(place: number, state: State, message: number): Answer | null {
    const answers = this.#answersOf(place, message);
    const snapshot = state[place]!;
    const known = answers[snapshot];
    return known === undefined ? (answers[snapshot] = this.#answer(place, snapshot, message)) : known;
  }

  #answersOf(place: number, message: number): (Answer | null)[] {
    return (this.#answers[place]![message] ??= []);
  }

  #answer(place: number, number: number, message: number): Answer | null {
    const { machine } = this.system.components[this.#components[place]!]!;
    const snapshot = this.snapshots[place]!.values[number]!;
    const event = this.#messages.values[message]! as EventObject;
    if (snapshot.status !== "active" || !machine.getTransitionData(snapshot as never, event)?.length) return null;
    const [next, actions] = transition(machine, snapshot, event);
    const emitted = emittedBy(actions).map((one) => ({ message: this.#messageNumber(one), way: undefined }));
    return { next: this.#numberOf(place, next as AnyMachineSnapshot), emitted };
  }

  #numberOf(place: number, snapshot: AnyMachineSnapshot): number {
    return this.snapshots[place]!.numberOf(textOfSnapshot(snapshot), snapshot);
  }

  #messageNumber(message: Message): number {
    return this.#messages.numberOf(textOf(message), message);
  }
}
