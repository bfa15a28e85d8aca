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
    given: "A limit that faulted buffers fill, and a guest that registers a ring.",
    when: "the lockdown evicts a buffer, or refuses the write, or forwards it with half of the ring locked down.",
    answer:
      "It may evict or refuse: both are sound, because neither leaves anything half done, and evicting serves the guest. Forwarding the write without the lockdown breaks the queue.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "evicts",
        request: selective(tight),
        expect: { "SEL-21": "holds", "SEL-9": "holds", "SEL-28": "witnessed" },
      },
      {
        label: "refuses",
        request: selective({ ...tight, lockdownOverLimit: "refuse" }),
        expect: { "SEL-21": "holds", "SEL-9": "holds", "SEL-29": "witnessed" },
      },
      {
        label: "keeps half of the ring",
        request: selective({ ...noRoom, lockdownUndo: "keeps-pages-so-far" }),
        expect: { "SEL-9": "violated" },
      },
      {
        label: "forwards anyway",
        request: selective({ ...noRoom, lockdownRefused: "forwards-anyway" }),
        expect: { "SEL-4": "violated", "SEL-1": "violated" },
      },
    ],
  },
  {
    id: "device-rejects-the-ring",
    question: "What becomes of a lockdown when the step after it fails?",
    askedBy: "s390 vfio-ap, 6.1.76 (B-23 (a failed registration keeps its pages))",
    rows: [39],
    given: "The ring is locked down, and the device rejects the register write.",
    when: "the mediator takes the lockdown back, or forgets it.",
    answer: "It has to be taken back: otherwise the page stays locked down for a ring that nobody knows, for ever.",
    evidence: { kind: "derived", where: "the title of a fix in Debian 6.1.76; VFIO facts B-23" },
    runs: [
      { label: "taken back", request: selective({ rejects: true }), expect: { "SEL-9": "holds" } },
      {
        label: "forgotten",
        request: selective({ rejects: true, lockdownUndo: "keeps-after-rejection" }),
        expect: { "SEL-9": "violated" },
      },
    ],
    chart: { run: 1, property: "SEL-9" },
  },
  {
    id: "unpin-that-ends-early",
    question: "May unpinning fail half way?",
    askedBy: "VFIO facts D-21 (v3: unpinning fails half-way for want of memory, and says nothing), on RFC v3 patch 7",
    rows: [47],
    given: "A ring of two pages; to take a page out of the range tree of RFC v3 may need memory.",
    when: "there is none, and the loop ends.",
    answer:
      "No: its caller cannot do anything about it. The second page stays in the list without a ring that holds it.",
    evidence: { kind: "derived", where: "VFIO facts D-21" },
    runs: [
      { label: "cannot fail", request: selective({ pages: 3, ringPages: 2 }), expect: { "SEL-9": "holds" } },
      {
        label: "may end early",
        request: selective({ pages: 3, ringPages: 2, unpinLoop: "may-end-early" }),
        expect: { "SEL-9": "violated" },
      },
    ],
  },
  {
    id: "when-to-release-a-ring",
    question: "When may the pages of a ring be released?",
    askedBy: "VFIO facts 3.2, step 6",
    rows: [39, 70],
    given: "The guest disables or moves a ring while the queue has a fetch in flight, or a buffer that faulted.",
    when: "the queue comes to rest first; or the ring is released first; or the mediator waits with the container's lock held.",
    answer:
      "After the queue is at rest, and outside the container's lock: a queue comes to rest only when its fault is answered, and the answer needs that lock.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "at rest first",
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
      "VFIO facts B-25 (a driver that pins again makes DMA_UNMAP stop the kernel after ten rounds), B-26 (a driver that does not unpin although it must)",
    rows: [47],
    given:
      "DMA_UNMAP finds pinned pages, drops the lock, and calls the drivers; one repetition is allowed here, ten in the kernel.",
    when: "the driver unpins; or does nothing; or unpins, and takes the next ring of the guest between the turns.",
    answer:
      "Yes, unless new rings are held back while an unmap is under way: unpinning in the callback is not enough, because the lock is free between two turns.",
    evidence: { kind: "derived", where: "vfio_dma_do_unmap(), 6.1: the retry and BUG_ON; VFIO facts 2.3" },
    runs: [
      {
        label: "rings are held back",
        request: selective({ unmaps: true }),
        expect: { "SEL-12": "holds", "SEL-26": "holds", "SEL-11": "holds", "SEL-17": "witnessed" },
      },
      {
        label: "rings are taken",
        request: selective({ unmaps: true, ringsDuringUnmap: "admitted" }),
        expect: { "SEL-12": "violated", "SEL-26": "violated" },
      },
      {
        label: "the callback does nothing",
        request: selective({ unmaps: true, unmapCallback: "ignored" }),
        expect: { "SEL-12": "violated", "SEL-26": "violated" },
      },
      {
        label: "and memory is removed anyway",
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
    given: "A balloon, or virtio-mem, that gives pages back to the host.",
    when: "it asks under the container's lock whether the device has the page, or does not ask.",
    answer:
      "The device keeps the old frame through its pin, the CPU gets a new one, and no fault ever shows the difference. A discard has to leave alone what is mapped, and only a check under the lock can decide that.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "asks",
        request: selective({ guestDiscards: "coordinated" }),
        expect: { "SEL-14": "holds", "SEL-19": "witnessed" },
      },
      {
        label: "does not ask",
        request: selective({ guestDiscards: "uncoordinated" }),
        expect: { "SEL-14": "violated" },
      },
    ],
    chart: { run: 1, property: "SEL-14" },
  },
];
