/** Questions about a VFIO group, its container, and the VM it belongs to. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const open = (set: Set = {}, host = "intended") => study("group-open", host, set);
const pinning = (set: Set = {}) => open({ opensVm: false, driverPins: true, ...set });

export const groupOpenScenarios: readonly Scenario[] = [
  {
    id: "pin-refused-keeps-group",
    question: "What does vfio_pin_pages() leave behind when it refuses a device of a larger group?",
    askedBy: "vfio: Fix a missed vfio group put in vfio_pin_pages",
    rows: [],
    given:
      "vfio_pin_pages() takes a reference to the group before it finds that only a device alone in its group may pin.",
    when: "it returns with an error.",
    answer:
      "Nothing, if the error path puts the group. Otherwise the reference is never dropped and the group is never freed.",
    evidence: { kind: "verified", where: "the patch of 2020-09-15; VFIO facts B-17 (an error path keeps the group)" },
    runs: [
      {
        label: "the error path puts the group",
        request: pinning({ groupDevices: 2 }),
        expect: { "GOP-1": "holds", "GOP-5": "holds", "GOP-6": "holds", "GOP-7": "witnessed" },
      },
      {
        label: "the error path keeps the group",
        request: pinning({ groupDevices: 2, pinErrorExit: "keeps-group" }),
        expect: { "GOP-1": "violated", "GOP-5": "violated", "GOP-6": "violated" },
      },
    ],
    chart: { run: 1, property: "GOP-6" },
  },
  {
    id: "pin-fails-keeps-container",
    question: "Can a failed pin keep a container from being freed?",
    askedBy: "VFIO facts, the shape of B-17 (an error path keeps the group)",
    rows: [],
    given: "A pin counts as a user of the container while it works.",
    when: "it fails after it was counted.",
    answer:
      "Yes, if its error path does not drop the count. The container then keeps a user that does not exist, and its mappings stay after every file was closed.",
    evidence: {
      kind: "derived",
      where: "VFIO facts B-17 (an error path keeps the group); the same shape for the container",
    },
    runs: [
      {
        label: "the error path drops the count",
        request: pinning(),
        expect: { "GOP-3": "holds", "GOP-4": "holds", "GOP-6": "holds" },
      },
      {
        label: "the error path keeps the count",
        request: pinning({ pinErrorExit: "keeps-container" }),
        expect: { "GOP-3": "violated", "GOP-4": "violated", "GOP-6": "violated" },
      },
    ],
    chart: { run: 1, property: "GOP-6" },
  },
  {
    id: "last-kvm-put-under-group-lock",
    question: "May the close of a device drop the last reference to its VM?",
    askedBy: "kvm/vfio: Fix potential deadlock on vfio group_lock, 51cdc8bc120e",
    rows: [],
    given: "The device is closed under group_lock, and all files of the VM are closed already.",
    when: "the destruction of the VM clears the group's KVM pointer.",
    answer:
      "Only if clearing the pointer does not take group_lock again. Two ways do that: the pointer is cleared when the KVM-VFIO device is released, or a lock of its own protects it.",
    evidence: { kind: "verified", where: "Linux 51cdc8bc120e; VFIO facts B-20 (two locks in two orders)" },
    runs: [
      {
        label: "cleared at release of the KVM-VFIO device, under group_lock",
        request: open({ kvmPointerLock: "group-lock", driverLocksKvm: false }),
        expect: { "LCK-10": "holds", "GOP-8": "holds", "GOP-11": "witnessed" },
      },
      {
        label: "cleared when the VM is destroyed, under a lock of its own",
        request: open({ kvmClears: "at-destroy" }),
        expect: { "LCK-10": "holds", "GOP-8": "holds" },
      },
      {
        label: "cleared when the VM is destroyed, under group_lock (6.1.0)",
        request: open({}, "linux-6.1.0"),
        expect: { "LCK-10": "violated", "GOP-8": "violated", "GOP-10": "violated", DEADLOCK: "violated" },
      },
    ],
    chart: { run: 2, property: "GOP-10" },
  },
  {
    id: "group-lock-and-kvm-lock",
    question: "In which order are group_lock and kvm->lock taken?",
    askedBy: "vfio: fix deadlock between group lock and kvm lock, 2b48f52f2bff",
    rows: [],
    given:
      "A driver takes kvm->lock when its device is opened, and kvm_device_release() releases the KVM-VFIO device under kvm->lock.",
    when: "both happen at the same time.",
    answer:
      "In both orders, if group_lock protects the group's KVM pointer, and two threads can then wait for each other. With a lock of its own below both, neither path takes the other lock. 6.1.192 has both orders: vfio_device_open() holds group_lock while vfio_ap_mdev_set_kvm() takes kvm->lock, and kvm_device_release() holds kvm->lock while vfio_file_set_kvm() takes group_lock.",
    evidence: {
      kind: "verified",
      where: "the mail of 2023-02-03; VFIO facts B-20 (two locks in two orders); the functions named, in Linux 6.1.192",
    },
    runs: [
      {
        label: "a lock of its own for the KVM pointer",
        request: open(),
        expect: { "LCK-10": "holds", "GOP-8": "holds", "GOP-14": "witnessed" },
      },
      {
        label: "group_lock for the KVM pointer",
        request: open({ kvmPointerLock: "group-lock" }),
        expect: { "LCK-10": "violated", "GOP-8": "violated", DEADLOCK: "violated" },
      },
      {
        label: "group_lock, and a driver that does not take kvm->lock",
        request: open({ kvmPointerLock: "group-lock", driverLocksKvm: false }),
        expect: { "LCK-10": "holds", "GOP-8": "holds" },
      },
      {
        label: "6.1.192",
        request: open({}, "linux-6.1.192"),
        expect: { "LCK-10": "violated", "GOP-8": "violated", DEADLOCK: "violated" },
      },
    ],
    chart: { run: 1, property: "GOP-8" },
  },
  {
    id: "vm-ends-while-opening",
    question: "Can a device be opened with a VM whose last reference is being dropped?",
    askedBy: "VFIO facts, I-30 (no function runs on a freed device, container or group)",
    rows: [],
    given:
      "The group has a pointer to the VM and no reference, as in 6.1.0, and the driver takes a reference when the device is opened.",
    when: "the last reference is dropped between the look-up of the pointer and the new reference.",
    answer:
      "Not if the driver takes the reference only while the count is above zero, or if the pointer is cleared before the last file of the VM is closed.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "takes a reference if the count is above zero",
        request: open({ kvmClears: "at-destroy" }),
        expect: { "GOP-13": "holds" },
      },
      {
        label: "takes it always; the pointer is cleared at release",
        request: open({ vmReference: "always" }),
        expect: { "GOP-13": "holds" },
      },
      {
        label: "takes it always; the pointer is cleared when the VM is destroyed",
        request: open({ vmReference: "always", kvmClears: "at-destroy" }),
        expect: { "GOP-13": "violated" },
      },
      { label: "6.1.0", request: open({}, "linux-6.1.0"), expect: { "GOP-13": "violated" } },
      {
        label: "the pointer is never cleared",
        request: open({ kvmClears: "never" }),
        expect: { "GOP-12": "violated" },
      },
    ],
    chart: { run: 2, property: "GOP-13" },
  },
];
