/**
 * Calls around a VFIO group: what each needs, what it gives, and its steps, with the error path where one can fail.
 *
 * Models  Linux 5.9, drivers/vfio/vfio.c: vfio_add_group_dev(), which takes a reference to an existing group or makes one;
 *         vfio_pin_pages() with its error exits (B-17: a missed put of the group), the users of the container and the
 *         references of the group. Linux 6.2, virt/kvm/vfio.c: kvm_vfio_release() and kvm_vfio_destroy(), and
 *         drivers/vfio/group.c: opening and closing a device under group_lock (B-20: the lock order of KVM and group,
 *         51cdc8bc120e; the fix after it gave the pointer to the VM a lock of its own).
 * Omits   The pages that are pinned, and everything else under these locks. The file of the group has no reference of its
 *         own to the group: the device stays bound until the file is closed. The reference to that file that KVM's VFIO
 *         device holds: here a group may be closed before it, which adds runs and hides none, as the last fput() runs
 *         without the locks of KVM. The reference to that file that an open device holds: here the group may give its
 *         container back before the device does. group_lock in the open and the release of that file, which take no other
 *         of these locks under it. The lock of KVM's VFIO device (kv->lock), under which only the lock of the pointer is
 *         taken. dev_set->lock, which is always taken with group_lock. What a driver locks when its
 *         device is closed.
 */
export type LockName = "group-lock" | "kvm-lock" | "kvm-pointer-lock";
export type ObjectName = "group" | "container" | "vm";

export type CallStep =
  | { readonly do: "lock" | "unlock"; readonly what: LockName }
  | { readonly do: "begin" | "get" | "put" | "forget"; readonly what: ObjectName }
  /** Takes a reference if the object has one left; otherwise the call ends with `exit`. */
  | { readonly do: "try"; readonly what: ObjectName; readonly exit: readonly CallStep[] }
  /** May fail. */
  | { readonly do: "pin"; readonly exit: readonly CallStep[] }
  /** Takes a reference to the VM of the group, if it has one. */
  | { readonly do: "try-named-vm" }
  /** Goes on with `steps` first if the group names the VM, or if the device has a reference to it. */
  | { readonly do: "if-named" | "if-taken"; readonly steps: readonly CallStep[] }
  /** Drops that reference, if one was taken. */
  | { readonly do: "put-taken-vm" }
  | { readonly do: "name-vm" | "forget-vm" };

export interface GroupRules {
  /** When the group's pointer to the VM is cleared: at the close of KVM's VFIO device, or when the VM is destroyed; B-20. */
  readonly kvmClears: "at-release" | "at-destroy" | "never";
  /** The lock of the group's pointer to the VM. */
  readonly pointerLock: "own-lock" | "group-lock";
  /** A driver takes the lock of the VM when its device is opened (vfio-ap). */
  readonly driverLocksKvm: boolean;
  /** Whether a device takes a reference to the VM even if the VM has none left. */
  readonly vmReference: "if-alive" | "always";
  /** What the error path of a failed pin keeps, or puts twice; B-17 (a missed put of the group) and others of its kind. */
  readonly pinErrorExit: "puts" | "keeps-group" | "keeps-container" | "puts-container-twice";
  /** Devices of the group: only the driver of a single one may pin. */
  readonly devices: number;
}

export type Thing = "bound" | "group-file" | "device" | "vm-file" | "kvm-vfio-file";

export type CallName =
  | "bind"
  | "unbind"
  | "open-group"
  | "close-group"
  | "open-device"
  | "close-device"
  | "open-vm"
  | "close-vm"
  | "open-kvm-vfio"
  | "add-group"
  | "close-kvm-vfio"
  | "pin";

export interface Call {
  readonly needs: readonly Thing[];
  /** Impossible while the caller has one of these. */
  readonly without: readonly Thing[];
  readonly gives?: Thing;
  readonly takes?: Thing;
  /** What the call makes, or holds, before its first step. */
  readonly begins?: ObjectName;
  readonly holds?: ObjectName;
  readonly steps: readonly CallStep[];
}

const lock = (what: LockName): CallStep => ({ do: "lock", what });
const unlock = (what: LockName): CallStep => ({ do: "unlock", what });
const get = (what: ObjectName): CallStep => ({ do: "get", what });
const put = (what: ObjectName): CallStep => ({ do: "put", what });
const keep = (what: ObjectName): CallStep => ({ do: "forget", what });

const pointerLock = (rules: GroupRules): LockName =>
  rules.pointerLock === "own-lock" ? "kvm-pointer-lock" : "group-lock";

/** vfio_file_set_kvm(): stores the VM in the group, or clears it. */
const pointer = (rules: GroupRules, does: "name-vm" | "forget-vm"): readonly CallStep[] => [
  lock(pointerLock(rules)),
  { do: does },
  unlock(pointerLock(rules)),
];

/** kvm_vfio_release() and kvm_vfio_destroy() take the lock for each group that was added, and none for an empty list. */
const clears = (rules: GroupRules): CallStep => ({ do: "if-named", steps: pointer(rules, "forget-vm") });
const ifTaken = (steps: readonly CallStep[]): CallStep => ({ do: "if-taken", steps });

/** kvm_destroy_vm(), on the thread that drops the last reference to the VM. */
export const destroyOfVm = (rules: GroupRules): readonly CallStep[] =>
  rules.kvmClears === "at-destroy" ? [clears(rules)] : [];

function openDevice(rules: GroupRules): readonly CallStep[] {
  const own = rules.pointerLock === "own-lock";
  return [
    lock("group-lock"),
    ...(own ? [] : [get("container")]),
    ...(own ? [lock("kvm-pointer-lock")] : []),
    { do: "try-named-vm" },
    ...(own ? [unlock("kvm-pointer-lock"), get("container")] : []),
    ...(rules.driverLocksKvm ? [ifTaken([lock("kvm-lock"), unlock("kvm-lock")])] : []),
    unlock("group-lock"),
  ];
}

/** The existing group of the device, if it has a reference, or a new one. */
const findGroup: readonly CallStep[] = [{ do: "try", what: "group", exit: [{ do: "begin", what: "group" }] }];

/** vfio_df_group_close() of 6.12 puts the VM last; in 6.1 the driver puts it, before vfio_device_unassign_container(). */
const closeDevice = ({ pointerLock: of }: GroupRules): readonly CallStep[] => [
  lock("group-lock"),
  ...(of === "own-lock" ? [put("container")] : []),
  { do: "put-taken-vm" },
  ...(of === "own-lock" ? [] : [put("container")]),
  unlock("group-lock"),
];

/** vfio_pin_pages(), after the group was found: the group needs exactly one device, and a container. */
function pin({ pinErrorExit, devices }: GroupRules): readonly CallStep[] {
  if (devices > 1) return [pinErrorExit === "keeps-group" ? keep("group") : put("group")];
  const once = pinErrorExit === "keeps-container" ? keep("container") : put("container");
  const leaves = pinErrorExit === "puts-container-twice" ? [once, once] : [once];
  return [
    { do: "try", what: "container", exit: [put("group")] },
    { do: "pin", exit: [...leaves, put("group")] },
    put("container"),
    put("group"),
  ];
}

/** kvm_device_release() holds kvm->lock around the release of the file. */
const closeKvmVfio = (rules: GroupRules): readonly CallStep[] => [
  lock("kvm-lock"),
  ...(rules.kvmClears === "at-release" ? [clears(rules)] : []),
  unlock("kvm-lock"),
  put("vm"),
];

export const groupCalls = (rules: GroupRules): { readonly [name in CallName]: Call } => ({
  bind: { needs: [], without: ["bound"], gives: "bound", steps: findGroup },
  unbind: { needs: ["bound"], without: ["group-file", "device"], takes: "bound", steps: [put("group")] },
  "open-group": {
    needs: ["bound"],
    without: ["group-file", "device"],
    gives: "group-file",
    begins: "container",
    steps: [],
  },
  "close-group": {
    needs: ["group-file"],
    without: [],
    takes: "group-file",
    steps: [put("container")],
  },
  "open-device": { needs: ["group-file"], without: ["device"], gives: "device", steps: openDevice(rules) },
  "close-device": { needs: ["device"], without: [], takes: "device", steps: closeDevice(rules) },
  "open-vm": { needs: [], without: ["vm-file", "kvm-vfio-file"], gives: "vm-file", begins: "vm", steps: [] },
  "close-vm": { needs: ["vm-file"], without: [], takes: "vm-file", steps: [put("vm")] },
  "open-kvm-vfio": { needs: ["vm-file"], without: ["kvm-vfio-file"], gives: "kvm-vfio-file", steps: [get("vm")] },
  "add-group": { needs: ["kvm-vfio-file"], without: [], steps: pointer(rules, "name-vm") },
  "close-kvm-vfio": { needs: ["kvm-vfio-file"], without: [], takes: "kvm-vfio-file", steps: closeKvmVfio(rules) },
  pin: { needs: [], without: [], holds: "group", steps: pin(rules) },
});
