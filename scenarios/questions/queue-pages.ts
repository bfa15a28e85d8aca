/** Questions about hardware queues of a vIOMMU, whose pages stay pinned. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const queues = (set: Set = {}, host = "linux-7.3.4") => study("queue-pages", host, set);
const SOURCE = "Linux 7.3.4, drivers/iommu/iommufd";
const RECORDED = "recordings of a booted 7.3.4, class hw_queue";

export const queuePagesScenarios: readonly Scenario[] = [
  {
    id: "unmap-of-hw-queue-pages",
    question: "May user space unmap pages that a hardware queue of a vIOMMU uses?",
    askedBy: "iommufd facts, J62 (the areas of a hardware queue are locked)",
    rows: [],
    given: "A hardware queue has pinned pages of an area of the IOAS.",
    when: "another thread unmaps the area, a part of it, or everything.",
    answer:
      "No: the unmap is told EBUSY at once, and it waits for nobody. That holds for the whole area, also for pages of it that the queue does not use. After the queue was destroyed, or could not be made, the area can be unmapped. Without the check the driver would go on with pages that are not mapped.",
    evidence: { kind: "demonstrated", where: `${RECORDED}; ${SOURCE}/io_pagetable.c, iopt_unmap_iova_range()` },
    runs: [
      {
        label: "7.3.4",
        request: queues(),
        expect: {
          "HWQ-1": "holds",
          "HWQ-5": "holds",
          "HWQ-2": "witnessed",
          "HWQ-7": "witnessed",
          "HWQ-9": "witnessed",
          "HWQ-12": "witnessed",
        },
      },
      { label: "pins are ignored", request: queues({ unmapLocked: "ignored" }), expect: { "HWQ-1": "violated" } },
    ],
    chart: { run: 1, property: "HWQ-1" },
  },
  {
    id: "unmap-over-hw-queue-pages",
    question: "What is left of an unmap of several areas, one of which a hardware queue has pinned?",
    askedBy: "iommufd facts, J62 (areas before the locked one are already gone)",
    rows: [],
    given: "Three areas are mapped, and a hardware queue has pinned pages of the second.",
    when: "user space unmaps all of them by one IOMMU_IOAS_UNMAP.",
    answer:
      "The first area is gone, the second and the third stay. User space is told EBUSY, and not how much was unmapped: the length is copied out only where the call succeeds. A VMM has to look at each of its areas again, or unmap area by area. A walk that looks at all areas first would leave all of them.",
    evidence: {
      kind: "demonstrated",
      where: `${RECORDED}; ${SOURCE}/io_pagetable.c, iopt_unmap_iova_range(), and ioas.c, iommufd_ioas_unmap()`,
    },
    runs: [
      { label: "7.3.4", request: queues(), expect: { "HWQ-3": "violated", "HWQ-4": "witnessed" } },
      { label: "all areas first", request: queues({}, "intended"), expect: { "HWQ-3": "holds", "HWQ-2": "witnessed" } },
    ],
    chart: { run: 0, property: "HWQ-3" },
  },
  {
    id: "order-of-hw-queues",
    question: "In which order must the hardware queues of a vIOMMU be destroyed?",
    askedBy: "iommufd facts, J63 (queue n is a user of queue n-1)",
    rows: [],
    given: "Two hardware queues of one vIOMMU, in a driver whose second queue depends on the first.",
    when: "user space destroys them in any order.",
    answer:
      "The last one first: the first is told EBUSY as long as the second is there. Each queue also is a user of the IOAS and of the vIOMMU, and gives both back when it goes, or when it cannot be made.",
    evidence: { kind: "demonstrated", where: `${RECORDED}; ${SOURCE}/driver.c, _iommufd_object_depend()` },
    runs: [
      {
        label: "two queues",
        request: queues({ queues: 2, queueCalls: 3, mapCalls: 1 }),
        expect: { "HWQ-10": "holds", "HWQ-8": "holds", "HWQ-11": "witnessed" },
      },
      { label: "one queue", request: queues(), expect: { "HWQ-8": "holds", "HWQ-6": "witnessed" } },
    ],
  },
];
