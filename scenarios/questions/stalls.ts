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
    given: "The driver has resumed a stalled write with abort, and the VMM maps the address to a new buffer.",
    when: "the SMMU retries the transaction once more before it terminates it.",
    answer:
      "No. Until the SMMU has terminated the transaction, a retry can still succeed, and it then writes old data into the new buffer. The owner must wait until the device is quiescent before it maps the address again.",
    evidence: {
      kind: "derived",
      where: "hardware facts, H23 (a refused write may still succeed when the page is mapped again before the end)",
    },
    runs: [
      {
        label: "the owner waits for quiescence",
        request: stalls(two),
        expect: { "STM-1": "holds", "STM-8": "witnessed" },
      },
      {
        label: "the owner does not wait",
        request: stalls({ ...two, waitsForQuiescence: false }),
        expect: { "STM-1": "violated" },
      },
    ],
    chart: { run: 1, property: "STM-1" },
  },
  {
    id: "stall-of-an-unknown-stream",
    question: "What happens if a stall record names a stream that is not attached any more?",
    askedBy: "hardware facts, H21 (a stall of a stream that is attached to nothing is dropped and never resumed)",
    rows: [7],
    given: "The driver reads the record after the device was detached.",
    when: "arm_smmu_handle_evt() finds no master for the stream, and returns without a CMD_RESUME.",
    answer:
      "The stall keeps its slot for ever. The driver must send a response to every stall, even to one of a stream that it does not know.",
    evidence: { kind: "verified", where: "Linux 6.12, arm_smmu_handle_evt()" },
    runs: [
      { label: "the driver answers it", request: stalls(), expect: { "STM-5": "holds", "STM-6": "holds" } },
      {
        label: "the driver drops it, as in 6.1 and 6.12",
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
    given: "The write of a record to the event queue is aborted.",
    when: "arm_smmu_gerror_handler() logs the error, and does nothing else.",
    answer:
      "Yes, if the write to the event queue is aborted; a full queue loses none. The driver must then terminate the stalls of all streams, because otherwise a transaction without a record waits for ever.",
    evidence: { kind: "verified", where: "Linux 6.1.192 and 6.12.117, arm_smmu_gerror_handler()" },
    runs: [
      {
        label: "the driver terminates all stalls",
        request: stalls(two),
        expect: { "STM-5": "holds", "STM-12": "witnessed" },
      },
      {
        label: "the driver only logs it, as in 6.1 and 6.12",
        request: stalls({ ...two, afterRecordLoss: "message-only" }),
        expect: { "STM-5": "violated", DEADLOCK: "violated" },
      },
    ],
    chart: { run: 1, property: "STM-5" },
  },
  {
    id: "swap-behind-the-same-path",
    question: "May the memory for a stalled fault come from a device behind the same SMMU path?",
    askedBy: "hardware facts, H24 (fetching the page needs the path whose stall slots are all taken)",
    rows: [7],
    given: "All stall slots of the path are taken.",
    when: "the fault handler swaps the page in through a device behind that path.",
    answer: "No. The handler waits for a free slot, and the slots become free only after the handler has answered.",
    evidence: {
      kind: "derived",
      where: "hardware facts, H24 (fetching the page needs the path whose stall slots are all taken)",
    },
    runs: [
      { label: "the page comes over another path", request: stalls(), expect: { "STM-6": "holds", DEADLOCK: "holds" } },
      {
        label: "the page comes over the same path",
        request: stalls({ swapPath: "same" }),
        expect: { "STM-6": "violated" },
      },
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
      "Linux 6.12.117: at the exit of the process, arm_smmu_mm_release() writes the context descriptor that arm_smmu_make_sva_cd() makes without an mm. It sets EPD0 and, unless the SMMU has STALL_FORCE, clears CD.S and CD.R. One stall record has no response yet.",
    when: "the worker maps the page, as it does for any fault, and resumes the transaction.",
    answer:
      "The SMMU must retry the transaction with the new descriptor, which terminates it. An SMMU that leaves it stalled loses the slot: software has responded and does not respond again. Linux 6.1.192 does not turn stalls off there: arm_smmu_write_ctx_desc() with quiet_cd only sets EPD0, so CD.S and CD.R stay set and faults after the exit stall too.",
    evidence: {
      kind: "derived",
      where:
        "IOPF core facts, B41 (stalling is turned off while a transaction waits for its resume); Linux 6.12.117 arm_smmu_make_sva_cd(), arm_smmu_mm_release(); 6.1.192 arm_smmu_write_ctx_desc()",
    },
    runs: [
      {
        label: "the SMMU retries it and terminates it",
        request: stalls({ stallExits: true }),
        expect: { "STM-15": "holds", "STM-6": "holds", "STM-16": "witnessed" },
      },
      {
        label: "the SMMU leaves it stalled",
        request: stalls({ stallExits: true, resumedWhenOff: "stays" }),
        expect: { "STM-15": "violated", "STM-6": "violated" },
      },
    ],
    chart: { run: 1, property: "STM-15" },
  },
  {
    id: "stall-that-is-none",
    question: "May software take every fault record for a stall when stalls are enabled?",
    askedBy: "hardware facts, 4.1 (SMMUv3, 3.12)",
    rows: [],
    given: "The SMMU may terminate a transaction that it should stall, and records that too.",
    when: "the driver responds to each record, or only to those with the Stall flag.",
    answer:
      "No. No transaction waits for the response to a record without the Stall flag. The tag in that record may already belong to the next stall, which is then resumed before the driver has looked at it.",
    evidence: { kind: "derived", where: "hardware facts, 4.1" },
    runs: [
      {
        label: "the driver checks the Stall flag",
        request: stalls({ stallDowngrade: true }),
        expect: { "STM-7": "holds" },
      },
      {
        label: "the driver takes every record for a stall",
        request: stalls({ stallDowngrade: true, checksStallFlag: false }),
        expect: { "STM-7": "violated" },
      },
    ],
    chart: { run: 1, property: "STM-7" },
  },
  {
    id: "one-record-for-a-page",
    question: "Is one record, and one response, enough for two transactions that stall on one page?",
    askedBy: "hardware facts, 4.2 and K22 (SMMUv3, 4.7)",
    rows: [],
    given: "The SMMU records a page once while one of its stalls waits (duplicate suppression).",
    when: "the response makes the SMMU retry all stalls of the page, or only the one that it names.",
    answer:
      "Yes, if the SMMU retries all of them. Software never learns of the other transactions, so a stall that the SMMU does not retry waits for ever.",
    evidence: { kind: "derived", where: "hardware facts, 4.2" },
    runs: [
      {
        label: "the SMMU retries all",
        request: stalls({ ...two, stallDupSuppress: true }),
        expect: { "STM-5": "holds", "STM-6": "holds", "STM-17": "witnessed" },
      },
      {
        label: "the SMMU retries only the one that is named",
        request: stalls({ ...two, stallDupSuppress: true, duplicateStalls: "forgotten", recordLoss: "never" }),
        expect: { "STM-5": "violated", "STM-6": "violated" },
      },
    ],
    chart: { run: 1, property: "STM-6" },
  },
  {
    id: "stalls-of-a-pcie-device",
    question: "Why must transactions of a PCIe device not stall, although the page arrives in the end?",
    askedBy: "hardware facts, S25 (a real PCIe device never stalls) and H26 (one device with PRI and stalls together)",
    rows: [7],
    given: "A device that gives up a read when its completion times out.",
    when: "its stream is configured to stall, or to terminate what faults.",
    answer:
      "A PCIe device gives up the read while the SMMU still holds it, and nothing bounds how long software takes to answer. The stream of a PCIe device must terminate what faults; a PCIe device can ask for pages with PRI. A platform device waits.",
    evidence: { kind: "derived", where: "hardware facts, 4.4" },
    runs: [
      {
        label: "platform device, stalls enabled",
        request: stalls(),
        expect: { "STM-5": "holds", "STM-11": "witnessed" },
      },
      {
        label: "PCIe device, faults terminate",
        request: stalls({ streamKind: "pcie", stallEnabled: false }),
        expect: { "STM-13": "holds" },
      },
      {
        label: "PCIe device, stalls enabled",
        request: stalls({ streamKind: "pcie" }),
        expect: { "STM-13": "violated" },
      },
    ],
    chart: { run: 2, property: "STM-13" },
  },
  {
    id: "refused-and-nobody-told",
    question: "Does it matter whether a refused write is aborted or ignored?",
    askedBy:
      "hardware facts, S27 (an untranslated access that faults is aborted and logged, never silently completed) and K24 (how an access is terminated: with an abort, or with zeros for reads and ignored writes)",
    rows: [],
    given: "Software refuses a write, and the device goes on with the next one.",
    when: "the SMMU aborts the refused write, or ignores it (RAZ/WI), as TERM_MODEL and CD.A allow.",
    answer:
      "Yes. After an abort the device knows that the write failed. If the SMMU ignores the write, the next write lands as if the first had landed too, and a reader of the second write trusts data that never arrived.",
    evidence: {
      kind: "derived",
      where: "hardware facts, S27 (an untranslated access that faults is aborted and logged, never silently completed)",
    },
    runs: [
      { label: "the SMMU aborts it", request: stalls(), expect: { "STM-14": "holds", "STM-8": "witnessed" } },
      {
        label: "the SMMU ignores it (RAZ/WI)",
        request: stalls({ termBehaviour: "razWi" }),
        expect: { "STM-14": "violated" },
      },
    ],
    chart: { run: 1, property: "STM-14" },
  },
];
