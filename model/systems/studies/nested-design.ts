/** Designs and sizes of the focused model `nested`: whose fault it is, who hears of it, and how a response reaches the device. */
import type { Hardware } from "../../hardware/hardware.ts";
import type { GuestManner } from "../../machines/guest/guest-fault-handler.ts";
import type { GuestFaultQueueRules } from "../../machines/linux/vfio/iopf/nested/guest-fault-queue-context.ts";

export interface NestedDesign {
  readonly name: string;
  readonly faultStageVisible: boolean;
  readonly discardScope: "none" | "queue";
  readonly stages: Hardware["stages"];
  readonly httu: Hardware["httu"];
  readonly marksReadOnly: boolean;
  /** How the host maps the guest's table. */
  readonly tableMapping: "writable" | "read-only";
  readonly delivery: "per-request" | "whole-group";
  /** Whether stage 2 faults, or everything in it is pinned. */
  readonly secondStage: "pinned" | "faulting";
  readonly stageRule: "told" | "assumed-guest" | "undefined";
  readonly stage2Address: "guest-physical" | "input";
  readonly verdictKept: "never" | "until-invalidation" | "for-ever";
  readonly stageFilter: "vfio" | "iommu-driver";
  readonly filterUnlocks: boolean;
  readonly handlerPer: "device" | "page-table";
  readonly secondEnable: "updates" | "registers" | "fixed-order" | "inverted-update";
  readonly faultRingRecords: number;
  readonly ringLock: boolean;
  readonly answersBy: "cookie" | "group-index";
  readonly cookieReuse: "unique" | "lowest-free";
  readonly recall: "none" | "in-order" | "after-refusals" | "overtaking";
  readonly readRollback: boolean;
  readonly strayAnswer: "refused" | "next-in-line";
  readonly teardownRule: "answers-and-drops" | "answers-only";
  readonly groupTimeout: GuestFaultQueueRules["groupTimeout"];
  readonly refusedAnswer: "told" | "ignored";
  readonly virtualOverflow: "answered" | "ignored";
  readonly indexReuse: "held-back" | "injected";
  readonly viommuKind: "vtd" | "virtio";
  readonly guestManner: GuestManner;
}

export interface NestedSizes {
  readonly name: string;
  readonly slots: number;
  readonly pages: number;
  readonly itemPages: number;
  readonly instances: number;
  /** Devices with an event thread and a lock of the report each, that share the queue to user space. */
  readonly reporters: number;
  /** Usable slots of the physical page request queue; an overflow needs groups that do not fit. */
  readonly physicalEntries: number;
  readonly virtualEntries: number;
  readonly guestTeardowns: number;
  /** Whether guest and host take pages away again. */
  readonly stageChanges: boolean;
  /** How often the guest may unmap a page, where it may not do so for ever. */
  readonly guestUnmaps: number;
  readonly tableFaults: boolean;
  /** Whether the stages are enabled in the run; otherwise both are from the beginning. */
  readonly stageEnabling: boolean;
  /** Whether copying to user space may fail. */
  readonly readFailures: boolean;
}
