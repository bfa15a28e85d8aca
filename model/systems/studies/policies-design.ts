/** What is compared in the study of policies: designs, departures from them, and sizes. */
import type { KnobTable } from "../../knobs.ts";
import { boundsKnobs } from "../bounds.ts";
import type { UnpinBy } from "../../machines/policies/coiommu-unpin.ts";
import type { DeviceFault } from "../../machines/device/dma-slot.ts";
import type { PressureOn } from "../../machines/policies/host-pressure.ts";
import type { HoldStep } from "../../machines/policies/page-hold.ts";
import type { ReleaseStep } from "../../machines/linux/vfio/type1/page-release.ts";
import type { Study } from "../study.ts";

export type PolicyName = "pin-all" | "viommu" | "coiommu" | "demand";

/** In which order a page is made reachable; the first is right. */
export const HOLD_ORDERS = {
  "pin-first": ["pin", "map", "mark"],
  /** The device can reach the page before anything keeps it. */
  "map-first": ["map", "pin", "mark"],
} as const satisfies { readonly [name: string]: readonly HoldStep[] };

/** How a page is taken back; the first is right (I-03). */
export const TAKE_BACK = {
  ordered: ["clear-entry", "invalidate-iotlb", "wait", "unpin", "clear-bit"],
  /** Unmapped without waiting for the IOTLB. */
  "no-sync": ["clear-entry", "unpin", "clear-bit"],
  "unpin-first": ["unpin", "clear-entry", "invalidate-iotlb", "wait", "clear-bit"],
} as const satisfies { readonly [name: string]: readonly ReleaseStep[] };

export interface PoliciesDesign {
  readonly name: string;
  readonly policy: PolicyName;
  /** What the device does where there is no translation. */
  readonly deviceFault: DeviceFault;
  /** Packets that the backup ring holds; 0: there is none. */
  readonly backupSlots: number;
  readonly faultPath: "iommu" | "device";
  readonly holdOrder: keyof typeof HOLD_ORDERS;
  readonly takeBack: keyof typeof TAKE_BACK;
  readonly pressureOn: PressureOn;
  /** Of a virtual IOMMU. */
  readonly trapWaits: boolean;
  /** Of coIOMMU. */
  readonly unpinBy: UnpinBy;
  readonly bitOrder: "after-map" | "before-map";
  readonly unpinLocks: boolean;
  readonly driverWaits: boolean;
  readonly mailboxChecked: boolean;
  readonly restoresBit: boolean;
  readonly trustsTable: boolean;
}

export interface PoliciesSizes {
  readonly name: string;
  readonly pages: number;
  readonly drivers: number;
  readonly guestLies: boolean;
}

const flag = { kind: "flag" } as const;

export const policiesKnobs: KnobTable<PoliciesDesign> = {
  policy: {
    id: "row 2",
    values: { kind: "choice", of: ["pin-all", "viommu", "coiommu", "demand"] },
    sentence: "When memory is pinned for devices: at the start, on the guest's calls, by a shared table, on a fault.",
  },
  deviceFault: {
    id: "rows 5, 18",
    values: { kind: "choice", of: ["abort", "stall", "divert"] },
    sentence: "What becomes of an access without translation: lost, retried later, or put into a backup ring.",
  },
  backupSlots: {
    id: "VFIO facts 4.4",
    values: { kind: "integer", from: 0, to: 4 },
    sentence: "Packets that the backup ring of a network card holds.",
  },
  faultPath: {
    id: "row 62",
    values: { kind: "choice", of: ["iommu", "device"] },
    sentence: "Whether faults come through one queue of the IOMMU, or each device has a queue of its own.",
  },
  holdOrder: {
    id: "I-02",
    values: { kind: "choice", of: ["pin-first", "map-first"] },
    sentence: "Whether a page is pinned before it is mapped.",
  },
  takeBack: {
    id: "I-03",
    values: { kind: "choice", of: ["ordered", "no-sync", "unpin-first"] },
    sentence: "How a page is taken back: unmapped, synchronised and unpinned, or a step of that left out or swapped.",
  },
  pressureOn: {
    id: "4.2",
    values: { kind: "choice", of: ["settled", "any"] },
    sentence: "Whether the host spares a page for which a device has faulted, until it has used it.",
  },
  trapWaits: {
    id: "row 3",
    values: flag,
    sentence: "Whether the guest's unmap call on a virtual IOMMU returns only when the page is unmapped.",
  },
  unpinBy: {
    id: "row 4",
    values: {
      kind: "choice",
      of: ["exchange", "plain-write", "exchange-without-count", "exchange-without-accessed"],
    },
    sentence: "How coIOMMU's unpin thread takes the bit: by one exchange of the word, or less carefully.",
  },
  bitOrder: {
    id: "row 4",
    values: { kind: "choice", of: ["after-map", "before-map"] },
    sentence: "Whether coIOMMU's host says that a page is pinned after it has mapped it.",
  },
  unpinLocks: { id: "row 4", values: flag, sentence: "Whether coIOMMU's unpin thread takes the lock." },
  mailboxChecked: {
    id: "row 4",
    values: flag,
    sentence: "Whether coIOMMU's guest writes into the mailbox only while it is empty.",
  },
  driverWaits: { id: "row 4", values: flag, sentence: "Whether coIOMMU's guest waits until the mailbox is empty." },
  restoresBit: { id: "row 4", values: flag, sentence: "Whether the bit is set again where DMA_UNMAP fails." },
  trustsTable: {
    id: "row 4",
    values: flag,
    sentence: "Whether coIOMMU's host believes the shared table instead of its own records.",
  },
};

export const policiesSizeKnobs: KnobTable<PoliciesSizes> = {
  pages: boundsKnobs.pages,
  drivers: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 3 },
    sentence: "Drivers in the guest, each with a device.",
  },
  guestLies: {
    id: "bound",
    values: flag,
    sentence: "Whether the guest starts DMA to pages that it did not map, and writes into the shared table.",
  },
};

const RIGHT: Omit<PoliciesDesign, "name" | "policy"> = {
  deviceFault: "abort",
  backupSlots: 0,
  faultPath: "iommu",
  holdOrder: "pin-first",
  takeBack: "ordered",
  pressureOn: "settled",
  trapWaits: true,
  unpinBy: "exchange",
  bitOrder: "after-map",
  unpinLocks: true,
  driverWaits: true,
  mailboxChecked: true,
  restoresBit: true,
  trustsTable: false,
};

export const policiesHosts: Study<PoliciesDesign, PoliciesSizes>["hosts"] = {
  "pin-all": {
    sentence: "All pages are pinned before the guest runs, as VFIO type1 does today.",
    design: { ...RIGHT, policy: "pin-all" },
  },
  viommu: {
    sentence: "The guest's map and unmap calls pin and unpin.",
    design: { ...RIGHT, policy: "viommu" },
  },
  coiommu: {
    sentence: "Guest and host share a table of mapped and pinned pages; the host unpins idle pages.",
    design: { ...RIGHT, policy: "coiommu" },
  },
  "rfc-v1": {
    sentence: "A page is pinned on a fault, and unpinned when the host wants it and no device waits for it.",
    design: { ...RIGHT, policy: "demand", deviceFault: "stall" },
  },
  "backup-ring": {
    sentence: "The receive side of a network card that faults itself, with a backup ring for packets without a buffer.",
    design: { ...RIGHT, policy: "demand", deviceFault: "divert", faultPath: "device", backupSlots: 4 },
  },
  "drop-ring": {
    sentence: "The same network card without a backup ring: it drops such packets.",
    design: { ...RIGHT, policy: "demand", deviceFault: "divert", faultPath: "device", backupSlots: 0 },
  },
};
