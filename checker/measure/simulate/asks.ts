/** Which patterns may mean a step: told by its name and by the types of the messages that pass in it, and found once for each. */
import { wholeOf, type Pattern } from "../pattern.ts";

/** What is done where the pattern means the step. */
export interface Ask {
  readonly kind: "count" | "begin" | "end";
  /** Of the counts or of the spans. */
  readonly at: number;
  readonly pattern: Pattern;
}

export class Asks {
  /** Of these, in their order. */
  readonly list: readonly Ask[];
  readonly #all: readonly Ask[];
  readonly #types: readonly string[];
  readonly #next = new Map<string, Asks>();

  private constructor(all: readonly Ask[], types: readonly string[]) {
    this.#all = all;
    this.#types = types;
    this.list = all.filter(({ pattern: { message } }) => !message || types.includes(message.type));
  }

  /** Those of all that may mean a step of this name in which no message passes. */
  static about(all: readonly Ask[], name: string): Asks {
    const whole = wholeOf(name);
    const mayMean = ({ step }: Pattern): boolean => step === undefined || step === name || step === whole;
    return new Asks(
      all.filter(({ pattern }) => mayMean(pattern)),
      [],
    );
  }

  /** Where a message of this type passes besides. */
  with(type: string): Asks {
    let next = this.#next.get(type);
    if (next) return next;
    next = this.#types.includes(type) ? this : new Asks(this.#all, [...this.#types, type]);
    this.#next.set(type, next);
    return next;
  }
}
