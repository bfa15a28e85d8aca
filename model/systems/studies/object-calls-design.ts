/** Designs and sizes of the focused model `object-calls`. */
import { CALLS_7_3, type CallRules } from "../../machines/linux/iommu/iommufd/objects-7.3/call-rules.ts";
import type { ReportLock } from "../../machines/linux/iommu/iommufd/objects-7.3/event-reporter.ts";
import type { SlotClear } from "../../machines/linux/iommu/iommufd/objects-7.3/viommu.ts";

export interface ObjectCallsDesign extends CallRules {
  readonly name: string;
  readonly slotClear: SlotClear;
  readonly reportLock: ReportLock;
}

export interface ObjectCallsSizes {
  readonly name: string;
  /** Threads of user space that destroy a vIOMMU, a vDEVICE or a vEVENTQ, and how often each does. */
  readonly userDestroys: 1 | 2;
  readonly destroysEach: 1 | 2;
  /** Whether VFIO unbinds the first device. */
  readonly deviceUnbinds: boolean;
  /** Threads that make a vDEVICE. */
  readonly vdeviceAllocs: number;
  /** Events that the driver reports. */
  readonly driverReports: number;
}

const LINUX_7_3: Omit<ObjectCallsDesign, "name"> = {
  ...CALLS_7_3,
  slotClear: "if-own",
  reportLock: "veventqs-rwsem",
};

export const objectCallsHosts = {
  intended: {
    sentence: "As Linux 7.3.4, but a vEVENTQ drops its user of the vIOMMU after the lock of the vIOMMU.",
    design: { ...LINUX_7_3, veventqPut: "after-unlock" },
  },
  "linux-7.3.4": {
    sentence: "Linux 7.3.4: the locks, counts and orders of iommufd's ioctls.",
    design: LINUX_7_3,
  },
} as const;
