/** Deliberate defects of `hung-handler`: who is made to wait for a handler that does not return, and who does not wait enough. */
import { ANY_HARDWARE } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

const broken = (when: Settings, breaks: readonly string[], reason: string): Departure => ({
  when,
  breaks,
  reason,
  shown: { system: "hung-handler", hardware: ANY_HARDWARE, host: "intended", bounds: "small", set: when },
});

export const hungHandlerBreakages: Breakages = {
  departures: [
    broken(
      { queueOf: "iommu" },
      ["HNG-1", "HNG-3"],
      "works that hang are as many as may run at once, and those of the other device do not begin",
    ),
    broken({ detachInterrupts: false }, ["HNG-5"], "the flush waits for a handler that nobody ends"),
    broken(
      { detachInterrupts: false, queueOf: "iommu" },
      ["HNG-1", "HNG-3", "HNG-5"],
      "flush_workqueue() waits for the work of all devices of the queue",
    ),
    broken(
      { detachInterrupts: false, flushHolds: "sva-lock" },
      ["HNG-3", "HNG-5", "HNG-7", "LCK-11"],
      "the flush holds iommu_sva_lock, and waits for a handler that nobody ends",
    ),
    broken(
      { detachInterrupts: false, flushHolds: "param-lock", detachOf: "pasid" },
      ["HNG-1", "HNG-5", "LCK-11"],
      "the flush holds the lock that a report of the device takes, and the thread that reports waits for it",
    ),
    broken(
      { detachInterrupts: false, faultsHandledBy: "thread" },
      ["HNG-1", "HNG-3", "HNG-5", "LCK-11"],
      "the thread that reports is inside the handler",
    ),
    broken(
      { detachInterrupts: false, faultsHandledBy: "user", detachOmits: "answers" },
      ["HNG-11"],
      "groups that user space has not answered stay without a response",
    ),
    broken(
      { detachOmits: "unlock", flushHolds: "sva-lock" },
      ["HNG-3", "HNG-5", "HNG-7", "LCK-11"],
      "a detach returns with iommu_sva_lock held",
    ),
    broken({ detachOmits: "drain" }, ["HNG-9", "HNG-11"], "a request is reported after the flush"),
    broken({ detachOmits: "flush" }, ["HNG-9", "HNG-11"], "work of the device is queued or runs when it is freed"),
  ],
  unbroken: {},
};
