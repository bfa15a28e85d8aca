/** Runs of the focused model of the control of page requests. */
import { because, studyRun, type SuiteRun } from "./run.ts";

/** Both can have a group at a time; without markers the queue needs no slots for them. */
const TOGETHER = { creditsPerDev: 3, pqEntries: 5 } as const;
const FUNCTIONS = { requesters: "functions", stopMethod: "by-waiting", creditsPerDev: 3, pqEntries: 3 } as const;

const noMemory = because(
  "without memory iommu_report_device_fault() responds with Failure (code 2 in VT-d and AMD), and no code enables the interface again (H5, D15)",
  "PCL-8",
  "PCL-16",
  "PCL-17",
  "PCL-18",
  "PCL-37",
);
/**
 * Small enough for an interface that restarts without a drain, whose queue keeps records of before. The order of AMD is in
 * the question reset-before-stopped only: its space is too large even so.
 */
const RESTARTS = { usersStop: false, refusals: false, interfaceRestarts: true, queueRestarts: false } as const;
const ONE = { itemPages: 1, creditsPerDev: 1, pqEntries: 2, instances: 2, allocations: "succeed" } as const;
const notStopped = because(
  "pci_reset_pri() does not check Stopped, and responses from before the Reset reach groups opened after it (S18)",
  "PCL-1",
  "PCL-3",
  "PCL-7",
  "PCL-17",
  "PCL-37",
);
const oneKey = because(
  "the IOPF core joins partial faults by their index alone, even those of two PASIDs (H1b, D2)",
  "PCL-4",
);

export const priControlRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("pri-control", "intended", bounds, { set: { guestConfigures: true, privateData: true } }),
  studyRun("pri-control", "intended", bounds, { set: { ...FUNCTIONS, oddModes: true } }),
  // A user goes on with a group of three before its last request.
  studyRun("pri-control", "intended", bounds, { set: { ...FUNCTIONS, itemPages: 3 } }),
  studyRun("pri-control", "linux-6.12.117", bounds, {
    set: { ...TOGETHER, usersStop: false, refusals: true, interfaceRestarts: false, queueRestarts: false },
    known: {
      ...noMemory,
      ...oneKey,
      ...because(
        "iommu_report_device_fault() responds to each request that it refuses, the last or not (H3, D4)",
        "PCL-1",
        "PCL-2",
        "PCL-3",
      ),
    },
  }),
  studyRun("pri-control", "linux-6.12.117", bounds, {
    set: { ...FUNCTIONS, pasid: false, refusals: false, interfaceRestarts: false, queueRestarts: false },
    known: because("prq_event_thread() refuses each request without PASID", "PCL-37"),
  }),
  studyRun("pri-control", "linux-6.12.117", bounds, {
    set: { ...RESTARTS, creditsPerDev: 2, pqEntries: 4, instances: 2 },
    known: {
      ...because(
        "without memory iommu_report_device_fault() responds with Failure (code 2 in VT-d and AMD) (H5, D15)",
        "PCL-8",
      ),
      ...notStopped,
      ...because("a response from before the Reset reaches a group that was opened after it (S18)", "PCL-2"),
    },
  }),
  studyRun("pri-control", "linux-6.1.192", bounds, {
    set: { ...TOGETHER, usersStop: false, refusals: true, interfaceRestarts: false, queueRestarts: false },
    known: oneKey,
  }),
  studyRun("pri-control", "linux-6.1.192", bounds, {
    set: { ...RESTARTS, ...ONE },
    known: {
      ...notStopped,
      ...because("the Reset gives back the credits of groups whose records are still in the queue (S18)", "PCL-10"),
    },
  }),
  studyRun("pri-control", "linux-6.12.117-amd", bounds, {
    set: { usersStop: true, refusals: false, interfaceRestarts: false, queueRestarts: false },
    known: {
      ...noMemory,
      ...oneKey,
      ...because(
        "a request that opens a group finds a partial fault with its index, of another PASID, and is taken for its continuation (H1b, D2)",
        "PCL-5",
      ),
      ...because("the driver responds to stop markers (H20)", "PCL-1", "PCL-2", "PCL-3", "PCL-11", "PCL-14"),
    },
  }),
  studyRun("pri-control", "linux-6.12.117-amd", bounds, {
    set: { ...TOGETHER, usersStop: false, refusals: true, interfaceRestarts: false, queueRestarts: false },
    known: {
      ...noMemory,
      ...oneKey,
      ...because(
        "the driver and the IOPF core respond to each request that they refuse (H3, D4)",
        "PCL-1",
        "PCL-2",
        "PCL-3",
      ),
    },
  }),
  // A user loses its group while it waits for the response.
  studyRun("pri-control", "linux-6.12.117-amd", bounds, {
    set: { ...FUNCTIONS, pasid: false, refusals: false, interfaceRestarts: false, queueRestarts: false },
    known: {
      ...because(
        "without memory iommu_report_device_fault() responds with Failure, and no code enables the interface again (H5, D15)",
        "PCL-8",
        "PCL-16",
        "PCL-17",
      ),
      ...because("the driver takes no request without PASID", "PCL-37"),
    },
  }),
  studyRun("pri-control", "linux-6.12.117-smmuv3", bounds, {
    set: { ...TOGETHER, usersStop: false, interfaceRestarts: false, queueRestarts: false },
    known: because(
      "arm_smmu_handle_ppr() denies each page request, and the first such response is a Failure that ends the interface (H27)",
      "PCL-8",
      "PCL-16",
      "PCL-17",
      "PCL-37",
    ),
  }),
];
