/** Questions about calls of iommufd that run beside each other. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

const calls = (set: Parameters<typeof study>[2] = {}, host = "linux-7.3.4") => study("object-calls", host, set);
/** One thread of user space, which destroys one object. */
const ALONE = { userDestroys: 1 };
const MAKER = { ...ALONE, vdeviceAllocs: 1 };
const NO_UNBIND = { deviceUnbinds: false };
const TWICE = { ...NO_UNBIND, destroysEach: 2 };
const REPORTS = { ...ALONE, ...NO_UNBIND, driverReports: 1 };
const SOURCE_7_3 = "Linux 7.3.4, drivers/iommu/iommufd";

export const objectCallsScenarios: readonly Scenario[] = [
  {
    id: "veventq-destroy-and-viommu-destroy",
    question: "May user space destroy a vEVENTQ and its vIOMMU from two threads at the same time?",
    askedBy: "reading of iommufd_veventq_abort() and iommufd_veventq_destroy() in Linux 7.3.4",
    rows: [],
    given: "A vIOMMU has a vDEVICE, and one vEVENTQ whose file is closed.",
    when: "one thread destroys the vDEVICE and the vEVENTQ, and another destroys the vIOMMU as soon as it has no user.",
    answer:
      "Not in 7.3.4. iommufd_veventq_abort() drops the user of the vIOMMU before list_del(), and iommufd_veventq_destroy() calls up_write() after that. Both touch the vIOMMU, which the other thread may have freed. It holds if the user is dropped after up_write().",
    evidence: { kind: "derived", where: `${SOURCE_7_3}/eventq.c; not seen on a booted kernel` },
    runs: [
      {
        label: "the user is dropped after up_write()",
        request: calls(TWICE, "intended"),
        expect: { "IOC-1": "holds", "IOC-2": "witnessed" },
      },
      { label: "7.3.4", request: calls(TWICE), expect: { "IOC-1": "violated" } },
      { label: "7.3.4, one thread", request: calls({ ...TWICE, ...ALONE }), expect: { "IOC-12": "holds" } },
    ],
    chart: { run: 1, property: "IOC-1" },
  },
  {
    id: "unbind-meets-vdevice-destroy",
    question: "What does the unbind of a device do when user space is destroying its vDEVICE?",
    askedBy: "iommufd facts, J26 (neither side holds igroup->lock while it waits)",
    rows: [],
    given: "A device has a vDEVICE, and user space has begun to destroy it.",
    when: "VFIO unbinds the device.",
    answer:
      "It finds that the vDEVICE has left the table, drops igroup->lock, and waits for the short user of the device, which the destroy gives back. If it waited under the lock, neither would go on: the destroy needs the lock.",
    evidence: { kind: "verified", where: `${SOURCE_7_3}/device.c, iommufd_device_remove_vdev()` },
    runs: [
      { label: "7.3.4", request: calls(ALONE), expect: { "IOC-5": "witnessed", "IOC-11": "holds", "LCK-10": "holds" } },
      {
        label: "the unbind waits under igroup->lock",
        request: calls({ ...ALONE, unbindFinds: "under-lock" }),
        expect: { "IOC-11": "violated", "LCK-10": "violated" },
      },
    ],
    chart: { run: 1, property: "LCK-10" },
  },
  {
    id: "unbind-takes-user-of-dying-vdevice",
    question: "Why does the unbind look into the table before it takes a user of the vDEVICE?",
    askedBy: "iommufd facts, J26 (iommufd_try_inc_users())",
    rows: [],
    given: "User space destroys a vDEVICE, and it has left the table.",
    when: "the unbind of its device takes a user of it all the same, and destroys it.",
    answer:
      "Because the vDEVICE belongs to the thread that took it out of the table. With a user taken in any case, the unbind changes counts of an object that the other thread frees.",
    evidence: { kind: "verified", where: `${SOURCE_7_3}/main.c, iommufd_try_inc_users()` },
    runs: [
      { label: "7.3.4", request: calls(ALONE), expect: { "IOC-1": "holds", "IOC-3": "holds" } },
      {
        label: "it takes a user in any case",
        request: calls({ ...ALONE, unbindFinds: "takes-users" }),
        expect: { "IOC-3": "violated" },
      },
    ],
    chart: { run: 1, property: "IOC-3" },
  },
  {
    id: "vdevice-id-given-out-again",
    question: "May the ID of a vDEVICE that went with its device be given to another object?",
    askedBy: "iommufd facts, J4 and J25 (IDs are the lowest free number; a tombstone keeps one)",
    rows: [],
    given: "VFIO unbinds a device, and the kernel destroys its vDEVICE. User space has not been told.",
    when: "another thread makes a vDEVICE for a second device, and user space destroys the first by its ID.",
    answer:
      "No: the ID stays reserved, and IOMMU_DESTROY returns ENOENT. IDs are given out lowest first, so that without the tombstone the new vDEVICE would have the ID at once, and would be destroyed in the place of the old one.",
    evidence: {
      kind: "demonstrated",
      where: "recordings of a booted 7.3.4: the ID of a vDEVICE that went with its device is never given out again",
    },
    runs: [
      {
        label: "a tombstone, as in 7.3.4",
        request: calls(MAKER),
        expect: { "IOC-8": "holds", "IOC-9": "witnessed" },
      },
      { label: "the ID is free", request: calls({ ...MAKER, deadId: "freed" }), expect: { "IOC-8": "violated" } },
    ],
    chart: { run: 1, property: "IOC-8" },
  },
  {
    id: "destroy-during-tombstone",
    question: "What is user space told that destroys a vDEVICE while an unbind destroys it?",
    askedBy: "iommufd facts, J26b (EBUSY in that window, ENOENT later)",
    rows: [],
    given: "The unbind of a device has taken a user of its vDEVICE, and has not destroyed it yet.",
    when: "user space calls IOMMU_DESTROY on the vDEVICE.",
    answer:
      "EBUSY in that window, and ENOENT later. Nothing can be retried with success: the vDEVICE goes in any case.",
    evidence: {
      kind: "demonstrated",
      where: "a booted 7.3.4: of 31 vDEVICEs 8 were answered with ENOENT and 3 with EBUSY (iommufd facts, J26b)",
    },
    runs: [
      { label: "7.3.4", request: calls(ALONE), expect: { "IOC-14": "witnessed", "IOC-9": "witnessed" } },
      {
        label: "no unbind",
        request: calls({ ...ALONE, ...NO_UNBIND }),
        expect: { "IOC-1": "holds", "IOC-12": "holds" },
      },
    ],
  },
  {
    id: "device-freed-before-vdevice",
    question: "May a device be freed while its vDEVICE is still being destroyed?",
    askedBy: "iommufd facts, J22 and J27 (a vDEVICE keeps a user and a short user of its device)",
    rows: [],
    given: "User space destroys a vDEVICE while VFIO unbinds its device.",
    when: "the vDEVICE holds nothing but a pointer to the device.",
    answer:
      "No: the unbind waits for the short user that the vDEVICE holds. With a pointer alone it would free the device, and the destroy would take igroup->lock of a freed device.",
    evidence: { kind: "verified", where: `${SOURCE_7_3}/viommu.c, iommufd_vdevice_alloc_ioctl()` },
    runs: [
      { label: "7.3.4", request: calls(ALONE), expect: { "IOC-1": "holds", "IOC-6": "holds" } },
      {
        label: "a pointer alone",
        request: calls({ ...ALONE, vdeviceHolds: "nothing" }),
        expect: { "IOC-1": "violated", "IOC-6": "violated" },
      },
    ],
    chart: { run: 1, property: "IOC-1" },
  },
  {
    id: "vdevice-loses-its-slot",
    question: "Two devices are given the same virtual ID. Which vDEVICE does a look-up find?",
    askedBy: "iommufd facts, J23 and J24 (a slot is reserved first, and cleared only by the vDEVICE in it)",
    rows: [],
    given: "A vDEVICE is in the slot of its virtual ID.",
    when: "IOMMU_VDEVICE_ALLOC for a second device and the same virtual ID fails with EEXIST, and is undone.",
    answer:
      "The first. The way back clears the slot only if the vDEVICE that goes is in it. If it cleared the slot in any case, the first vDEVICE would live on, and no invalidation by its virtual ID would find it.",
    evidence: { kind: "verified", where: `${SOURCE_7_3}/viommu.c, iommufd_vdevice_abort()` },
    runs: [
      { label: "7.3.4", request: calls({ ...MAKER, ...NO_UNBIND }), expect: { "IOC-10": "holds" } },
      {
        label: "the slot is cleared in any case",
        request: calls({ ...MAKER, ...NO_UNBIND, slotClear: "always" }),
        expect: { "IOC-10": "violated" },
      },
    ],
    chart: { run: 1, property: "IOC-10" },
  },
  {
    id: "slot-of-a-freed-device",
    question: "What does an invalidation by virtual ID find after the vDEVICE was destroyed?",
    askedBy: "iommufd facts, J29 (invalidation by virtual ID fails at once)",
    rows: [],
    given: "User space destroys a vDEVICE, or its device is unbound.",
    when: "the driver looks up the virtual ID.",
    answer:
      "Nothing: the slot is cleared before the vDEVICE and its device can be freed. A slot that keeps its pointer leads to a freed device.",
    evidence: { kind: "verified", where: `${SOURCE_7_3}/viommu.c and driver.c, iommufd_viommu_find_dev()` },
    runs: [
      { label: "7.3.4", request: calls(ALONE), expect: { "IOC-6": "holds", "IOC-10": "holds" } },
      {
        label: "the slot is not cleared",
        request: calls({ ...ALONE, slotClear: "never" }),
        expect: { "IOC-6": "violated", "IOC-10": "violated" },
      },
    ],
    chart: { run: 1, property: "IOC-6" },
  },
  {
    id: "report-against-destroy",
    question: "May the driver report an event while user space destroys the vEVENTQ?",
    askedBy: "iommufd facts, J41 (veventqs_rwsem over a report, and over a destroy)",
    rows: [],
    given: "A vIOMMU has a vEVENTQ whose file is closed.",
    when: "the interrupt thread of the IOMMU has found the queue, and user space destroys it.",
    answer:
      "Yes. The report holds veventqs_rwsem from the look-up to the end, and the destroy waits for it. Without the lock the event would be put into freed memory.",
    evidence: { kind: "verified", where: `${SOURCE_7_3}/driver.c, iommufd_viommu_report_event()` },
    runs: [
      { label: "7.3.4", request: calls(REPORTS), expect: { "IOC-1": "holds", "IOC-15": "witnessed" } },
      { label: "no lock", request: calls({ ...REPORTS, reportLock: "nothing" }), expect: { "IOC-1": "violated" } },
    ],
    chart: { run: 1, property: "IOC-1" },
  },
  {
    id: "report-after-destroy",
    question: "What becomes of an event for which there is no vEVENTQ any more?",
    askedBy: "iommufd facts, J43 (EOPNOTSUPP, and no sequence number is used)",
    rows: [],
    given: "User space has destroyed the vEVENTQ of a vIOMMU that stays attached.",
    when: "the driver reports an event.",
    answer: "It is lost, and the driver is told EOPNOTSUPP. User space is told nothing: there is no queue to read.",
    evidence: { kind: "verified", where: `${SOURCE_7_3}/driver.c, iommufd_viommu_report_event()` },
    runs: [
      { label: "user space destroys the queue", request: calls(REPORTS), expect: { "IOC-15": "witnessed" } },
      {
        label: "two reports",
        request: calls({ ...REPORTS, driverReports: 2 }),
        expect: { "IOC-15": "witnessed", "IOC-1": "holds" },
      },
    ],
  },
  {
    id: "temporary-reference-counted-as-user",
    question: "May IOMMU_DESTROY hold a user of its object for a moment?",
    askedBy: "CVE-2023-53795 (iommufd: IOMMUFD_DESTROY should not increase the refcount)",
    rows: [],
    given: "VFIO unbinds a device, and the kernel destroys its vDEVICE.",
    when: "user space destroys the vDEVICE too, and takes a user of it first.",
    answer:
      "No. The kernel's own destroy then sees a second user, and fails with a warning, although it must not fail. Since the fix IOMMU_DESTROY looks at the table alone.",
    evidence: { kind: "verified", where: `${SOURCE_7_3}/main.c, iommufd_destroy(), and the fix` },
    runs: [
      { label: "the table alone, as in 7.3.4", request: calls(ALONE), expect: { "IOC-4": "holds" } },
      {
        label: "a user first, as before the fix",
        request: calls({ ...ALONE, destroyNames: "reference" }),
        expect: { "IOC-4": "violated" },
      },
    ],
    chart: { run: 1, property: "IOC-4" },
  },
  {
    id: "order-of-the-two-counts",
    question: "In which order must iommufd_put_object() give its two counts back?",
    askedBy: "iommufd facts, J1 (users first, then wait_cnt)",
    rows: [],
    given: "A call is inside a device, and VFIO unbinds the device.",
    when: "the call returns, and gives the short user back before the user.",
    answer:
      "The user first. The unbind waits for the short users, and then requires that nobody else is a user. In the other order it can see the user of a call that is about to drop it, and fail.",
    evidence: { kind: "verified", where: `${SOURCE_7_3}/iommufd_private.h, iommufd_put_object()` },
    runs: [
      { label: "the user first, as in 7.3.4", request: calls(MAKER), expect: { "IOC-4": "holds", "IOC-12": "holds" } },
      {
        label: "the short user first",
        request: calls({ ...MAKER, putOrder: "wait-first" }),
        expect: { "IOC-4": "violated" },
      },
    ],
    chart: { run: 1, property: "IOC-4" },
  },
  {
    id: "destroy-against-use",
    question: "May an object be destroyed while another call is inside it?",
    askedBy: "iommufd facts, J2 (the ID is freed at once, then the destroy waits for wait_cnt)",
    rows: [],
    given: "An unbind uses a vDEVICE, and user space destroys it.",
    when: "the vDEVICE has left the table, and a short user of it or of its device is still there.",
    answer:
      "Its ID may go at once, its memory may not. A destroy in 7.3.4 waits until no short user is left. Without the wait a call uses an object that was freed, and counts of it go below zero.",
    evidence: { kind: "verified", where: `${SOURCE_7_3}/main.c, iommufd_object_dec_wait()` },
    runs: [
      { label: "7.3.4", request: calls(ALONE), expect: { "IOC-1": "holds", "IOC-3": "holds" } },
      {
        label: "a destroy that does not wait",
        request: calls({ ...ALONE, destroyWaits: "nothing" }),
        expect: { "IOC-1": "violated", "IOC-3": "violated" },
      },
    ],
    chart: { run: 1, property: "IOC-1" },
  },
  {
    id: "viommu-with-users",
    question: "In which order must user space destroy a vIOMMU, its vDEVICE and its vEVENTQ?",
    askedBy: "iommufd facts, J12 (who is a user of a vIOMMU)",
    rows: [],
    given: "A vIOMMU has a vDEVICE and a vEVENTQ.",
    when: "user space destroys them in any order.",
    answer:
      "The vIOMMU last: as long as one of the others is there, it is told EBUSY, at once and without a change. The vDEVICE may also go with its device, and then the vIOMMU can be destroyed.",
    evidence: { kind: "verified", where: `${SOURCE_7_3}/viommu.c, and recordings of a booted 7.3.4` },
    runs: [
      { label: "one thread", request: calls(ALONE), expect: { "IOC-16": "witnessed", "IOC-12": "holds" } },
      {
        label: "a destroy that does not wait",
        request: calls({ ...ALONE, destroyWaits: "nothing" }),
        expect: { "IOC-16": "witnessed" },
      },
    ],
  },
];
