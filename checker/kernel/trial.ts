/** What a step would do, when it was tried. */
import type { Message } from "../json.ts";
import type { Local } from "./quick-nodes.ts";

export type Queue = readonly Message[];
export type Value = Local | Queue;

/** How a message travelled within a step; numbers are slots. */
export interface Passed {
  readonly from: number;
  readonly to: number;
  readonly how: "call" | "sent" | "delivered" | "lost" | "ignored";
  readonly message: Message;
}

/** What a step would do. */
export interface Trial {
  /** The slots that it changes, and what they hold after it. */
  readonly slots: readonly number[];
  readonly values: readonly Value[];
  readonly passed: readonly Passed[];
  /** The component that takes the step, and the event that it takes. */
  readonly taker: number;
  readonly event: Message;
  /** The transition that the component chose. */
  readonly chosen: object | undefined;
}

/** What the first `count` slots of the list hold now: a list of just as many, for one that grows has room for many more. */
export function heldIn<T>(values: readonly T[], touched: Int32Array, count: number): readonly T[] {
  const held = new Array<T>(count);
  for (let k = 0; k < count; k++) held[k] = values[touched[k]!]!;
  return held;
}

/** The first `count` numbers of the list. */
export function firstOf(touched: Int32Array, count: number): readonly number[] {
  const first = new Array<number>(count);
  for (let k = 0; k < count; k++) first[k] = touched[k]!;
  return first;
}
