/** Deliberate defects in the calls of iommufd that run beside each other. */
import { ANY_HARDWARE, type Request } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

const at = (set: Settings): Request => ({
  system: "object-calls",
  hardware: ANY_HARDWARE,
  host: "intended",
  bounds: "small",
  set,
});

const broken = (when: Settings, breaks: readonly string[], reason: string, besides: Settings = {}): Departure => ({
  when,
  breaks,
  reason,
  shown: at({ ...when, ...besides }),
});

/** One thread destroys one object, so that an ID which it meets again was given out again by the kernel. */
const ONE_DESTROY = { userDestroys: 1, vdeviceAllocs: 1 };
/** Nobody unbinds. */
const MAKER = { userDestroys: 1, vdeviceAllocs: 1, deviceUnbinds: false };

export const objectCallsBreakages: Breakages = {
  departures: [
    broken(
      { veventqPut: "in-abort" },
      ["IOC-1"],
      "the vIOMMU is destroyed by another thread while the vEVENTQ is still in its list, under its lock",
    ),
    broken(
      { putOrder: "wait-first" },
      ["IOC-4", "IOC-12"],
      "an unbind that has waited for the short users still sees the user of one of them (J1)",
      ONE_DESTROY,
    ),
    broken(
      { destroyNames: "reference" },
      ["IOC-4"],
      "an unbind sees the user of the vDEVICE that IOMMU_DESTROY has taken, and its own destroy fails",
    ),
    broken(
      { unbindFinds: "takes-users" },
      ["IOC-1", "IOC-3", "IOC-4", "IOC-11"],
      "the unbind takes a user of a vDEVICE that another thread is destroying (J26)",
    ),
    broken(
      { unbindFinds: "under-lock" },
      ["IOC-11", "LCK-10", "LCK-11"],
      "the unbind waits for a destroy, which waits for igroup->lock (J26)",
    ),
    broken(
      { deadId: "freed" },
      ["IOC-8"],
      "the ID of the vDEVICE is given to a new one, which is destroyed (J25)",
      ONE_DESTROY,
    ),
    broken(
      { destroyWaits: "nothing" },
      ["IOC-1", "IOC-3", "IOC-4", "IOC-12"],
      "an object is freed under a call that is inside it",
    ),
    broken(
      { vdeviceHolds: "nothing" },
      ["IOC-1", "IOC-6", "IOC-12"],
      "the device is freed while user space destroys its vDEVICE (J22)",
    ),
    broken(
      { slotClear: "always" },
      ["IOC-10"],
      "the vDEVICE that lost clears the slot of the one that won (J24)",
      MAKER,
    ),
    broken({ slotClear: "never" }, ["IOC-6", "IOC-10"], "a look-up by virtual ID finds a vDEVICE that was freed"),
    broken(
      { reportLock: "nothing" },
      ["IOC-1"],
      "the queue is freed between the look-up of a report and its event (J41)",
      { driverReports: 1, userDestroys: 1 },
    ),
  ],
  unbroken: {},
};
