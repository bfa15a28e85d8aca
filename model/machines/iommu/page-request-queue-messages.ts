/** Context, events and messages of the page request queue; the machine itself is in page-request-queue.ts. */
import type { Device, Instance, Page, PageRequest, Pasid, Prgi, ResponseCode } from "../../units.ts";
import type { Ring } from "./page-request-ring.ts";

export interface PageRequestQueueContext extends Ring {
  readonly enabled: boolean;
  /** The interrupt-pending bit (PRS.PPR, ipsr.pip, PprInt): a record arrived since software cleared it. `level` has none. */
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
  /** Clears overflow and memory fault. Hardware does not check that the queue is empty. */
  | { readonly type: "prq.clears-overflow" }
  | { readonly type: "prq.clears-interrupt" }
  /** AMD: one write clears the pending bit, and with `overflow` that flag too, which does not start the log again. */
  | { readonly type: "prq.clears-status"; readonly overflow: boolean }
  /** A drain reads head, tail, and the slots between them, for records with its PASID. Only with positions. */
  | { readonly type: "prq.searches"; readonly drain: number; readonly pasid: number }
  /** A drain reads the overflow flag. */
  | { readonly type: "prq.reads-overflow"; readonly drain: number }
  /** Requests that the system does not have found the ring full. */
  | { readonly type: "prq.overflows" }
  | { readonly type: "prq.enables" }
  | { readonly type: "prq.disables" }
  /** From now on the slot at the tail cannot be written (`on`), or every slot can. */
  | { readonly type: "prq.faults-memory"; readonly on: boolean }
  /** `lossy` only: hardware sets the pending bit in the cycle in which software clears it, without an interrupt. */
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
  /** Records written and not yet read by software: with one read of the tail, software can read so many. */
  readonly records: number;
  readonly enabled: boolean;
  /** RISC-V pqcsr.pqon. Here a queue is on as soon as it is enabled. */
  readonly on: boolean;
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
  | { readonly type: "prq.seen"; readonly drain: number; readonly present: boolean }
  | { readonly type: "prq.interrupt" }
  | { readonly type: "prq.early-warning" }
  | {
      readonly type: "iotlb.implicit-invalidation";
      readonly device: Device;
      readonly pasid: Pasid;
      readonly page: Page;
    };
