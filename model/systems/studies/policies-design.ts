/** What is compared in the focused model `policies`: designs, deliberate defects, and sizes. */
import type { UnpinBy } from "../../machines/policies/coiommu-unpin.ts";
import type { DeviceFault } from "../../machines/device/dma-slot.ts";
import type { PressureOn } from "../../machines/policies/host-pressure.ts";
import type { HoldStep } from "../../machines/policies/page-hold.ts";
import type { ReleaseStep } from "../../machines/linux/vfio/type1/page-release.ts";
import type { Study } from "../study.ts";

export type PolicyName = "pin-all" | "viommu" | "coiommu" | "demand" | "vpri" | "snoop";

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

/** Where VPRI's host clears the page in the device's own table; the first is right. */
export const withdrawn = (order: "first" | "last", steps: readonly ReleaseStep[]): readonly ReleaseStep[] =>
  order === "first" ? ["clear-presence", ...steps] : [...steps, "clear-presence"];

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
  /** Of VPRI. */
  readonly withdraws: "first" | "last";
  /** Of snooping. */
  readonly snoopWaits: boolean;
  readonly snoopSpares: boolean;
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
  withdraws: "first",
  snoopWaits: true,
  snoopSpares: true,
};

export const policiesHosts: Study<PoliciesDesign, PoliciesSizes>["hosts"] = {
  "pin-all": {
    sentence: "VFIO type1: all guest memory is pinned before the guest runs.",
    design: { ...RIGHT, policy: "pin-all" },
  },
  viommu: {
    sentence: "A virtual IOMMU traps the guest's map and unmap calls, which pin and unpin pages.",
    design: { ...RIGHT, policy: "viommu" },
  },
  coiommu: {
    sentence: "coIOMMU: guest and host share a table of mapped and pinned pages, and the host unpins idle pages.",
    design: { ...RIGHT, policy: "coiommu" },
  },
  "rfc-v1": {
    sentence: "RFC v1 with reclaim: a fault pins a page, and the host takes it back when no device waits for it.",
    design: { ...RIGHT, policy: "demand", deviceFault: "stall" },
  },
  "backup-ring": {
    sentence: "A network card with page faults of its own, and a backup ring for packets whose buffer is missing.",
    design: { ...RIGHT, policy: "demand", deviceFault: "divert", faultPath: "device", backupSlots: 4 },
  },
  vpri: {
    sentence: "VPRI: device and software raise page requests themselves, and the IOMMU knows nothing of them.",
    design: { ...RIGHT, policy: "vpri", faultPath: "device" },
  },
  snoop: {
    sentence:
      "VIO: a host thread reads the guest's available ring first, and has each page mapped before the device's DMA.",
    design: { ...RIGHT, policy: "snoop" },
  },
  "drop-ring": {
    sentence: "A network card with page faults of its own, which drops packets whose buffer is missing.",
    design: { ...RIGHT, policy: "demand", deviceFault: "divert", faultPath: "device", backupSlots: 0 },
  },
};
