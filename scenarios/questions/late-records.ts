/** Questions about completion records that software writes later. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const records = (set: Set = {}, host = "intended") => study("late-records", host, set);

export const lateRecordsScenarios: readonly Scenario[] = [
  {
    id: "record-written-later",
    question: "May software write a completion record when the device could not?",
    askedBy: "the series for the event log of idxd, 2023-03-06",
    rows: [],
    given:
      "The page of a completion record is not there. The device writes the record to its event log, and a worker copies it.",
    when: "the process polls the record, or closes its queue and another process gets the PASID.",
    answer:
      "Yes, if the status is copied last, and if a close ends all ways to the old process: the device drains the PASID, entries in the log are marked so that they are passed over, and copies that are queued or under way are waited for. idxd does all of it. Without any one of these steps a record reaches a process that has not asked for it, or one that has closed.",
    evidence: {
      kind: "derived",
      where:
        "idxd_copy_cr(), process_evl_entry(), idxd_cdev_evl_drain_pasid() and idxd_file_dev_release() of 6.12.117 and 7.3.4; by reading and by the model",
    },
    runs: [
      {
        label: "all steps",
        request: records({}, "linux-6.12.117"),
        expect: { "LRC-1": "holds", "LRC-3": "holds", "LRC-5": "holds", "LRC-2": "witnessed", "LRC-4": "witnessed" },
      },
      { label: "the status first", request: records({ copyOrder: "status-first" }), expect: { "LRC-1": "violated" } },
      { label: "no marks in the log", request: records({ closeOmits: "marks" }), expect: { "LRC-3": "violated" } },
      {
        label: "copies are not waited for",
        request: records({ closeOmits: "work-drain" }),
        expect: { "LRC-3": "violated", "LRC-5": "violated" },
      },
      {
        label: "the device is not drained",
        request: records({ closeOmits: "device-drain" }),
        expect: { "LRC-3": "violated", "LRC-5": "violated" },
      },
    ],
    chart: { run: 2, property: "LRC-3" },
  },
  {
    id: "close-stops-event-log",
    question: "Can one process stop the completion records of all others?",
    askedBy: "idxd_cdev_evl_drain_pasid()",
    rows: [],
    given:
      "A process maps the page of its completion record so that it comes only when the process, or a server of its own, says so.",
    when: "it closes its queue while the record is copied.",
    answer:
      "Yes, by the source of Linux 6.12.117 and 7.3.4. The close takes evl->lock and waits in drain_workqueue() for the copy, which waits for the page. The thread of the event log needs evl->lock, so that no queue of the device gets a record from the log until the page comes; another close waits as well. A close that drops the lock before it waits keeps the others going.",
    evidence: {
      kind: "derived",
      where:
        "idxd_cdev_evl_drain_pasid(), process_evl_entries() and idxd_copy_cr() of 6.12.117 and 7.3.4; by reading and by the model, no device was used",
    },
    runs: [
      {
        label: "evl->lock is held",
        request: records({}, "linux-6.12.117"),
        expect: { "LRC-6": "violated", "LRC-8": "violated", "LRC-7": "witnessed", "LRC-9": "witnessed" },
      },
      {
        label: "it is dropped",
        request: records(),
        expect: { "LRC-6": "holds", "LRC-8": "holds", "LRC-7": "witnessed", "LRC-9": "witnessed" },
      },
    ],
    chart: { run: 0, property: "LRC-6" },
  },
  {
    id: "engine-shared-by-queues",
    question: "Does a page fault of one work queue stop the other queues of the engine?",
    askedBy: "block_on_fault of idxd",
    rows: [],
    given: "Two work queues share an engine, and one may block on faults.",
    when: "a page of its buffer does not come.",
    answer:
      "Yes with block_on_fault: the engine waits for the page response, and serves no other descriptor meanwhile. The other process gets no record, and its close waits too, because Drain PASID waits for its descriptors. Without it the descriptor ends with a fault, and the process touches the page and sends the rest again. A group with more engines needs more faults to be stopped.",
    evidence: {
      kind: "derived",
      where:
        "block_on_fault in sysfs.c of idxd, 6.12.117 and 7.3.4; the engine as the specification describes it, recalled",
    },
    runs: [
      {
        label: "block on fault",
        request: records({ blockOnFault: true }),
        expect: { "LRC-6": "violated", "LRC-8": "violated", "LRC-10": "witnessed" },
      },
      { label: "no block on fault", request: records(), expect: { "LRC-6": "holds", "LRC-10": "witnessed" } },
    ],
    chart: { run: 0, property: "LRC-6" },
  },
];
