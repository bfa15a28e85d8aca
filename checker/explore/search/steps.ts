/** How a search takes the steps of a state, and what it lends to whoever takes them. */
import type { Core } from "../../kernel/core.ts";
import type { Batch } from "../states/batch.ts";
import type { Layout } from "../states/layout.ts";
import type { Orbits } from "../symmetry/orbits.ts";

export interface Steps {
  /** Takes all steps of the state that is expanded, and hands on where they lead; gives their number. */
  readonly takeAll: (state: number) => number;
  /** Bytes of what is remembered of steps. */
  readonly bytes: number;
  /** How many of the steps that are remembered were taken again from a second state. */
  readonly confirmed: number;
}

export interface Expanding {
  readonly core: Core;
  readonly layout: Layout;
  readonly orbits: Orbits | undefined;
  /** The words of the state that is expanded. */
  readonly packed: Int32Array;
  /** A successor is written behind those that it holds. */
  readonly batch: Batch;
  readonly vectorOf: (state: number, into: Int32Array) => Int32Array;
  /** Whether the state written at `at` was met lately, so that nothing new would come of it. */
  readonly wasMet: (at: number, hash: number) => boolean;
  /** Keeps what was written behind the batch as a successor. */
  readonly keep: (hash: number, state: number, action: number, touched: number, orbit: number) => void;
  /** A slot outgrew its bits; `current` is the state that is expanded. */
  readonly widen: (current: Int32Array) => void;
}
