/** What two designs of selective faulting can differ in, and what follows from a design. */
import type { FaultTolerance } from "../../machines/device/ring-queue.ts";
import type { PROGRAMS, STOPS } from "../../machines/linux/vfio/iopf/selective/mediator.ts";

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
  /** As in the focused model of accounts. */
  readonly retryBound: number;
}
