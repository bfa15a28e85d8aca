/** The knobs of the focused model `two-consumers`: what each choice of its designs and sizes means. */
import { hostKnobs } from "../../hosts/host.ts";
import { hardwareKnobs } from "../../hardware/knobs.ts";
import { choice, type KnobTable } from "../../knobs.ts";
import { boundsKnobs } from "../bounds.ts";
import type { ConsumersDesign, ConsumersSizes } from "./two-consumers-design.ts";

const integer = (from: number, to: number) => ({ kind: "integer", from, to }) as const;

export const consumersKnobs: KnobTable<ConsumersDesign> = {
  clearPolicy: hardwareKnobs.clearPolicy,
  partialLists: {
    id: "row 58",
    values: choice({
      core: "They wait in fault_param->partial of the IOPF core (since 6.9).",
      "each-consumer": "They wait with each consumer, SVA and VFIO (2021).",
    }),
    sentence: "Where partial faults wait for the last request of their group.",
  },
  toldOfOverflow: {
    id: "row 56",
    values: choice({
      all: "SVA and VFIO discard their partial faults.",
      internal: "Only SVA discards them, which is behind the IOPF handler of the core.",
      none: "No consumer discards them.",
    }),
    sentence: "The consumers that iopf_queue_discard_partial() makes discard their partial faults.",
  },
  groupOwners: {
    id: "B-27",
    values: choice({
      one: "Only the consumer has it: iopf_group_dequeue() takes it off the pending list.",
      two: "The pending list of the core has it as well (row 59, double tracking).",
    }),
    sentence: "Who has a group that a consumer handles.",
  },
  removalRule: {
    id: "D-12",
    values: choice({
      "refused-while-pending": "It fails with -EBUSY while a fault is pending (2021).",
      answers: "It responds Invalid to pending faults (since 6.9).",
      forgets: "It drops pending faults without a response (deliberate defect).",
    }),
    sentence: "What the removal of a device does with its pending faults.",
  },
  removalWhen: {
    id: "iopf-core 1.4",
    values: choice({
      drained: "It comes when no report has a group of the device in hand: its caller has drained the queue.",
      "any-time": "It may come between the report of a group and the call of its handler (deliberate defect).",
    }),
    sentence: "When iopf_queue_remove_device() may run.",
  },
  allocations: hostKnobs.allocations,
  vfioHandling: {
    id: "D-22",
    values: choice({
      "inside-report": "It resolves the fault inside iommu_report_device_fault() (RFC).",
      workqueue: "It resolves the fault on a workqueue, after the report has returned.",
    }),
    sentence: "Where the fault handler of VFIO resolves a fault.",
  },
  workersOfQueue: {
    id: "I-35",
    values: choice({
      unbound: "Each consumer has a worker.",
      "one-for-all": "One worker serves both consumers (deliberate defect).",
    }),
    sentence: "The workers of the IOPF queue.",
  },
  deviceFaultPath: {
    id: "row 62",
    values: choice({
      iommu: "They arrive through the page request queue of the IOMMU.",
      "device-specific": "They arrive through a queue of the device, with a thread of its own.",
    }),
    sentence: "How page requests of VFIO's device arrive.",
  },
};

export const consumersSizeKnobs: KnobTable<ConsumersSizes> = {
  instances: boundsKnobs.instances,
  svaGroupPages: {
    id: "bound",
    values: integer(1, 2),
    sentence: "Most pages of a page request group of the SVA device.",
  },
  vfioGroupPages: {
    id: "bound",
    values: integer(1, 2),
    sentence: "Most pages of a page request group of VFIO's device.",
  },
  sharedQueueEntries: {
    id: "bound",
    values: integer(1, 8),
    sentence: "Usable slots of the page request queue that both devices share.",
  },
  deviceRemovals: {
    id: "bound",
    values: integer(0, 3),
    sentence: "How often VFIO's device may be removed from the queue and added again.",
  },
};
