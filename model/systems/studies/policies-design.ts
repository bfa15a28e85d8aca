/** What is compared in the study of policies: designs, departures from them, and sizes. */
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
    sentence: "Everything is pinned before the guest runs (VFIO type1 today).",
    design: { ...RIGHT, policy: "pin-all" },
  },
  viommu: {
    sentence: "The guest's map and unmap calls pin and unpin.",
    design: { ...RIGHT, policy: "viommu" },
  },
  coiommu: {
    sentence: "Guest and host share a table of what is mapped and pinned; the host unpins what is idle.",
    design: { ...RIGHT, policy: "coiommu" },
  },
  "rfc-v1": {
    sentence: "Pinned on a fault, and given back when the host wants it and no device waits for it.",
    design: { ...RIGHT, policy: "demand", deviceFault: "stall" },
  },
  "backup-ring": {
    sentence: "The receive side of a network card with faults of its own, and a ring for what finds no buffer.",
    design: { ...RIGHT, policy: "demand", deviceFault: "divert", faultPath: "device", backupSlots: 4 },
  },
  "drop-ring": {
    sentence: "The same without the ring.",
    design: { ...RIGHT, policy: "demand", deviceFault: "divert", faultPath: "device", backupSlots: 0 },
  },
};
