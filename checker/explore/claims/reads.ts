/**
 * What a predicate reads of a state. It is asked over copies whose fields tell when they are read; what was not read cannot
 * have made a difference to the answer.
 */
import type { Json } from "../../json.ts";
import type { Core } from "../../kernel/core.ts";
import { stateName } from "../../kernel/step.ts";
import type { Source } from "./instances.ts";
import type { Orbits } from "../symmetry/orbits.ts";
import { sourceOf } from "./core-source.ts";

/** A field of what a slot holds, in the state itself (exchange 0) or with values exchanged; no keys: all that it holds. */
export interface Path {
  readonly exchange: number;
  readonly keys: readonly string[];
  /** Both in one word. */
  readonly text: string;
}

const STATE = "state";
const CONTEXT = "context";
const MESSAGES = "messages";
const SEPARATOR = "\u0000";

const pathOf = (exchange: number, ...keys: readonly string[]): Path => ({
  exchange,
  keys,
  text: [exchange, ...keys].join(SEPARATOR),
});

const inside = ({ exchange, keys, text }: Path, key: string): Path => ({
  exchange,
  keys: [...keys, key],
  text: text + SEPARATOR + key,
});

/** What a core knows under its numbers, also with values exchanged. */
export class Held {
  readonly core: Core;
  orbits: Orbits | undefined;

  constructor(core: Core, orbits?: Orbits) {
    this.core = core;
    this.orbits = orbits;
  }

  /** What reading the path shows: a value, or of a list its length, of a record its fields. */
  shownAt(slot: number, number: number, { exchange, keys }: Path): string {
    const [there, image] = this.underExchange(exchange, slot, number);
    if (keys.length === 0) return String(image);
    let value: unknown = this.valueOf(there, image, keys[0]!);
    for (const key of keys.slice(1)) {
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return "-";
      value = (value as Record<string, unknown>)[key];
    }
    if (Array.isArray(value)) return `[${value.length}`;
    if (typeof value === "object" && value !== null) return `{${Object.keys(value).join(SEPARATOR)}`;
    return `${typeof value} ${String(value)}`;
  }

  /** Slot and number that take the place of these. */
  underExchange(exchange: number, slot: number, number: number): readonly [slot: number, number: number] {
    if (exchange === 0) return [slot, number];
    const { exchanges } = this.orbits!;
    return [exchanges[exchange]!.slots[slot]!, this.orbits!.imageOf(exchange, slot, number)];
  }

  valueOf(slot: number, number: number, part: string): Json {
    if (part === MESSAGES) return this.core.messagesOf(slot, number);
    const { value, context } = this.core.locals[slot]!.values[number]!;
    return part === STATE ? stateName(value) : (context as Json);
  }
}

export class Reads {
  readonly held: Held;
  /** The slots read, in the order of the first look at each. */
  readonly slots: number[] = [];
  /** For each slot read: the paths, by their text. */
  readonly paths = new Map<number, Map<string, Path>>();
  vector: Int32Array = new Int32Array(0);

  constructor(held: Held) {
    this.held = held;
  }

  begin(vector: Int32Array): void {
    this.vector = vector;
    this.slots.length = 0;
    this.paths.clear();
  }

  /** The state with the exchange done, as a predicate sees it; what is read of it is written down. */
  source(exchange: number): Source {
    return {
      component: (name) => {
        const [slot, there, number] = this.#find(exchange, name);
        const part = (key: string) => this.#watched(this.held.valueOf(there, number, key), pathOf(exchange, key), slot);
        let context: unknown;
        return {
          name,
          get state() {
            return part(STATE) as string;
          },
          get context() {
            return (context ??= part(CONTEXT)) as Record<string, Json>;
          },
        };
      },
      channel: (name) => {
        const [slot, there, number] = this.#find(exchange, name);
        return this.#watched(this.held.valueOf(there, number, MESSAGES), pathOf(exchange, MESSAGES), slot) as never;
      },
    };
  }

  /** The same state, not watched: all that these components and channels hold counts as read. */
  whole(exchange: number, names: readonly string[]): Source {
    const vector = new Int32Array(this.held.core.slots);
    for (const name of names) {
      const [slot, there, number] = this.#find(exchange, name);
      vector[there] = number;
      this.#read(slot, pathOf(exchange));
    }
    return sourceOf(this.held.core, vector);
  }

  /** The slot of the state that the exchange puts in the place of `name`, and slot and number after the exchange. */
  #find(exchange: number, name: string): readonly [slot: number, there: number, number: number] {
    const { core, orbits } = this.held;
    const there = core.slotOf(name);
    const slot = exchange === 0 ? there : orbits!.sourceOf(exchange, there);
    return [slot, ...this.held.underExchange(exchange, slot, this.vector[slot]!)];
  }

  #read(slot: number, path: Path): void {
    let paths = this.paths.get(slot);
    if (!paths) {
      this.slots.push(slot);
      this.paths.set(slot, (paths = new Map<string, Path>()));
    }
    paths.set(path.text, path);
  }

  #watched(value: Json, path: Path, slot: number): Json {
    this.#read(slot, path);
    if (typeof value !== "object" || value === null) return value;
    const copy = (Array.isArray(value) ? new Array<unknown>(value.length) : {}) as Copy;
    for (const key of Object.keys(value)) copy[key] = UNSEEN;
    const look = (key: string): Json => this.#watched((value as Record<string, Json>)[key]!, inside(path, key), slot);
    return new Proxy(copy, new Watch(look)) as Json;
  }
}

type Copy = Record<PropertyKey, unknown>;

/** In the place of an entry that was not looked at yet. */
const UNSEEN = Symbol("unseen");

/** Tells the first look at each entry of a copy. Length and keys are known to whoever has the copy; nothing can be written. */
class Watch implements ProxyHandler<Copy> {
  readonly #look: (key: string) => Json;

  constructor(look: (key: string) => Json) {
    this.#look = look;
  }

  get(copy: Copy, key: PropertyKey): unknown {
    const known = copy[key];
    return known === UNSEEN ? (copy[key] = this.#look(key as string)) : known;
  }

  /** Its value is looked at by who calls the getter, and not by who asks for keys. */
  getOwnPropertyDescriptor(copy: Copy, key: PropertyKey): PropertyDescriptor | undefined {
    const own = Reflect.getOwnPropertyDescriptor(copy, key);
    if (own?.configurable !== true) return own;
    return { enumerable: true, configurable: true, get: () => this.get(copy, key) };
  }

  set(): boolean {
    return false;
  }

  defineProperty(): boolean {
    return false;
  }

  deleteProperty(): boolean {
    return false;
  }

  setPrototypeOf(): boolean {
    return false;
  }

  preventExtensions(): boolean {
    return false;
  }
}
