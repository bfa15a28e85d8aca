/** Runs of the study of the control of page requests. */
import { because, studyRun, type SuiteRun } from "./run.ts";

/** Both can have a group at a time; without markers the queue needs no slots for them. */
const TOGETHER = { creditsPerDev: 3, pqEntries: 5 } as const;
const FUNCTIONS = { requesters: "functions", stopMethod: "by-waiting", creditsPerDev: 3, pqEntries: 3 } as const;

const noMemory = because(
  "H5: without memory the group gets Failure (the raw 2, D15), and no code turns the interface on again",
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
  "S18: pci_reset_pri() does not check Stopped, and responses from before the Reset reach groups opened after it",
  "PCL-1",
  "PCL-3",
  "PCL-7",
  "PCL-17",
  "PCL-37",
);
const oneKey = because("H1b, D2: partial faults are joined by their index alone", "PCL-4");

export const priControlRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("pri-control", "intended", bounds, { set: { guestConfigures: true, privateData: true } }),
  studyRun("pri-control", "intended", bounds, { set: { ...FUNCTIONS, oddModes: true } }),
  studyRun("pri-control", "linux-6.12.117", bounds, {
    set: { ...TOGETHER, usersStop: false, refusals: true, interfaceRestarts: false, queueRestarts: false },
    known: {
      ...noMemory,
      ...oneKey,
      ...because(
        "H3, D4: iommu_report_device_fault() responds to each request that it refuses, the last or not",
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
      ...because("H5: without memory the group gets Failure (the raw 2, D15)", "PCL-8"),
      ...notStopped,
      ...because("S18: a response from before the Reset reaches a group that was opened after it", "PCL-2"),
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
      ...because("S18: the Reset gives back the credits of groups whose records are still in the queue", "PCL-10"),
    },
  }),
  studyRun("pri-control", "linux-6.12.117-amd", bounds, {
    set: { usersStop: true, refusals: false, interfaceRestarts: false, queueRestarts: false },
    known: {
      ...noMemory,
      ...oneKey,
      ...because("H1b, D2: the first request of a group was taken for another one", "PCL-5"),
      ...because("H20: the driver responds to stop markers", "PCL-1", "PCL-2", "PCL-3", "PCL-11", "PCL-14"),
    },
  }),
  studyRun("pri-control", "linux-6.12.117-amd", bounds, {
    set: { ...TOGETHER, usersStop: false, refusals: true, interfaceRestarts: false, queueRestarts: false },
    known: {
      ...noMemory,
      ...oneKey,
      ...because(
        "H3, D4: the driver and the IOPF core respond to each request that they refuse",
        "PCL-1",
        "PCL-2",
        "PCL-3",
      ),
    },
  }),
  studyRun("pri-control", "linux-6.12.117-smmuv3", bounds, {
    set: { ...TOGETHER, usersStop: false, interfaceRestarts: false, queueRestarts: false },
    known: because(
      "H27: no code handles page requests, and the first response is a Failure that ends the interface",
      "PCL-8",
      "PCL-16",
      "PCL-17",
      "PCL-37",
    ),
  }),
];
