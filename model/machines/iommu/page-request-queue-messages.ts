/** What the page-request queue remembers, hears and says; the machine itself is in page-request-queue.ts. */
import type { Device, Instance, Page, PageRequest, Pasid, Prgi, ResponseCode } from "../../units.ts";
import type { Ring } from "./page-request-ring.ts";

export interface PageRequestQueueContext extends Ring {
  readonly enabled: boolean;
  /** The interrupt-pending bit: a record arrived since software cleared it (PRS.PPR, ipsr.pip, PprInt); `level` has none. */
  readonly pending: boolean;
  /** Configured devices, by number; null when every device may send page requests. */
  readonly devices: readonly DeviceConfiguration[] | null;
}

export type DeviceConfiguration = {
  readonly device: Device;
  readonly pri: boolean;
  /** PRG Response PASID Required: responses to this device carry the PASID. */
  readonly prpr: boolean;
};

export type PageRequestQueueEvent =
  | ({ readonly type: "pri.request" } & PageRequest)
  /** Software reads the record at the head; it writes the head register as `headAdvance` says. */
  | { readonly type: "prq.pops" }
  | { readonly type: "prq.publishes-head" }
  | { readonly type: "prq.reads-registers" }
  /** Clears overflow and memory fault. Nothing checks that the queue is empty. */
  | { readonly type: "prq.clears-overflow" }
  | { readonly type: "prq.clears-interrupt" }
  | { readonly type: "prq.enables" }
  | { readonly type: "prq.disables" }
  /** The slot at the tail cannot be written from now on, or all can again. */
  | { readonly type: "prq.faults-memory"; readonly on: boolean }
  /** Only `lossy`: hardware sets the pending bit in the cycle in which software clears it, and does not interrupt. */
  | { readonly type: "prq.loses-interrupt" }
  | ({ readonly type: "prq.configures-device" } & DeviceConfiguration);

export type AutomaticPageResponse = {
  readonly type: "pri.response";
  readonly device: Device;
  readonly pasid: Pasid;
  readonly prgi: Prgi;
  readonly code: ResponseCode;
  readonly by: "hardware";
  /** Ghost: of the request that it answers. */
  readonly instance: Instance;
  readonly data?: number;
};

type PageRequestQueueRegisters = {
  readonly type: "prq.registers";
  /** Head register equal to tail register. */
  readonly empty: boolean;
  /** Records written and not yet read by software: what a snapshot of the tail lets software read. */
  readonly records: number;
  readonly enabled: boolean;
  readonly overflow: boolean;
  readonly memoryFault: boolean;
  readonly pending: boolean;
  /** 0 without positions. */
  readonly head: number;
  readonly tail: number;
};

export type PageRequestQueueEmitted =
  | AutomaticPageResponse
  | ({ readonly type: "prq.record" } & PageRequest)
  | { readonly type: "prq.empty" }
  | PageRequestQueueRegisters
  | { readonly type: "prq.interrupt" }
  | { readonly type: "prq.early-warning" }
  | {
      readonly type: "iotlb.implicit-invalidation";
      readonly device: Device;
      readonly pasid: Pasid;
      readonly page: Page;
    };
