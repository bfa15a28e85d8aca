/** What a simulation is asked, how it is run, and what one replication comes to. */
import type { Counted } from "../counted.ts";
import type { Level } from "../level.ts";
import type { Pattern } from "../pattern.ts";

/** The time from a step to a later one: how long a DMA waits. */
export interface Span {
  readonly label: string;
  readonly from: readonly Pattern[];
  readonly to: readonly Pattern[];
  /**
   * Which end belongs to which beginning. "component": the first one of the same component. "order": the next one, where all
   * go through in the order in which they come. "sender": who sends the message that begins it receives the one that ends
   * it, and what it sends in between belongs to it. "receiver": who receives both, and a new beginning takes the place of one
   * that has no end. Where a step without a message is meant, its component stands for sender and receiver.
   */
  readonly by: "component" | "order" | "sender" | "receiver";
  /** Only steps end it that leave their component in this state: "idle". */
  readonly into?: string;
}

/** What is asked. */
export interface Questions {
  /** What counts as a finished piece of work. */
  readonly work: Counted;
  readonly counted?: readonly Counted[];
  readonly spans?: readonly Span[];
  readonly levels?: readonly Level[];
}

/** How long a replication is measured: nanoseconds, until so many pieces of work are finished, or so many steps. */
export type Length = { readonly ns: number } | { readonly pieces: number } | { readonly steps: number };

export interface SimulationOptions {
  /** A whole number. */
  readonly seed: number;
  readonly replications: number;
  /** The beginning of each replication that counts for nothing: nanoseconds, or steps. */
  readonly warmUp: number | { readonly steps: number };
  /** How long each one is measured after that. */
  readonly length: Length;
  /** Of the intervals: 0.99. */
  readonly confidence: number;
}

/** What one replication came to. */
export interface Replication {
  readonly steps: number;
  /** Measured nanoseconds. */
  readonly ns: number;
  /** No step was possible any more, so that the end was not reached. */
  readonly stopped: boolean;
  readonly work: number;
  /** The first half of what is measured, in time or in steps as the length says: how long it was, and the work in it. */
  readonly firstHalf: { readonly ns: number; readonly work: number };
  readonly counts: readonly number[];
  readonly waits: readonly {
    readonly count: number;
    readonly mean: number;
    readonly p50: number;
    readonly p99: number;
    readonly most: number;
  }[];
  /** By level: the share of the time that it had each value. */
  readonly levels: readonly (readonly (readonly [value: number, share: number])[])[];
}
