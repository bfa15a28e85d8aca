/** Runs of the focused model `nested`. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const run = (host: string, bounds: string, set: SuiteRun["set"] = {}, known: SuiteRun["known"] = {}): SuiteRun =>
  studyRun("nested", host, bounds, { set, known });

/** Groups of two requests in a queue for one; detaching of 2021 answered nobody, it only warned. */
const GROUPS = { pages: 2, itemPages: 2, physicalEntries: 1, virtualEntries: 1, guestTeardowns: 0 };
const ONE_PAGE = { pages: 1, itemPages: 1 };
const small = { guestTeardowns: 0, stageChanges: false, slots: 1, ...ONE_PAGE };
const enabling = { stageEnabling: true, guestTeardowns: 0, stageChanges: false, slots: 1, ...ONE_PAGE };

/** Where software remembers pages of the guest's table, and hardware marks them. */
const REMEMBERS = {
  ...ONE_PAGE,
  slots: 1,
  guestTeardowns: 0,
  stageChanges: false,
  guestUnmaps: 1,
  verdictKept: "until-invalidation",
  httu: "accessedAndDirty",
  tableMapping: "read-only",
} as const;

const lateAnswer =
  "after a teardown the VMM takes the guest's late response for one to the next use of the index (VFIO facts 5.4, D10)";
const fullVirtualQueue =
  "QEMU ignores that the virtual queue refused a request, and the group waits for ever (VFIO facts 5.4)";
const beforeInvalidation =
  "between the guest's change of its table and its invalidation the walk result is stale: the host responds to a fault of the guest, and the device faults again (N5)";
const ringIsFull =
  "the ring of records is full until user space has read some, and vfio refuses further faults (VFIO facts 5.2)";

/** A search of a recall takes a hundred thousand states, and small bounds leave it out. */
const recalls = (bounds: string): readonly SuiteRun[] =>
  bounds === "small"
    ? []
    : [
        run(
          "eric-v13",
          bounds,
          { ...GROUPS, slots: 1, faultStageVisible: false, recall: "after-refusals" },
          because(ringIsFull, "NST-19"),
        ),
      ];

export const nestedRuns = (bounds: string): readonly SuiteRun[] => [
  run("intended", bounds),
  run("intended", bounds, enabling),
  run("intended", bounds, { ...enabling, handlerPer: "device" }),
  run("intended", bounds, { ...enabling, stageFilter: "iommu-driver" }),
  // The guest changes its table, and the host evicts pages of it.
  run("intended", bounds, { ...small, stageChanges: true }),
  run("intended", bounds, { ...small, guestManner: "bad-code" }),
  // A guest that answers late or never, and a time limit in the kernel.
  run("intended", bounds, { ...small, groupTimeout: "drops-group" }),
  run("intended", bounds, { ...small, groupTimeout: "drops-group", guestManner: "never" }),
  // Groups of three requests in the guest.
  run("intended", bounds, {
    ...GROUPS,
    pages: 3,
    itemPages: 3,
    physicalEntries: 3,
    virtualEntries: 3,
    stageChanges: false,
    slots: 1,
  }),
  run("rfc-v3", bounds, enabling, {
    ...because(
      "the test that allows the second stage to update the handler is inverted, so the second owner is refused (D-02)",
      "NST-8",
      "NST-10",
      "NST-12",
    ),
    ...because(
      "iommu_report_device_fault() returns with its lock held when it filters out an unwanted stage (D-03)",
      "NST-13",
      "NST-14",
      "NST-15",
      "NST-18",
      "LCK-10",
      "LCK-11",
    ),
  }),
  run(
    "eric-v13",
    bounds,
    { slots: 2, guestTeardowns: 0, stageChanges: false, ...ONE_PAGE },
    because(ringIsFull, "NST-19"),
  ),
  run("intended", bounds, REMEMBERS, because(beforeInvalidation, "NST-1")),
  run("eric-v13", bounds, {
    slots: 2,
    reporters: 2,
    faultRingRecords: 2,
    guestTeardowns: 0,
    stageChanges: false,
    ...ONE_PAGE,
  }),
  ...recalls(bounds),
  run(
    "linux-6.12.117",
    bounds,
    { ...GROUPS, slots: 1, stageChanges: false },
    because(fullVirtualQueue, "NST-14", "NST-15", "DEADLOCK"),
  ),
  run(
    "linux-6.12.117",
    bounds,
    { slots: 1, guestTeardowns: 1, stageChanges: false, ...ONE_PAGE },
    because(lateAnswer, "NST-2", "NST-18", "DEADLOCK"),
  ),
];
