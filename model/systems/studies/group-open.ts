/** A VFIO group, its container and the VM it belongs to: opened, closed, pinned for, and what stays behind. */
import { call, takesSteps, type Component, type Route } from "../../../checker/system.ts";
import type { Message } from "../../../checker/json.ts";
import { countedObject } from "../../machines/linux/lib/counted-object.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import type { CallName, GroupRules, LockName, Thing } from "../../machines/linux/vfio/group/group-calls.ts";
import { groupCaller, groupCallerSteps } from "../../machines/linux/vfio/group/group-caller.ts";
import { vmPointer } from "../../machines/linux/vfio/group/vm-pointer.ts";
import { field } from "../host-side.ts";
import type { Study } from "../study.ts";
import type { GroupOpenDesign, GroupOpenSizes } from "./group-open-design.ts";
import { groupOpenKnobs, groupOpenSizeKnobs } from "./group-open-knobs.ts";

const RIGHT: Omit<GroupOpenDesign, "name"> = {
  kvmClears: "at-release",
  kvmPointerLock: "own-lock",
  driverLocksKvm: true,
  vmReference: "if-alive",
  pinErrorExit: "puts",
};

const CUT =
  "The container is a count, and KVM is a lock and a count: B-17 (a failed pin keeps the group) and B-20 (two lock orders) are about locks and " +
  "references alone. A group has one device that is opened. Hidden: two VMs, two opened devices, and an open that " +
  "fails.";

const COUNTED = ["object.begins", "object.gets", "object.puts", "object.tries", "object.forgets"];
const LOCK_LANES: Readonly<Record<LockName, string>> = {
  "group-lock": "group->group_lock",
  "kvm-lock": "kvm->lock",
  "kvm-pointer-lock": "group->kvm_ref_lock",
};
const LOCKS = Object.keys(LOCK_LANES) as readonly LockName[];

const caller = (name: string, rules: GroupRules, has: readonly Thing[], calls: readonly CallName[]): Component => ({
  machine: groupCaller,
  input: { name, rules: { ...rules }, has },
  role: "group-caller",
  events: [
    ...calls.map((one) => ({ type: "caller.calls", call: one })),
    ...groupCallerSteps,
    ...(calls.includes("pin") ? [{ type: "caller.fails" }] : []),
  ],
});

const counted = (role: string, holder: string, lane: string): Component => ({
  machine: countedObject,
  input: { holder },
  role,
  lane,
});

function componentsOf(design: GroupOpenDesign, sizes: GroupOpenSizes): { readonly [name: string]: Component } {
  const rules: GroupRules = {
    kvmClears: design.kvmClears,
    pointerLock: design.kvmPointerLock,
    driverLocksKvm: design.driverLocksKvm && sizes.opensVm,
    vmReference: design.vmReference,
    pinErrorExit: design.pinErrorExit,
    devices: sizes.groupDevices,
  };
  const ofUser = ["bind", "unbind", "open-group", "close-group", "open-device", "close-device"] as const;
  const ofVm = ["open-vm", "close-vm", "open-kvm-vfio", "add-group", "close-kvm-vfio"] as const;
  return {
    user: caller("user", rules, ["bound", "group-file"], ofUser),
    ...(sizes.opensVm && { vmm: caller("vmm", rules, ["vm-file"], ofVm) }),
    ...(sizes.driverPins && { pinner: caller("pinner", rules, [], ["pin"]) }),
    group: counted("vfio-group", "user", "struct vfio_group"),
    container: counted("vfio-container", "user", "struct vfio_container"),
    ...(sizes.opensVm && { vm: counted("virtual-machine", "vmm", "struct kvm") }),
    pointer: { machine: vmPointer, role: "vm-pointer" },
    ...Object.fromEntries(
      LOCKS.filter((name) => isTaken(name, rules, sizes)).map((name) => [
        name,
        { machine: mutex, role: "mutex", lane: LOCK_LANES[name] },
      ]),
    ),
  };
}

/** Whether anybody takes it: the locks of KVM are there with a VM, or with a pointer that has its own. */
const isTaken = (name: LockName, { pointerLock }: GroupRules, { opensVm }: GroupOpenSizes): boolean =>
  name === "group-lock" || (name === "kvm-lock" ? opensVm : pointerLock === "own-lock");

const by = (message: Message): string => field(message, "by");
const nowhere = (): readonly string[] => [];
const OBJECTS = ["vfio-group", "vfio-container", "virtual-machine"];

const ROUTES: readonly Route[] = [
  call("group-caller", ["lock.acquires"], (message) => field(message, "lock"), "block"),
  call("group-caller", ["lock.releases"], (message) => field(message, "lock")),
  /** What is still there cannot begin: the call does not. */
  call("group-caller", COUNTED, (message) => field(message, "object"), "block"),
  call("group-caller", ["device.pins"], "user", "block"),
  call("group-caller", ["pointer.names", "pointer.forgets", "pointer.looks", "pointer.checks"], "pointer"),
  call("vm-pointer", ["pointer.seen"], by),
  ...OBJECTS.flatMap((role) => [
    call(role, ["object.tried"], by),
    call(role, ["object.freed"], role === "virtual-machine" ? by : nowhere),
  ]),
];

export const groupOpen: Study<GroupOpenDesign, GroupOpenSizes> = {
  name: "group-open",
  sentence: "Open and close of a VFIO group and pins for it, beside its VM: locks and references.",
  cut: CUT,
  hosts: {
    intended: {
      sentence:
        "As Linux 6.12.117: the pointer to the VM has a lock of its own, and every error path puts its references.",
      design: RIGHT,
    },
    /** Before 51cdc8bc120e and vfio_device_get_kvm_safe(), without drivers that lock the VM. */
    "linux-6.1.0": {
      sentence:
        "Linux 6.1.0: the end of the VM takes group->group_lock, and drivers take a reference to a VM that may be ending.",
      design: {
        ...RIGHT,
        kvmClears: "at-destroy",
        kvmPointerLock: "group-lock",
        driverLocksKvm: false,
        vmReference: "always",
      },
    },
    /**
     * 51cdc8bc120e was taken over: kvm_vfio_ops has .release, which kvm_device_release() calls with kvm->lock held. 2b48f52f2bff
     * was not: vfio_file_set_kvm() takes group_lock, and vfio_device_open() holds it while vfio_ap_mdev_set_kvm() takes
     * kvm->lock and calls kvm_get_kvm().
     */
    "linux-6.1.192": {
      sentence:
        "Linux 6.1.192 with vfio_ap: closing KVM's VFIO device clears the pointer to the VM under group->group_lock.",
      design: { ...RIGHT, kvmPointerLock: "group-lock", vmReference: "always" },
    },
  },
  knobs: groupOpenKnobs,
  sizeKnobs: groupOpenSizeKnobs,
  bounds: {
    small: { groupDevices: 1, opensVm: true, driverPins: false },
    default: { groupDevices: 1, opensVm: true, driverPins: true },
    deep: { groupDevices: 2, opensVm: true, driverPins: true },
  },
  contradiction: (_, { opensVm, driverPins }) =>
    !opensVm && !driverPins ? "nothing would happen to the group (opensVm or driverPins)" : undefined,
  compose: (design, sizes) => {
    const callers = ["user", ...(sizes.opensVm ? ["vmm"] : []), ...(sizes.driverPins ? ["pinner"] : [])];
    return {
      components: componentsOf(design, sizes),
      routes: ROUTES,
      fairness: {
        /** A mutex is handed to whoever has waited longest. */
        threads: callers.map((name) => takesSteps(name, "strong", ["caller.steps"])),
        hardware: [],
        devices: [],
        lock: [],
      },
    };
  },
};
