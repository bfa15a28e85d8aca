/** Questions about memory without pins, and what the host does to it. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

const at = (host: string, happens: string, set: Parameters<typeof study>[2] = {}) =>
  study("mm-events", host, { happens, ...set });

export const mmEventsScenarios: readonly Scenario[] = [
  {
    id: "the-device-follows",
    question: "Does an MMU notifier keep a device's view right when the host copies, moves or frees its pages?",
    askedBy: "Shenming Lu, 2021-01-25 (M1), list of things to do",
    rows: [16, 25],
    given: "Pages that are mapped for a device and not pinned.",
    when: "a page is discarded, unmapped, moved to another frame, or copied because it was shared.",
    answer:
      "Yes, if the handler notices that an invalidation ran since it got its page. The device then never reaches a freed frame, never another frame than the CPU sees, and never writes to a shared one.",
    evidence: { kind: "derived", where: "VFIO facts 4.3" },
    runs: [
      {
        label: "moved",
        request: at("hmm", "migrations"),
        expect: { "MMX-1": "holds", "MMX-3": "holds", "MMX-17": "witnessed" },
      },
      {
        label: "copied",
        request: at("hmm", "copies"),
        expect: { "MMX-1": "holds", "MMX-3": "holds", "MMX-4": "holds", "MMX-5": "witnessed", "MMX-14": "holds" },
      },
      {
        label: "unmapped",
        request: at("hmm", "frees"),
        expect: { "MMX-1": "holds", "MMX-3": "holds", "MMX-12": "holds" },
      },
      {
        label: "copied, sequence not compared",
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
      "VFIO facts, D-06 (v2, v3: the handler gets pages under the lock that the notifier needs: it waits for itself)",
    rows: [16, 25],
    given: "A page that is shared until it is written, and a device that writes to it.",
    when: "get_user_pages() has to copy the page first, on the handler's own thread.",
    answer:
      "No: it deadlocks. The copy of the page calls the notifier, the notifier waits for the lock, and the handler that holds the lock waits for the copy. The scheme of KVM and HMM gets the page without the lock.",
    evidence: { kind: "derived", where: "VFIO facts 1.7, D-06" },
    runs: [
      {
        label: "RFC v2",
        request: at("rfc-v2", "copies"),
        expect: { "LCK-10": "violated", "MMX-15": "violated" },
      },
      {
        label: "HMM",
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
    given: "A process that exits while its device still runs: its memory goes before its files are closed.",
    when: "the notifier subscribes to ranges only, as that of RFC v2 and v3 does.",
    answer:
      "They stay and lead to freed frames, if the notifier has no .release: at exit the kernel calls .release and drops its notifiers before it unmaps. The handler also has to notice that the process is gone, or its next fault gets a page that nobody frees.",
    evidence: {
      kind: "verified",
      where: "RFC v2 patch 2/6: the operations of its notifier name .invalidate_range alone",
    },
    runs: [
      { label: "RFC v2", request: at("rfc-v2", "exits"), expect: { "MMX-1": "violated", "MMX-10": "violated" } },
      {
        label: "HMM",
        request: at("hmm", "exits"),
        expect: { "MMX-1": "holds", "MMX-10": "holds", "MMX-11": "witnessed", "MMX-12": "holds" },
      },
      {
        label: "HMM without a reference to the process",
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
    given: "A container whose mappings come from two processes.",
    when: "memory of the one that did not enable faults is taken away.",
    answer:
      "No: changes of the second process reach no notifier, and the device goes on with a freed frame. No rule says that all mappings of a container belong to one process.",
    evidence: { kind: "verified", where: "Alex Williamson's review of RFC v3, 2021-05-18 (D-14)" },
    runs: [
      {
        label: "the first process only",
        request: at("hmm", "frees", { watches: "first-mm", pages: 2, mms: 2 }),
        expect: { "MMX-1": "violated" },
      },
      { label: "every process", request: at("hmm", "frees", { pages: 2, mms: 2 }), expect: { "MMX-1": "holds" } },
    ],
    chart: { run: 0, property: "MMX-1" },
  },
  {
    id: "a-callback-that-must-not-sleep",
    question: "May the notifier take the container's mutex?",
    askedBy: "VFIO facts, D-18 (v2, v3: the notifier sleeps where it must not)",
    rows: [16],
    given: "A callback that takes the lock of the container.",
    when: "it is called under the spinlock of the page table, or on behalf of the OOM reaper.",
    answer:
      "Not in .invalidate_range, which ptep_clear_flush_notify() and try_to_unmap_one() call under a spinlock. In a callback before the page table changes it may, except where sleeping is not allowed; there it must refuse, and is called again.",
    evidence: { kind: "derived", where: "VFIO facts 1.7 D-18, 4.3" },
    runs: [
      { label: "RFC v2", request: at("rfc-v2", "discards"), expect: { "MMX-6": "violated", "MMX-1": "holds" } },
      {
        label: "before the clear, sleeping",
        request: at("hmm", "oom", { nonBlockable: "sleeps" }),
        expect: { "MMX-6": "violated" },
      },
      {
        label: "before the clear, refusing",
        request: at("hmm", "oom"),
        expect: { "MMX-6": "holds", "MMX-7": "witnessed", "MMX-16": "holds" },
      },
    ],
    chart: { run: 0, property: "MMX-6" },
  },
  {
    id: "waiting-for-oneself",
    question: "May the notifier wait until the process has repaired its addresses (VFIO_DMA_MAP_FLAG_VADDR)?",
    askedBy:
      "VFIO facts, D-24 (v3: the notifier waits for the process that waits for the notifier) and D-04 (v3: the notifier returns with the container's lock held after an error)",
    rows: [16],
    given: "A process that has withheld its addresses, and then unmaps memory itself.",
    when: "the callback inside its own system call waits for the new addresses.",
    answer:
      "No: it waits for itself, and only a signal ends that. RFC v3 then returns with the lock held and the page still mapped, so that all later faults hang and the device reaches freed memory.",
    evidence: { kind: "derived", where: "VFIO facts 1.7, D-04 and D-24" },
    runs: [
      {
        label: "the wait alone",
        request: at("hmm", "updates", { vaddrInCallback: "waits" }),
        expect: { "MMX-16": "violated", "MMX-15": "holds", "MMX-1": "holds" },
      },
      {
        label: "and its error path of RFC v3",
        request: at("hmm", "updates", { vaddrInCallback: "waits", waitError: "keeps-lock" }),
        expect: { "LCK-10": "violated", "MMX-1": "violated" },
      },
      {
        label: "no wait",
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
      "VFIO facts, I-43 (while addresses are being updated, nobody uses the old ones) and B-04 (a driver waits for an address that nobody repairs)",
    rows: [16],
    given: "A process that withholds its addresses around an exec, and a device that faults meanwhile.",
    when: "the handler goes on, refuses, or waits.",
    answer:
      "Going on uses an address that may belong to another program by now, refusing aborts legal DMA. Waiting is right if it is done without the lock, and if the exit of the process ends it.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "goes on (RFC v2)",
        request: at("hmm", "updates", { whileWithheld: "ignores" }),
        expect: { "MMX-8": "violated", "MMX-12": "holds" },
      },
      {
        label: "refuses",
        request: at("hmm", "updates", { whileWithheld: "refuses" }),
        expect: { "MMX-8": "holds", "MMX-12": "violated" },
      },
      {
        label: "waits, whatever happens to the process",
        request: at("hmm", "updates", { exitWakes: false }),
        expect: { DEADLOCK: "violated", "MMX-8": "holds" },
      },
      {
        label: "waits until the process repairs or exits",
        request: at("hmm", "updates"),
        expect: { "MMX-8": "holds", "MMX-9": "witnessed", "MMX-12": "holds", DEADLOCK: "holds" },
      },
    ],
    chart: { run: 0, property: "MMX-8" },
  },
  {
    id: "unmap-takes-a-superpage",
    question: "What happens if an unmap of one page takes the whole superpage around it?",
    askedBy: "Alex Williamson, 2021-05-18",
    rows: [16, 19, 31],
    given: "Two pages that were mapped together, and a notifier for one of them.",
    when: "more is unmapped than was asked, and the bitmap is not told.",
    answer:
      "A later fault on the rest finds its bit, gets Success, maps nothing, and comes again for ever. RFC v3 leaves the loop without clearing bits, and clearing only what was asked for has the same effect; the bits of everything that was unmapped must be cleared.",
    evidence: { kind: "verified", where: "Alex Williamson's review of RFC v3, 2021-05-18 (N5, D-08)" },
    runs: [
      {
        label: "the loop is left (RFC v3)",
        request: at("hmm", "frees", { unmapReturns: "larger", onMismatch: "leaves", pages: 2 }),
        expect: { "MMX-13": "violated", "MMX-14": "violated", "MMX-1": "holds" },
      },
      {
        label: "what was asked is cleared",
        request: at("hmm", "frees", { unmapReturns: "larger", onMismatch: "clears-asked", pages: 2 }),
        expect: { "MMX-13": "violated", "MMX-14": "violated", "MMX-1": "holds" },
      },
      {
        label: "what was returned is cleared",
        request: at("hmm", "frees", { unmapReturns: "larger", pages: 2 }),
        expect: { "MMX-13": "holds", "MMX-14": "holds", "MMX-1": "holds" },
      },
    ],
    chart: { run: 0, property: "MMX-13" },
  },
  {
    id: "read-then-write",
    question: "May a read fault map a page for reading only?",
    askedBy: "VFIO facts, I-11 (bits are set only inside of mappings whose rights cover those mapped)",
    rows: [19, 22],
    given: "A page that is shared until it is written, which a device reads first and writes later.",
    when: "the bitmap does not say for which kind of access the page is mapped.",
    answer:
      "Only with a bit for each permission: with one bit the write fault is taken for one that was served, and comes again for ever. RFC v2 and v3 avoid that by getting every page for writing.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "one bit",
        request: at("hmm", "copies", { bitPer: "page" }),
        expect: { "MMX-13": "violated", "MMX-14": "violated" },
      },
      {
        label: "a bit for each permission",
        request: at("hmm", "copies"),
        expect: { "MMX-13": "holds", "MMX-14": "holds" },
      },
      {
        label: "one bit, always for writing",
        request: at("hmm", "copies", { bitPer: "page", readMaps: "writable" }),
        expect: { "MMX-13": "holds", "MMX-14": "holds" },
      },
    ],
    chart: { run: 0, property: "MMX-13" },
  },
];
