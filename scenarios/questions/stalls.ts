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
    askedBy: "hardware facts, H21 (a stall of a stream that is attached to nothing is dropped and never resumed)",
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
    askedBy: "hardware facts, H25 (an aborted write of the event queue loses stall records, and Linux only reports it)",
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
    askedBy: "hardware facts, H24 (getting the page needs the path whose slots are all stalled)",
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
  {
    id: "stalls-turned-off",
    question: "A process exits while a transaction of its device is stalled: what must the SMMU do with the response?",
    askedBy:
      "IOPF core facts, B41 (exit with a stalled transaction) and L8 (a stall is not stranded when stalling is turned off before it is resumed)",
    rows: [],
    given:
      "Linux 6.12.117: at the exit of the process, arm_smmu_mm_release() writes the context descriptor that arm_smmu_make_sva_cd() makes without an mm. It sets EPD0 and clears CD.S and CD.R. One stall record has no response yet.",
    when: "the worker maps the page, as it does for any fault, and resumes the transaction.",
    answer:
      "The SMMU must try the transaction again with the new descriptor, which terminates it. An SMMU that leaves it stalled loses the slot: software has responded and does not respond again. Linux 6.1.192 does not turn stalls off there: arm_smmu_write_ctx_desc() with quiet_cd only sets EPD0, so CD.S and CD.R stay set and faults after the exit stall too.",
    evidence: { kind: "derived", where: "IOPF core facts, B41" },
    runs: [
      {
        label: "tried again, and ended",
        request: stalls({ stallExits: true }),
        expect: { "STM-15": "holds", "STM-6": "holds", "STM-16": "witnessed" },
      },
      {
        label: "left stalled",
        request: stalls({ stallExits: true, resumedWhenOff: "stays" }),
        expect: { "STM-15": "violated", "STM-6": "violated" },
      },
    ],
    chart: { run: 1, property: "STM-15" },
  },
  {
    id: "stall-that-is-none",
    question: "Stalls are enabled: may software take every fault record for a stall?",
    askedBy: "hardware facts, 4.1 (SMMUv3, 3.12)",
    rows: [],
    given: "Hardware that may end a transaction although it was to stall it, and records that too.",
    when: "software answers each record, or only those that say that something waits.",
    answer:
      "No: nothing waits for that answer, and the tag that it names may belong to the next stall by then, which is resumed before anybody looked at it.",
    evidence: { kind: "derived", where: "hardware facts, 4.1" },
    runs: [
      { label: "looks at the flag", request: stalls({ stallDowngrade: true }), expect: { "STM-7": "holds" } },
      {
        label: "takes all for stalls",
        request: stalls({ stallDowngrade: true, checksStallFlag: false }),
        expect: { "STM-7": "violated" },
      },
    ],
    chart: { run: 1, property: "STM-7" },
  },
  {
    id: "one-record-for-a-page",
    question: "Two transactions stall on one page: is one record, and one answer, enough?",
    askedBy: "hardware facts, 4.2 and K22 (SMMUv3, 4.7)",
    rows: [],
    given: "Hardware that records a page once while a stall of it waits.",
    when: "the answer to that record makes hardware try all stalls of the page again, or only the one that it names.",
    answer:
      "Enough, if the answer is for all of them: software never learns of the others, so that what hardware forgets then waits for ever.",
    evidence: { kind: "derived", where: "hardware facts, 4.2" },
    runs: [
      {
        label: "all are tried again",
        request: stalls({ ...two, stallDupSuppress: true }),
        expect: { "STM-5": "holds", "STM-6": "holds", "STM-17": "witnessed" },
      },
      {
        label: "only the one that is named",
        request: stalls({ ...two, stallDupSuppress: true, duplicateStalls: "forgotten", recordLoss: "never" }),
        expect: { "STM-5": "violated", "STM-6": "violated" },
      },
    ],
    chart: { run: 1, property: "STM-6" },
  },
  {
    id: "stalls-of-a-pcie-device",
    question: "Why may transactions of a PCIe device not be stalled, if the page arrives in the end?",
    askedBy: "hardware facts, S25 (a real PCIe device never stalls) and H26 (one device with PRI and stalls together)",
    rows: [7],
    given: "A device that gives up a read whose completion does not come in time.",
    when: "its stream is configured to stall, or to end what faults.",
    answer:
      "Because the device does not wait: it takes the read for failed while the SMMU still holds it, and nothing bounds how long software takes. A platform device waits, and one of PCIe asks for the page by PRI instead.",
    evidence: { kind: "derived", where: "hardware facts, 4.4" },
    runs: [
      { label: "platform device, stalls", request: stalls(), expect: { "STM-5": "holds", "STM-11": "witnessed" } },
      {
        label: "PCIe, ended at once",
        request: stalls({ streamKind: "pcie", stallEnabled: false }),
        expect: { "STM-13": "holds" },
      },
      { label: "PCIe, stalls", request: stalls({ streamKind: "pcie" }), expect: { "STM-13": "violated" } },
    ],
    chart: { run: 2, property: "STM-13" },
  },
  {
    id: "refused-and-nobody-told",
    question: "Does it matter whether a refused write is aborted or ignored?",
    askedBy:
      "hardware facts, S27 (an untranslated access that faults is aborted and logged, never silently completed) and K24 (how an access is ended: aborted, or reads give zero and writes are ignored)",
    rows: [],
    given: "A write that software refuses, and a device that goes on with the next one.",
    when: "the refused one is aborted, or ignored as TERM_MODEL and CD.A allow.",
    answer:
      "Yes: after an abort the device knows. If the write is ignored, the next one lands as if the first had, and whoever reads the second trusts data that never came.",
    evidence: { kind: "derived", where: "hardware facts, S27" },
    runs: [
      { label: "aborted", request: stalls(), expect: { "STM-14": "holds", "STM-8": "witnessed" } },
      { label: "ignored", request: stalls({ termBehaviour: "razWi" }), expect: { "STM-14": "violated" } },
    ],
    chart: { run: 1, property: "STM-14" },
  },
];
