/** The designs of the study `two-consumers`. */
import type { Hardware } from "../../hardware/hardware.ts";
import { hardwareKnobs } from "../../hardware/knobs.ts";
import type { KnobTable } from "../../knobs.ts";
import type { SharedFaultQueueRules } from "../../machines/linux/iommu/io-pgfault/shared-fault-queue.ts";
import { boundsKnobs } from "../bounds.ts";

export interface ConsumersDesign extends SharedFaultQueueRules {
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

const choice = <const Choices extends readonly string[]>(...of: Choices) => ({ kind: "choice", of }) as const;
const integer = (from: number, to: number) => ({ kind: "integer", from, to }) as const;

export const consumersKnobs: KnobTable<ConsumersDesign> = {
  clearPolicy: hardwareKnobs.clearPolicy,
  partialLists: {
    id: "row 58",
    values: choice("core", "each-consumer"),
    sentence: "Whether partial faults wait in the core, or with each consumer.",
  },
  toldOfOverflow: {
    id: "rows 55, 56",
    values: choice("all", "internal", "none"),
    sentence: "Who forgets partial faults after an overflow: all, those behind the IOPF handler, or nobody.",
  },
  groupOwners: {
    id: "B-27",
    values: choice("one", "two"),
    sentence: "Whether a group that a consumer holds is still on the core's pending list (row 59).",
  },
  removalRule: {
    id: "D-12",
    values: choice("refused-while-pending", "answers", "forgets"),
    sentence: "Whether a device with pending faults may not leave, or leaves and its faults are answered, or are not.",
  },
  vfioHandling: {
    id: "D-22",
    values: choice("inside-report", "workqueue"),
    sentence: "Whether VFIO resolves a fault inside the report, or on a workqueue.",
  },
  workersOfQueue: {
    id: "I-35",
    values: choice("unbound", "one-for-all"),
    sentence: "Whether each consumer has a worker, or one serves all.",
  },
  deviceFaultPath: {
    id: "row 62",
    values: choice("iommu", "device-specific"),
    sentence: "Whether faults of VFIO's device arrive through the IOMMU's queue or one of the device.",
  },
};

export const consumersSizeKnobs: KnobTable<ConsumersSizes> = {
  instances: boundsKnobs.instances,
  svaGroupPages: { id: "bound", values: integer(1, 2), sentence: "Pages of a group of the SVA device." },
  vfioGroupPages: { id: "bound", values: integer(1, 2), sentence: "Pages of a group of VFIO's device." },
  sharedQueueEntries: { id: "bound", values: integer(1, 8), sentence: "Usable slots of the queue that both share." },
  deviceRemovals: { id: "bound", values: integer(0, 3), sentence: "Times that VFIO's device may leave." },
};

type Choices = Omit<ConsumersDesign, "name">;

const intended: Choices = {
  clearPolicy: "drainedOnly",
  partialLists: "core",
  toldOfOverflow: "all",
  groupOwners: "one",
  removalRule: "answers",
  vfioHandling: "workqueue",
  workersOfQueue: "unbound",
  deviceFaultPath: "iommu",
};

export const consumersHosts = {
  intended: {
    sentence:
      "Whole groups, one owner for each, work outside the report; an overflow discards every list of partial faults.",
    design: intended,
  },
  "linux-6.1.192": {
    sentence:
      "The IOPF core of 6.1.192, as in 2021: SVA behind iommu_queue_iopf(), the RFC's handler inside the report with its own partial faults.",
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
    sentence: "Partial faults in the IOPF core; handlers take groups off the pending list (since 6.12.115).",
    design: intended,
  },
} as const satisfies { readonly [name: string]: { readonly sentence: string; readonly design: Choices } };
