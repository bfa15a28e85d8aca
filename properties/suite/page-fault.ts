/** The runs of the page fault systems, and what they are known to break. */
import type { Json } from "../../checker/json.ts";
import { systems } from "../../model/systems/systems.ts";
import { because, type SuiteRun } from "./run.ts";

type Known = SuiteRun["known"];

const NO_ANSWER =
  "the last request of a group is dropped by an overflow, and neither hardware (K9: what answers a dropped last request) nor software answers it: the device waits for ever";
const MERGES =
  "the overflow flag is cleared while requests from before the overflow are in the queue (K17: whether it is cleared only when the queue is empty), so one of them joins the next group of the index";
const CLEARS_EARLY =
  "the overflow flag is cleared while records from before the overflow are in the queue (K17: whether it is cleared only when the queue is empty)";
const LEFT_OVER =
  "the overflow flag is cleared while a request of the group is in the queue; the last request was dropped and nothing answers it (K9: what answers a dropped last request), so the partial fault stays in the core";
const STAYS_STOPPED =
  "amd_iommu_handle_irq() clears an overflow flag that was set after it read the status register, and restarts the log only if it has seen the flag (K38)";
const ANSWERS_LATE =
  "the handler drops iommu->lock (F11) before it responds (F12), so another thread can unmap the page in between";

const LOSES_REFUSAL =
  "the handler is called for each request, and its refusal of an earlier one sends no response: the group gets the Success of the last (row 58 of the RFC thread)";

const RECURSES =
  "the handler gets pages while it holds iommu->lock; if that reclaims another page, the notifier waits for the same lock (D-06)";

const RETRIES =
  "the host takes the page away again and again, and nothing bounds how often the handler starts over (VFIO facts 4.3)";

const NO_MEMORY =
  "without memory iommu_report_device_fault() responds with Failure, which ends the page request interface of the device (H5, D15)";

const KNOWN: { readonly [run: string]: Known } = {
  "pri-overflow amd": {
    ...because(NO_ANSWER, "RSP-8", "RSP-12", "LIV-1", "LIV-2", "DEADLOCK"),
    ...because(LEFT_OVER, "GRP-6"),
    ...because(STAYS_STOPPED, "PRQ-5", "LIV-4"),
  },
  "pri-overflow amd seen 2": {
    ...because(NO_ANSWER, "RSP-8", "RSP-12", "LIV-1", "LIV-2", "DEADLOCK"),
    ...because(LEFT_OVER, "GRP-6"),
  },
  "pri-flat vtd 1 2 1 may-fail": because(NO_MEMORY, "RSP-8", "LIV-8", "DEADLOCK"),
  "pri-overflow qemu-vtd": because(NO_ANSWER, "RSP-8", "RSP-12", "LIV-1", "LIV-2", "DEADLOCK"),
  "pri-overflow qemu-riscv": {
    ...because(NO_ANSWER, "RSP-8", "RSP-12", "LIV-1", "LIV-2", "DEADLOCK"),
    ...because(LEFT_OVER, "GRP-6"),
    ...because(CLEARS_EARLY, "PRQ-9"),
  },
  "pri-overflow riscv 2": { ...because(MERGES, "GRP-1", "GRP-3"), ...because(CLEARS_EARLY, "PRQ-9") },
  "mmu-notifier smmu-stall rfc-v2": {
    ...because(RECURSES, "GRP-12", "LCK-7", "STL-7", "LIV-3", "LIV-6", "LIV-7", "DEADLOCK"),
    ...because(ANSWERS_LATE, "RSP-9"),
  },
  "mmu-notifier smmu-stall rfc-v2 2 1 2 1": {
    ...because(RECURSES, "GRP-12", "LCK-7", "STL-7", "LIV-3", "LIV-6", "LIV-7", "DEADLOCK"),
    ...because(ANSWERS_LATE, "RSP-9"),
  },
  "mmu-notifier smmu-stall hmm": {
    ...because(ANSWERS_LATE, "RSP-9"),
    ...because(RETRIES, "LIV-3", "LIV-7"),
  },
  "mmu-notifier vtd hmm 1 1 1": {
    ...because(ANSWERS_LATE, "RSP-9"),
    ...because(RETRIES, "LIV-2", "LIV-7"),
  },
  "mmu-notifier smmu-stall hmm true 1 1 1": {
    ...because(ANSWERS_LATE, "RSP-9"),
    ...because(RETRIES, "LIV-3", "LIV-7"),
  },
  "unmap-race vtd": because(ANSWERS_LATE, "RSP-9"),
  "unmap-race vtd rfc-v1": because(ANSWERS_LATE, "RSP-9"),
  "unmap-race smmu-stall rfc-v1": because(ANSWERS_LATE, "RSP-9"),
  "pin-limit vtd rfc-v1 2": because(LOSES_REFUSAL, "RSP-8", "RSP-13", "LIV-8"),
};

const run = (
  system: string,
  hardware: string,
  bounds: string,
  set: { readonly [knob: string]: Json } = {},
  host = "rfc-v1-on-groups",
): SuiteRun => ({
  system,
  hardware,
  host,
  bounds,
  set,
  known:
    KNOWN[[system, hardware, ...(host === "rfc-v1-on-groups" ? [] : [host]), ...Object.values(set)].join(" ")] ?? {},
});

/** This hardware interrupts for every record: two pages break the same sentences as three, in a twentieth of the states. */
const OVERFLOW_SIZES: { readonly [hardware: string]: { readonly pages: number } } = { riscv: { pages: 2 } };

/** Two PASIDs of a device use one group index (K8). */
const TWO_PASIDS = { pasids: 2, slots: 2, pages: 1, itemPages: 1, prgiScope: "functionAndPasid" } as const;

/** Memory may be missing at any report. */
const ONE = { slots: 1, pages: 2, itemPages: 1 } as const;

export function pageFaultRuns(bounds: string): readonly SuiteRun[] {
  const overflow = systems.find(({ name }) => name === "pri-overflow")!;
  return [
    run("pri-flat", "vtd", bounds),
    // As posted, each fault is answered in its report: right for stalls, and wrong where a group has two requests.
    run("stall-flat", "smmu-stall", bounds, {}, "rfc-v1"),
    run("pri-flat", "vtd", bounds, { itemPages: 2 }, "rfc-v1"),
    ...overflow.hardware.map((hardware) => run("pri-overflow", hardware, bounds, OVERFLOW_SIZES[hardware])),
    run("pri-overflow", "vtd", bounds, { core: "6.1" }),
    run("pri-flat", "vtd", bounds, { givesUp: "keepsIndex", slots: 1 }),
    run("pri-overflow", "vtd", bounds, TWO_PASIDS),
    run("pri-overflow", "vtd", bounds, { ...TWO_PASIDS, core: "6.1" }),
    ...(bounds === "small" ? [] : [run("pri-overflow", "vtd", bounds, { discardWhen: "after-clear", pages: 2 })]),
    run("pri-overflow", "amd", bounds, { irqClears: "seen", pages: 2 }),
    run("pri-flat", "vtd", bounds, { ...ONE, core: "6.1", allocations: "may-fail" }),
    run("pri-flat", "vtd", bounds, { ...ONE, allocations: "may-fail" }),
    run("unmap-race", "vtd", bounds),
    run("unmap-race", "vtd", bounds, {}, "rfc-v1"),
    run("unmap-race", "smmu-stall", bounds, {}, "rfc-v1"),
    run("mmu-notifier", "smmu-stall", bounds, {}, "rfc-v2"),
    // The handler unpins a page, and goes on with the one behind it.
    run("mmu-notifier", "smmu-stall", bounds, { premap: 2, workers: 1, pages: 2, itemPages: 1 }, "rfc-v2"),
    run("mmu-notifier", "smmu-stall", bounds, {}, "hmm"),
    // The callback with an ATC to invalidate.
    run("mmu-notifier", "vtd", bounds, { pages: 1, instances: 1, commands: 1 }, "hmm"),
    // DMA_UNMAP of pages that are mapped and not pinned.
    run("mmu-notifier", "smmu-stall", bounds, { unmaps: true, pages: 1, slots: 1, workers: 1 }, "hmm"),
    run("pin-limit", "vtd", bounds),
    run("pin-limit", "vtd", bounds, { itemPages: 2 }, "rfc-v1"),
    run("pin-limit", "vtd", bounds, { reclaim: "direct" }),
    run("pin-limit", "vtd", bounds, { reclaim: "periodic", slots: 1 }),
    run("pin-limit", "smmu-stall", bounds, { reclaim: "direct" }),
  ];
}
