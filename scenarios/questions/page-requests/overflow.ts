/** Questions about the page request queue: its overflow, and what waits behind it. */
import type { Scenario } from "../../scenario.ts";
import { at } from "../request.ts";
import { overflow } from "./requests.ts";

export const overflowScenarios: readonly Scenario[] = [
  {
    id: "partial-groups-at-overflow",
    question: "What becomes of a page request group that was reported in part when the queue overflowed?",
    askedBy: "Jean-Philippe Brucker, 2021-02-05 (M7)",
    rows: [6, 53, 54],
    given: "A device with groups of two requests, and a page request queue with room for one.",
    when: "the second request is dropped and the IOMMU answers the group, while the first request waits in software.",
    answer:
      "Software must discard the part that it holds. After the discard no group is resolved with requests of an older one; without it the leftover joins the next group of the same index.",
    evidence: { kind: "verified", where: "Linux 6.12, iopf_queue_discard_partial() and prq_event_thread()" },
    runs: [
      {
        label: "iopf_queue_discard_partial() is called",
        request: overflow(),
        expect: { "GRP-1": "holds", "GRP-3": "holds", "PRQ-3": "witnessed" },
      },
      {
        label: "nothing is discarded",
        request: overflow({ discardScope: "none" }),
        expect: { "GRP-1": "violated", "GRP-3": "violated" },
      },
    ],
    chart: { run: 1, property: "GRP-3" },
  },
  {
    id: "discard-after-clear",
    question: "Does it matter whether partial groups are discarded before or after the overflow flag is cleared?",
    askedBy: "IOPF core facts, B2 (overflow must discard partial faults, or they join later groups)",
    rows: [53],
    given: "A driver that discards before it clears the overflow flag, or after.",
    when: "the device sends a new request as soon as the flag is cleared.",
    answer:
      "No, the order makes no difference: the thread that reads the queue also discards and clears, so nothing is reported between the two.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "discards partial faults, then clears the flag",
        request: overflow(),
        expect: { "GRP-1": "holds", "GRP-3": "holds", "GRP-5": "witnessed" },
      },
      {
        label: "clears the flag, then discards partial faults",
        request: overflow({ discardWhen: "after-clear" }),
        expect: { "GRP-1": "holds", "GRP-3": "holds" },
      },
    ],
  },
  {
    id: "dropped-last-request",
    question: "Who answers a group whose last request was dropped by the overflowing queue?",
    askedBy:
      "hardware facts, K9 (what answers a last request that overflow drops: success, invalid, failure, nobody) and H28 (emulated IOMMUs of QEMU answer nothing on their own)",
    rows: [54],
    given: "Hardware that answers a dropped last request itself, and hardware that does not.",
    when: "the queue overflows at the last request of a group.",
    answer:
      "Only the hardware can answer it, because software never sees the request. Where the hardware stays silent, as QEMU's emulation does, the device waits for ever.",
    evidence: {
      kind: "derived",
      where: "hardware facts, K9 (what answers a last request that overflow drops: success, invalid, failure, nobody)",
    },
    runs: [
      {
        label: "hardware responds to the dropped last request (VT-d)",
        request: overflow(),
        expect: { "RSP-8": "holds", "RSP-12": "holds", DEADLOCK: "holds" },
      },
      {
        label: "hardware sends no response",
        request: overflow({}, "qemu-vtd"),
        expect: { "RSP-8": "violated", "RSP-12": "violated", DEADLOCK: "violated" },
      },
    ],
    chart: { run: 1, property: "RSP-12" },
  },
  {
    id: "overflow-cleared-early",
    question: "May the overflow flag be cleared while requests from before the overflow still wait in the queue?",
    askedBy:
      "hardware facts, K17 (whether overflow is cleared only when the queue is empty); bug B-35 (overflow cleared too early) of VFIO facts",
    rows: [54],
    given: "A RISC-V IOMMU, whose specification permits it, and groups of two requests.",
    when: "the driver clears the flag at once, or when the queue is empty.",
    answer:
      "No: a stale request of a group that hardware answered joins the next group of the same index. That group is then resolved with a page that was not requested.",
    evidence: { kind: "derived", where: "hardware facts, fact 5" },
    runs: [
      {
        label: "the flag is cleared at once",
        request: overflow({}, "riscv"),
        expect: { "GRP-1": "violated", "GRP-3": "violated" },
      },
      {
        label: "the flag is cleared when the queue is empty",
        request: overflow({ clearPolicy: "drainedOnly" }, "riscv"),
        expect: { "GRP-1": "holds", "GRP-3": "holds" },
      },
    ],
    chart: { run: 0, property: "GRP-3" },
  },
  {
    id: "queue-accepts-again",
    question: "Does the page request queue accept requests again after an overflow?",
    askedBy: "VFIO facts, I-36 (after overflow the queue takes requests, partial groups are gone, devices try again)",
    rows: [54],
    given: "Kernel threads and queues that make progress; nothing is assumed of devices.",
    when: "the queue has overflowed.",
    answer:
      "On VT-d yes, on AMD not always. amd_iommu_handle_irq() reads the status register, and then clears pending bit and overflow flag with one write. A flag that is set in between is cleared unseen. amd_iommu_restart_ppr_log() is then not called, and the log stays stopped. It is enough to clear only the bits that were read as set. The register must also be read back, because hardware may set the pending bit again without an interrupt (erratum ERBT1312).",
    evidence: {
      kind: "verified",
      where:
        "Linux 6.12.117 and 7.3.4, amd_iommu_handle_irq(), amd_iommu_restart_log(). That a cleared flag alone does not start the log again is said of the event log, by the fix of B33 (the log of AMD never recovered from overflow; 5ce97f4ec5e0)",
    },
    runs: [
      { label: "VT-d", request: overflow(), expect: { "LIV-4": "holds" } },
      {
        label: "AMD, both bits are cleared, whatever was read",
        request: overflow({}, "amd"),
        expect: { "LIV-4": "violated", "PRQ-5": "violated" },
      },
      {
        label: "AMD, only the bits that were read as set are cleared",
        request: overflow({ irqClears: "seen" }, "amd"),
        expect: { "LIV-4": "holds", "PRQ-5": "holds" },
      },
      {
        label: "the same, and the status is not read back",
        request: overflow({ irqClears: "seen", irqReread: false }, "amd"),
        expect: { "LIV-4": "violated" },
      },
    ],
    chart: { run: 1, property: "LIV-4" },
  },
  {
    id: "lost-acknowledgement",
    question:
      "What happens if the driver empties the queue after an overflow, and its acknowledgement never reaches the IOMMU?",
    askedBy:
      "IOPF core facts, B4 (overflow was never acknowledged to the SMMU) and B33 (the log of AMD never recovered from overflow)",
    rows: [54],
    given: "A driver that keeps a copy of the overflow flag in memory.",
    when: "the driver notes the acknowledgement in its copy, and does not write the register.",
    answer:
      "The queue accepts no request any more, although it is empty. The IOMMU answers each group by itself, and no page is mapped for a device any more.",
    evidence: { kind: "verified", where: "Linux 67ea0b7ce418, which writes the register after the queue was emptied" },
    runs: [
      {
        label: "the driver writes the register",
        request: overflow(),
        expect: { "PRQ-5": "holds", "RSP-8": "holds", "LIV-4": "holds" },
      },
      {
        label: "the driver changes only its copy of the register",
        request: overflow({ clearPolicy: "never" }),
        expect: { "PRQ-5": "violated", "PRQ-8": "violated", "RSP-8": "violated", "LIV-4": "violated" },
      },
    ],
    chart: { run: 1, property: "PRQ-8" },
  },
  {
    id: "device-that-waits-for-its-answer",
    question: "May a device delay the completion of an invalidation until its page requests are answered?",
    askedBy: "hardware facts, H37 (a page response waits behind a fence that never ends)",
    rows: [6],
    given: "A command queue whose fence waits for invalidations, with the page responses behind the fence.",
    when: "a page is unmapped while a page request of the device is being answered.",
    answer:
      "No: the command queue stops for ever. The fence waits for the device, the device waits for its page response, and the response is behind the fence.",
    evidence: {
      kind: "derived",
      where:
        "hardware facts, H37 (a page response waits behind a fence that never ends) and L7 (no cycle of waiting between answers, fences, invalidations, stall slots and the handler's own accesses)",
    },
    runs: [
      {
        label: "the device completes the invalidation at once",
        request: at("unmap-race", "vtd"),
        expect: { "CMD-4": "holds", DEADLOCK: "holds" },
      },
      {
        label: "the device waits for its page response",
        request: at("unmap-race", "vtd", { atcInvDefect: "waits-for-answers" }),
        expect: { "CMD-4": "violated", "LCK-7": "violated", DEADLOCK: "violated" },
      },
    ],
    chart: { run: 1, property: "DEADLOCK" },
  },
];
