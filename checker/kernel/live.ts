/**
 * A system in one state that only goes forward: for simulations of sizes that no search reaches. A step is tried, which says
 * what it would change and what it depends on, and later made. Steps of machines are quick steps (quick-step.ts); nothing is
 * remembered, so that it does not matter how many states a machine has. Same steps as those of `core.ts`.
 */
import type { Message } from "../json.ts";
import { ModelError, UnhandledMessage, type System } from "../system.ts";
import { UNKNOWN, type Names } from "./aim.ts";
import { Outbox } from "./outbox.ts";
import { initialSnapshot } from "./step.ts";
import type { Local } from "./quick-nodes.ts";
import { Ways, type Way } from "./ways.ts";
import { quickOf, type QuickMachine } from "./quick-step.ts";
import { firstOf, heldIn, type Passed, type Queue, type Trial, type Value } from "./trial.ts";

/** Calls within calls deeper than this are a mistake of the model. */
const DEEPEST_CALL = 64;

/** What becomes of an event. */
const TAKEN = 0;
const NOT_HANDLED = 1;
const BLOCKED = 2;

export class Live {
  readonly system: System;
  readonly componentCount: number;
  readonly slots: number;
  readonly machines: readonly QuickMachine[];
  /** What each slot holds: components first, then channels. */
  readonly values: Value[];
  /** The slots that decided what the last trial did, or that it was refused: the first `readCount`. */
  readonly reads: Int32Array;
  readCount = 0;
  /** What each slot holds at the beginning. */
  readonly #first: readonly Value[];
  readonly #names: readonly string[];
  readonly #slotOf = new Map<string, number>();
  readonly #capacity: readonly number[];
  readonly #loses: readonly boolean[];
  readonly #unhandled: readonly string[];
  readonly #ways: Ways;
  readonly #stamp: Int32Array;
  #time = 0;
  readonly #touched: Int32Array;
  readonly #before: Value[] = [];
  #touchedCount = 0;
  #passed: Passed[] = NONE_PASSED;
  #depth = 0;

  constructor(system: System, told?: ReadonlySet<string>) {
    this.system = system;
    this.#names = [...system.componentNames, ...system.channelNames];
    for (const [slot, name] of this.#names.entries()) this.#slotOf.set(name, slot);
    this.componentCount = system.componentNames.length;
    this.slots = this.#names.length;
    this.machines = system.componentNames.map((name) => quickOf(system.components[name]!.machine));
    this.values = [
      ...system.componentNames.map((name, slot) => {
        const { machine, input } = system.components[name]!;
        return this.machines[slot]!.localOf(initialSnapshot(machine, input));
      }),
      ...system.channelNames.map(() => []),
    ];
    const channels = system.channelNames.map((name) => system.channels![name]!);
    this.#capacity = channels.map(({ capacity }) => capacity);
    this.#loses = channels.map(({ whenFull }) => whenFull === "drop");
    this.#unhandled = channels.map(({ unhandled }) => unhandled);
    this.#ways = new Ways(system, (name) => this.slotOf(name), told);
    this.#stamp = new Int32Array(this.slots);
    this.reads = new Int32Array(this.slots);
    this.#touched = new Int32Array(this.slots);
    for (const action of system.prologue ?? []) {
      const trial =
        action.kind === "event"
          ? this.tryEvent(this.slotOf(action.component), action.event)
          : this.tryDelivery(this.slotOf(action.channel));
      if (!trial) throw new ModelError(`The prologue of "${system.name}" fails at ${JSON.stringify(action)}.`);
      this.make(trial);
    }
    this.#first = [...this.values];
  }

  /** Goes back to the state after the prologue. */
  begin(): void {
    for (let slot = 0; slot < this.slots; slot++) this.values[slot] = this.#first[slot]!;
  }

  slotOf(name: string): number {
    const slot = this.#slotOf.get(name);
    if (slot === undefined) throw new ModelError(`"${name}" is neither a component nor a channel.`);
    return slot;
  }

  nameOf(slot: number): string {
    return this.#names[slot]!;
  }

  local(slot: number): Local {
    return this.values[slot] as Local;
  }

  queue(slot: number): Queue {
    return this.values[slot] as Queue;
  }

  /** False: the component takes no event of the kind (`kindOf` of its machine) in its state. */
  mayTake(slot: number, kind: number): boolean {
    return this.machines[slot]!.mayTake(this.local(slot), kind);
  }

  /** What the event of the component would do, or undefined: it cannot be taken now. Nothing changes. */
  tryEvent(slot: number, event: Message): Trial | undefined {
    this.#begin();
    return this.#ended(this.#run(slot, event, true) === TAKEN, slot, event);
  }

  /** What the delivery of the head of the channel would do, or undefined. */
  tryDelivery(slot: number): Trial | undefined {
    this.#begin();
    this.#read(slot);
    const queue = this.queue(slot);
    const head = queue[0];
    if (!head) return undefined;
    const aim = this.#ways.aimOf(slot - this.componentCount, head.type);
    const known = aim.find(head);
    const to = known >= 0 ? known : this.slotOf(aim.ask(head) as string);
    this.#write(slot, queue.slice(1));
    let taken = this.#run(to, head, true);
    if (taken === NOT_HANDLED) {
      const unhandled = this.#unhandled[slot - this.componentCount]!;
      if (unhandled === "error") this.#fail(to, head, slot);
      if (unhandled === "drop") taken = TAKEN;
      this.#tell(slot, to, "ignored", head, this.#ways.isTold(head.type));
    } else this.#tellFirst(slot, to, head);
    return this.#ended(taken === TAKEN, to, head);
  }

  /** Makes a step that was tried, and nothing that it depends on has changed since. */
  make({ slots, values }: Trial): void {
    for (let k = 0; k < slots.length; k++) this.values[slots[k]!] = values[k]!;
  }

  #chosen: object | undefined;
  readonly #emitted = new Outbox();

  #begin(): void {
    this.#time++;
    this.readCount = 0;
    this.#touchedCount = 0;
    this.#passed = NONE_PASSED;
    this.#depth = 0;
    this.#chosen = undefined;
    this.#emitted.count = 0;
  }

  /** Goes back to before the trial. */
  #ended(isTaken: boolean, taker: number, event: Message): Trial | undefined {
    const count = this.#touchedCount;
    const trial = isTaken
      ? {
          slots: firstOf(this.#touched, count),
          values: heldIn(this.values, this.#touched, count),
          passed: this.#passed,
          taker,
          event,
          chosen: this.#chosen,
        }
      : undefined;
    for (let k = 0; k < count; k++) this.values[this.#touched[k]!] = this.#before[k]!;
    return trial;
  }

  #tell(from: number, to: number, how: Passed["how"], message: Message, isTold: boolean): void {
    if (!isTold) return;
    if (this.#passed === NONE_PASSED) this.#passed = [];
    this.#passed.push({ from, to, how, message });
  }

  #tellFirst(from: number, to: number, message: Message): void {
    if (this.#ways.isTold(message.type)) this.#passed = [{ from, to, how: "delivered", message }, ...this.#passed];
  }

  #read(slot: number): void {
    if (this.#stamp[slot] === this.#time) return;
    this.#stamp[slot] = this.#time;
    this.reads[this.readCount++] = slot;
  }

  #write(slot: number, value: Value): void {
    const old = this.values[slot]!;
    if (old === value) return;
    this.values[slot] = value;
    for (let k = 0; k < this.#touchedCount; k++) if (this.#touched[k] === slot) return;
    this.#before[this.#touchedCount] = old;
    this.#touched[this.#touchedCount++] = slot;
  }

  #run(slot: number, event: Message, isFirst: boolean): number {
    this.#read(slot);
    const machine = this.machines[slot]!;
    const emitted = this.#emitted;
    const from = emitted.count;
    const next = machine.step(this.values[slot] as Local, event, emitted);
    if (next === undefined) return NOT_HANDLED;
    if (isFirst) this.#chosen = machine.chosen;
    this.#write(slot, next);
    const until = emitted.count;
    for (let k = from; k < until; k++) if (!this.#pass(slot, emitted.messages[k]!)) return BLOCKED;
    emitted.count = from;
    return TAKEN;
  }

  /** False: the step is blocked. */
  #pass(sender: number, message: Message): boolean {
    const way = this.#ways.of(sender, message.type);
    const { route, aim } = way;
    const known = aim.find(message);
    if (known >= 0)
      return route.kind === "send" ? this.#send(sender, known, message, way) : this.#call(sender, known, message, way);
    if (known < UNKNOWN) return this.#callEach(sender, aim.listOf(known), message, way);
    return this.#passTo(sender, aim.ask(message), message, way);
  }

  #passTo(sender: number, to: Names, message: Message, way: Way): boolean {
    if (way.route.kind === "send") return this.#send(sender, this.slotOf(to as string), message, way);
    if (typeof to === "string") return this.#call(sender, this.slotOf(to), message, way);
    return this.#callEach(
      sender,
      to.map((name) => this.slotOf(name)),
      message,
      way,
    );
  }

  #callEach(sender: number, to: readonly number[], message: Message, way: Way): boolean {
    for (let k = 0; k < to.length; k++) if (!this.#call(sender, to[k]!, message, way)) return false;
    return true;
  }

  #send(from: number, to: number, message: Message, { isTold }: Way): boolean {
    this.#read(to);
    const queue = this.queue(to);
    const channel = to - this.componentCount;
    const hasRoom = queue.length < this.#capacity[channel]!;
    if (!hasRoom && !this.#loses[channel]!) return false;
    if (hasRoom) this.#write(to, [...queue, message]);
    this.#tell(from, to, hasRoom ? "sent" : "lost", message, isTold);
    return true;
  }

  #call(from: number, to: number, message: Message, { unhandled, isTold }: Way): boolean {
    if (++this.#depth > DEEPEST_CALL)
      throw new ModelError(`Calls nest deeper than ${DEEPEST_CALL} at "${this.nameOf(to)}".`);
    this.#tell(from, to, "call", message, isTold);
    const told = this.#passed.length - 1;
    const taken = this.#run(to, message, false);
    this.#depth--;
    if (taken === TAKEN) return true;
    if (taken === BLOCKED || unhandled === "block") return false;
    if (unhandled === "error") this.#fail(to, message, from);
    if (isTold) this.#passed[told] = { from, to, how: "ignored", message };
    return true;
  }

  #fail(slot: number, event: Message, from: number): never {
    const { place, context } = this.local(slot);
    throw new UnhandledMessage(
      `"${this.nameOf(slot)}" in state "${place.name}" ${JSON.stringify(context)} does not handle ${JSON.stringify(event)} of "${this.nameOf(from)}".`,
    );
  }
}

/** Of a trial that tells of no message. */
const NONE_PASSED: Passed[] = [];
