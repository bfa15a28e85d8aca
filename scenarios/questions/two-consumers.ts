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
    given: "SVA behind the IOPF handler, VFIO with a low level handler and a list of its own, one queue.",
    when: "the queue overflows in the middle of a group of VFIO's device, which uses the index again.",
    answer:
      "No: what VFIO holds of the old group joins the next one of its index. Every consumer that holds partial faults must discard them.",
    evidence: { kind: "verified", where: "Linux 6.1, iopf_queue_discard_partial()" },
    runs: [
      {
        label: "only the IOPF handler",
        request: groups({ partialLists: "each-consumer", toldOfOverflow: "internal" }),
        expect: { "CON-1": "violated", "CON-4": "violated", "CON-5": "witnessed" },
      },
      {
        label: "every holder",
        request: groups({ partialLists: "each-consumer" }),
        expect: { "CON-1": "holds", "CON-4": "holds", "CON-5": "witnessed" },
      },
      {
        label: "nobody",
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
    given: "iopf_queue_discard_partial() as merged in 2021, which knows the IOPF handler's lists and no others.",
    when: "VFIO takes whole groups from the IOPF handler, or single requests beside it.",
    answer:
      "Yes: a consumer that gets whole groups holds nothing that has to be discarded, and then it is enough to tell the IOPF handler. A consumer of single requests beside the handler is forgotten.",
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
    question: "Does SVA have to wait behind the same IOMMU while VFIO's page comes from a slow pager?",
    askedBy: "Jean-Philippe Brucker, 2021-03-23; Alex Williamson, 2021-05-18 and 24",
    rows: [8, 30],
    given: "A page of VFIO that may never arrive, and a process whose pages are all there.",
    when: "VFIO resolves inside the report, on a workqueue, or on a workqueue with one worker for all.",
    answer:
      "Yes, if VFIO resolves the fault within the report: thread and lock wait with VFIO, the queue overflows, and nobody clears it. On a workqueue SVA does not wait, provided that VFIO's work does not occupy the only worker.",
    evidence: { kind: "derived", where: "VFIO facts D-22, I-35" },
    runs: [
      {
        label: "inside the report (RFC)",
        request: consumers({ vfioHandling: "inside-report" }),
        expect: { "CON-8": "violated", "CON-11": "violated", "CON-13": "violated", "CON-10": "holds" },
      },
      {
        label: "workqueue",
        request: consumers(),
        expect: { "CON-8": "holds", "CON-11": "holds", "CON-13": "holds", "CON-9": "witnessed" },
      },
      {
        label: "one worker for all",
        request: consumers({ workersOfQueue: "one-for-all" }),
        expect: { "CON-8": "violated", "CON-11": "holds", "CON-13": "holds" },
      },
    ],
    chart: { run: 0, property: "CON-8" },
  },
  {
    id: "two-ledgers",
    question: "The report function and the handler both keep a record of a group: what happens if they disagree?",
    askedBy: "Jean-Philippe Brucker, 2021-02-05 (M7); CVE-2026-74520",
    rows: [59],
    given: "VFIO's device leaves and comes back while a group of it is being worked on.",
    when: "the group has one owner, or is on two lists, and a pending group may or may not keep the device from leaving.",
    answer:
      "The core answers and frees a group that the consumer still holds; the consumer uses freed memory, and its answer reaches the next use of the index. One owner for each group rules it out. EBUSY did so in 2021, at the price that a device may not be detached while a fault is pending.",
    evidence: { kind: "verified", where: "Linux 738e6f32e61d, iommu/iommufd: Fix IOPF group ownership UAF" },
    runs: [
      {
        label: "two owners, answered when the device leaves",
        request: consumers({ groupOwners: "two", deviceRemovals: 1 }),
        expect: { "CON-6": "violated", "CON-7": "violated", "CON-3": "violated" },
      },
      {
        label: "two lists, no leaving while pending (2021)",
        request: consumers({ groupOwners: "two", removalRule: "refused-while-pending", deviceRemovals: 1 }),
        expect: { "CON-6": "holds", "CON-7": "holds", "CON-3": "holds", "CON-15": "witnessed" },
      },
      {
        label: "one owner",
        request: consumers({ deviceRemovals: 1 }),
        expect: { "CON-6": "holds", "CON-7": "holds", "CON-3": "holds", "CON-10": "holds", "CON-15": "witnessed" },
      },
      {
        label: "one owner who forgets to answer",
        request: consumers({ removalRule: "forgets", deviceRemovals: 1 }),
        expect: { "CON-10": "violated", "CON-6": "holds" },
      },
    ],
    chart: { run: 0, property: "CON-6" },
  },
  {
    id: "device-specific-fault-path",
    question: "Does a device that reports its faults by itself, and not through the IOMMU, need another framework?",
    askedBy: "Kevin Tian, 2021-02-07 (M8)",
    rows: [62, 64],
    given: "VFIO's device with an event queue of its own, the same report function, the same consumer.",
    when: "VFIO resolves on a workqueue, or inside the report.",
    answer:
      "No, only another way of delivery: what holds behind the IOMMU's queue holds behind the device's own path. It even separates the consumers: a slow handler then delays its own device only.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "on a workqueue",
        request: consumers({ deviceFaultPath: "device-specific" }),
        expect: { "CON-1": "holds", "CON-3": "holds", "CON-7": "holds", "CON-8": "holds", "CON-10": "holds" },
      },
      {
        label: "inside the report",
        request: consumers({ deviceFaultPath: "device-specific", vfioHandling: "inside-report" }),
        expect: { "CON-8": "holds", "CON-13": "violated", "CON-10": "holds" },
      },
    ],
  },
  {
    id: "cleared-before-it-is-empty",
    question:
      "Does it matter whether the queue was read to its end before partial faults are discarded at an overflow?",
    askedBy: "iommu/vt-d, Clear PRQ overflow only when PRQ is empty",
    rows: [54],
    given: "Requests from before the overflow that wait in the queue.",
    when: "the flag is cleared at once, or only when the queue is empty.",
    answer:
      "Yes: a request that is read after the flag was cleared belongs to a group that hardware has answered, is kept, and joins the next use of its index.",
    evidence: { kind: "verified", where: "Linux 28a77185f1cd" },
    runs: [
      {
        label: "at once",
        request: groups({ clearPolicy: "immediate" }),
        expect: { "CON-1": "violated", "CON-4": "violated" },
      },
      { label: "when empty", request: groups(), expect: { "CON-1": "holds", "CON-4": "holds" } },
    ],
  },
];
