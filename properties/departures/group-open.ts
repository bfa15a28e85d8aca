/** Deliberate defects of `group-open`: a reference kept on an error path, and locks in the wrong order. */
import { ANY_HARDWARE } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

/** `around` makes room for what is to be seen, and breaks nothing by itself. */
const broken = (when: Settings, breaks: readonly string[], reason: string, around: Settings = {}): Departure => ({
  when,
  breaks,
  reason,
  shown: {
    system: "group-open",
    hardware: ANY_HARDWARE,
    host: "intended",
    bounds: "small",
    set: { ...around, ...when },
  },
});

const PINS = { opensVm: false, driverPins: true } as const;
const STUCK = ["LCK-10", "LCK-11", "GOP-1", "GOP-3", "GOP-8", "GOP-10", "DEADLOCK"] as const;

export const groupOpenBreakages: Breakages = {
  departures: [
    broken(
      { pinErrorExit: "keeps-group" },
      ["GOP-1", "GOP-5", "GOP-6"],
      "a pin for one of several devices is refused, and keeps its reference to the group, which is never freed (B-17)",
      { ...PINS, groupDevices: 2 },
    ),
    broken(
      { pinErrorExit: "keeps-container" },
      ["GOP-3", "GOP-4", "GOP-6"],
      "a pin that fails keeps its use of the container, which is never freed (the shape of B-17)",
      PINS,
    ),
    broken(
      { pinErrorExit: "puts-container-twice" },
      ["GOP-17"],
      "a pin that fails puts a use of the container that is not its own",
      PINS,
    ),
    broken(
      { kvmClears: "at-destroy", kvmPointerLock: "group-lock" },
      STUCK,
      "closing a device drops the last reference to the VM under the lock that the end of the VM takes (B-20)",
      { driverLocksKvm: false },
    ),
    broken(
      { kvmPointerLock: "group-lock", driverLocksKvm: true },
      STUCK,
      "opening a device takes group_lock, then kvm->lock, and closing KVM's VFIO device takes them in the other order (B-20)",
    ),
    broken({ kvmClears: "never" }, ["GOP-12"], "a group still belongs to a VM that was destroyed"),
    broken(
      { vmReference: "always", kvmClears: "at-destroy" },
      ["GOP-13"],
      "a device is opened while its VM ends, and takes a reference to what is about to be freed",
    ),
  ],
  unbroken: {},
};
