/**
 * Where the messages of one way go, remembered by the fields that decided it. A route is asked with a message that tells which
 * fields are read; what it answers holds for every message that has the same numbers in them. The rule stays in the route.
 */
import type { Message } from "../json.ts";

export type Names = string | readonly string[];

/** Numbers from here on are not remembered. */
const MOST = 65_536;
/** Fields that are told apart. */
const MOST_FIELDS = 2;
/** No place is known. */
export const UNKNOWN = -1;

type Find = (message: Message) => number;

const nowhere: Find = () => UNKNOWN;

export class Aim {
  /** Where the message goes: a slot, or `UNKNOWN` (`ask` tells), or less (`listOf` tells). */
  find: Find = nowhere;
  readonly #ask: (message: Message) => Names;
  readonly #slotOf: (name: string) => number;
  readonly #fields: string[] = [];
  #rows: number[][] = [];
  /** Where one field decides, and it is a text. */
  #named = new Map<string, number>();
  readonly #lists: (readonly number[])[] = [];
  #isOpen = true;

  /** `ask` looks at the message alone. */
  constructor(ask: (message: Message) => Names, slotOf: (name: string) => number) {
    this.#ask = ask;
    this.#slotOf = slotOf;
  }

  /** What is not known yet. */
  ask(message: Message): Names {
    if (!this.#isOpen) return this.#ask(message);
    const read = new Set<string>();
    const to = this.#ask(this.#watched(message, read));
    read.delete("type");
    const added = [...read].filter((field) => !this.#fields.includes(field));
    if (this.#fields.length + added.length > MOST_FIELDS) this.#close();
    if (!this.#isOpen) return to;
    if (added.length > 0 || this.find === nowhere) this.#tellApart(added);
    const [one, other] = [0, 1].map((k) => (k < this.#fields.length ? message[this.#fields[k]!] : 0));
    if (isPlace(one) && isPlace(other)) (this.#rows[one] ??= [])[other] = this.#numberOf(to);
    else if (typeof one === "string" && this.#fields.length === 1) this.#named.set(one, this.#numberOf(to));
    return to;
  }

  /** The slots of a number below `UNKNOWN`. */
  listOf(number: number): readonly number[] {
    return this.#lists[UNKNOWN - 1 - number]!;
  }

  #numberOf(to: Names): number {
    if (typeof to === "string") return this.#slotOf(to);
    return UNKNOWN - this.#lists.push(to.map(this.#slotOf));
  }

  /** Types are told apart by the way. */
  #watched(message: Message, read: Set<string>): Message {
    const closes = (): void => this.#close();
    return new Proxy(message, {
      get(of, field) {
        if (typeof field === "string") read.add(field);
        else closes();
        return Reflect.get(of, field) as unknown;
      },
      has(of, field) {
        closes();
        return Reflect.has(of, field);
      },
      ownKeys(of) {
        closes();
        return Reflect.ownKeys(of);
      },
      getOwnPropertyDescriptor(of, field) {
        closes();
        return Reflect.getOwnPropertyDescriptor(of, field);
      },
    });
  }

  #close(): void {
    this.#isOpen = false;
    this.find = nowhere;
  }

  /** What is remembered was decided by fewer fields, and is forgotten. */
  #tellApart(added: readonly string[]): void {
    this.#fields.push(...added);
    this.#rows = [];
    this.#named = new Map();
    const [one = "0", other = "0"] = this.#fields.map((field) => `message[${JSON.stringify(field)}]`);
    // oxlint-disable-next-line no-implied-eval -- the text is made of names of fields, each quoted
    this.find = new Function(
      "rows",
      "named",
      `return (message) => {
        const one = ${one};
        const other = ${other};
        if (typeof one === "string"${this.#fields.length === 1 ? "" : " && false"}) return named.get(one) ?? ${UNKNOWN};
        if (typeof one !== "number" || typeof other !== "number") return ${UNKNOWN};
        const row = rows[one];
        return row === undefined ? ${UNKNOWN} : (row[other] ?? ${UNKNOWN});
      };`,
    )(this.#rows, this.#named) as Find;
  }
}

const isPlace = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value < MOST;
