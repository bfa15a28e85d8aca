/** What designs of the dirty log differ in, and how much of it the study explores. */
import type { KnobTable } from "../../knobs.ts";
import type { DirtyDesign } from "../../machines/linux/vfio/type1/dirty/dirty-container.ts";
import type { LogPinnerRules } from "../../machines/linux/vfio/type1/dirty/log-pinner.ts";
import type { LogUserDesign } from "../../machines/linux/vfio/type1/dirty/log-user.ts";
import { boundsKnobs } from "../bounds.ts";
import { accountingKnobs } from "./accounting-design.ts";

export interface DirtyLogDesign extends DirtyDesign, LogUserDesign {
  readonly name: string;
  readonly writeMarks: LogPinnerRules["writeMarks"];
}

export interface DirtyLogSizes {
  readonly name: string;
  readonly pages: number;
  /** Mappings that the pages are dealt out to. */
  readonly mappings: number;
  /** IOMMU-backed groups that come and go. */
  readonly iommuGroups: number;
  readonly groupDevices: number;
  /** Whether the driver of the first group pins what its device writes. */
  readonly driverPins: boolean;
  readonly mediated: boolean;
  readonly earlyWrites: boolean;
  readonly allocationFails: boolean;
}

const flag = { kind: "flag" } as const;

export const dirtyLogKnobs: KnobTable<DirtyLogDesign> = {
  pinsAt: accountingKnobs.pinsAt,
  fullWhen: {
    id: "D-07",
    values: { kind: "choice", of: ["mapped", "mapped-or-faulting"] },
    sentence: "Which mappings are all dirty while a group may write everything.",
  },
  detachFills: {
    id: "B-06",
    values: flag,
    sentence: "Whether everything is marked when a group that may write everything leaves.",
  },
  narrowFills: {
    id: "VFIO facts 2.5",
    values: flag,
    sentence: "Whether everything is marked when such a group begins to pin (Linux does not).",
  },
  narrows: {
    id: "B-08",
    values: { kind: "choice", of: ["singletons", "any-group"] },
    sentence: "Which groups count as writing pinned pages only, once a driver of them pins.",
  },
  scopeCounts: {
    id: "I-45",
    values: { kind: "choice", of: ["once", "each-pin"] },
    sentence: "Whether such a group is counted out once, or at each pin.",
  },
  startMarks: { id: "I-20", values: flag, sentence: "Whether START marks the pages that are pinned already." },
  pinMarks: { id: "I-20", values: flag, sentence: "Whether a pin marks its page." },
  unpinKeeps: {
    id: "I-20",
    values: flag,
    sentence: "Whether an unpin keeps the mark, so that it is reported once more.",
  },
  getOrder: {
    id: "VFIO facts 2.5",
    values: { kind: "choice", of: ["clear-then-remark", "remark-then-clear", "clear-only", "clear-then-copy"] },
    sentence: "What GET does besides copying, and in which order.",
  },
  unmapReports: { id: "VFIO facts 2.3", values: flag, sentence: "Whether DMA_UNMAP reports before it removes (U3b)." },
  startUnwinds: {
    id: "B-01",
    values: { kind: "choice", of: ["previous", "failed-one"] },
    sentence: "Which bitmaps START frees when it finds no memory.",
  },
  failedStart: {
    id: "I-38",
    values: { kind: "choice", of: ["unlocks", "keeps-lock"] },
    sentence: "Whether START drops the container's lock also when it fails (the pattern of D-04).",
  },
  writeMarks: {
    id: "B-07",
    values: { kind: "choice", of: ["all", "by-length"] },
    sentence: "Which pages of a write across an edge are marked.",
  },
};

export const dirtyLogSizeKnobs: KnobTable<DirtyLogSizes> = {
  pages: boundsKnobs.pages,
  mappings: { id: "bound", values: { kind: "integer", from: 1, to: 3 }, sentence: "Mappings that share the pages." },
  iommuGroups: {
    id: "bound",
    values: { kind: "integer", from: 0, to: 2 },
    sentence: "IOMMU-backed groups that are attached and detached.",
  },
  groupDevices: {
    id: "B-08",
    values: { kind: "integer", from: 1, to: 2 },
    sentence: "Devices of each of these groups; a driver confines the first only.",
  },
  driverPins: {
    id: "row 73",
    values: flag,
    sentence: "Whether the driver of the first group pins what its device writes.",
  },
  mediated: {
    id: "bound",
    values: flag,
    sentence: "Whether a mediated device is there, whose driver pins and writes.",
  },
  earlyWrites: {
    id: "VFIO facts 2.5",
    values: flag,
    sentence: "Whether that device writes anywhere until its driver pins for the first time.",
  },
  allocationFails: { id: "B-01", values: flag, sentence: "Whether START may find no memory." },
};
