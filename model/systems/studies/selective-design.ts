/** What two designs of selective faulting can differ in, and what follows from a design. */
import { hostKnobs } from "../../hosts/host.ts";
import type { KnobTable } from "../../knobs.ts";
import type { FaultTolerance } from "../../machines/device/ring-queue.ts";
import type { PROGRAMS, STOPS } from "../../machines/linux/vfio/iopf/selective/mediator.ts";
import { boundsKnobs } from "../bounds.ts";
import { accountingSizeKnobs } from "./accounting-design.ts";

export interface SelectiveDesign {
  readonly name: string;
  /** Rows 35-37, 51, 52: the truth about the device, which software cannot read. */
  readonly faultTolerance: FaultTolerance;
  /** Rows 35, 38, 49: where software's belief comes from. */
  readonly knowledge: "table" | "pf-hint" | "feature-bit";
  readonly tableEntry: "right" | "claims-all" | "missing";
  readonly beforeHint: "static" | "faultable";
  /** Row 48: whether devices that tolerate only some faults get any. */
  readonly selectivePhase: boolean;
  /** Row 39: where the mediator is. */
  readonly mediatorPlace: "none" | "pci-core-extension" | "mdev-wrapper";
  readonly registerPath: "trapped" | "also-mapped";
  /** Rows 66-68, D-19: what a pinned page is to faults. */
  readonly pinScope: "not-faultable" | "not-faultable-literal" | "faultable" | "only-faultable";
  /** M12, M13: what the driver hands to the pin API. */
  readonly pinsWhat: "rings" | "buffers";
  /** Rows 71, 72, D-20. */
  readonly pinApi: "pins-only" | "pins-and-maps";
  readonly pinCharges: boolean;
  /** I-24. */
  readonly ringOrder: keyof typeof PROGRAMS;
  readonly lockdownRefused: "refuses-write" | "forwards-anyway";
  /** I-19. */
  readonly lockdownOverLimit: "evict" | "refuse";
  readonly lockdownUndo: "complete" | "keeps-pages-so-far" | "keeps-refused-pin" | "keeps-after-rejection";
  /** D-21. */
  readonly unpinLoop: "complete" | "may-end-early";
  /** I-25, I-38. */
  readonly ringStop: keyof typeof STOPS;
  /** I-08. */
  readonly sharedRingPages: "counted" | "uncounted";
  /** I-17. */
  readonly evictsPinned: boolean;
  /** I-16, B-25, B-26. */
  readonly unmapCallback: "stops-queue" | "ignored";
  readonly unmapWhilePinned: "retries" | "removes-anyway";
  readonly ringsDuringUnmap: "refused" | "admitted";
  /** Row 44. */
  readonly iommuFilter: "none" | "by-device";
  /** I-21, B-43. */
  readonly guestDiscards: "never" | "coordinated" | "uncoordinated";
  readonly limit: number;
}

export interface SelectiveSizes {
  readonly name: string;
  readonly pages: number;
  readonly rings: number;
  /** Pages of one ring. */
  readonly ringPages: number;
  /** Places where a ring may lie: from page 0 on. */
  readonly ringPlaces: number;
  readonly unmaps: boolean;
  readonly reclaims: boolean;
  /** Whether a device may reject a register write. */
  readonly rejects: boolean;
  /** As in the study of accounts. */
  readonly retryBound: number;
}

const flag = { kind: "flag" } as const;

export const selectiveKnobs: KnobTable<SelectiveDesign> = {
  faultTolerance: {
    id: "rows 35-37, 51",
    values: { kind: "choice", of: ["none", "some", "all"] },
    sentence: "The truth, hidden from software: which accesses of the device tolerate a fault (some: only buffers).",
  },
  knowledge: {
    id: "rows 35, 38, 49",
    values: { kind: "choice", of: ["table", "pf-hint", "feature-bit"] },
    sentence: "Where the belief about the device comes from; the feature bit alone reads as all.",
  },
  tableEntry: {
    id: "row 38",
    values: { kind: "choice", of: ["right", "claims-all", "missing"] },
    sentence: "The entry of the opt-in table; without one everything is pinned at once.",
  },
  beforeHint: {
    id: "row 49",
    values: { kind: "choice", of: ["static", "faultable"] },
    sentence: "What holds until the PF driver's hint comes, if it comes: everything pinned, or everything faultable.",
  },
  selectivePhase: {
    id: "row 48",
    values: flag,
    sentence: "Whether devices that tolerate only some faults get any; otherwise only fully tolerant ones do.",
  },
  mediatorPlace: {
    id: "row 39",
    values: { kind: "choice", of: ["none", "pci-core-extension", "mdev-wrapper"] },
    sentence: "Where the driver sits that knows the rings.",
  },
  registerPath: {
    id: "VFIO 3.1",
    values: { kind: "choice", of: ["trapped", "also-mapped"] },
    sentence: "Whether the guest also reaches the ring register by a way that nobody traps.",
  },
  pinScope: {
    id: "rows 66-68",
    values: { kind: "choice", of: ["not-faultable", "not-faultable-literal", "faultable", "only-faultable"] },
    sentence: "What pinned pages are to faults: reading B, B without a look at the mapping, A, and what RFC v3 coded.",
  },
  pinsWhat: {
    id: "M12",
    values: { kind: "choice", of: ["rings", "buffers"] },
    sentence: "What the vendor driver hands to the pin API: its rings, or everything else.",
  },
  pinApi: {
    id: "rows 71, 72",
    values: { kind: "choice", of: ["pins-only", "pins-and-maps"] },
    sentence: "Whether the pin API only pins and records, as today, or also charges and maps.",
  },
  pinCharges: {
    id: "VFIO 2.2",
    values: flag,
    sentence: "Whether the call that only pins charges for it (and faulted pages are then free, as in RFC v3).",
  },
  ringOrder: {
    id: "I-24",
    values: { kind: "choice", of: ["lockdown-first", "forward-first"] },
    sentence: "Whether the ring is locked down before the register write is forwarded.",
  },
  lockdownRefused: {
    id: "I-24",
    values: { kind: "choice", of: ["refuses-write", "forwards-anyway"] },
    sentence: "What happens to the write when the lockdown was refused.",
  },
  lockdownOverLimit: {
    id: "I-19",
    values: { kind: "choice", of: ["evict", "refuse"] },
    sentence: "Whether a lockdown at the limit evicts faultable pages or is refused.",
  },
  lockdownUndo: {
    id: "I-19, B-23, D-01",
    values: { kind: "choice", of: ["complete", "keeps-pages-so-far", "keeps-refused-pin", "keeps-after-rejection"] },
    sentence:
      "What a failed registration keeps: nothing, the pages so far, the page that was refused, or all on a rejection.",
  },
  unpinLoop: {
    id: "D-21",
    values: { kind: "choice", of: ["complete", "may-end-early"] },
    sentence: "Whether the release of a ring may end half way with success.",
  },
  ringStop: {
    id: "I-25",
    values: { kind: "choice", of: ["after-quiesce", "before-quiesce", "quiesce-under-lock"] },
    sentence: "When a ring is released: after its queue came to rest, before, or resting under the container's lock.",
  },
  sharedRingPages: {
    id: "I-08",
    values: { kind: "choice", of: ["counted", "uncounted"] },
    sentence: "Whether a page of two rings is counted twice.",
  },
  evictsPinned: { id: "I-17", values: flag, sentence: "Whether eviction may take a page that is locked down." },
  unmapCallback: {
    id: "I-16, B-26",
    values: { kind: "choice", of: ["stops-queue", "ignored"] },
    sentence: "What the driver does when DMA_UNMAP calls it.",
  },
  unmapWhilePinned: {
    id: "I-16",
    values: { kind: "choice", of: ["retries", "removes-anyway"] },
    sentence: "What DMA_UNMAP does when the driver has not unpinned.",
  },
  ringsDuringUnmap: {
    id: "B-25",
    values: { kind: "choice", of: ["refused", "admitted"] },
    sentence: "Whether a ring may be registered while DMA_UNMAP is between its turns.",
  },
  iommuFilter: {
    id: "row 44",
    values: { kind: "choice", of: ["none", "by-device"] },
    sentence: "Whether the IOMMU driver refuses all faults of devices that do not tolerate all.",
  },
  guestDiscards: {
    id: "I-21, B-43",
    values: { kind: "choice", of: ["never", "coordinated", "uncoordinated"] },
    sentence: "Whether guest memory is discarded under the device, with or without a look at what it has.",
  },
  limit: hostKnobs.limit,
};

export const selectiveSizeKnobs: KnobTable<SelectiveSizes> = {
  pages: boundsKnobs.pages,
  rings: { id: "bound", values: { kind: "integer", from: 1, to: 3 }, sentence: "Queues of the device." },
  ringPages: { id: "bound", values: { kind: "integer", from: 1, to: 3 }, sentence: "Pages of one ring." },
  ringPlaces: { id: "bound", values: { kind: "integer", from: 1, to: 4 }, sentence: "Places where a ring may lie." },
  unmaps: boundsKnobs.unmaps,
  reclaims: boundsKnobs.reclaims,
  rejects: { id: "B-23", values: flag, sentence: "Whether the device may reject a register write." },
  retryBound: accountingSizeKnobs.retryBound,
};

/** What software takes the device for when the guest starts. */
function believed(design: SelectiveDesign): FaultTolerance {
  const { knowledge, tableEntry, beforeHint, faultTolerance } = design;
  switch (knowledge) {
    case "feature-bit":
      return "all";
    case "pf-hint":
      return beforeHint === "static" ? "none" : "all";
    case "table":
      return tableEntry === "right" ? faultTolerance : tableEntry === "missing" ? "none" : "all";
    default:
      return knowledge satisfies never;
  }
}

/** How the device is treated for what it is believed to be (row 48). */
const treated = (design: SelectiveDesign, tolerance: FaultTolerance): FaultTolerance =>
  tolerance === "some" && !design.selectivePhase ? "none" : tolerance;

/** Whether DMA_MAP pins and maps everything at once. */
export const pinsAllAtMap = (design: SelectiveDesign): boolean =>
  treated(design, believed(design)) === "none" || design.pinScope === "faultable";

/** Whether a hint may come, and whether it ends that. */
export const mayBeHinted = ({ knowledge }: SelectiveDesign): boolean => knowledge === "pf-hint";
export const hintUnpins = (design: SelectiveDesign): boolean =>
  mayBeHinted(design) && pinsAllAtMap(design) && treated(design, design.faultTolerance) !== "none";

/** Whether rings are locked down from the start; a device of which everything is pinned may need it after a hint. */
export const locksRings = (design: SelectiveDesign): boolean =>
  design.mediatorPlace !== "none" && treated(design, believed(design)) !== "all";

/** Why these choices do not fit each other. */
export function selectiveContradiction(design: SelectiveDesign, sizes: SelectiveSizes): string | undefined {
  const inverse = design.pinScope === "faultable";
  const rules: readonly (readonly [boolean, string])[] = [
    [sizes.ringPages >= sizes.pages, "no page is left for buffers (pages)"],
    [sizes.ringPlaces - 1 + sizes.ringPages > sizes.pages, "rings lie beyond the last page (pages)"],
    [
      design.mediatorPlace === "mdev-wrapper" && design.registerPath === "also-mapped",
      "an mdev emulates its registers, the guest has no other way to them (registerPath=trapped)",
    ],
    [inverse && sizes.unmaps, "reading A is not asked about DMA_UNMAP (unmaps=false)"],
    [inverse && sizes.rings > 1, "reading A is asked about one ring (rings=1)"],
    [
      inverse && mayBeHinted(design),
      "reading A pins everything at once, whatever a hint says (knowledge=table or feature-bit)",
    ],
    [design.pinCharges && design.pinApi === "pins-and-maps", "a lockdown charges as a fault does (pinCharges=false)"],
    [
      sizes.unmaps && pinsAllAtMap(design),
      "a device that needs all of its memory is not asked about DMA_UNMAP (unmaps=false)",
    ],
  ];
  return rules.find(([broken]) => broken)?.[1];
}
