/** Bugs of completion records that software writes later. */
import { inTrees, type Defect } from "./defect.ts";

const SERIES = "message 20230306163138.587484-10-fenghua.yu@intel.com";
const IN_IDXD = inTrees("absent", "present", "present");

export const lateRecords: readonly Defect[] = [
  {
    id: "close-drains-copies-under-log-lock",
    title:
      "A close of one work queue waits for its copies with evl->lock held, and no queue of the device gets its records",
    kind: "read",
    sources: [SERIES],
    where: "idxd_cdev_evl_drain_pasid(), with a page that does not come, such as one of a file whose server is silent",
    trees: IN_IDXD,
    shownBy: "late-records closeHoldsLog=true",
  },
  {
    id: "engine-blocks-on-fault",
    title: "An engine waits for a page of one work queue, and the other queues of its group wait too",
    kind: "read",
    sources: [SERIES],
    where: "block_on_fault of a work queue of idxd; off by default",
    trees: inTrees("present", "present", "present"),
    shownBy: "late-records blockOnFault=true",
  },
  {
    id: "status-before-record",
    title: "A completion record is copied status first, and a process that polls it reads the rest too early",
    kind: "clause",
    sources: [SERIES],
    where: "a driver that copies a record at once; idxd_copy_cr() copies the status last",
    shownBy: "late-records copyOrder=status-first",
  },
  {
    id: "status-of-failed-copy",
    title: "A copy of a record fails, and its status is written all the same",
    kind: "clause",
    sources: [SERIES],
    where: "a driver that does not look at what copy_to_user() returns; idxd_copy_cr() does",
    shownBy: "late-records copyOrder=status-alone",
  },
  {
    id: "close-leaves-log-entries",
    title: "A close leaves records in the event log, and the next process with the PASID gets them",
    kind: "clause",
    sources: [SERIES, "IOPF core I18"],
    where: "a driver without evl->bmap",
    shownBy: "late-records closeOmits=marks",
  },
  {
    id: "close-leaves-copies",
    title: "A close does not wait for copies of its records",
    kind: "clause",
    sources: [SERIES, "IOPF core I18"],
    where: "a driver that does not drain the workqueue at a close",
    shownBy: "late-records closeOmits=work-drain",
  },
  {
    id: "close-before-device-drain",
    title: "A close ends while the device still has descriptors of the process",
    kind: "clause",
    sources: ["IOPF core I18"],
    where: "a driver that does not send Drain PASID at a close",
    shownBy: "late-records closeOmits=device-drain",
  },
];
