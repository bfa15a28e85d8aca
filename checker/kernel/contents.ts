/** What one channel holds, as small numbers: the same messages in the same order get the same number; 0 is empty. */
import { Interner } from "./intern.ts";

export interface Content {
  /** Numbers of messages, head first. */
  readonly messages: readonly number[];
}

/** A content, and a message pushed onto one, as they are remembered, roughly. */
const CONTENT_BYTES = 200;
const PUSH_BYTES = 40;

/** Numbers of messages are below this. */
export const MOST_MESSAGES = 65_536;

export class Contents {
  readonly #interner = new Interner<Content>();
  readonly #capacity: number;
  /** Content and message to the content after the push, or -1. */
  readonly #pushed = new Map<number, number>();
  readonly #popped: number[] = [0];

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#interner.id("", () => ({ messages: [] }));
  }

  get values(): readonly Content[] {
    return this.#interner.values;
  }

  get size(): number {
    return this.#interner.size;
  }

  get bytes(): number {
    return CONTENT_BYTES * this.size + PUSH_BYTES * this.#pushed.size;
  }

  /** The message that is delivered next; there is one. */
  head(content: number): number {
    return this.#interner.values[content]!.messages[0]!;
  }

  /** The content without its head. */
  popped(content: number): number {
    return this.#popped[content]!;
  }

  /** The content with one more message at its end, or -1 when it does not fit. */
  pushed(content: number, message: number): number {
    const key = content * MOST_MESSAGES + message;
    const known = this.#pushed.get(key);
    if (known !== undefined) return known;
    const { messages } = this.#interner.values[content]!;
    const next = messages.length < this.#capacity ? this.id([...messages, message]) : -1;
    this.#pushed.set(key, next);
    return next;
  }

  id(messages: readonly number[]): number {
    const known = this.size;
    const id = this.#interner.id(messages.join(","), () => ({ messages }));
    if (id === known) {
      this.#popped[id] = 0;
      this.#popped[id] = this.id(messages.slice(1));
    }
    return id;
  }
}
