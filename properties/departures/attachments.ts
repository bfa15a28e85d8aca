/** Deliberate defects of `attachments`: one check, one step of an attach, or one of its error path left out. */
import { ANY_HARDWARE } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

/** `around` makes room for what is to be seen, and breaks nothing by itself. */
const broken = (when: Settings, breaks: readonly string[], reason: string, around: Settings = {}): Departure => ({
  when,
  breaks,
  reason,
  shown: {
    system: "attachments",
    hardware: ANY_HARDWARE,
    host: "intended",
    bounds: "small",
    set: { ...around, ...when },
  },
});

/** Nothing fails by itself. */
const SURE = { attachFails: false } as const;
const OWN_FAULTS = { deviceOwnFaults: true } as const;

export const attachmentsBreakages: Breakages = {
  departures: [
    broken(
      { replacedBy: "any-device" },
      ["ATT-1", "ATT-3", "ATT-8", "ATT-14", "ATT-22"],
      "a device that was never attached replaces the table of its group, and puts a reference when it detaches (B23)",
      SURE,
    ),
    broken(
      { attachCounts: "last" },
      ["ATT-3", "ATT-6", "ATT-8", "ATT-14", "ATT-18", "ATT-20"],
      "the page table is destroyed after a driver got it and before its user was counted, and nothing is undone (I16)",
      SURE,
    ),
    broken(
      { detachReads: "before-lock" },
      ["ATT-1", "ATT-8"],
      "a detach puts a reference to the table that another device of the group has replaced (I16)",
      { pageTables: 2, ...SURE },
    ),
    broken(
      { iopfEnabledFor: "every-device" },
      ["ATT-17"],
      "page faults cannot be turned on for a device that handles its own, and its attach fails (B28)",
      OWN_FAULTS,
    ),
    broken(
      { iopfEnabledFor: "every-device-on-unwind" },
      ["ATT-8"],
      "the error path lowers the count of devices that were never counted (B28)",
      OWN_FAULTS,
    ),
    broken(
      { attachUnwind: "keeps-state" },
      ["ATT-3", "ATT-4", "ATT-8", "ATT-14"],
      "the record of the attachment stays after enabling failed, and outlives the table (B29)",
    ),
    broken(
      { attachUnwind: "keeps-reference" },
      ["ATT-1", "ATT-16"],
      "a failed attach keeps its reference to the page table for ever (I16)",
    ),
    broken(
      { attachUnwind: "keeps-lock" },
      ["LCK-10", "LCK-11", "ATT-16", "ATT-17", "ATT-18", "ATT-19"],
      "a failed attach returns with the lock of the group",
    ),
    broken(
      { iopfDisables: "before-block" },
      ["ATT-9"],
      "a request is reported after its device has left the IOPF queue and before it is blocked (7.3.4; B8)",
      SURE,
    ),
    broken(
      { replaceDisables: "before-switch" },
      ["ATT-9"],
      "a request is reported after a replace has removed its device from the IOPF queue and before it is switched (7.3.4; B8)",
      { pageTables: 2, tablesGo: false, ...SURE },
    ),
    broken(
      { failedSwitch: "blocks" },
      ["ATT-6", "ATT-20", "ATT-29"],
      "a replace fails at a device, which then uses no page table while its group uses the old one (7.3.4)",
      { pageTables: 2, tablesGo: false },
    ),
    broken(
      { replacedCount: "kept" },
      ["ATT-6", "ATT-18", "ATT-20"],
      "page faults stay counted for the page table that was replaced, and are never turned off (7.3.4)",
      { pageTables: 2, tablesGo: false, ...SURE },
    ),
    broken(
      { pasidRevert: "every-device", pasidRemoval: "always" },
      ["ATT-3", "ATT-8"],
      "the IOMMU core detaches the PASID from a device that never had it, and the driver drops the count of the domain (B45)",
      { attachesPasid: true },
    ),
    broken({ iopfEnable: "flag-only" }, ["ATT-9"], "the attach succeeds, and every fault is refused (D8)", SURE),
    broken(
      { iopfEnabledOn: "first-and-last" },
      ["ATT-6", "ATT-8", "ATT-20"],
      "the other devices of the group cannot fault, and those of the first are never turned off (D9)",
      SURE,
    ),
    broken(
      { iopfEnabledOn: "first-and-last", devicesUnbind: true },
      ["ATT-17", "ATT-18"],
      "the count goes with the object of a device that is still on, and enabling it again fails with EBUSY for ever (D9)",
      SURE,
    ),
    broken({ reportNames: "first-attached" }, ["ATT-10"], "the fault of one device is reported for another (D9)", SURE),
    broken(
      { reportNames: "first-attached", devicesUnbind: true },
      ["ATT-12"],
      "the handle outlives the device that it points to (D9)",
      SURE,
    ),
    broken(
      { replaceAnswers: "new-queue" },
      ["ATT-21"],
      "faults of the replaced table wait in a queue that user space no longer reads (B13)",
      { pageTables: 2, ...SURE },
    ),
  ],
  unbroken: {},
};
