/** Questions about a VFIO group, its container, and the VM it belongs to. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const open = (set: Set = {}, host = "intended") => study("group-open", host, set);
const pinning = (set: Set = {}) => open({ opensVm: false, driverPins: true, ...set });

export const groupOpenScenarios: readonly Scenario[] = [
  {
    id: "pin-refused-keeps-group",
    question: "What does a pin for one device of a larger group leave behind when it is refused?",
    askedBy: "vfio: Fix a missed vfio group put in vfio_pin_pages",
    rows: [],
    given: "A pin that looks its group up before it finds that only the driver of a single device may pin.",
    when: "it returns with an error.",
    answer: "Nothing, if the way out puts the group. Otherwise its reference stays for good, and the group never goes.",
    evidence: { kind: "verified", where: "the patch of 2020-09-15; VFIO facts B-17" },
    runs: [
      {
        label: "put",
        request: pinning({ groupDevices: 2 }),
        expect: { "GOP-1": "holds", "GOP-5": "holds", "GOP-6": "holds", "GOP-7": "witnessed" },
      },
      {
        label: "kept",
        request: pinning({ groupDevices: 2, pinErrorExit: "keeps-group" }),
        expect: { "GOP-1": "violated", "GOP-5": "violated", "GOP-6": "violated" },
      },
    ],
    chart: { run: 1, property: "GOP-6" },
  },
  {
    id: "pin-fails-keeps-container",
    question: "Can a failed pin keep a container from dissolving?",
    askedBy: "VFIO facts, the shape of B-17 (an error path keeps the group)",
    rows: [],
    given: "A pin that is a user of the container while it works.",
    when: "it fails after it became one.",
    answer:
      "Yes, if its way out forgets that: the count of users never comes back, and what the container maps stays mapped after everything was closed.",
    evidence: { kind: "derived", where: "VFIO facts B-17, which is of the group" },
    runs: [
      { label: "put", request: pinning(), expect: { "GOP-3": "holds", "GOP-4": "holds", "GOP-6": "holds" } },
      {
        label: "kept",
        request: pinning({ pinErrorExit: "keeps-container" }),
        expect: { "GOP-3": "violated", "GOP-4": "violated", "GOP-6": "violated" },
      },
    ],
    chart: { run: 1, property: "GOP-6" },
  },
  {
    id: "last-kvm-put-under-group-lock",
    question: "May closing a device drop the last reference to its VM?",
    askedBy: "kvm/vfio: Fix potential deadlock on vfio group_lock, 51cdc8bc120e",
    rows: [],
    given: "A device that is closed under the lock of its group, and a VM whose files are closed already.",
    when: "the end of the VM makes the group forget it.",
    answer:
      "Only if that does not take the lock of the group again: the group has to forget the VM when the file of KVM for VFIO is closed, or its pointer needs a lock of its own.",
    evidence: { kind: "verified", where: "Linux 51cdc8bc120e; VFIO facts B-20" },
    runs: [
      {
        label: "forgotten at release",
        request: open({ kvmPointerLock: "group-lock", driverLocksKvm: false }),
        expect: { "LCK-10": "holds", "GOP-8": "holds", "GOP-11": "witnessed" },
      },
      {
        label: "forgotten at the end, lock of its own",
        request: open({ kvmClears: "at-destroy" }),
        expect: { "LCK-10": "holds", "GOP-8": "holds" },
      },
      {
        label: "forgotten at the end, lock of the group (6.1.0)",
        request: open({}, "linux-6.1.0"),
        expect: { "LCK-10": "violated", "GOP-8": "violated", "GOP-10": "violated", DEADLOCK: "violated" },
      },
    ],
    chart: { run: 2, property: "GOP-10" },
  },
  {
    id: "group-lock-and-kvm-lock",
    question: "In which order are the lock of a VFIO group and the lock of its VM taken?",
    askedBy: "vfio: fix deadlock between group lock and kvm lock, 2b48f52f2bff",
    rows: [],
    given:
      "A driver that locks the VM when its device is opened, and KVM, which closes its file for VFIO under that lock.",
    when: "both happen at a time.",
    answer:
      "In both orders, as long as the group's pointer to the VM is protected by the lock of the group: two threads wait for each other. With a lock of its own below both, neither path needs the other's. 6.1.192 still has both orders: vfio_device_open() holds group_lock while vfio_ap_mdev_set_kvm() takes kvm->lock, and kvm_device_release() holds kvm->lock while vfio_file_set_kvm() takes group_lock.",
    evidence: {
      kind: "verified",
      where: "the mail of 2023-02-03; VFIO facts B-20; the functions named, in Linux 6.1.192",
    },
    runs: [
      {
        label: "lock of its own",
        request: open(),
        expect: { "LCK-10": "holds", "GOP-8": "holds", "GOP-14": "witnessed" },
      },
      {
        label: "lock of the group",
        request: open({ kvmPointerLock: "group-lock" }),
        expect: { "LCK-10": "violated", "GOP-8": "violated", DEADLOCK: "violated" },
      },
      {
        label: "lock of the group, driver without KVM's",
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
    question: "Can a device be opened with a VM that is about to end?",
    askedBy: "VFIO facts, I-30 (nothing runs on a freed device, container or group)",
    rows: [],
    given: "A group that names its VM without a reference, as in 6.1.0, where drivers take one unasked.",
    when: "the VM loses its last reference between the look-up and the reference.",
    answer:
      "Not if the reference is only taken while there is one, or if the group forgets the VM before the last file is closed.",
    evidence: { kind: "shown" },
    runs: [
      { label: "if alive", request: open({ kvmClears: "at-destroy" }), expect: { "GOP-13": "holds" } },
      {
        label: "always, forgotten at release",
        request: open({ vmReference: "always" }),
        expect: { "GOP-13": "holds" },
      },
      {
        label: "always, forgotten at the end",
        request: open({ vmReference: "always", kvmClears: "at-destroy" }),
        expect: { "GOP-13": "violated" },
      },
      { label: "6.1.0", request: open({}, "linux-6.1.0"), expect: { "GOP-13": "violated" } },
      { label: "never forgotten", request: open({ kvmClears: "never" }), expect: { "GOP-12": "violated" } },
    ],
    chart: { run: 2, property: "GOP-13" },
  },
];
