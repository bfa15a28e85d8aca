/**
 * One part of Linux 6.12 in a replay: the machines that model it, the operations of a recording that call it, and the
 * words of its messages. It has no rule of Linux: what comes back, and in which order, is the machines' affair.
 */
import type { Json, Message } from "../../../../checker/json.ts";
import type { Component, Route } from "../../../../checker/system.ts";
import type { Transfer } from "../../../../checker/simulation.ts";
import type { CoreNeighbours } from "../../../../model/systems/iopf-core-6.12.ts";
import type { VtdDefects } from "../../../../model/systems/vtd-page-requests.ts";
import type { FaultParamRules } from "../../../../model/machines/linux/iommu/io-pgfault/6.12/fault-groups.ts";
import type { ResolutionRules } from "../../../../model/machines/linux/iommu/iommu-sva/address-spaces.ts";
import type { SvaBondsRules } from "../../../../model/machines/linux/iommu/iommu-sva/sva-bonds-messages.ts";
import type { SvaHandlerRules } from "../../../../model/machines/linux/iommu/iommu-sva/sva-handler.ts";
import type { Drive, Op, Recording } from "../drive.ts";
import type { IommufdRules } from "./iommufd-system.ts";
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
  /** Of VT-d's page request thread and its drain. */
  readonly vtd?: VtdDefects;
  /** Machines in the place of others, by component. */
  readonly replaced?: { readonly [component: string]: Component };
  /** Of the handling of one fault in the memory of a process. */
  readonly resolution?: Partial<ResolutionRules>;
  /** Of the SVA fault handler. */
  readonly sva?: Partial<SvaHandlerRules>;
  /** Of bind and unbind. */
  readonly bonds?: Partial<SvaBondsRules>;
  /** Of iommufd. */
  readonly iommufd?: Partial<IommufdRules>;
  /** Puts another component in the place of one, which shows that its rule is looked at. */
  readonly meddles?: (component: Component) => Component;
}

/** One sequence in progress, as parts see it. */
export interface Run {
  readonly drive: Drive;
  readonly setting: Setting;
  readonly tokens: Tokens;
  /** Says one event of a recording. */
  readonly say: (event: Json) => void;
  /** What this operation says from here on is the harness's own statement, and no agreement; responses are the kernel's. */
  readonly restate: (what: string) => void;
  /** The message with which the call of this operation has returned. */
  readonly returned: Message | undefined;
  /** Takes the first of the steps that the component can take, and says which; a failure that was ordered is met. */
  readonly step: (component: string, steps: readonly Message[]) => Message | undefined;
  /**
   * Begins a call and lets all threads go on until it returns; says what it returned. `by` is the type of the message with
   * which it returns, where others may return meanwhile.
   */
  readonly call: (component: string, event: Message, by?: string) => void;
  /** The same, and says nothing of what it returned. */
  readonly begin: (component: string, event: Message, by?: string) => void;
  /** Lets all threads go on until the work of the component is over. */
  readonly goOn: (component: string, isOver: () => boolean) => void;
}

/** A component that handles groups. */
export interface Handler {
  readonly component: string;
  /** Which attach handles are its own, by `handler` of their domain. */
  readonly takes: (handler: Json) => boolean;
  /** Whether it is told that its work is queued. */
  readonly hearsOfWork?: boolean;
}

export interface Wiring {
  readonly components: { readonly [name: string]: Component };
  readonly routes: readonly Route[];
  /** Who is around the core, where it is not the outside. */
  readonly around?: Partial<CoreNeighbours>;
  /** Who reports faults to the core. */
  readonly reports?: readonly string[];
  readonly handler?: Handler;
  /** Who else hears that a device was added to an IOPF queue, or was refused. */
  readonly attachers?: (message: Message) => readonly string[];
  /** Who points to attach handles, besides the handler. */
  readonly holders?: readonly string[];
}

export interface Part {
  readonly name: string;
  /** Operations that this part performs. */
  readonly operations: readonly string[];
  /** Whether a recording needs the part; without it, whether it has one of the operations. */
  readonly isNeeded?: (recording: Recording) => boolean;
  /** IOPF queues that it has besides those that the recording names. */
  readonly queues?: readonly number[];
  readonly wiring: (setting: Setting) => Wiring;
  readonly perform: (op: Op, run: Run) => void;
  /** Lets one of its threads go on while a call is under way; whether one did. */
  readonly goesOn?: (run: Run) => boolean;
  /** What the recording says of a message; undefined: this part knows nothing of it. */
  readonly word?: (transfer: Transfer, run: Run) => Json | undefined;
  /** What the operation `state` lists of it, and where in the list: the lowest `order` first. */
  readonly dump?: { readonly order: number; readonly list: (run: Run) => readonly Json[] };
}
