/** Questions about a lockdown that meets its limits: no room, a rejected write, an unmap, a shared page, a balloon. */
import type { Scenario } from "../../scenario.ts";
import { study } from "../request.ts";

const selective = (set: Parameters<typeof study>[2] = {}, host = "intended") => study("selective", host, set);

/** A ring may lie in two places, and two of three pages may be pinned. */
const tight = { limit: 2, pages: 3, ringPlaces: 2, reclaims: false } as const;
const noRoom = { limit: 1, pages: 3, ringPages: 2 } as const;

export const selectiveLockdownScenarios: readonly Scenario[] = [
  {
    id: "lockdown-at-the-limit",
    question: "What should a lockdown do when faulted pages have used up the limit?",
    askedBy: "VFIO facts 3.3; Alex Williamson, 2021-01-29, on the limit",
    rows: [33, 70],
    given: "Faulted buffers fill the limit, and the guest registers a ring.",
    when: "the lockdown evicts a buffer, refuses the write, or forwards it with part of the ring locked down.",
    answer:
      "It may evict or refuse: both are safe, because neither leaves a partial lockdown, and evicting serves the guest. Forwarding the write without the lockdown breaks the queue.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "evicts a buffer",
        request: selective(tight),
        expect: { "SEL-21": "holds", "SEL-9": "holds", "SEL-28": "witnessed" },
      },
      {
        label: "refuses the write",
        request: selective({ ...tight, lockdownOverLimit: "refuse" }),
        expect: { "SEL-21": "holds", "SEL-9": "holds", "SEL-29": "witnessed" },
      },
      {
        label: "keeps part of the ring locked down",
        request: selective({ ...noRoom, lockdownUndo: "keeps-pages-so-far" }),
        expect: { "SEL-9": "violated" },
      },
      {
        label: "forwards the write anyway",
        request: selective({ ...noRoom, lockdownRefused: "forwards-anyway" }),
        expect: { "SEL-4": "violated", "SEL-1": "violated" },
      },
    ],
  },
  {
    id: "device-rejects-the-ring",
    question: "What must happen to a lockdown when the step after it fails?",
    askedBy: "s390 vfio-ap, 6.1.76 (B-23 (a failed registration keeps its pages))",
    rows: [39],
    given: "The ring is locked down, and the device rejects the register write.",
    when: "the mediator undoes the lockdown, or does not.",
    answer: "It must be undone. Otherwise the page stays locked down for ever, for a ring that does not exist.",
    evidence: {
      kind: "derived",
      where: "the title of a fix in Debian 6.1.76; VFIO facts B-23 (a failed registration keeps its pages)",
    },
    runs: [
      { label: "the lockdown is undone", request: selective({ rejects: true }), expect: { "SEL-9": "holds" } },
      {
        label: "the lockdown stays",
        request: selective({ rejects: true, lockdownUndo: "keeps-after-rejection" }),
        expect: { "SEL-9": "violated" },
      },
    ],
    chart: { run: 1, property: "SEL-9" },
  },
  {
    id: "unpin-that-ends-early",
    question: "May unpinning fail half way?",
    askedBy: "VFIO facts D-21 (v3: unpinning fails half-way for lack of memory, without an error), on RFC v3 patch 7",
    rows: [47],
    given: "A ring of two pages; removing a page from the range tree of RFC v3 can need memory.",
    when: "the allocation fails, and the loop ends.",
    answer: "No. The caller cannot handle the failure, and the second page stays in the list although no ring uses it.",
    evidence: {
      kind: "derived",
      where: "VFIO facts D-21 (v3: unpinning fails half-way for lack of memory, without an error)",
    },
    runs: [
      { label: "unpinning cannot fail", request: selective({ pages: 3, ringPages: 2 }), expect: { "SEL-9": "holds" } },
      {
        label: "the loop can end early",
        request: selective({ pages: 3, ringPages: 2, unpinLoop: "may-end-early" }),
        expect: { "SEL-9": "violated" },
      },
    ],
  },
  {
    id: "when-to-release-a-ring",
    question: "When may the pages of a ring be unpinned?",
    askedBy: "VFIO facts 3.2, step 6",
    rows: [39, 70],
    given: "The guest disables or moves a ring while its queue has a fetch in flight, or a buffer that faulted.",
    when: "the queue is quiesced first, the ring is released first, or the mediator waits under the container's lock.",
    answer:
      "After the queue is quiescent, and without the container's lock: a queue becomes quiescent only when its fault is answered, and the response needs that lock.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "quiesced first",
        request: selective(),
        expect: { "SEL-13": "holds", "SEL-1": "holds", "SEL-25": "holds", "LCK-10": "holds" },
      },
      {
        label: "released first",
        request: selective({ ringStop: "before-quiesce" }),
        expect: { "SEL-13": "violated", "SEL-1": "violated" },
      },
      {
        label: "waits under the lock",
        request: selective({ ringStop: "quiesce-under-lock" }),
        expect: { "SEL-25": "violated", "LCK-10": "violated", DEADLOCK: "violated" },
      },
    ],
    chart: { run: 2, property: "LCK-10" },
  },
  {
    id: "guest-drives-unmap-into-bug",
    question: "Can a guest drive DMA_UNMAP into its BUG_ON() by registering a ring again and again?",
    askedBy:
      "VFIO facts B-25 (a driver that pins again makes DMA_UNMAP stop the kernel after ten rounds), B-26 (a driver that does not unpin, although it must)",
    rows: [47],
    given:
      "DMA_UNMAP finds pinned pages, drops the lock, and calls the drivers; the model allows one repetition, the kernel ten.",
    when: "the driver unpins, does nothing, or unpins and takes the guest's next ring between two rounds.",
    answer:
      "Yes, unless the driver holds new rings back during an unmap. Unpinning in the callback is not enough, because the lock is free between two rounds.",
    evidence: { kind: "derived", where: "vfio_dma_do_unmap(), 6.1: the retry and BUG_ON; VFIO facts 2.3" },
    runs: [
      {
        label: "new rings are held back",
        request: selective({ unmaps: true }),
        expect: { "SEL-12": "holds", "SEL-26": "holds", "SEL-11": "holds", "SEL-17": "witnessed" },
      },
      {
        label: "new rings are taken",
        request: selective({ unmaps: true, ringsDuringUnmap: "admitted" }),
        expect: { "SEL-12": "violated", "SEL-26": "violated" },
      },
      {
        label: "the callback does nothing",
        request: selective({ unmaps: true, unmapCallback: "ignored" }),
        expect: { "SEL-12": "violated", "SEL-26": "violated" },
      },
      {
        label: "the callback does nothing, and the mapping is removed anyway",
        request: selective({ unmaps: true, unmapCallback: "ignored", unmapWhilePinned: "removes-anyway" }),
        expect: { "SEL-10": "violated", "SEL-11": "violated", "SEL-1": "violated" },
      },
    ],
  },
  {
    id: "balloon-under-a-lockdown",
    question: "What happens if the guest's memory is discarded under a page that the device uses?",
    askedBy:
      "VFIO facts B-43 (a page given back by the guest is another for the device), I-21 (processor and device see the same page): virtio-mem and VFIO, QEMU series of 2021-01-21",
    rows: [70],
    given: "A balloon or virtio-mem device that returns pages to the host.",
    when: "it checks under the container's lock whether the device has the page mapped, or does not check.",
    answer:
      "The device keeps the old frame through its pin, the CPU gets a new one, and no fault reports the difference. A discard must skip mapped pages, and only a check under the lock can decide that.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "the discard checks under the lock",
        request: selective({ guestDiscards: "coordinated" }),
        expect: { "SEL-14": "holds", "SEL-19": "witnessed" },
      },
      {
        label: "the discard does not check",
        request: selective({ guestDiscards: "uncoordinated" }),
        expect: { "SEL-14": "violated" },
      },
    ],
    chart: { run: 1, property: "SEL-14" },
  },
];
