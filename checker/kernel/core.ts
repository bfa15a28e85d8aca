/**
 * A system over small integers. A global state is a vector: for each component the number of its snapshot, for each
 * channel the number of its content. A step of a component is a few table reads (behaviour.ts), so that a search takes
 * millions of steps with a few thousand calls of XState.
 */
import type { AnyMachineSnapshot } from "xstate";
import type { Message } from "../json.ts";
import { ModelError, receiver, type Action, type System } from "../system.ts";
import { Behaviour, EMISSION, eventOf, kindOf, NOT_HANDLED, targetOf, type Cell } from "./behaviour.ts";
import { Contents } from "./contents.ts";
import type { Interner } from "./intern.ts";
import { initialSnapshot } from "./step.ts";

/** Calls within calls deeper than this are a mistake of the model. */
const DEEPEST_CALL = 64;

export class Core {
  readonly system: System;
  readonly slots: number;
  readonly componentCount: number;
  readonly initial: Int32Array;
  /** Distinct snapshots of each component. */
  readonly locals: readonly Interner<AnyMachineSnapshot>[];
  /** Distinct contents of each channel. */
  readonly contents: Contents[] = [];
  readonly events: Interner<Message>;

  /** The vector that steps are taken on; restored by `undo`. */
  readonly vector: Int32Array;
  readonly touched: Int32Array;
  readonly before: Int32Array;
  touchedCount = 0;
  /** The slots whose numbers before the last step decided what it did, or that it was refused; in the order of the first look. */
  readonly reads: Int32Array;
  readCount = 0;

  readonly #names: readonly string[];
  readonly #slotOf = new Map<string, number>();
  readonly #behaviour: Behaviour;
  readonly #choices: (Int32Array | undefined)[][] = [];
  readonly #universe: Int32Array[] = [];
  readonly #firstAction: number[] = [];
  readonly #unhandled: number[];
  /** For each channel: the slot of the receiver of each message. */
  readonly #receivers: (number | undefined)[][];
  readonly #stamp: Int32Array;
  readonly #readStamp: Int32Array;
  #time = 0;
  #blocked = false;
  #depth = 0;

  constructor(system: System) {
    this.system = system;
    this.#names = system.componentNames;
    this.componentCount = this.#names.length;
    this.slots = this.componentCount + system.channelNames.length;
    this.vector = new Int32Array(this.slots);
    this.initial = new Int32Array(this.slots);
    this.touched = new Int32Array(this.slots);
    this.before = new Int32Array(this.slots);
    this.#stamp = new Int32Array(this.slots);
    this.reads = new Int32Array(this.slots);
    this.#readStamp = new Int32Array(this.slots);
    for (const [slot, name] of [...system.componentNames, ...system.channelNames].entries())
      this.#slotOf.set(name, slot);
    this.#behaviour = new Behaviour(system, this.#slotOf);
    this.locals = this.#behaviour.locals;
    this.events = this.#behaviour.events;
    let action = 0;
    this.#names.forEach((name, slot) => {
      const { machine, input, events = [] } = system.components[name]!;
      this.#choices.push([]);
      this.#universe.push(Int32Array.from(events, (event) => this.eventId(event)));
      this.#firstAction.push(action);
      action += events.length;
      this.initial[slot] = this.#behaviour.localId(slot, initialSnapshot(machine, input));
    });
    const channels = system.channelNames.map((name) => system.channels![name]!);
    for (const { capacity } of channels) {
      this.contents.push(new Contents(capacity));
      this.#firstAction.push(action++);
    }
    if (this.slots > 8_192) throw new ModelError(`${this.slots} components and channels; at most 8,192 fit.`);
    if (action > 65_535) throw new ModelError(`${action} actions; at most 65,535 fit.`);
    this.#unhandled = channels.map(({ unhandled }) => (unhandled === "block" ? 1 : unhandled === "drop" ? 2 : 0));
    this.#receivers = channels.map(() => []);
    this.vector.set(this.initial);
    for (const action of system.prologue ?? []) this.#takeFirst(action);
    this.initial.set(this.vector);
    this.touchedCount = 0;
  }

  /** A step before the initial state: it may be an event outside of the universe. */
  #takeFirst(action: Action): void {
    let taken: boolean;
    if (action.kind === "deliver") taken = this.takeDelivery(this.slotOf(action.channel));
    else {
      this.#begin();
      taken = this.#run(this.slotOf(action.component), this.eventId(action.event)) && !this.#blocked;
    }
    if (!taken) throw new ModelError(`The prologue of "${this.system.name}" fails at ${JSON.stringify(action)}.`);
  }

  slotOf(name: string): number {
    const slot = this.#slotOf.get(name);
    if (slot === undefined) throw new ModelError(`"${name}" is neither a component nor a channel.`);
    return slot;
  }

  slotName(slot: number): string {
    return slot < this.componentCount ? this.#names[slot]! : this.system.channelNames[slot - this.componentCount]!;
  }

  /** How many different numbers the slot has held so far. */
  sizeOf(slot: number): number {
    return slot < this.componentCount ? this.locals[slot]!.size : this.contents[slot - this.componentCount]!.size;
  }

  eventId(event: Message): number {
    return this.#behaviour.eventId(event);
  }

  /** The messages in a channel slot with this content, head first. */
  messagesOf(slot: number, content: number): readonly Message[] {
    return this.contents[slot - this.componentCount]!.values[content]!.messages.map((id) => this.events.values[id]!);
  }

  /** Calls of XState so far. */
  get machineCalls(): number {
    return this.#behaviour.machineCalls;
  }

  /** Bytes of what is remembered of machines and channels, roughly. */
  get bytes(): number {
    return this.contents.reduce((bytes, { bytes: of }) => bytes + of, this.#behaviour.bytes);
  }

  /** Every step of a machine that is known so far. */
  cells(): Generator<Cell> {
    return this.#behaviour.cells();
  }

  /** What the machines do, for audits. */
  get behaviour(): Behaviour {
    return this.#behaviour;
  }

  /** For each spontaneous event that the component in `slot` handles in this snapshot: number of the action, its outcome. */
  choices(slot: number, local: number): Int32Array {
    const known = this.#choices[slot]![local];
    if (known) return known;
    const pairs: number[] = [];
    this.#universe[slot]!.forEach((event, k) => {
      const outcome = this.#behaviour.outcomeOf(slot, local, event);
      if (outcome !== NOT_HANDLED) pairs.push(this.#firstAction[slot]! + k, outcome);
    });
    const found = Int32Array.from(pairs);
    this.#choices[slot]![local] = found;
    return found;
  }

  /** The next snapshot, when nothing is emitted and so nothing else changes; otherwise -1. */
  quietNext(outcome: number): number {
    const { data } = this.#behaviour.outcomes;
    return data[outcome + 1] === 0 ? data[outcome]! : -1;
  }

  /** Takes one of the `choices` of the component in `slot`; false leaves nothing to undo. */
  takeChoice(slot: number, outcome: number): boolean {
    this.#begin();
    this.#read(slot);
    this.#follow(slot, outcome);
    if (!this.#blocked) return true;
    this.undo();
    return false;
  }

  /** Takes an event of the component in `slot`; false leaves nothing to undo. `action` is its number in the universe. */
  takeEvent(slot: number, action: number): boolean {
    this.#begin();
    const ok = this.#run(slot, this.#universe[slot]![action - this.#firstAction[slot]!]!);
    if (ok && !this.#blocked) return true;
    this.undo();
    return false;
  }

  /** Delivers the head of the channel in `slot`; false (empty, or refused) leaves nothing to undo. */
  takeDelivery(slot: number): boolean {
    const h = slot - this.componentCount;
    const content = this.vector[slot]!;
    if (content === 0) return false;
    this.#begin();
    this.#read(slot);
    const contents = this.contents[h]!;
    const event = contents.head(content);
    this.#write(slot, contents.popped(content));
    const receiver = (this.#receivers[h]![event] ??= this.#receiver(slot, event));
    const ok = this.#run(receiver, event);
    if (!ok && this.#unhandled[h] === 0) throw this.#unhandledError(receiver, event, this.slotName(slot));
    if ((ok && !this.#blocked) || (!ok && this.#unhandled[h] === 2)) return true;
    this.undo();
    return false;
  }

  actionOfDelivery(slot: number): number {
    return this.#firstAction[slot]!;
  }

  /** Takes the action with this number in the universe of the system. */
  takeAction(action: number): boolean {
    const taken = this.system.actions[action]!;
    return taken.kind === "event"
      ? this.takeEvent(this.#slotOf.get(taken.component)!, action)
      : this.takeDelivery(this.#slotOf.get(taken.channel)!);
  }

  /** Takes back the last step. */
  undo(): void {
    for (let k = 0; k < this.touchedCount; k++) this.vector[this.touched[k]!] = this.before[k]!;
    this.touchedCount = 0;
  }

  #receiver(slot: number, event: number): number {
    return this.slotOf(receiver(this.system, this.slotName(slot), this.events.values[event]!));
  }

  #begin(): void {
    this.#time++;
    this.touchedCount = 0;
    this.#blocked = false;
    this.#depth = 0;
    this.readCount = 0;
  }

  #read(slot: number): void {
    if (this.#readStamp[slot] === this.#time) return;
    this.#readStamp[slot] = this.#time;
    this.reads[this.readCount++] = slot;
  }

  #write(slot: number, id: number): void {
    const old = this.vector[slot]!;
    if (old === id) return;
    if (this.#stamp[slot] !== this.#time) {
      this.#stamp[slot] = this.#time;
      this.touched[this.touchedCount] = slot;
      this.before[this.touchedCount++] = old;
    }
    this.vector[slot] = id;
  }

  #run(slot: number, event: number): boolean {
    this.#read(slot);
    const cell = this.#behaviour.outcomeOf(slot, this.vector[slot]!, event);
    if (cell === NOT_HANDLED) return false;
    this.#follow(slot, cell);
    return true;
  }

  /** Gives the component its next snapshot and passes on what it emits, until something is refused. */
  #follow(slot: number, outcome: number): void {
    const { data } = this.#behaviour.outcomes;
    this.#write(slot, data[outcome]!);
    const emissions = data[outcome + 1]!;
    for (let k = 1; k <= emissions; k++) {
      const emission = data[outcome + 1 + k]!;
      this.#emit(kindOf(emission), targetOf(emission), eventOf(emission), slot);
      if (this.#blocked) return;
    }
  }

  #emit(kind: number, target: number, event: number, sender: number): void {
    if (kind >= EMISSION.send) {
      this.#read(target);
      const next = this.contents[target - this.componentCount]!.pushed(this.vector[target]!, event);
      if (next >= 0) this.#write(target, next);
      else if (kind === EMISSION.send) this.#blocked = true;
      return;
    }
    if (++this.#depth > DEEPEST_CALL)
      throw new ModelError(`Calls nest deeper than ${DEEPEST_CALL} at "${this.slotName(target)}".`);
    const ok = this.#run(target, event);
    this.#depth--;
    if (ok || kind === EMISSION.callOrIgnore) return;
    if (kind === EMISSION.callOrBlock) this.#blocked = true;
    else throw this.#unhandledError(target, event, this.slotName(sender));
  }

  #unhandledError(slot: number, event: number, sender: string): ModelError {
    const snapshot = this.locals[slot]!.values[this.vector[slot]!]!;
    return new ModelError(
      `"${this.slotName(slot)}" in state ${JSON.stringify(snapshot.value)} ${JSON.stringify(snapshot.context)} does not handle ${JSON.stringify(this.events.values[event])} of "${sender}".`,
    );
  }
}
