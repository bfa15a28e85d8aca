/** Questions about how an object of iommufd is made, unmade, named and read. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const object = (set: Set = {}, host = "intended") => study("fault-object", host, set);

export const faultObjectScenarios: readonly Scenario[] = [
  {
    id: "allocation-fails-half-way",
    question: "What has the error path to drop when a fault object has its file, and no descriptor?",
    askedBy: "iommufd: Fix out_fput in iommufd_fault_alloc()",
    rows: [],
    given: "A file that is a user of the object and holds the iommufd context.",
    when: "the next step of the creation fails.",
    answer:
      "The file, and nothing besides: its release drops the user and the reference to the context. Dropped again, the count of the context says one less than there are, and the context goes under the next object.",
    evidence: { kind: "verified", where: "Linux 07838f7fd529, iommufd_fault_alloc(); IOPF core facts B20" },
    runs: [
      { label: "once", request: object(), expect: { "OBJ-3": "holds", "OBJ-11": "witnessed", "OBJ-12": "holds" } },
      {
        label: "twice",
        request: object({ failedCreation: "drops-twice" }),
        expect: { "OBJ-3": "violated", "OBJ-1": "violated" },
      },
    ],
    chart: { run: 1, property: "OBJ-3" },
  },
  {
    id: "release-after-free",
    question: "May the error path free the object as soon as it has put the file?",
    askedBy: "iommufd: Fix race during abort for file descriptors",
    rows: [],
    given: "fput(), which leaves the release of the file to the way back to user space.",
    when: "the creation fails, and the object is freed within the system call.",
    answer:
      "No: the release comes later and reads the object. The error path has to wait for the release before it frees; to wait before it has put the file would be to wait for itself.",
    evidence: { kind: "verified", where: "Linux iommufd/eventq.c and fs/file_table.c; IOPF core facts B21" },
    runs: [
      { label: "released first", request: object(), expect: { "OBJ-1": "holds", "OBJ-10": "holds" } },
      { label: "freed first", request: object({ failedCreation: "frees-first" }), expect: { "OBJ-1": "violated" } },
      {
        label: "waits, then puts",
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
    given: "A creation that may fail at its file, its descriptor, and its copy to user space.",
    when: "another call guesses the ID.",
    answer:
      "When nothing can fail any more. Otherwise the creator frees it while the call is inside, or somebody destroys it before it has its file.",
    evidence: { kind: "verified", where: "Linux iommufd/main.c, iommufd_object_finalize()" },
    runs: [
      { label: "complete", request: object(), expect: { "OBJ-13": "holds", "OBJ-1": "holds" } },
      {
        label: "at once",
        request: object({ recordReads: false, objectPublished: "at-once" }),
        expect: { "OBJ-13": "violated", "OBJ-1": "violated", "OBJ-3": "violated" },
      },
    ],
    chart: { run: 1, property: "OBJ-1" },
  },
  {
    id: "destroy-gives-up",
    question: "May a destroy give up waiting for a call that is inside the object?",
    askedBy: "IOPF core facts, B25 (seen in iommufd_device_unbind(), which waits before the ID goes)",
    rows: [],
    given: "A call that has dropped its user, and not yet its short-term user.",
    when: "the object is destroyed with IOMMU_DESTROY: its ID goes, and the destroy waits.",
    answer:
      "If IOMMU_DESTROY does, the object is in no table and nobody ever frees it; the unbind of a device, which waits first, leaves its object to the close of the file. Without a wait the call drops a count in freed memory. That a wait without a bound ends is assumed: calls come to their end, and one that pins user memory does when user space lets it.",
    evidence: { kind: "verified", where: "Linux iommufd/main.c, iommufd_object_remove(); IOPF core facts B25" },
    runs: [
      {
        label: "until it is free",
        request: object(),
        expect: { "OBJ-7": "holds", "OBJ-8": "witnessed", "OBJ-9": "holds", "OBJ-14": "holds" },
      },
      {
        label: "with a bound",
        request: object({}, "linux-6.12.117"),
        expect: { "OBJ-1": "holds", "OBJ-9": "violated", "OBJ-14": "violated" },
      },
      { label: "not at all", request: object({ destroyWait: "never" }), expect: { "OBJ-1": "violated" } },
    ],
    chart: { run: 1, property: "OBJ-14" },
  },
  {
    id: "which-count-for-a-page-table",
    question: "As what does a page table keep its fault object: a user, or a short-term user?",
    askedBy: "IOPF core facts, 3.1 and L5 (detach, replace and destroy end although user space never answers)",
    rows: [],
    given: "A page table that user space keeps for as long as it likes.",
    when: "the fault object is destroyed.",
    answer:
      "As a user: then the destroy fails at once with EBUSY. As a short-term user it makes the destroy wait for user space; as neither, its next fault goes to freed memory.",
    evidence: { kind: "shown" },
    runs: [
      { label: "user", request: object(), expect: { "OBJ-1": "holds", "OBJ-7": "holds" } },
      {
        label: "short-term",
        request: object({ hwptReference: "short-term" }),
        expect: { "OBJ-1": "holds", "OBJ-7": "violated", "OBJ-9": "violated" },
      },
      { label: "neither", request: object({ hwptReference: "nothing" }), expect: { "OBJ-1": "violated" } },
    ],
    chart: { run: 1, property: "OBJ-7" },
  },
  {
    id: "reserved-field-of-a-record",
    question: "What does user space read in the field of a fault record that the kernel never writes?",
    askedBy: "iommufd, e721f619e3ec; IOPF core facts B18 (records had padding that nobody had set)",
    rows: [],
    given: "A record on the kernel's stack, whose fields are written one by one.",
    when: "it is copied to user space as a whole.",
    answer: "What was on the stack before, unless the record began as zeros.",
    evidence: { kind: "verified", where: "Linux 07838f7fd529, iommufd_fault_fops_read(); IOPF core facts B18" },
    runs: [
      { label: "zeroed", request: object(), expect: { "OBJ-5": "holds", "OBJ-6": "witnessed" } },
      { label: "not zeroed", request: object({ recordInit: "left" }), expect: { "OBJ-5": "violated" } },
    ],
    chart: { run: 1, property: "OBJ-5" },
  },
];
