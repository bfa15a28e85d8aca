/** Deliberate defects of `two-consumers`. */
import { ANY_HARDWARE } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

const departs = (
  when: Settings,
  besides: Settings,
  breaks: readonly string[],
  reason: string,
  host = "intended",
): Departure => ({
  when,
  breaks,
  reason,
  shown: { system: "two-consumers", hardware: ANY_HARDWARE, host, bounds: "small", set: { ...when, ...besides } },
});

export const twoConsumersBreakages: Breakages = {
  departures: [
    departs(
      { toldOfOverflow: "internal", partialLists: "each-consumer" },
      { vfioGroupPages: 2 },
      ["CON-1", "CON-4"],
      "iopf_queue_discard_partial() reaches the internal handler only, and VFIO's partial faults stay (rows 55, 56 of the RFC thread)",
    ),
    departs(
      { toldOfOverflow: "none", partialLists: "core" },
      { vfioGroupPages: 2 },
      ["CON-1", "CON-4"],
      "the partial faults of groups that got an automatic response at the overflow are not discarded (B2)",
    ),
    departs(
      { clearPolicy: "immediate" },
      { vfioGroupPages: 2 },
      ["CON-1", "CON-4"],
      "the overflow is cleared while requests from before it are in the queue (B1)",
    ),
    departs(
      { groupOwners: "two" },
      { deviceRemovals: 1 },
      ["CON-3", "CON-6", "CON-7"],
      "the IOPF core responds to and frees a group that a consumer works on, and the consumer's response reaches the next one (B-27)",
    ),
    departs(
      { removalRule: "forgets" },
      { deviceRemovals: 1 },
      ["CON-10"],
      "groups of a device that detaches are dropped without a response (B19)",
    ),
    departs(
      { removalWhen: "any-time" },
      { deviceRemovals: 1 },
      ["CON-6"],
      "iopf_queue_remove_device() frees a group that a report has in hand, whose caller did not drain the queue",
    ),
    departs(
      { allocations: "may-fail" },
      {},
      ["DEADLOCK"],
      "a group without memory gets Failure, which disables the page requests of its device, and nobody enables them again",
    ),
    departs(
      { vfioHandling: "inside-report" },
      {},
      ["CON-8", "CON-11", "CON-13", "LCK-11"],
      "VFIO waits for its page on the thread that empties the queue, under the lock of the report (D-22)",
    ),
    departs(
      { workersOfQueue: "one-for-all" },
      {},
      ["CON-8", "LCK-11"],
      "the only worker waits for VFIO's page, and SVA's group waits behind it (I-35)",
    ),
  ],
  unbroken: {},
};
