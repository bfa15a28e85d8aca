/**
 * One part of Linux 6.12 in a replay: the machines that model it, the operations of a recording that call it, and the
 * words of its messages. It has no rule of Linux: what comes back, and in which order, is the machines' affair.
 */
import type { Json, Message } from "../../../../checker/json.ts";
import type { Component, Route } from "../../../../checker/system.ts";
import type { Transfer } from "../../../../checker/simulation.ts";
import type { FaultParamRules } from "../../../../model/machines/linux/iommu/io-pgfault/6.12/fault-groups.ts";
import type { Drive, Op, Recording } from "../drive.ts";
import type { Tokens } from "./words.ts";

/** What a recording begins with. */
export interface Setting {
  readonly recording: Recording;
  /** Its first operation. */
  readonly init: Op;
  /** The IOMMU group of each device. */
  readonly groups: readonly number[];
  /** The IOPF queues that the recording names. */
  readonly queues: readonly number[];
  readonly departure: Departure;
}

/** Departures from the rules of 6.12, for tests that must see a difference. */
export interface Departure {
  /** Of fault_param. */
  readonly rules?: Partial<FaultParamRules>;
  /** Whether an overflow discards partial faults. */
  readonly discards?: boolean;
}

/** One sequence in progress, as parts see it. */
export interface Run {
  readonly drive: Drive;
  readonly setting: Setting;
  readonly tokens: Tokens;
  /** Says one event of a recording. */
  readonly say: (event: Json) => void;
  /** The message with which the call of this operation has returned. */
  readonly returned: Message | undefined;
  /** Takes the first of the steps that the component can take, and says which; a failure that was ordered is met. */
  readonly step: (component: string, steps: readonly Message[]) => Message | undefined;
  /** Begins a call and lets all threads go on until it returns; says what it returned. */
  readonly call: (component: string, event: Message) => void;
  /** The same, and says nothing of what it returned. */
  readonly begin: (component: string, event: Message) => void;
}

export interface Wiring {
  readonly components: { readonly [name: string]: Component };
  readonly routes: readonly Route[];
  /** The component that handles groups, and which attach handles are its own (`handler` of their domain). */
  readonly handler?: { readonly component: string; readonly takes: (handler: Json) => boolean };
}

export interface Part {
  readonly name: string;
  /** Operations that this part performs. */
  readonly operations: readonly string[];
  /** Whether a recording needs the part; without it, whether it has one of the operations. */
  readonly isNeeded?: (recording: Recording) => boolean;
  readonly wiring: (setting: Setting) => Wiring;
  readonly perform: (op: Op, run: Run) => void;
  /** Lets one of its threads go on while a call is under way; whether one did. */
  readonly goesOn?: (run: Run) => boolean;
  /** What the recording says of a message; undefined: this part knows nothing of it. */
  readonly word?: (transfer: Transfer, run: Run) => Json | undefined;
  /** What the operation `state` lists of it, and where in the list: the lowest `order` first. */
  readonly dump?: { readonly order: number; readonly list: (run: Run) => readonly Json[] };
}
