/** Questions about groups that go to a guest, and about the guest's answers. */
import type { Scenario } from "../../scenario.ts";
import { study } from "../request.ts";

const nested = (set: Parameters<typeof study>[2] = {}, host = "intended") => study("nested", host, set);

/** Groups of two requests, a queue for one, and a guest that sees events in order. */
const groups = { pages: 2, itemPages: 2, guestTeardowns: 0, viommuKind: "virtio" } as const;
/** Page requests through Eric Auger's ring: each is handed out as it comes. */
const eric = (set: Parameters<typeof study>[2] = {}) =>
  nested({ ...groups, faultStageVisible: false, ...set }, "eric-v13");

const twoDevices = { slots: 2, faultRingRecords: 2, guestTeardowns: 0 } as const;

export const nestedAnswerScenarios: readonly Scenario[] = [
  {
    id: "recall-of-partial-groups",
    question:
      "The physical queue overflows after half of a group went to the guest: is a recall needed, or an optimisation?",
    askedBy: "Jean-Philippe Brucker, 2021-02-05 (M7); Kevin Tian (M8) and Shenming Lu (M9), 2021-02-07",
    rows: [53, 54, 55, 57, 58, 61, 63],
    given: "The hardware has answered the group by itself, and the device uses its index again.",
    when: "nobody recalls, a recall travels in order with the requests, beside them, or the kernel keeps partial groups.",
    answer:
      "A recall is needed for safety: without it the old request joins the next use of its index in the guest. It helps only in order with the requests; a recall that travels beside them comes too late. Groups that stay in the kernel until they are whole need no recall.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "no recall",
        request: eric(),
        expect: { "NST-5": "violated", "NST-14": "holds", "NST-24": "witnessed" },
      },
      {
        label: "in order",
        request: eric({ recall: "in-order" }),
        expect: { "NST-5": "holds", "NST-14": "holds", "NST-25": "witnessed" },
      },
      { label: "beside the requests", request: eric({ recall: "overtaking" }), expect: { "NST-5": "violated" } },
      {
        label: "kept in the kernel",
        request: nested({ ...groups, secondStage: "pinned" }),
        expect: { "NST-5": "holds", "NST-7": "holds", "NST-14": "holds", "NST-16": "holds", "NST-17": "witnessed" },
      },
    ],
  },
  {
    id: "group-split-between-owners",
    question: "May the requests of one page request group be routed one by one?",
    askedBy: "VFIO facts 1.1 notes, rows 12 and 58 together",
    rows: [12, 15, 58],
    given: "Of a group of two, only the page of the first request is missing in the guest's table.",
    when: "each request goes to the owner of its stage, or the whole group to the guest if any of it is the guest's.",
    answer:
      "No: a request can be lost. The host answers the last request and with it the group; the guest keeps a request whose group is over, gets no last one, and nobody maps the page, so that the device asks for ever.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "one by one",
        request: nested({
          ...groups,
          physicalEntries: 2,
          tableFaults: false,
          delivery: "per-request",
          answersBy: "group-index",
          faultRingRecords: 2,
        }),
        expect: { "NST-18": "violated", "NST-24": "witnessed", "NST-1": "holds" },
      },
      {
        label: "whole groups",
        request: nested({ ...groups, physicalEntries: 2, tableFaults: false }),
        expect: { "NST-18": "holds", "NST-5": "holds" },
      },
    ],
  },
  {
    id: "virtual-queue-overflow",
    question: "The guest is slow and its virtual page request queue is full: who answers the group?",
    askedBy: "VFIO facts 5.4; QEMU series for page requests of passthrough devices",
    rows: [41, 61],
    given: "An emulated VT-d queue with room for one request, groups of two.",
    when: "the VMM passes on what the virtual queue answers by itself, or ignores the result of the injection.",
    answer:
      "The virtual IOMMU has to answer it, as hardware would, and the VMM must tell the kernel. If the VMM ignores the result of the injection, the group waits until a teardown.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "ignored (QEMU series)",
        request: nested({ pages: 2, itemPages: 2, guestTeardowns: 0 }, "linux-6.12.117"),
        expect: { "NST-14": "violated", "NST-15": "violated", "NST-21": "witnessed" },
      },
      {
        label: "passed on",
        request: nested({ pages: 2, itemPages: 2, guestTeardowns: 0, virtualOverflow: "answered" }, "linux-6.12.117"),
        expect: { "NST-14": "holds", "NST-15": "holds", "NST-21": "witnessed" },
      },
    ],
  },
  {
    id: "late-answer",
    question: "Can a guest's answer to a group that a teardown has already answered hurt the next group?",
    askedBy: "VFIO facts 5.3, I-40 (an answer is taken only for what is outstanding, and for just that)",
    rows: [41, 57],
    given:
      "Detach, replacement or reset answers what is outstanding; the device uses the index again; the guest is late.",
    when: "answers name the index, a cookie that is given out again, a cookie that is not, and the VMM holds back or not.",
    answer:
      "Yes, if answers are matched by index. It can also happen with cookies, if the lowest free one is used again, or if the VMM injects a new use of the index while the guest still owes an answer to the old one. Two things together prevent it: cookies that are not used again, and a VMM that waits.",
    evidence: { kind: "shown" },
    runs: [
      { label: "by index", request: nested({ answersBy: "group-index" }), expect: { "NST-2": "violated" } },
      { label: "lowest free cookie", request: nested({ cookieReuse: "lowest-free" }), expect: { "NST-2": "violated" } },
      {
        label: "the VMM injects at once",
        request: nested({ indexReuse: "injected" }),
        expect: { "NST-2": "violated" },
      },
      {
        label: "unique cookies, and the VMM waits",
        request: nested(),
        expect: { "NST-2": "holds", "NST-18": "holds", "NST-20": "witnessed" },
      },
    ],
  },
  {
    id: "answer-that-is-none",
    question: "What breaks if a guest answers twice, for an index that it never got, or with an unknown code?",
    askedBy:
      "VFIO facts 5.4, I-40 (an answer is taken only for what is outstanding, and for just that), B-42 (answers and failures of the ring are ignored)",
    rows: [41],
    given: "A guest that is free to answer as it likes.",
    when: "the kernel refuses what nothing waits for and says so, or picks another group, or keeps the refusal to itself.",
    answer:
      "Only the guest itself is hurt: a second answer ends a later use of its own index too early. An answer for nothing must be refused, and the VMM must learn of refusals, or the group waits for ever.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "twice",
        request: nested({ ...groups, physicalEntries: 2, guestManner: "twice" }),
        expect: { "NST-2": "violated", "NST-22": "violated", "NST-14": "holds" },
      },
      {
        label: "for nothing, refused",
        request: nested({ guestTeardowns: 0, guestManner: "unknown", viommuKind: "virtio", answersBy: "group-index" }),
        expect: { "NST-2": "holds", "NST-22": "holds", "NST-15": "holds" },
      },
      {
        label: "for nothing, taken by the next",
        request: nested({
          guestTeardowns: 0,
          guestManner: "unknown",
          viommuKind: "virtio",
          answersBy: "group-index",
          strayAnswer: "next-in-line",
        }),
        expect: { "NST-22": "violated" },
      },
      {
        label: "a code that is none, told",
        request: nested({ guestTeardowns: 0, guestManner: "bad-code" }),
        expect: { "NST-14": "holds", "NST-15": "holds" },
      },
      {
        label: "a code that is none, ignored",
        request: nested({ guestTeardowns: 0, guestManner: "bad-code", refusedAnswer: "ignored" }),
        expect: { "NST-14": "violated", "NST-15": "violated" },
      },
    ],
    chart: { run: 4, property: "NST-15" },
  },
  {
    id: "ring-of-faults",
    question: "What is lost when the ring to user space is full?",
    askedBy: "Eric Auger's fault region, v13",
    rows: [41, 64],
    given: "Two transactions, a ring of one record, a VMM that has not read it yet.",
    when: "the second fault finds no space, or the kernel keeps a list without an end.",
    answer:
      "The access is lost: the handler returns ENOSPC, and the driver aborts a legal DMA. A list, as in iommufd, needs no space of its own, because a device has no more groups open than it has indices.",
    evidence: { kind: "verified", where: "VFIO facts 5.2" },
    runs: [
      {
        label: "ring of one",
        request: nested({ slots: 2, guestTeardowns: 0 }, "eric-v13"),
        expect: { "NST-19": "violated" },
      },
      {
        label: "list",
        request: nested({ slots: 2, guestTeardowns: 0, faultRingRecords: 0 }, "eric-v13"),
        expect: { "NST-19": "holds", "NST-14": "holds" },
      },
    ],
    chart: { run: 0, property: "NST-19" },
  },
  {
    id: "ring-head-without-lock",
    question: "Which lock must a reporter hold while it writes a fault into the ring to user space?",
    askedBy: "Zenghui Yu, 2020-09-24, on Eric Auger's fault region",
    rows: [41],
    given: "A ring with room for two records, and the head that a reporter reads before it takes the ring's lock.",
    when: "one device reports under the lock of its reports, or two devices with a lock each.",
    answer:
      "A lock that all reporters share, held from reading the head to moving it. The lock of the report hides the mistake while one device has one ring. With two devices both write the same slot, the first fault is lost, and its transaction waits for ever.",
    evidence: { kind: "verified", where: "VFIO facts B-41; mended in v11" },
    runs: [
      {
        label: "two devices, locked",
        request: nested({ ...twoDevices, reporters: 2 }, "eric-v13"),
        expect: { "NST-29": "holds", "NST-14": "holds", "NST-30": "witnessed" },
      },
      {
        label: "one device, head read without the lock",
        request: nested({ ...twoDevices, ringLock: false }, "eric-v13"),
        expect: { "NST-14": "holds", "NST-18": "holds" },
      },
      {
        label: "two devices, head read without the lock",
        request: nested({ ...twoDevices, reporters: 2, ringLock: false }, "eric-v13"),
        expect: { "NST-29": "violated", "NST-14": "violated" },
      },
    ],
    chart: { run: 2, property: "NST-29" },
  },
  {
    id: "half-a-group-read",
    question: "Copying a group to user space fails half way: what may user space keep?",
    askedBy: "iommufd, Avoid partial fault group delivery",
    rows: [58],
    given: "A group of two records and a buffer of which the second half cannot be written.",
    when: "the group goes back as a whole, or the first record is counted as read.",
    answer:
      "Nothing may be kept: a record without its group is a partial group in user space with a dead cookie, and the device may wait for ever for what is read twice (B-29: a failed read consumes half a group).",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "back as a whole",
        request: nested({ ...groups, physicalEntries: 2, readFailures: true }),
        expect: { "NST-7": "holds", "NST-5": "holds" },
      },
      {
        label: "first record kept",
        request: nested({ ...groups, physicalEntries: 2, readFailures: true, readRollback: false }),
        expect: { "NST-7": "violated", "NST-14": "violated" },
      },
    ],
  },
];
