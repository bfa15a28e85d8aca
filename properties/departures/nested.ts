/** Deliberate defects of `nested`. */
import { ANY_HARDWARE, type Request } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

const at = (set: Settings, host = "intended"): Request => ({
  system: "nested",
  hardware: ANY_HARDWARE,
  host,
  bounds: "small",
  set,
});
/** Groups of two requests; where the queue has room for one, it overflows. */
const groups = { pages: 2, itemPages: 2, guestTeardowns: 0 };
const virtio = { ...groups, viommuKind: "virtio" } as const;
const enabling = { stageEnabling: true, guestTeardowns: 0 };

const departs = (
  when: Settings,
  besides: Settings,
  breaks: readonly string[],
  reason: string,
  host?: string,
): Departure => ({ when, breaks, reason, shown: at({ ...when, ...besides }, host) });

export const nestedBreakages: Breakages = {
  departures: [
    departs(
      { stageRule: "undefined" },
      {},
      ["NST-1", "NST-18"],
      "the stage is an uninitialized variable, and faults go to the wrong owner (D-27)",
    ),
    departs(
      { stageRule: "assumed-guest" },
      {},
      ["NST-1", "NST-18"],
      "a fault queue on the parent domain: the guest gets faults that only the host can resolve, responds, and gets them again (B-32)",
    ),
    departs(
      { stage2Address: "input" },
      {},
      ["NST-18"],
      "a walk of the guest's table faults at stage 2, and the host maps the page of the device's access in place of the table page (H22, N2)",
    ),
    departs(
      { filterUnlocks: false, stageFilter: "iommu-driver", stageEnabling: true },
      { guestTeardowns: 0 },
      ["NST-13", "LCK-10", "LCK-11"],
      "the filter returns with the lock of the report held, and the next fault waits for ever (D-03)",
    ),
    departs(
      { filterUnlocks: false, stageFilter: "iommu-driver", itemPages: 2 },
      { ...virtio, ...enabling },
      ["NST-16"],
      "a report that never returns keeps the queue thread from clearing the overflow (D-03)",
    ),
    departs(
      { handlerPer: "device", secondEnable: "registers" },
      enabling,
      ["NST-8", "NST-10"],
      "a device has one handler, and a second iommu_register_device_fault_handler() returns -EBUSY (rows 64, 65 of the RFC thread)",
    ),
    departs(
      { handlerPer: "device", secondEnable: "inverted-update" },
      enabling,
      ["NST-8", "NST-10", "NST-12"],
      "the update fails if there is a handler, and follows a null pointer if there is none (D-02)",
    ),
    departs(
      { handlerPer: "device", secondEnable: "fixed-order" },
      enabling,
      ["NST-8"],
      "an update before any registration has nothing to update (VFIO facts 5.1)",
    ),
    departs(
      { cookieReuse: "lowest-free" },
      {},
      ["NST-2", "NST-18", "DEADLOCK"],
      "the cookie of a group that was torn down names the next group, and a late response reaches that (D10)",
    ),
    departs(
      { indexReuse: "injected" },
      {},
      ["NST-2", "NST-18", "DEADLOCK"],
      "the guest's response for the index is late, and the VMM takes it for one to the new group (VFIO facts 5.4)",
    ),
    departs(
      { answersBy: "group-index" },
      {},
      ["NST-2", "NST-18", "DEADLOCK"],
      "a response by index does not say which use of the index it is for (I-40)",
    ),
    departs(
      { teardownRule: "answers-only" },
      {},
      ["NST-2", "NST-23", "DEADLOCK"],
      "a teardown responds to a group to which user space can still respond (B-27)",
    ),
    departs(
      { guestManner: "twice", itemPages: 2 },
      { ...virtio, physicalEntries: 2 },
      ["NST-2", "NST-22", "DEADLOCK"],
      "the second response reaches the next use of the index, which the guest has not read (VFIO facts 5.4)",
    ),
    departs(
      { guestManner: "never" },
      { guestTeardowns: 0 },
      ["NST-14", "NST-15", "NST-18"],
      "nothing answers a group for a guest that never does, without a teardown (iopf-core 1.5)",
    ),
    departs(
      { guestManner: "never", groupTimeout: "from-read" },
      { guestTeardowns: 0 },
      ["NST-14", "NST-15", "NST-18"],
      "the VMM holds back a group until the guest has answered the one before, and reads no group behind it",
    ),
    departs(
      { groupTimeout: "keeps-group" },
      { guestTeardowns: 0 },
      ["NST-2", "NST-23"],
      "the guest responds to a group that a time-out has answered, and the response reaches the next use of its index",
    ),
    departs(
      { groupTimeout: "by-index" },
      { guestTeardowns: 0 },
      ["NST-2", "NST-23"],
      "no response stops the timer, which answers a group that was answered before",
    ),
    departs(
      { guestManner: "unknown", strayAnswer: "next-in-line" },
      { guestTeardowns: 0, answersBy: "group-index", viommuKind: "virtio" },
      ["NST-22"],
      "a response for an unused index consumes a group that the guest is still working on (I-40)",
    ),
    departs(
      { guestManner: "bad-code", refusedAnswer: "ignored" },
      { guestTeardowns: 0 },
      ["NST-14", "NST-15", "NST-18"],
      "no caller checks that the kernel refused the response, and the group waits for ever (B-42)",
    ),
    departs(
      { virtualOverflow: "ignored", itemPages: 2 },
      { ...groups, secondStage: "pinned" },
      ["NST-14", "NST-15", "DEADLOCK"],
      "the virtual queue drops the last request of a group, and its automatic response has no receiver (VFIO facts 5.4)",
    ),
    departs(
      { readFailures: true, readRollback: false },
      { ...virtio, physicalEntries: 2 },
      ["NST-7", "NST-14", "NST-18"],
      "a copy that fails half way hands out half a group (B-29)",
    ),
    departs(
      { delivery: "per-request", faultStageVisible: false, itemPages: 2 },
      groups,
      ["NST-5"],
      "requests that were handed out before the overflow join the next use of their index in the guest (rows 53-56 of the RFC thread)",
      "eric-v13",
    ),
    departs(
      { recall: "in-order" },
      { ...groups, faultStageVisible: false },
      ["NST-5"],
      "the full ring refuses the last request of a group that the guest has in part, and no overflow recalls that part (rows 41, 57)",
      "eric-v13",
    ),
    departs(
      { recall: "overtaking" },
      { ...groups, faultStageVisible: false },
      ["NST-5"],
      "a recall that overtakes the requests, or is overtaken by them, misses them (rows 57, 61, 63 of the RFC thread)",
      "eric-v13",
    ),
    departs(
      { discardScope: "none", itemPages: 2 },
      { ...virtio, secondStage: "pinned" },
      ["NST-5"],
      "partial faults that the kernel keeps outlive the overflow, and join the next use of their index (I-39)",
    ),
    departs(
      { faultRingRecords: 1, slots: 2 },
      { guestTeardowns: 0 },
      ["NST-19"],
      "a ring of one record turns the second fault away (VFIO facts 5.2)",
      "eric-v13",
    ),
    departs(
      { ringLock: false, reporters: 2 },
      { slots: 2, guestTeardowns: 0, faultRingRecords: 2 },
      ["NST-14", "NST-15", "NST-18", "NST-29"],
      "two reporters read the same head, and the second record goes into the slot of the first (B-41)",
      "eric-v13",
    ),
    departs(
      { ringLock: false, reporters: 2, faultRingRecords: 1 },
      { slots: 2, guestTeardowns: 0, stageChanges: false, pages: 1, itemPages: 1 },
      ["NST-14", "NST-15", "NST-18", "NST-29"],
      "the ring gets full after the second reporter has read its head (B-41)",
      "eric-v13",
    ),
    departs(
      { marksReadOnly: true, httu: "accessed", tableMapping: "read-only" },
      {},
      ["NST-27"],
      "hardware marks an entry of the guest's table through a mapping that is read-only (H29)",
    ),
    departs(
      { verdictKept: "for-ever", guestUnmaps: 1 },
      { viommuKind: "virtio", guestTeardowns: 0 },
      ["NST-1", "NST-18", "NST-32"],
      "the host resolves faults of pages that the guest has unmapped, and does not report them to the guest (H40)",
    ),
  ],
  unbroken: {},
};
