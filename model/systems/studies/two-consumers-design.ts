/** The designs of the focused model `two-consumers`. */
import type { Host } from "../../hosts/host.ts";
import type { Hardware } from "../../hardware/hardware.ts";
import type { SharedFaultQueueRules } from "../../machines/linux/iommu/io-pgfault/shared-fault-queue.ts";

export interface ConsumersDesign extends SharedFaultQueueRules, Pick<Host, "allocations"> {
  readonly name: string;
  readonly clearPolicy: Hardware["clearPolicy"];
  /** D-22. Where VFIO resolves its faults. */
  readonly vfioHandling: "inside-report" | "workqueue";
  readonly workersOfQueue: "unbound" | "one-for-all";
  /** Row 62. How faults of VFIO's device arrive. */
  readonly deviceFaultPath: "iommu" | "device-specific";
}

export interface ConsumersSizes {
  readonly name: string;
  readonly instances: number;
  /** Pages of a group of each device. */
  readonly svaGroupPages: number;
  readonly vfioGroupPages: number;
  readonly sharedQueueEntries: number;
  /** Times that VFIO's device may leave and come back. */
  readonly deviceRemovals: number;
}

type Choices = Omit<ConsumersDesign, "name">;

const intended: Choices = {
  clearPolicy: "drainedOnly",
  partialLists: "core",
  toldOfOverflow: "all",
  groupOwners: "one",
  removalRule: "answers",
  removalWhen: "drained",
  allocations: "succeed",
  vfioHandling: "workqueue",
  workersOfQueue: "unbound",
  deviceFaultPath: "iommu",
};

export const consumersHosts = {
  intended: {
    sentence: "A group has one owner, VFIO handles faults on a workqueue, and an overflow reaches all partial faults.",
    design: intended,
  },
  "linux-6.1.192": {
    sentence: "Linux 6.1.192 with the RFC: VFIO handles faults inside the report, and keeps partial faults of its own.",
    design: {
      ...intended,
      partialLists: "each-consumer",
      toldOfOverflow: "internal",
      groupOwners: "two",
      removalRule: "refused-while-pending",
      vfioHandling: "inside-report",
    },
  },
  "linux-6.12.117": {
    sentence: "Linux 6.12.117: the core keeps partial faults, and a handler takes its group off the pending list.",
    design: intended,
  },
} as const satisfies { readonly [name: string]: { readonly sentence: string; readonly design: Choices } };
