/** Designs and sizes of the study `nested`: whose fault it is, who hears of it, and how an answer finds its way back. */
import type { Hardware } from "../../hardware/hardware.ts";
import { hardwareKnobs } from "../../hardware/knobs.ts";
import { hostKnobs } from "../../hosts/host.ts";
import type { KnobTable } from "../../knobs.ts";
import type { GuestManner } from "../../machines/guest/guest-fault-handler.ts";
import { boundsKnobs } from "../bounds.ts";

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
  readonly recall: "none" | "in-order" | "overtaking";
  readonly readRollback: boolean;
  readonly strayAnswer: "refused" | "next-in-line";
  readonly teardownRule: "answers-and-drops" | "answers-only";
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

const flag = { kind: "flag" } as const;
const choice = <const Choices extends readonly string[]>(...of: Choices) => ({ kind: "choice", of }) as const;

export const nestedKnobs: KnobTable<NestedDesign> = {
  faultStageVisible: hardwareKnobs.faultStageVisible,
  discardScope: hardwareKnobs.discardScope,
  stages: hardwareKnobs.stages,
  httu: hardwareKnobs.httu,
  marksReadOnly: {
    id: "H29",
    values: flag,
    sentence: "Whether the marks of hardware pass through a mapping of stage 2 that is read-only (an erratum).",
  },
  tableMapping: {
    id: "H29",
    values: choice("writable", "read-only"),
    sentence: "How the host maps the page of the guest's table, until hardware is to write it.",
  },
  delivery: hostKnobs.delivery,
  secondStage: {
    id: "row 11",
    values: choice("pinned", "faulting"),
    sentence: "Whether stage 2 is pinned, or its pages fault as well.",
  },
  stageRule: {
    id: "I-31",
    values: choice("told", "assumed-guest", "undefined"),
    sentence: "Whether the stage is what record or walk say, always the guest's (B-32), or left to chance (D-27).",
  },
  stage2Address: {
    id: "H22",
    values: choice("guest-physical", "input"),
    sentence: "Which address of a stage 2 fault the host resolves.",
  },
  verdictKept: {
    id: "H40",
    values: choice("never", "until-invalidation", "for-ever"),
    sentence: "How long software remembers that the guest's table maps a page; beyond its invalidation is a departure.",
  },
  stageFilter: {
    id: "row 13",
    values: choice("vfio", "iommu-driver"),
    sentence: "Who turns away faults of a stage that nobody asked for.",
  },
  filterUnlocks: { id: "D-03", values: flag, sentence: "Whether the driver's filter drops the lock of the report." },
  handlerPer: {
    id: "row 64",
    values: choice("device", "page-table"),
    sentence: "Whether a device has one fault handler, or each of its page tables.",
  },
  secondEnable: {
    id: "row 45",
    values: choice("updates", "registers", "fixed-order", "inverted-update"),
    sentence:
      "What the second owner of a stage calls: an update, a registration again, an update only of the guest's stage, or one with the guard of D-02.",
  },
  faultRingRecords: {
    id: "row 41",
    values: { kind: "integer", from: 0, to: 4 },
    sentence: "Records that the ring to user space holds; 0: a list without an end.",
  },
  ringLock: {
    id: "B-41",
    values: flag,
    sentence: "Whether the ring to user space is locked before a reporter reads its head.",
  },
  answersBy: {
    id: "I-40",
    values: choice("cookie", "group-index"),
    sentence: "How an answer of user space names the group that it is for.",
  },
  cookieReuse: {
    id: "D10",
    values: choice("unique", "lowest-free"),
    sentence: "Whether the cookie of an answered group is given out again at once.",
  },
  recall: {
    id: "row 57",
    values: choice("none", "in-order", "overtaking"),
    sentence: "Whether partial faults that were handed out are recalled, in order with the requests or beside them.",
  },
  readRollback: { id: "B-29", values: flag, sentence: "Whether a read that fails puts the whole group back." },
  strayAnswer: {
    id: "I-40",
    values: choice("refused", "next-in-line"),
    sentence: "What becomes of an answer for which nothing waits.",
  },
  teardownRule: {
    id: "B-27",
    values: choice("answers-and-drops", "answers-only"),
    sentence: "Whether a teardown takes the groups that it answers out of user space's reach.",
  },
  refusedAnswer: {
    id: "B-42",
    values: choice("told", "ignored"),
    sentence: "Whether the VMM hears that an answer was refused, and then answers Invalid.",
  },
  virtualOverflow: {
    id: "VFIO facts 5.4",
    values: choice("answered", "ignored"),
    sentence: "Whether the VMM passes on what an overflowing virtual queue answers by itself.",
  },
  indexReuse: {
    id: "VFIO facts 5.4",
    values: choice("held-back", "injected"),
    sentence: "Whether the VMM holds a group back while the guest owes an answer for an earlier use of its index.",
  },
  viommuKind: {
    id: "row 61",
    values: choice("vtd", "virtio"),
    sentence: "Whether the guest sees a page request queue, or a queue of events.",
  },
  guestManner: {
    id: "I-40",
    values: choice("once", "twice", "unknown", "bad-code"),
    sentence: "How the guest answers: as it should, twice, also for an index not in use, or with a code that is none.",
  },
};

export const nestedSizeKnobs: KnobTable<NestedSizes> = {
  slots: boundsKnobs.slots,
  pages: boundsKnobs.pages,
  itemPages: boundsKnobs.itemPages,
  instances: boundsKnobs.instances,
  reporters: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 2 },
    sentence: "Devices, each with a thread that reports its faults; all faults go into one queue to user space.",
  },
  physicalEntries: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 8 },
    sentence: "Usable slots of the page request queue.",
  },
  virtualEntries: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 8 },
    sentence: "Requests that the guest's virtual queue holds.",
  },
  guestTeardowns: {
    id: "bound",
    values: { kind: "integer", from: 0, to: 3 },
    sentence: "Detaches, replacements and resets that may come.",
  },
  guestUnmaps: {
    id: "bound",
    values: { kind: "integer", from: 0, to: 3 },
    sentence: "How often the guest may unmap a page, if stageChanges does not let it for ever.",
  },
  stageChanges: { id: "bound", values: flag, sentence: "Whether guest and host unmap what they mapped." },
  tableFaults: { id: "bound", values: flag, sentence: "Whether stage 2 may lack the page of the guest's table (N2)." },
  stageEnabling: { id: "bound", values: flag, sentence: "Whether the two stages are enabled while the device works." },
  readFailures: { id: "bound", values: flag, sentence: "Whether copying a group to user space may fail." },
};
