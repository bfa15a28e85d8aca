/** Questions about how an object of iommufd is made, unmade, named and read. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const object = (set: Set = {}, host = "intended") => study("fault-object", host, set);

export const faultObjectScenarios: readonly Scenario[] = [
  {
    id: "allocation-fails-half-way",
    question: "What must iommufd_fault_alloc() release when it has created the file and then fails?",
    askedBy: "iommufd: Fix out_fput in iommufd_fault_alloc()",
    rows: [],
    given: "The file is a user of the fault object and holds a reference to the iommufd context.",
    when: "the next step of the creation fails.",
    answer:
      "Only the file: its release drops the user and the reference to the context. If the error path drops both again, the reference count of the context is one too low, and the context is freed while another object still uses it.",
    evidence: {
      kind: "verified",
      where: "Linux 07838f7fd529, iommufd_fault_alloc(); IOPF core facts B20 (an error path dropped references twice)",
    },
    runs: [
      {
        label: "the error path puts the file only",
        request: object(),
        expect: { "OBJ-3": "holds", "OBJ-11": "witnessed", "OBJ-12": "holds" },
      },
      {
        label: "the error path drops both references again",
        request: object({ failedCreation: "drops-twice" }),
        expect: { "OBJ-3": "violated", "OBJ-1": "violated" },
      },
    ],
    chart: { run: 1, property: "OBJ-3" },
  },
  {
    id: "release-after-free",
    question: "May the error path free the fault object as soon as it has called fput()?",
    askedBy: "iommufd: Fix race during abort for file descriptors",
    rows: [],
    given: "fput() defers the release of the file until the thread returns to user space.",
    when: "the creation fails, and the object is freed within the system call.",
    answer:
      "No. The release runs later and reads the object. The error path must wait for the release before it frees the object, and it must put the file before it waits.",
    evidence: {
      kind: "verified",
      where:
        "Linux iommufd/eventq.c and fs/file_table.c; IOPF core facts B21 (an object was freed before its file was)",
    },
    runs: [
      {
        label: "waits for the release, then frees",
        request: object(),
        expect: { "OBJ-1": "holds", "OBJ-10": "holds" },
      },
      {
        label: "frees before the release",
        request: object({ failedCreation: "frees-first" }),
        expect: { "OBJ-1": "violated" },
      },
      {
        label: "waits before it puts the file",
        request: object({ failedCreation: "waits-first" }),
        expect: { "OBJ-1": "holds", "OBJ-10": "violated", "OBJ-12": "violated" },
      },
    ],
    chart: { run: 1, property: "OBJ-1" },
  },
  {
    id: "found-before-complete",
    question: "When may other calls find a new object by its ID?",
    askedBy: "IOPF core facts, 3.1",
    rows: [],
    given: "The creation can fail at its file, at its descriptor, and at the copy to user space.",
    when: "another call guesses the ID.",
    answer:
      "After the last step that can fail, as iommufd_object_finalize() does. If the ID is found earlier, the creator can free the object while another call uses it, or another call can destroy it before it has its file.",
    evidence: { kind: "verified", where: "Linux iommufd/main.c, iommufd_object_finalize()" },
    runs: [
      { label: "found after the last step", request: object(), expect: { "OBJ-13": "holds", "OBJ-1": "holds" } },
      {
        label: "found at once",
        request: object({ recordReads: false, objectPublished: "at-once" }),
        expect: { "OBJ-13": "violated", "OBJ-1": "violated", "OBJ-3": "violated" },
      },
    ],
    chart: { run: 1, property: "OBJ-1" },
  },
  {
    id: "destroy-gives-up",
    question: "May a destroy give up waiting for a call that uses the object?",
    askedBy: "IOPF core facts, B25 (seen in iommufd_device_unbind(), which waits before the ID goes)",
    rows: [],
    given: "A call has dropped its user, and has not yet dropped its short-term user.",
    when: "IOMMU_DESTROY removes the ID of the object and waits for the short-term users.",
    answer:
      "No. If IOMMU_DESTROY gives up, the object has no ID any more and nothing frees it. Without any wait the call drops a count in freed memory. The model assumes that every call ends; a call that pins user memory ends when user space lets it. The unbind of a device is different: it waits before the ID is removed, and leaves its object to the close of the file.",
    evidence: {
      kind: "verified",
      where:
        "Linux iommufd/main.c, iommufd_object_remove(); IOPF core facts B25 (destroying gave up on users after ten seconds)",
    },
    runs: [
      {
        label: "waits until no call uses it",
        request: object(),
        expect: { "OBJ-7": "holds", "OBJ-8": "witnessed", "OBJ-9": "holds", "OBJ-14": "holds" },
      },
      {
        label: "waits with a time-out, as in 6.12",
        request: object({}, "linux-6.12.117"),
        expect: { "OBJ-1": "holds", "OBJ-9": "violated", "OBJ-14": "violated" },
      },
      { label: "does not wait", request: object({ destroyWait: "never" }), expect: { "OBJ-1": "violated" } },
    ],
    chart: { run: 1, property: "OBJ-14" },
  },
  {
    id: "which-count-for-a-page-table",
    question: "Should a page table hold its fault object as a user or as a short-term user?",
    askedBy: "IOPF core facts, 3.1 and L5 (detach, replace and destroy end although user space never answers)",
    rows: [],
    given: "User space keeps the page table for as long as it likes.",
    when: "the fault object is destroyed.",
    answer:
      "As a user: the destroy then fails at once with -EBUSY. As a short-term user the page table makes the destroy wait for user space. If it holds neither, its next fault is delivered to freed memory.",
    evidence: { kind: "shown" },
    runs: [
      { label: "holds a user", request: object(), expect: { "OBJ-1": "holds", "OBJ-7": "holds" } },
      {
        label: "holds a short-term user",
        request: object({ hwptReference: "short-term" }),
        expect: { "OBJ-1": "holds", "OBJ-7": "violated", "OBJ-9": "violated" },
      },
      { label: "holds neither", request: object({ hwptReference: "nothing" }), expect: { "OBJ-1": "violated" } },
    ],
    chart: { run: 1, property: "OBJ-7" },
  },
  {
    id: "reserved-field-of-a-record",
    question: "What does user space read in a field of a fault record that the kernel does not write?",
    askedBy: "iommufd, e721f619e3ec; IOPF core facts B18 (records had uninitialized padding)",
    rows: [],
    given: "The record is on the kernel's stack, and its fields are written one by one.",
    when: "iommufd_fault_fops_read() copies the whole record to user space.",
    answer: "Old stack contents, unless the record is zeroed first.",
    evidence: {
      kind: "verified",
      where: "Linux 07838f7fd529, iommufd_fault_fops_read(); IOPF core facts B18 (records had uninitialized padding)",
    },
    runs: [
      { label: "the record is zeroed", request: object(), expect: { "OBJ-5": "holds", "OBJ-6": "witnessed" } },
      { label: "the record is not zeroed", request: object({ recordInit: "left" }), expect: { "OBJ-5": "violated" } },
    ],
    chart: { run: 1, property: "OBJ-5" },
  },
];
