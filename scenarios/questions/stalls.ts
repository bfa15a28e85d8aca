/** Questions about stalled transactions. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

const stalls = (set: Parameters<typeof study>[2] = {}, host = "intended") => study("stalls", host, set);
const two = { stallSlots: 2 };

export const stallsScenarios: readonly Scenario[] = [
  {
    id: "refused-write-lands-later",
    question: "Is a stalled write that was refused gone?",
    askedBy: "hardware facts, H23 (SMMUv3, 3.12.3)",
    rows: [7],
    given: "A driver that refused a stalled write, and memory that is given to somebody new.",
    when: "the hardware tries the transaction once more before it ends it.",
    answer:
      "Not at once: until it has ended it may succeed when the page is mapped again, and then writes old data into new memory. Memory must be given out only when the device is quiescent.",
    evidence: { kind: "derived", where: "hardware facts, H23" },
    runs: [
      { label: "waits for quiescence", request: stalls(two), expect: { "STM-1": "holds", "STM-8": "witnessed" } },
      {
        label: "does not wait",
        request: stalls({ ...two, waitsForQuiescence: false }),
        expect: { "STM-1": "violated" },
      },
    ],
    chart: { run: 1, property: "STM-1" },
  },
  {
    id: "stall-of-an-unknown-stream",
    question: "What if a stall record names a stream that is attached to nothing any more?",
    askedBy: "hardware facts, H21",
    rows: [7],
    given: "A record that is read after its device was detached.",
    when: "the driver finds nobody to report it to, and drops it.",
    answer:
      "The slot is taken for ever, and with it what the path can hold: every stall needs an answer, also one of nobody.",
    evidence: { kind: "verified", where: "Linux 6.12, arm_smmu_handle_evt()" },
    runs: [
      { label: "answered", request: stalls(), expect: { "STM-5": "holds", "STM-6": "holds" } },
      {
        label: "forgotten",
        request: stalls({ orphanStalls: "forgotten" }),
        expect: { "STM-5": "violated", "STM-6": "violated" },
      },
    ],
    chart: { run: 1, property: "STM-6" },
  },
  {
    id: "lost-stall-record",
    question: "Can the record of a stall be lost?",
    askedBy: "hardware facts, H25",
    rows: [7],
    given: "An event queue whose write is aborted.",
    when: "software prints a message and goes on, as Linux does.",
    answer:
      "Not for want of room, but by an aborted write: then every stall of every stream must be terminated, or one waits for ever.",
    evidence: { kind: "verified", where: "Linux 6.12, the GERROR handler of arm-smmu-v3" },
    runs: [
      { label: "all terminated", request: stalls(two), expect: { "STM-5": "holds", "STM-12": "witnessed" } },
      {
        label: "message only",
        request: stalls({ ...two, afterRecordLoss: "message-only" }),
        expect: { "STM-5": "violated", DEADLOCK: "violated" },
      },
    ],
    chart: { run: 1, property: "STM-5" },
  },
  {
    id: "swap-behind-the-same-path",
    question: "May the memory for a stalled fault come from a device behind the same SMMU path?",
    askedBy: "hardware facts, H24",
    rows: [7],
    given: "Slots for stalls that are all taken.",
    when: "the handler must swap in over the path that they block.",
    answer: "No: the handler waits for a slot, and the slot waits for the handler.",
    evidence: { kind: "derived", where: "hardware facts, H24" },
    runs: [
      { label: "another path", request: stalls(), expect: { "STM-6": "holds", DEADLOCK: "holds" } },
      { label: "the same path", request: stalls({ swapPath: "same" }), expect: { "STM-6": "violated" } },
    ],
    chart: { run: 1, property: "STM-6" },
  },
];
