/** Questions about SVA and VFIO behind one page request queue. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

const consumers = (set: Parameters<typeof study>[2] = {}, host = "intended") => study("two-consumers", host, set);
/** VFIO's device asks for two pages at a time. */
const groups = (set: Parameters<typeof study>[2] = {}) => consumers({ vfioGroupPages: 2, ...set });

export const twoConsumersScenarios: readonly Scenario[] = [
  {
    id: "who-is-told-of-an-overflow",
    question:
      "Is it enough after an overflow of the page request queue that the IOPF handler discards its partial faults?",
    askedBy: "Jean-Philippe Brucker, 2021-02-05 (M7)",
    rows: [53, 54, 55, 56],
    given:
      "SVA uses the IOPF handler; VFIO has a low-level handler with its own list of partial faults; both share one queue.",
    when: "the queue overflows in the middle of a group of VFIO's device, and the device reuses the index.",
    answer:
      "No. VFIO keeps requests of the old group, and they join the next group with the same index. Every consumer that holds partial faults must discard them.",
    evidence: { kind: "verified", where: "Linux 6.1, iopf_queue_discard_partial()" },
    runs: [
      {
        label: "only the IOPF handler discards",
        request: groups({ partialLists: "each-consumer", toldOfOverflow: "internal" }),
        expect: { "CON-1": "violated", "CON-4": "violated", "CON-5": "witnessed" },
      },
      {
        label: "every consumer discards",
        request: groups({ partialLists: "each-consumer" }),
        expect: { "CON-1": "holds", "CON-4": "holds", "CON-5": "witnessed" },
      },
      {
        label: "no consumer discards",
        request: groups({ toldOfOverflow: "none" }),
        expect: { "CON-1": "violated", "CON-4": "violated" },
      },
    ],
    chart: { run: 0, property: "CON-4" },
  },
  {
    id: "reuse-the-iopf-handler",
    question: "May the IOPF patches go upstream as they are, and VFIO reuse their handler later?",
    askedBy: "Shenming Lu, 2021-02-02; Jean-Philippe Brucker, 2021-02-05 (M7); Kevin Tian, 2021-02-07 (M8)",
    rows: [8, 30, 40, 56, 58, 60],
    given:
      "iopf_queue_discard_partial() as merged in 2021, which discards the IOPF handler's partial faults and no others.",
    when: "VFIO takes whole groups from the IOPF handler, or single requests beside it.",
    answer:
      "Yes, if VFIO takes whole groups from the IOPF handler: it then holds no partial faults, and the discard in the handler is enough. The partial faults of a consumer of single requests are not discarded.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "whole groups from the IOPF handler",
        request: groups({ toldOfOverflow: "internal" }),
        expect: { "CON-1": "holds", "CON-4": "holds", "CON-11": "holds", "CON-12": "witnessed" },
      },
      {
        label: "single requests beside it",
        request: groups({ toldOfOverflow: "internal", partialLists: "each-consumer" }),
        expect: { "CON-1": "violated" },
      },
    ],
  },
  {
    id: "one-slow-consumer",
    question: "Must faults of SVA behind the same IOMMU wait while VFIO's page comes from a slow pager?",
    askedBy: "Jean-Philippe Brucker, 2021-03-23; Alex Williamson, 2021-05-18 and 24",
    rows: [8, 30],
    given: "A page of VFIO that may never arrive, and a process whose pages are all present.",
    when: "VFIO resolves the fault within the report, on a workqueue, or on a workqueue with one worker for all.",
    answer:
      "Yes, if VFIO resolves the fault within the report: the reporting thread waits with its lock held, the queue overflows, and nothing clears it. On a workqueue SVA does not wait, unless VFIO's work occupies the only worker.",
    evidence: {
      kind: "derived",
      where:
        "VFIO facts D-22 (v2, v3: one lock serializes all faults of a container, so one slow page stops all devices), I-35 (a slow handler does not block other devices for ever)",
    },
    runs: [
      {
        label: "within the report (RFC)",
        request: consumers({ vfioHandling: "inside-report" }),
        expect: { "CON-8": "violated", "CON-11": "violated", "CON-13": "violated", "CON-10": "holds" },
      },
      {
        label: "on a workqueue",
        request: consumers(),
        expect: { "CON-8": "holds", "CON-11": "holds", "CON-13": "holds", "CON-9": "witnessed" },
      },
      {
        label: "on a workqueue with one worker",
        request: consumers({ workersOfQueue: "one-for-all" }),
        expect: { "CON-8": "violated", "CON-11": "holds", "CON-13": "holds" },
      },
    ],
    chart: { run: 0, property: "CON-8" },
  },
  {
    id: "two-ledgers",
    question: "What happens if the report function and the fault handler disagree about a group that both record?",
    askedBy: "Jean-Philippe Brucker, 2021-02-05 (M7); CVE-2026-74520",
    rows: [59],
    given: "VFIO's device is removed and added again while one of its groups is in service.",
    when: "the group has one owner or is on two lists, and a pending group does or does not block the removal.",
    answer:
      "The core answers and frees a group that the consumer still holds. The consumer uses freed memory, and its response reaches the next group with the same index. One owner for each group rules this out. In 2021 -EBUSY ruled it out too, at the price that a device with a pending fault cannot be detached.",
    evidence: { kind: "verified", where: "Linux 738e6f32e61d, iommu/iommufd: Fix IOPF group ownership UAF" },
    runs: [
      {
        label: "two owners, answered at removal",
        request: consumers({ groupOwners: "two", deviceRemovals: 1 }),
        expect: { "CON-6": "violated", "CON-7": "violated", "CON-3": "violated" },
      },
      {
        label: "two lists, removal is refused while a group is pending (2021)",
        request: consumers({ groupOwners: "two", removalRule: "refused-while-pending", deviceRemovals: 1 }),
        expect: { "CON-6": "holds", "CON-7": "holds", "CON-3": "holds", "CON-15": "witnessed" },
      },
      {
        label: "one owner",
        request: consumers({ deviceRemovals: 1 }),
        expect: { "CON-6": "holds", "CON-7": "holds", "CON-3": "holds", "CON-10": "holds", "CON-15": "witnessed" },
      },
      {
        label: "one owner that does not answer",
        request: consumers({ removalRule: "forgets", deviceRemovals: 1 }),
        expect: { "CON-10": "violated", "CON-6": "holds" },
      },
    ],
    chart: { run: 0, property: "CON-6" },
  },
  {
    id: "device-specific-fault-path",
    question: "Does a device that reports its faults by itself, not through the IOMMU, need another framework?",
    askedBy: "Kevin Tian, 2021-02-07 (M8)",
    rows: [62, 64],
    given: "VFIO's device has an event queue of its own, with the same report function and the same consumer.",
    when: "VFIO resolves faults on a workqueue, or within the report.",
    answer:
      "No, only another way of delivery: the same properties hold for the device's own path as for the IOMMU's queue. The own path also separates the consumers, because a slow handler then delays its own device only.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "on a workqueue",
        request: consumers({ deviceFaultPath: "device-specific" }),
        expect: { "CON-1": "holds", "CON-3": "holds", "CON-7": "holds", "CON-8": "holds", "CON-10": "holds" },
      },
      {
        label: "within the report",
        request: consumers({ deviceFaultPath: "device-specific", vfioHandling: "inside-report" }),
        expect: { "CON-8": "holds", "CON-13": "violated", "CON-10": "holds" },
      },
    ],
  },
  {
    id: "cleared-before-it-is-empty",
    question: "Must the queue be empty before an overflow is cleared and partial faults are discarded?",
    askedBy: "iommu/vt-d, Clear PRQ overflow only when PRQ is empty",
    rows: [54],
    given: "Requests from before the overflow are still in the queue.",
    when: "the driver clears the overflow at once, or only when the queue is empty.",
    answer:
      "Yes. A request that is read after the overflow was cleared belongs to a group that hardware has answered. It is kept as a partial fault, and joins the next group with its index.",
    evidence: { kind: "verified", where: "Linux 28a77185f1cd" },
    runs: [
      {
        label: "cleared at once",
        request: groups({ clearPolicy: "immediate" }),
        expect: { "CON-1": "violated", "CON-4": "violated" },
      },
      { label: "cleared when the queue is empty", request: groups(), expect: { "CON-1": "holds", "CON-4": "holds" } },
    ],
  },
];
