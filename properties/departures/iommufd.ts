/** Deliberate defects of `iommufd`: what was posted or released, and was wrong; and the steps that were swapped for it. */
import { ANY_HARDWARE, type Request } from "../build.ts";
import type { Breakages, Settings } from "./departure.ts";

const at = (set: Settings, host = "intended"): Request => ({
  system: "iommufd",
  hardware: ANY_HARDWARE,
  host,
  bounds: "small",
  set,
});
/** User space is silent, and two queues: only teardown moves. */
const silent = (set: Settings): Request => at({ faultQueues: 2, readGroups: 0, writeCookies: 0, ...set });
/** The device stays where it is. */
const still = (set: Settings): Request => at({ deviceDetaches: false, ...set });
/** The buffer of a read has to be paged in by a device behind the same IOMMU. */
const paged = { deliverLock: "mutex", slots: 2, bufferFaults: true } as const;

export const iommufdBreakages: Breakages = {
  departures: [
    {
      when: { deliverOwner: "core-too", hwptDetach: "remove-in-driver" },
      breaks: ["IFD-3", "IFD-8"],
      reason:
        "the IOPF core frees its pending groups while the fault queue still names them (B6, B-27, CVE-2026-74520)",
      shown: at({ deliverOwner: "core-too", hwptDetach: "remove-in-driver" }),
    },
    {
      when: { deliverLock: "mutex", bufferFaults: true },
      breaks: ["LCK-10", "LCK-11", "IFD-24", "IFD-26", "DEADLOCK"],
      reason: "a read holds a mutex, and the thread that has to page in its buffer waits for that mutex (B12, B-31)",
      shown: still({ ...paged, writeCookies: 0 }),
    },
    {
      when: { deliverLock: "mutex", bufferFaults: true, faultUser: "demand-pinner" },
      breaks: ["IFD-29", "IFD-36"],
      reason: "no fault is served any more (B12, B-31)",
      shown: at({ ...paged, deviceDetaches: false }, "demand-pin"),
    },
    {
      when: { wakesPoller: false },
      breaks: ["IFD-27"],
      reason: "the group was appended after the poll had checked the list",
      shown: still({ wakesPoller: false, pollsFd: true }),
    },
    {
      when: { readCounts: "records" },
      breaks: ["IFD-14"],
      reason: "the first record of a group counts, and the group goes back to the list (B14, B-29)",
      shown: still({ readCounts: "records", itemPages: 2, copiesFail: true }),
    },
    {
      when: { onCopyFailure: "retries" },
      breaks: ["LCK-11", "IFD-22", "IFD-23", "IFD-26"],
      reason: "the group that could not be copied is at the head of the list again (B15, CVE-2026-64290)",
      shown: at({ onCopyFailure: "retries", copiesFail: true }),
    },
    {
      when: { restoresAt: "tail" },
      breaks: ["IFD-39"],
      reason: "the group whose copy failed is read after those that came later (I24)",
      shown: still({ restoresAt: "tail", slots: 2, copiesFail: true, writeCookies: 0 }),
    },
    {
      when: { shortBuffer: "zero" },
      breaks: ["IFD-16"],
      reason: "the read returns 0, and no error code says why (B16)",
      shown: still({ shortBuffer: "zero", itemPages: 2 }),
    },
    {
      when: { writerLocks: false },
      breaks: ["IFD-3", "IFD-39"],
      reason: "a response uses a cookie while the read that created it still holds the group",
      shown: still({ writerLocks: false }),
    },
    {
      when: { writeReports: "error" },
      breaks: ["IFD-18"],
      reason: "user space repeats a response that was consumed (B17, B-30)",
      shown: still({ writeReports: "error", writeCookies: 2 }),
    },
    {
      when: { hwptDetach: "no-drain" },
      breaks: ["IFD-3", "IFD-4", "IFD-20"],
      reason: "a handler that has looked up the handle publishes its group after the detach has searched (B7, D11)",
      shown: at({ hwptDetach: "no-drain" }),
    },
    {
      when: { hwptDetach: "remove-before-drain" },
      breaks: ["IFD-3", "IFD-4"],
      reason: "page faults are disabled while a handler is inside a report (B8)",
      shown: at({ hwptDetach: "remove-before-drain" }),
    },
    {
      when: { hwptDetach: "linux-7.3" },
      breaks: ["IFD-3", "IFD-4", "IFD-20", "IFD-23"],
      reason: "page faults are disabled first, and the drain that follows does nothing (7.3.4; the order of B8)",
      shown: silent({ hwptDetach: "linux-7.3", faultQueues: 1 }),
    },
    {
      when: { hwptDetach: "free-before-answer" },
      breaks: ["IFD-4"],
      reason: "groups in the fault queue name the attach handle (I12)",
      shown: at({ hwptDetach: "free-before-answer" }),
    },
    {
      when: { hwptDetach: "no-answer" },
      breaks: ["IFD-4", "IFD-20", "IFD-23"],
      reason: "groups that user space has read and does not answer get no response (L1, L5)",
      shown: at({ hwptDetach: "no-answer" }),
    },
    {
      when: { hwptReplace: "switch-then-store" },
      breaks: ["IFD-4", "IFD-10", "IFD-20", "IFD-23"],
      reason: "faults under the new page table find the handle that is about to be freed (B27)",
      shown: silent({ hwptReplace: "switch-then-store" }),
    },
    {
      when: { hwptReplace: "store-then-switch" },
      breaks: ["IFD-10"],
      reason: "faults under the old page table find the new handle (B27)",
      shown: silent({ hwptReplace: "store-then-switch" }),
    },
    {
      when: { hwptReplace: "no-drain" },
      breaks: ["IFD-4", "IFD-10", "IFD-20"],
      reason: "requests of the old page table are still in the ring when the new one is looked up (B9)",
      shown: silent({ hwptReplace: "no-drain" }),
    },
    {
      when: { replaceAnswers: "new-queue" },
      breaks: ["IFD-4", "IFD-20", "IFD-23"],
      reason: "groups wait in the old queue, with the handle that is freed (B13, B-28)",
      shown: silent({ replaceAnswers: "new-queue" }),
    },
    {
      when: { destroyAnswers: "delivered", replaceAnswers: "new-queue" },
      breaks: ["IFD-30"],
      reason: "groups that were read but got no response are freed with the object (B19)",
      shown: at({
        destroyAnswers: "delivered",
        replaceAnswers: "new-queue",
        faultQueues: 2,
        fdCloses: true,
        writeCookies: 0,
      }),
    },
    {
      when: { fdCloseOrder: "drop-then-read" },
      breaks: ["IFD-6"],
      reason: "the reference was the last one (B22, B-33)",
      shown: at({ fdCloseOrder: "drop-then-read", fdCloses: true, writeCookies: 0 }),
    },
    {
      when: { parentFaults: "allowed", parentHwpt: true },
      breaks: ["IFD-12"],
      reason: "faults of the second stage would go to the handler of the first (B24, B-32)",
      shown: at({ parentFaults: "allowed", parentHwpt: true, writeCookies: 0 }),
    },
    {
      when: { parentHwpt: true, itemPages: 2 },
      breaks: ["IFD-1"],
      reason:
        "without a handler iommu_report_device_fault() also refuses a request that is not the last of its group (D4)",
      shown: at({ parentHwpt: true, itemPages: 2, writeCookies: 0, readGroups: 0 }),
    },
    {
      when: { pinnerAnswers: "at-once" },
      breaks: ["IFD-33"],
      reason: "the device retries an access to a page that is not mapped yet (I19)",
      shown: at({ pinnerAnswers: "at-once" }, "demand-pin"),
    },
    {
      when: { pinnerReleases: "unpin-first" },
      breaks: ["IFD-35"],
      reason: "for a moment the device reaches a page that is not pinned (I-03)",
      shown: at({ pinnerReleases: "unpin-first", slots: 2 }, "demand-pin"),
    },
  ],
  unbroken: {},
};
