/** Deliberate defects in the model of the control of page requests. */
import { ANY_HARDWARE, type Request } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

const at = (set: Settings): Request => ({
  system: "pri-control",
  hardware: ANY_HARDWARE,
  host: "intended",
  bounds: "small",
  set,
});

/** `around` makes room for what is to be seen, and breaks nothing by itself. */
const broken = (when: Settings, breaks: readonly string[], reason: string, around: Settings = {}): Departure => ({
  when,
  breaks,
  reason,
  shown: at({ ...around, ...when }),
});

/** Both can have a group at a time. */
const TOGETHER = { creditsPerDev: 3, pqEntries: 5 } as const;
/** Nobody is told to stop. */
const STILL = { usersStop: false } as const;
const FAILING = { withoutMemory: "failure", interfaceRestarts: true, ...TOGETHER, usersStop: false } as const;
const WAITING = { stopMethod: "by-waiting", interfaceRestarts: true } as const;
const STUCK = ["PCL-1", "PCL-13", "PCL-14", "PCL-15", "PCL-16", "PCL-17"] as const;

export const priControlBreakages: Breakages = {
  departures: [
    broken({ partialKey: "prgi" }, ["PCL-4", "PCL-5"], "two PASIDs use one index at a time (H1b, D2)", TOGETHER),
    broken(
      { answersWithPasid: false },
      STUCK,
      "the response has no PASID, and the device matches responses by PASID and index (H19)",
      WAITING,
    ),
    broken(
      { markerRule: "answered" },
      ["PCL-1", "PCL-2", "PCL-3", "PCL-11"],
      "the response to the stop marker reaches an older group, a newer group, or none (H20)",
    ),
    broken(
      { coreAnswers: "every", refusals: true },
      ["PCL-1", "PCL-2", "PCL-3"],
      "iommu_report_device_fault() sends two responses to a group, one before its last request (H3, D4)",
      STILL,
    ),
    broken(
      { driverAnswers: "every", refusals: true },
      ["PCL-1", "PCL-2", "PCL-3"],
      "the driver sends two responses to a group, one before its last request (H3)",
      STILL,
    ),
    broken(
      { driverAnswers: "none", refusals: true },
      STUCK.slice(1),
      "a group that the driver refuses waits for ever (H18)",
      WAITING,
    ),
    broken(
      { coreAnswers: "none", refusals: true },
      STUCK.slice(1),
      "a group that the IOPF core refuses waits for ever (B26)",
      WAITING,
    ),
    broken(
      { driverRefusal: "failure", refusals: true },
      ["PCL-8", "PCL-16", "PCL-17"],
      "the refusal of one request is a Failure, and disables PRI for all (H3, S28)",
      TOGETHER,
    ),
    broken({ needsPasid: true, pasid: false }, ["PCL-37"], "every page request without a PASID is refused", {
      requesters: "functions",
      stopMethod: "by-waiting",
      creditsPerDev: 3,
      pqEntries: 3,
    }),
    broken(
      { refusalForgets: false, refusals: true },
      ["PCL-4"],
      "the partial faults of a refused group join the next one (D3)",
      STILL,
    ),
    broken(
      { withoutMemory: "failure" },
      ["PCL-8", "PCL-16", "PCL-17", "PCL-18"],
      "Response Failure applies to the interface, and not to the group (H5)",
      TOGETHER,
    ),
    broken(
      { withoutMemory: "failure", failureCode: "reserved" },
      ["PCL-8", "PCL-16", "PCL-17"],
      "a reserved code is a Failure to the device (H4, D15)",
      STILL,
    ),
    broken(
      { interfaceOrder: "no-stopped" },
      ["PCL-1", "PCL-2", "PCL-3", "PCL-4", "PCL-7"],
      "responses to groups from before the Reset reach groups opened after it (S18)",
      { interfaceRestarts: true },
    ),
    broken(
      { interfaceOrder: "linux-6.1.192" },
      ["PCL-1", "PCL-3", "PCL-7"],
      "pci_reset_pri() does not check Stopped, and responses from before the Reset reach groups opened after it (S18)",
      { interfaceRestarts: true, ...STILL },
    ),
    broken(
      { interfaceOrder: "linux-6.12.117" },
      ["PCL-1", "PCL-3", "PCL-7"],
      "requests refused after the drain get a response after the Reset, which does not wait for Stopped (S18)",
      { interfaceRestarts: true, ...STILL },
    ),
    broken(
      { interfaceOrder: "linux-6.12.117-amd" },
      ["PCL-1", "PCL-3", "PCL-7"],
      "neither the queue nor the responses are drained before PRI is turned off, and no code waits for Stopped (S18)",
      { interfaceRestarts: true, ...STILL },
    ),
    broken(
      { interfaceOrder: "no-drain", withoutMemory: "failure" },
      ["PCL-1", "PCL-2", "PCL-3", "PCL-4"],
      "a failed interface is stopped at once, while its requests are still in the queue",
      FAILING,
    ),
    broken(
      { interfaceOrder: "no-thread-drain", withoutMemory: "failure" },
      ["PCL-1", "PCL-2", "PCL-3", "PCL-4", "PCL-5", "PCL-15", "PCL-16", "PCL-17", "PCL-18", "PCL-37"],
      "the thread has a record in hand while a failed interface restarts, and serves it as one of the new interface",
      FAILING,
    ),
    broken(
      { interfaceOrder: "no-response-fence", withoutMemory: "failure" },
      ["PCL-1", "PCL-2", "PCL-3"],
      "responses are still on their way when PRI is turned on",
      FAILING,
    ),
    broken(
      { interfaceOrder: "no-reset", withoutMemory: "failure" },
      ["PCL-6", "PCL-16", "PCL-17"],
      "the credits of groups that died with the interface stay used",
      { interfaceRestarts: true, ...STILL },
    ),
    broken(
      { queueOrder: "no-drain", queueRestarts: true },
      ["PCL-13", "PCL-16", "PCL-17"],
      "turning the queue on empties it, and requests in it get no response (H38)",
      STILL,
    ),
    broken(
      { queueOrder: "no-thread-drain", queueRestarts: true },
      ["PCL-4"],
      "the thread keeps the record in hand as a partial fault, after iopf_queue_discard_partial() (as H1)",
      STILL,
    ),
    broken(
      { queueOrder: "no-forget", queueRestarts: true },
      ["PCL-4"],
      "a queue that is off responds to the last request of a group whose first request software has (as H1)",
      STILL,
    ),
    broken(
      { offLastResponse: "failure", queueRestarts: true },
      ["PCL-8", "PCL-16", "PCL-17"],
      "a queue that is off responds with Failure (SMMUv3, RISC-V), which disables PRI",
      STILL,
    ),
    broken(
      { offLastResponse: "none", queueRestarts: true },
      ["PCL-13", "PCL-16", "PCL-17"],
      "a queue that is off sends no response (AMD)",
      STILL,
    ),
    broken(
      { configTrap: "none", guestConfigures: true },
      ["PCL-1", "PCL-3", "PCL-7", "PCL-9", "PCL-10"],
      "the guest gives itself more credits, and restarts what others use (S31, O4)",
    ),
    broken(
      { configTrap: "clamped", guestConfigures: true },
      ["PCL-1", "PCL-3", "PCL-7", "PCL-10"],
      "fewer credits do not help against a Reset while groups are outstanding (S31)",
    ),
    broken(
      { pollsRecord: false },
      ["PCL-1", "PCL-3", "PCL-12", "PCL-13"],
      "software responds again to the record of the previous lap, and the new record gets no response (H30)",
      { pqEntries: 2, stopMethod: "by-waiting" },
    ),
    broken(
      { requestHandling: "denied" },
      ["PCL-8", "PCL-16", "PCL-17", "PCL-37"],
      "a host without page request handling responds with Failure, and the first fault disables PRI for all (H27)",
      TOGETHER,
    ),
    broken(
      { afterFailure: "asks-on", withoutMemory: "failure" },
      ["PCL-35"],
      "the device does not notice that its interface has failed (S18)",
      { ...TOGETHER, ...STILL },
    ),
    broken(
      { answerData: "by-pasid" },
      ["PCL-13", "PCL-16", "PCL-17", "PCL-31"],
      "the response to a request with a PASID has private data, although the request had none (B35)",
      { privateData: true },
    ),
    broken(
      { answerData: "by-pasid", pasid: false },
      ["PCL-13", "PCL-14", "PCL-16", "PCL-17", "PCL-31"],
      "the response to a request without PASID has no private data, although the request had (B35)",
      { privateData: true, requesters: "functions", ...WAITING },
    ),
    broken(
      { answerData: "cleared" },
      ["PCL-13", "PCL-16", "PCL-17", "PCL-31"],
      "private data is copied to the response and then cleared (B37)",
      { privateData: true },
    ),
    broken(
      { answerData: "ignored" },
      ["PCL-13", "PCL-16", "PCL-17", "PCL-31"],
      "the driver ignores private data, as that of Linux 6.12, and its response has none",
      { privateData: true },
    ),
    broken(
      { checksModes: false },
      ["PCL-33"],
      "a privileged request, or one to execute, is resolved as one of user space (B34)",
      { oddModes: true },
    ),
    broken({ pqEntries: 2 }, ["PCL-5", "PCL-10", "PCL-17", "PCL-19"], "a stop marker takes a slot, and no credit (O3)"),
  ],
  unbroken: {},
};
