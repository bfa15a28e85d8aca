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
      "Is a recall needed when the queue overflows after half of a group went to the guest, or is it an optimisation?",
    askedBy: "Jean-Philippe Brucker, 2021-02-05 (M7); Kevin Tian (M8) and Shenming Lu (M9), 2021-02-07",
    rows: [53, 54, 55, 57, 58, 61, 63],
    given: "Hardware has answered the group by itself, and the device reuses its index.",
    when: "there is no recall, a recall travels in order with the requests, one also follows each request that a full ring refuses, a recall travels beside them, or the kernel keeps partial groups.",
    answer:
      "A recall is needed for safety: without it the old request joins the next group with its index in the guest. It must travel in order with the requests; one that travels beside them comes too late. A full ring needs one as well: it refuses the last request of a group that the guest has in part, VT-d answers Invalid, and the device uses the index again. If the kernel keeps groups until they are complete, no recall is needed.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "no recall",
        request: eric(),
        expect: { "NST-5": "violated", "NST-14": "holds", "NST-24": "witnessed" },
      },
      {
        label: "a recall in order with the requests",
        request: eric({ recall: "in-order" }),
        expect: { "NST-5": "violated", "NST-25": "witnessed" },
      },
      {
        label: "the same, and a recall when a full ring refuses a request",
        request: eric({ recall: "after-refusals" }),
        expect: { "NST-5": "holds", "NST-14": "holds", "NST-25": "witnessed" },
      },
      {
        label: "a recall beside the requests",
        request: eric({ recall: "overtaking" }),
        expect: { "NST-5": "violated" },
      },
      {
        label: "partial groups stay in the kernel",
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
    given: "In a group of two, only the page of the first request is missing in the guest's table.",
    when: "each request goes to the owner of its stage, or the whole group goes to the guest if one request is for its stage.",
    answer:
      "No. A request can be lost: the host answers the last request and with it the group, and the guest keeps a request without a last one. Nobody maps the page, and the device faults for ever.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "requests routed one by one",
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
        label: "whole groups routed",
        request: nested({ ...groups, physicalEntries: 2, tableFaults: false }),
        expect: { "NST-18": "holds", "NST-5": "holds" },
      },
    ],
  },
  {
    id: "virtual-queue-overflow",
    question: "Who answers a group when the guest is slow and its virtual page request queue is full?",
    askedBy: "VFIO facts 5.4; QEMU series for page requests of passthrough devices",
    rows: [41, 61],
    given: "An emulated VT-d queue with room for one request, and groups of two.",
    when: "the VMM returns the response of the virtual queue to the kernel, or ignores the result of the injection.",
    answer:
      "The virtual IOMMU must answer it, as hardware would, and the VMM must pass the response to the kernel. If the VMM ignores the result of the injection, the group waits until a teardown.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "the VMM ignores the result (QEMU series)",
        request: nested({ pages: 2, itemPages: 2, guestTeardowns: 0 }, "linux-6.12.117"),
        expect: { "NST-14": "violated", "NST-15": "violated", "NST-21": "witnessed" },
      },
      {
        label: "the VMM passes the response on",
        request: nested({ pages: 2, itemPages: 2, guestTeardowns: 0, virtualOverflow: "answered" }, "linux-6.12.117"),
        expect: { "NST-14": "holds", "NST-15": "holds", "NST-21": "witnessed" },
      },
    ],
  },
  {
    id: "late-answer",
    question: "Can a guest's late response to a group that a teardown has answered harm the next group?",
    askedBy: "VFIO facts 5.3, I-40 (an answer is accepted only for a group that is outstanding)",
    rows: [41, 57],
    given:
      "A detach, replace or reset answers outstanding groups, the device reuses the index, and the guest responds late.",
    when: "responses name the index, a reused cookie, or a unique cookie, and the VMM holds new groups back or not.",
    answer:
      "Yes, if responses are matched by index. It can also happen with cookies: if the lowest free one is reused, or if the VMM injects a new group of the index while the guest still owes a response to the old one. Two measures together prevent it: unique cookies, and a VMM that waits.",
    evidence: { kind: "shown" },
    runs: [
      { label: "matched by index", request: nested({ answersBy: "group-index" }), expect: { "NST-2": "violated" } },
      {
        label: "the lowest free cookie is reused",
        request: nested({ cookieReuse: "lowest-free" }),
        expect: { "NST-2": "violated" },
      },
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
    question: "What breaks if a guest responds twice, for an index without a group, or with an unknown code?",
    askedBy:
      "VFIO facts 5.4, I-40 (an answer is accepted only for a group that is outstanding), B-42 (answers and failures of the ring are ignored)",
    rows: [41],
    given: "A guest that responds at will.",
    when: "the kernel refuses a response for which no group waits and returns an error, or applies it to another group, or does not report the refusal.",
    answer:
      "Only the guest is harmed by a second response: it ends a later group of its own index too early. The kernel must refuse a response for which no group waits. The VMM must learn of the refusal, or the group waits for ever.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "responds twice",
        request: nested({ ...groups, physicalEntries: 2, guestManner: "twice" }),
        expect: { "NST-2": "violated", "NST-22": "violated", "NST-14": "holds" },
      },
      {
        label: "no such group, refused",
        request: nested({ guestTeardowns: 0, guestManner: "unknown", viommuKind: "virtio", answersBy: "group-index" }),
        expect: { "NST-2": "holds", "NST-22": "holds", "NST-15": "holds" },
      },
      {
        label: "no such group, applied to the next one",
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
        label: "unknown code, the VMM learns of it",
        request: nested({ guestTeardowns: 0, guestManner: "bad-code" }),
        expect: { "NST-14": "holds", "NST-15": "holds" },
      },
      {
        label: "unknown code, the refusal is ignored",
        request: nested({ guestTeardowns: 0, guestManner: "bad-code", refusedAnswer: "ignored" }),
        expect: { "NST-14": "violated", "NST-15": "violated" },
      },
    ],
    chart: { run: 4, property: "NST-15" },
  },
  {
    id: "silent-guest",
    question:
      "A guest never answers its page requests. What ends the wait of the device, and what may a time limit do?",
    askedBy: "iopf-core 1.5 (no tree has a time limit; an iopf timeout series on the openEuler list was not merged)",
    rows: [],
    given: "A guest that maps the pages and sends no response, and no teardown.",
    when: "the kernel waits, or responds Invalid to a group after some time.",
    answer:
      "In Linux only a teardown ends it. A time limit must count from the report: the VMM holds a group back until the guest has answered the one before with its index, so a limit that counts from the read never reaches the groups behind. The kernel must forget the group when it responds, and stop the timer when user space does.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "no time limit",
        request: nested({ guestTeardowns: 0, guestManner: "never" }),
        expect: { "NST-14": "violated", "NST-15": "violated", "NST-13": "holds" },
      },
      {
        label: "a limit from the read",
        request: nested({ guestTeardowns: 0, guestManner: "never", groupTimeout: "from-read" }),
        expect: { "NST-14": "violated", "NST-15": "violated" },
      },
      {
        label: "a limit from the report",
        request: nested({ guestTeardowns: 0, guestManner: "never", groupTimeout: "drops-group" }),
        expect: { "NST-14": "holds", "NST-15": "holds", "NST-2": "holds", "NST-33": "witnessed" },
      },
      {
        label: "a limit from the report, and a guest that answers late",
        request: nested({ guestTeardowns: 0, groupTimeout: "drops-group" }),
        expect: { "NST-14": "holds", "NST-2": "holds", "NST-23": "holds", "NST-33": "witnessed" },
      },
      {
        label: "the group is not forgotten",
        request: nested({ guestTeardowns: 0, groupTimeout: "keeps-group" }),
        expect: { "NST-2": "violated", "NST-23": "violated" },
      },
      {
        label: "the timer is not stopped",
        request: nested({ guestTeardowns: 0, groupTimeout: "by-index" }),
        expect: { "NST-2": "violated" },
      },
    ],
    chart: { run: 0, property: "NST-15" },
  },
  {
    id: "ring-of-faults",
    question: "What is lost when the fault ring to user space is full?",
    askedBy: "Eric Auger's fault region, v13",
    rows: [41, 64],
    given: "Two transactions, a ring of one record, and a VMM that has not read it yet.",
    when: "the second fault finds no room, or the kernel keeps a list without a limit.",
    answer:
      "The access is lost: the handler returns -ENOSPC, and the driver aborts a legal DMA. A list, as in iommufd, loses none, because a device has no more open groups than indices.",
    evidence: { kind: "verified", where: "VFIO facts 5.2" },
    runs: [
      {
        label: "a ring of one record",
        request: nested({ slots: 2, guestTeardowns: 0 }, "eric-v13"),
        expect: { "NST-19": "violated" },
      },
      {
        label: "a list",
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
    given: "A ring with room for two records, and a reporter that reads the head before it takes the ring's lock.",
    when: "one device reports under its report lock, or two devices report under a lock each.",
    answer:
      "One lock that all reporters share, held from the read of the head to its update. The report lock hides the mistake as long as one device has one ring. With two devices both write the same slot, the first fault is lost, and its transaction waits for ever.",
    evidence: { kind: "verified", where: "VFIO facts B-41 (two faults in one slot of the ring); fixed in v11" },
    runs: [
      {
        label: "two devices, head read under the lock",
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
    question: "What may user space keep when the copy of a group fails half way?",
    askedBy: "iommufd, Avoid partial fault group delivery",
    rows: [58],
    given: "A group of two records, and a buffer whose second half cannot be written.",
    when: "the whole group goes back to the list, or the first record counts as read.",
    answer:
      "Nothing. If the first record counts as read, user space holds part of a group with a cookie that is not valid, and the device may wait for ever (B-29: a failed read consumes half a group).",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "the whole group goes back",
        request: nested({ ...groups, physicalEntries: 2, readFailures: true }),
        expect: { "NST-7": "holds", "NST-5": "holds" },
      },
      {
        label: "the first record counts as read",
        request: nested({ ...groups, physicalEntries: 2, readFailures: true, readRollback: false }),
        expect: { "NST-7": "violated", "NST-14": "violated" },
      },
    ],
  },
];
