/**
 * What the machines of a system do, over small integers: for each snapshot and event the outcome, asked of XState once and
 * remembered.
 */
import type { AnyMachineSnapshot } from "xstate";
import type { Message } from "../json.ts";
import { destination, ModelError, type System } from "../system.ts";
import { MOST_MESSAGES } from "./contents.ts";
import { eventText, Interner, snapshotText } from "./intern.ts";
import { step } from "./step.ts";
import { Ints, Rows, UNKNOWN } from "./tables.ts";

/** What a cell holds besides `UNKNOWN`; other values are the place of the outcome in the flat list of outcomes. */
export const NOT_HANDLED = 1;
const FIRST_OUTCOME = 2;

/** A snapshot or message with its text, roughly. */
const VALUE_BYTES = 600;

/** How an emission travels. */
export const EMISSION = { call: 0, callOrBlock: 1, callOrIgnore: 2, send: 3, sendOrLose: 4 } as const;

/** An emission is one word, which holds (from the top) how it travels in 3 bits, the slot it is for in 13, its event in 16. */
export const kindOf = (emission: number): number => emission >>> 29;
export const targetOf = (emission: number): number => (emission >>> 16) & 0x1fff;
export const eventOf = (emission: number): number => emission & 0xffff;

/** A filled cell, told. */
export interface Cell {
  readonly slot: number;
  readonly local: number;
  readonly event: number;
  readonly outcome:
    | { readonly next: number; readonly emitted: readonly { readonly target: string; readonly message: Message }[] }
    | undefined;
}

function frozen(snapshot: AnyMachineSnapshot): AnyMachineSnapshot {
  freeze(snapshot.context);
  return snapshot;
}

function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
}

export class Behaviour {
  /** Distinct snapshots of each component. */
  readonly locals: readonly Interner<AnyMachineSnapshot>[];
  readonly events = new Interner<Message>();
  /** Calls of XState so far. */
  machineCalls = 0;
  /** Outcomes, one after the other: the next snapshot, how many emissions, then the emissions. */
  readonly outcomes = new Ints();
  readonly #system: System;
  readonly #slotOf: ReadonlyMap<string, number>;
  readonly #rows: readonly Rows[];

  /** @param slotOf Slots of components, in their order, and of channels. */
  constructor(system: System, slotOf: ReadonlyMap<string, number>) {
    this.#system = system;
    this.#slotOf = slotOf;
    this.locals = system.componentNames.map(() => new Interner());
    this.#rows = system.componentNames.map(() => new Rows());
    for (let k = 0; k < FIRST_OUTCOME; k++) this.outcomes.push(0);
  }

  eventId(event: Message): number {
    return this.events.id(eventText(event), () => event);
  }

  /** The number of the snapshot as one of the component in `slot`. */
  localId(slot: number, snapshot: AnyMachineSnapshot): number {
    // Frozen: a machine or a predicate that changes a context in place would change what is remembered.
    return this.locals[slot]!.id(snapshotText(snapshot), () => frozen(snapshot));
  }

  /** The place of the outcome, or `NOT_HANDLED`. */
  outcomeOf(slot: number, local: number, event: number): number {
    const rows = this.#rows[slot]!;
    const at = local * rows.stride + event;
    const cell = event < rows.stride && at < rows.cells.length ? rows.cells[at]! : UNKNOWN;
    return cell === UNKNOWN ? this.#ask(slot, local, event) : cell;
  }

  #ask(slot: number, local: number, event: number): number {
    const name = this.#system.componentNames[slot]!;
    this.machineCalls++;
    const outcome = step(
      this.#system.components[name]!.machine,
      this.locals[slot]!.values[local]!,
      this.events.values[event]!,
    );
    let cell = NOT_HANDLED;
    if (outcome) {
      const emissions = outcome.emitted.flatMap((message) => this.#emissionsOf(name, message));
      cell = this.outcomes.length;
      this.outcomes.push(this.localId(slot, outcome.snapshot));
      this.outcomes.push(emissions.length);
      for (const emission of emissions) this.outcomes.push(emission);
    }
    this.#rows[slot]!.set(local, event, cell);
    return cell;
  }

  #emissionsOf(sender: string, message: Message): readonly number[] {
    const { route, components, channel } = destination(this.#system, sender, message);
    const event = this.eventId(message);
    if (event >= MOST_MESSAGES)
      throw new ModelError("More than 65,536 different messages: a context or message is unbounded.");
    const word = (kind: number, to: string) => (kind << 29) | (this.#slotOf.get(to)! << 16) | event;
    if (channel !== undefined) {
      const lossy = this.#system.channels![channel]!.whenFull === "drop";
      return [word(lossy ? EMISSION.sendOrLose : EMISSION.send, channel)];
    }
    const unhandled = route.kind === "call" ? route.unhandled : "error";
    const kind = { block: EMISSION.callOrBlock, drop: EMISSION.callOrIgnore, error: EMISSION.call }[unhandled];
    return components.map((to) => word(kind, to));
  }

  /** Bytes of all tables, and of the values behind the numbers. */
  get bytes(): number {
    const values = this.locals.reduce((sum, { size }) => sum + size, this.events.size);
    const cells = this.#rows.reduce((sum, rows) => sum + rows.cells.byteLength, this.outcomes.data.byteLength);
    return VALUE_BYTES * values + cells;
  }

  /** Every cell that is filled now, as numbers: slot, snapshot, event, outcome, one after the other. */
  filled(): Ints {
    const found = new Ints();
    for (const [slot, rows] of this.#rows.entries()) {
      const { cells, stride } = rows;
      const used = Math.min(cells.length, this.locals[slot]!.size * stride);
      for (let at = 0; at < used; at++)
        if (cells[at] !== UNKNOWN)
          for (const number of [slot, Math.floor(at / stride), at % stride, cells[at]!]) found.push(number);
    }
    return found;
  }

  /** Every filled cell, for the audit. */
  *cells(): Generator<Cell> {
    const names = [...this.#slotOf.keys()];
    for (const [slot, rows] of this.#rows.entries())
      for (let local = 0; local < this.locals[slot]!.size; local++)
        for (let event = 0; event < rows.stride; event++) {
          const cell = rows.cells[local * rows.stride + event] ?? UNKNOWN;
          if (cell === UNKNOWN) continue;
          yield { slot, local, event, outcome: cell === NOT_HANDLED ? undefined : this.#told(cell, names) };
        }
  }

  #told(cell: number, names: readonly string[]): NonNullable<Cell["outcome"]> {
    const { data } = this.outcomes;
    const emitted = Array.from(data.subarray(cell + 2, cell + 2 + data[cell + 1]!), (emission) => ({
      target: names[targetOf(emission)]!,
      message: this.events.values[eventOf(emission)]!,
    }));
    return { next: data[cell]!, emitted };
  }
}
