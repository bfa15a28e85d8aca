/**
 * A system over small integers. A global state is a vector: for each component the number of its snapshot, for each
 * channel the number of its content. What a machine does with an event in a snapshot is asked of XState once and
 * remembered, so that a search takes millions of steps with a few thousand calls of XState.
 */
import type { AnyMachineSnapshot } from "xstate";
import type { Message } from "../json.ts";
import { destination, ModelError, receiver, type Action, type System } from "../system.ts";
import { Contents, MOST_MESSAGES } from "./contents.ts";
import { eventText, Interner, snapshotText } from "./intern.ts";
import { initialSnapshot, step } from "./step.ts";
import { Ints, Rows, UNKNOWN } from "./tables.ts";

/** What a memo cell holds besides `UNKNOWN`; other values are the place of the outcome in the flat list of outcomes. */
const NOT_HANDLED = 1;
const FIRST_OUTCOME = 2;

/** How an emission travels. */
const EMISSION = { call: 0, callOrBlock: 1, callOrIgnore: 2, send: 3, sendOrLose: 4 } as const;

/** Calls within calls deeper than this are a mistake of the model. */
const DEEPEST_CALL = 64;

export class Core {
  readonly system: System;
  readonly slots: number;
  readonly componentCount: number;
  readonly initial: Int32Array;
  /** Distinct snapshots of each component. */
  readonly locals: Interner<AnyMachineSnapshot>[] = [];
  /** Distinct contents of each channel. */
  readonly contents: Contents[] = [];
  readonly events = new Interner<Message>();
  /** Calls of XState so far. */
  machineCalls = 0;

  /** The vector that steps are taken on; restored by `undo`. */
  readonly vector: Int32Array;
  readonly touched: Int32Array;
  readonly before: Int32Array;
  touchedCount = 0;

  readonly #names: readonly string[];
  readonly #slotOf = new Map<string, number>();
  readonly #rows: Rows[] = [];
  readonly #choices: (Int32Array | undefined)[][] = [];
  readonly #universe: Int32Array[] = [];
  readonly #firstAction: number[] = [];
  /**
   * Outcomes, one after the other: the next snapshot, how many emissions, then one word for each emission, which holds
   * (from the top) how it travels in 3 bits, the slot it is for in 13, its event in 16.
   */
  readonly #outcomes = new Ints();
  readonly #unhandled: number[];
  /** For each channel: the slot of the receiver of each message. */
  readonly #receivers: (number | undefined)[][];
  readonly #stamp: Int32Array;
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
    for (let k = 0; k < FIRST_OUTCOME; k++) this.#outcomes.push(0);
    let action = 0;
    this.#names.forEach((name, slot) => {
      const { machine, input, events = [] } = system.components[name]!;
      this.#slotOf.set(name, slot);
      this.#rows.push(new Rows());
      this.#choices.push([]);
      this.locals.push(new Interner());
      this.#universe.push(Int32Array.from(events, (event) => this.eventId(event)));
      this.#firstAction.push(action);
      action += events.length;
      this.initial[slot] = this.localId(slot, initialSnapshot(machine, input));
    });
    const channels = system.channelNames.map((name) => system.channels![name]!);
    system.channelNames.forEach((name, h) => {
      this.#slotOf.set(name, this.componentCount + h);
      this.contents.push(new Contents(channels[h]!.capacity));
      this.#firstAction.push(action++);
    });
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
    return this.events.id(eventText(event), () => event);
  }

  /** The messages in a channel slot with this content, head first. */
  messagesOf(slot: number, content: number): readonly Message[] {
    return this.contents[slot - this.componentCount]!.values[content]!.messages.map((id) => this.events.values[id]!);
  }

  /** The number of the snapshot as one of the component in `slot`. */
  localId(slot: number, snapshot: AnyMachineSnapshot): number {
    return this.locals[slot]!.id(snapshotText(snapshot), () => snapshot);
  }

  /** For each spontaneous event that the component in `slot` handles in this snapshot: number of the action, its outcome. */
  choices(slot: number, local: number): Int32Array {
    const known = this.#choices[slot]![local];
    if (known) return known;
    const pairs: number[] = [];
    this.#universe[slot]!.forEach((event, k) => {
      const outcome = this.#cell(slot, local, event);
      if (outcome !== NOT_HANDLED) pairs.push(this.#firstAction[slot]! + k, outcome);
    });
    const found = Int32Array.from(pairs);
    this.#choices[slot]![local] = found;
    return found;
  }

  /** The next snapshot, when nothing is emitted and so nothing else changes; otherwise -1. */
  quietNext(outcome: number): number {
    const { data } = this.#outcomes;
    return data[outcome + 1] === 0 ? data[outcome]! : -1;
  }

  /** Takes one of the `choices` of the component in `slot`; false leaves nothing to undo. */
  takeChoice(slot: number, outcome: number): boolean {
    this.#begin();
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

  /** Whether the last step led to another state. */
  get changed(): boolean {
    for (let k = 0; k < this.touchedCount; k++) if (this.vector[this.touched[k]!] !== this.before[k]!) return true;
    return false;
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
    const rows = this.#rows[slot]!;
    const local = this.vector[slot]!;
    const at = local * rows.stride + event;
    let cell = event < rows.stride && at < rows.cells.length ? rows.cells[at]! : UNKNOWN;
    if (cell === UNKNOWN) cell = this.#cell(slot, local, event);
    if (cell === NOT_HANDLED) return false;
    this.#follow(slot, cell);
    return true;
  }

  /** Gives the component its next snapshot and passes on what it emits, until something is refused. */
  #follow(slot: number, outcome: number): void {
    const { data } = this.#outcomes;
    this.#write(slot, data[outcome]!);
    const emissions = data[outcome + 1]!;
    for (let k = 1; k <= emissions; k++) {
      const emission = data[outcome + 1 + k]!;
      this.#emit(emission >>> 29, (emission >>> 16) & 0x1fff, emission & 0xffff, slot);
      if (this.#blocked) return;
    }
  }

  #emit(kind: number, target: number, event: number, sender: number): void {
    if (kind >= EMISSION.send) {
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

  #cell(slot: number, local: number, event: number): number {
    const rows = this.#rows[slot]!;
    const known = (local + 1) * rows.stride <= rows.cells.length ? rows.at(local, event) : UNKNOWN;
    if (known !== UNKNOWN) return known;
    const name = this.#names[slot]!;
    this.machineCalls++;
    const outcome = step(
      this.system.components[name]!.machine,
      this.locals[slot]!.values[local]!,
      this.events.values[event]!,
    );
    let cell = NOT_HANDLED;
    if (outcome) {
      const emissions = outcome.emitted.flatMap((message) => this.#emissionsOf(name, message));
      cell = this.#outcomes.length;
      this.#outcomes.push(this.localId(slot, outcome.snapshot));
      this.#outcomes.push(emissions.length);
      for (const emission of emissions) this.#outcomes.push(emission);
    }
    rows.set(local, event, cell);
    return cell;
  }

  #emissionsOf(sender: string, message: Message): readonly number[] {
    const { route, components, channel } = destination(this.system, sender, message);
    const event = this.eventId(message);
    if (event >= MOST_MESSAGES)
      throw new ModelError("More than 65,536 different messages: a context or message is unbounded.");
    const word = (kind: number, to: string) => (kind << 29) | (this.slotOf(to) << 16) | event;
    if (channel !== undefined) {
      const lossy = this.system.channels![channel]!.whenFull === "drop";
      return [word(lossy ? EMISSION.sendOrLose : EMISSION.send, channel)];
    }
    const unhandled = route.kind === "call" ? route.unhandled : "error";
    const kind = { block: EMISSION.callOrBlock, drop: EMISSION.callOrIgnore, error: EMISSION.call }[unhandled];
    return components.map((to) => word(kind, to));
  }

  /** Every filled memo cell, for the audit. */
  *cells(): Generator<{
    readonly slot: number;
    readonly local: number;
    readonly event: number;
    readonly outcome:
      | { readonly next: number; readonly emitted: readonly { readonly target: string; readonly message: Message }[] }
      | undefined;
  }> {
    for (let slot = 0; slot < this.componentCount; slot++) {
      const rows = this.#rows[slot]!;
      for (let local = 0; local < this.locals[slot]!.size; local++)
        for (let event = 0; event < rows.stride; event++) {
          const cell = rows.cells[local * rows.stride + event] ?? UNKNOWN;
          if (cell === UNKNOWN) continue;
          if (cell === NOT_HANDLED) {
            yield { slot, local, event, outcome: undefined };
            continue;
          }
          const { data } = this.#outcomes;
          const emitted = Array.from(data.subarray(cell + 2, cell + 2 + data[cell + 1]!), (emission) => ({
            target: this.slotName((emission >>> 16) & 0x1fff),
            message: this.events.values[emission & 0xffff]!,
          }));
          yield { slot, local, event, outcome: { next: data[cell]!, emitted } };
        }
    }
  }
}
