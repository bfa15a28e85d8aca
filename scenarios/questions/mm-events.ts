/** Questions about memory without pins, and what the host does to it. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

const at = (host: string, happens: string, set: Parameters<typeof study>[2] = {}) =>
  study("mm-events", host, { happens, ...set });

export const mmEventsScenarios: readonly Scenario[] = [
  {
    id: "the-device-follows",
    question: "Does an MMU notifier keep a device coherent when the kernel copies, moves or frees its pages?",
    askedBy: "Shenming Lu, 2021-01-25 (M1), list of things to do",
    rows: [16, 25],
    given: "Pages that are mapped for a device and not pinned.",
    when: "a page is discarded, unmapped, moved to another frame, or copied because it was shared.",
    answer:
      "Yes, if the handler checks whether an invalidation has run since it looked the page up. The device then never reaches a freed frame or another frame than the CPU, and never writes to a shared one.",
    evidence: { kind: "derived", where: "VFIO facts 4.3" },
    runs: [
      {
        label: "the page is moved",
        request: at("hmm", "migrations"),
        expect: { "MMX-1": "holds", "MMX-3": "holds", "MMX-17": "witnessed" },
      },
      {
        label: "the page is copied",
        request: at("hmm", "copies"),
        expect: { "MMX-1": "holds", "MMX-3": "holds", "MMX-4": "holds", "MMX-5": "witnessed", "MMX-14": "holds" },
      },
      {
        label: "the page is unmapped",
        request: at("hmm", "frees"),
        expect: { "MMX-1": "holds", "MMX-3": "holds", "MMX-12": "holds" },
      },
      {
        label: "the page is copied, and the handler does not check the sequence",
        request: at("hmm", "copies", { sequenceCompared: false }),
        expect: { "MMX-1": "violated", "MMX-4": "violated" },
      },
    ],
    chart: { run: 3, property: "MMX-4" },
  },
  {
    id: "copy-under-the-lock",
    question: "May a fault handler get a page while it holds the lock that the notifier takes?",
    askedBy:
      "VFIO facts, D-06 (v2, v3: the handler gets pages under the lock that the notifier needs, and waits for itself)",
    rows: [16, 25],
    given: "A page that is shared until it is written, and a device that writes to it.",
    when: "get_user_pages() must copy the page first, on the handler's own thread.",
    answer:
      "No. It deadlocks: the copy calls the notifier, the notifier waits for the lock, and the handler that holds the lock waits for the copy. KVM and HMM look the page up without the lock.",
    evidence: {
      kind: "derived",
      where:
        "VFIO facts 1.7, D-06 (v2, v3: the handler gets pages under the lock that the notifier needs, and waits for itself)",
    },
    runs: [
      {
        label: "RFC v2",
        request: at("rfc-v2", "copies"),
        expect: { "LCK-10": "violated", "MMX-15": "violated" },
      },
      {
        label: "the scheme of HMM",
        request: at("hmm", "copies"),
        expect: { "LCK-10": "holds", "MMX-15": "holds", "MMX-16": "holds" },
      },
    ],
    chart: { run: 0, property: "LCK-10" },
  },
  {
    id: "the-process-exits",
    question: "What happens to the device's mappings when the process exits before the container is closed?",
    askedBy: "VFIO facts, I-42 (when the address space is gone, faults are refused and nothing leaks)",
    rows: [16],
    given: "A process exits while its device still runs: its memory is freed before its files are closed.",
    when: "the notifier has .invalidate_range only, as in RFC v2 and v3.",
    answer:
      "They stay and lead to freed frames if the notifier has no .release: at exit the kernel calls .release and unregisters the notifiers before it unmaps. The handler must also take a reference to the mm, or its next fault gets a page after the exit.",
    evidence: {
      kind: "verified",
      where: "RFC v2 patch 2/6: the operations of its notifier name .invalidate_range alone",
    },
    runs: [
      { label: "RFC v2", request: at("rfc-v2", "exits"), expect: { "MMX-1": "violated", "MMX-10": "violated" } },
      {
        label: "the scheme of HMM",
        request: at("hmm", "exits"),
        expect: { "MMX-1": "holds", "MMX-10": "holds", "MMX-11": "witnessed", "MMX-12": "holds" },
      },
      {
        label: "the scheme of HMM, without a reference to the mm",
        request: at("hmm", "exits", { takesReference: false }),
        expect: { "MMX-10": "violated" },
      },
    ],
    chart: { run: 0, property: "MMX-1" },
  },
  {
    id: "two-processes-one-notifier",
    question: "Is one notifier enough for a container?",
    askedBy: "Alex Williamson, 2021-05-18",
    rows: [16],
    given: "A container with mappings from two processes.",
    when: "memory of the process that did not enable faults is freed.",
    answer:
      "No. Changes in the second process call no notifier, and the device keeps using a freed frame. Nothing requires all mappings of a container to belong to one process.",
    evidence: {
      kind: "verified",
      where:
        "Alex Williamson's review of RFC v3, 2021-05-18; VFIO facts D-14 (v2, v3: only one address space is watched, although mappings may have others)",
    },
    runs: [
      {
        label: "a notifier for the first process only",
        request: at("hmm", "frees", { watches: "first-mm", pages: 2, mms: 2 }),
        expect: { "MMX-1": "violated" },
      },
      {
        label: "a notifier for each process",
        request: at("hmm", "frees", { pages: 2, mms: 2 }),
        expect: { "MMX-1": "holds" },
      },
    ],
    chart: { run: 0, property: "MMX-1" },
  },
  {
    id: "a-callback-that-must-not-sleep",
    question: "May the MMU notifier take the container's mutex?",
    askedBy: "VFIO facts, D-18 (v2, v3: the notifier sleeps where it must not)",
    rows: [16],
    given: "A callback that takes the mutex of the container.",
    when: "it is called under the page table's spinlock, or for the OOM reaper.",
    answer:
      "Not in .invalidate_range: ptep_clear_flush_notify(), try_to_unmap_one() and, for dirty pages of a file, zap_pte_range() call it under a spinlock. Where anonymous memory is discarded the call comes after the spinlock. A callback that runs before the page table changes may take it, except where sleeping is not allowed; there it must return an error, and is called again.",
    evidence: { kind: "derived", where: "VFIO facts 1.7 D-18 (v2, v3: the notifier sleeps where it must not), 4.3" },
    runs: [
      {
        label: "RFC v2, dirty pages of a file",
        request: at("rfc-v2", "discards", { forcesFlush: true }),
        expect: { "MMX-6": "violated", "MMX-1": "holds" },
      },
      {
        label: "RFC v2, anonymous memory",
        request: at("rfc-v2", "discards"),
        expect: { "MMX-6": "holds", "MMX-1": "holds" },
      },
      {
        label: "called before the change, and sleeps",
        request: at("hmm", "oom", { nonBlockable: "sleeps" }),
        expect: { "MMX-6": "violated" },
      },
      {
        label: "called before the change, and returns an error",
        request: at("hmm", "oom"),
        expect: { "MMX-6": "holds", "MMX-7": "witnessed", "MMX-16": "holds" },
      },
    ],
    chart: { run: 0, property: "MMX-6" },
  },
  {
    id: "waiting-for-oneself",
    question: "May the notifier wait until the process has updated its addresses (VFIO_DMA_MAP_FLAG_VADDR)?",
    askedBy:
      "VFIO facts, D-24 (v3: the notifier waits for the process that waits for the notifier) and D-04 (v3: the notifier returns with the container's lock held after an error)",
    rows: [16],
    given: "A process whose addresses are invalid, and which then unmaps memory itself.",
    when: "the callback, within that system call, waits for the new addresses.",
    answer:
      "No. It waits for its own thread, and only a signal ends that. RFC v3 then returns with the lock held and the page still mapped, so all later faults hang and the device reaches freed memory.",
    evidence: {
      kind: "derived",
      where:
        "VFIO facts 1.7, D-04 (v3: the notifier returns with the container's lock held after an error) and D-24 (v3: the notifier waits for the process that waits for the notifier)",
    },
    runs: [
      {
        label: "the notifier waits",
        request: at("hmm", "updates", { vaddrInCallback: "waits" }),
        expect: { "MMX-16": "violated", "MMX-15": "holds", "MMX-1": "holds" },
      },
      {
        label: "the notifier waits, with the error path of RFC v3",
        request: at("hmm", "updates", { vaddrInCallback: "waits", waitError: "keeps-lock" }),
        expect: { "LCK-10": "violated", "MMX-1": "violated" },
      },
      {
        label: "the notifier does not wait",
        request: at("hmm", "updates"),
        expect: { "MMX-16": "holds", "LCK-10": "holds", "MMX-1": "holds", "MMX-8": "holds" },
      },
    ],
    chart: { run: 1, property: "LCK-10" },
  },
  {
    id: "faults-while-addresses-change",
    question: "What should a fault handler do while the process updates its addresses?",
    askedBy:
      "VFIO facts, I-43 (while addresses are being updated, the old ones are not used) and B-04 (a driver waits for an address that nobody repairs)",
    rows: [16],
    given: "A process whose addresses are invalid around an exec, and a device that faults meanwhile.",
    when: "the handler continues, refuses, or waits.",
    answer:
      "It should wait, without the lock, and the exit of the process must end the wait. A handler that continues uses an address that may belong to another program by now. One that refuses aborts legal DMA.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "continues (RFC v2)",
        request: at("hmm", "updates", { whileWithheld: "ignores" }),
        expect: { "MMX-8": "violated", "MMX-12": "holds" },
      },
      {
        label: "refuses",
        request: at("hmm", "updates", { whileWithheld: "refuses" }),
        expect: { "MMX-8": "holds", "MMX-12": "violated" },
      },
      {
        label: "waits, and the exit does not wake it",
        request: at("hmm", "updates", { exitWakes: false }),
        expect: { DEADLOCK: "violated", "MMX-8": "holds" },
      },
      {
        label: "waits until the update or the exit",
        request: at("hmm", "updates"),
        expect: { "MMX-8": "holds", "MMX-9": "witnessed", "MMX-12": "holds", DEADLOCK: "holds" },
      },
    ],
    chart: { run: 0, property: "MMX-8" },
  },
  {
    id: "unmap-takes-a-superpage",
    question: "What happens if an unmap of one page removes the whole superpage around it?",
    askedBy: "Alex Williamson, 2021-05-18",
    rows: [16, 19, 31],
    given: "Two pages that were mapped together, and a notifier for one of them.",
    when: "more is unmapped than was requested, and the bitmap is not updated.",
    answer:
      "A later fault on the rest finds its bit, gets Success, maps nothing, and repeats for ever. RFC v3 leaves the loop without clearing bits, and clearing only the requested range has the same effect. The bits of everything that was unmapped must be cleared.",
    evidence: {
      kind: "verified",
      where:
        "Alex Williamson's review of RFC v3, 2021-05-18; VFIO facts D-08 (v2, v3: unmapping a part takes a superpage, bits stay, and the next fault is answered without mapping)",
    },
    runs: [
      {
        label: "the loop is left (RFC v3)",
        request: at("hmm", "frees", { unmapReturns: "larger", onMismatch: "leaves", pages: 2 }),
        expect: { "MMX-13": "violated", "MMX-14": "violated", "MMX-1": "holds" },
      },
      {
        label: "the requested range is cleared",
        request: at("hmm", "frees", { unmapReturns: "larger", onMismatch: "clears-asked", pages: 2 }),
        expect: { "MMX-13": "violated", "MMX-14": "violated", "MMX-1": "holds" },
      },
      {
        label: "the unmapped range is cleared",
        request: at("hmm", "frees", { unmapReturns: "larger", pages: 2 }),
        expect: { "MMX-13": "holds", "MMX-14": "holds", "MMX-1": "holds" },
      },
    ],
    chart: { run: 0, property: "MMX-13" },
  },
  {
    id: "read-then-write",
    question: "May a read fault map a page read-only?",
    askedBy: "VFIO facts, I-11 (bits are set only inside of mappings whose rights cover those mapped)",
    rows: [19, 22],
    given: "A page that is shared until it is written; the device reads it first and writes it later.",
    when: "the bitmap does not record for which access the page is mapped.",
    answer:
      "Only with a bit for each permission. With one bit the write fault looks already served, and repeats for ever. RFC v2 and v3 avoid that by mapping every page writable.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "one bit for a page",
        request: at("hmm", "copies", { bitPer: "page" }),
        expect: { "MMX-13": "violated", "MMX-14": "violated" },
      },
      {
        label: "a bit for each permission",
        request: at("hmm", "copies"),
        expect: { "MMX-13": "holds", "MMX-14": "holds" },
      },
      {
        label: "one bit, every page mapped writable",
        request: at("hmm", "copies", { bitPer: "page", readMaps: "writable" }),
        expect: { "MMX-13": "holds", "MMX-14": "holds" },
      },
    ],
    chart: { run: 0, property: "MMX-13" },
  },
];
