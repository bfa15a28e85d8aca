/** What neither the suite nor a deliberate defect nor a recording makes use of. */
import type { Excuse } from "./gap.ts";

/** Steps of lists that every thread of type1-unmap takes in one of three ways. */
const LOCKS = ["locks", "finds", "maps", "pins", "unpins", "looks-up", "lists", "unlists"] as const;

const PINS_ON_OR_ENDS = LOCKS.flatMap((step) => [
  `calling: thread.${step} (1 of 3)`,
  `calling: thread.${step} (2 of 3)`,
]);
const OF_THE_CALL = ["maps", "pins", "lists", "unlists"].flatMap((step) => [
  `in-callback: thread.${step} (1 of 2)`,
  `in-callback: thread.${step} (2 of 2)`,
]);

const threads: readonly Excuse[] = [
  {
    reason:
      "each step of a list may be the last of it or begin the next pin, and no list of these threads ends with this step",
    never: {
      "type1-thread": [
        ...PINS_ON_OR_ENDS,
        ...["locks", "finds", "unpins", "looks-up"].map((step) => `in-callback: thread.${step} (1 of 2)`),
      ],
      "entry-driver": ["submitting: drain.completes (1 of 2)"],
    },
  },
  {
    reason: "each step of a list may be taken in a call and in its callback, and no callback takes this step",
    never: { "type1-thread": [...OF_THE_CALL, "in-callback: thread.finds (2 of 2)"] },
  },
];

/** States that only a mistake leads to: other events there show it in properties/departures. */
const mistakes: Excuse = {
  reason:
    "the state is a use after free or a confusion, which other events show in it; no order of steps brings this one",
  never: {
    "counted-object": ["freed: object.forgets"],
    "iommufd-object": ["free: short-term.gets"],
    "page-table": ["destroyed: hwpt.looks-up"],
    "prg-slot": ["confused: dma.tries-again"],
    "stall-slot": ["stall.resumed", "waiting: stall.resumed (1 of 3)"],
    "pinned-mapping": ["absent: mapping.asked"],
  },
  unentered: { "stall-slot": ["confused"] },
};

/** By what the systems are made of. */
const byDesign: readonly Excuse[] = [
  {
    reason:
      "the queue answers as in its other states: registers and requests that come while it is full or has met an access fault",
    never: {
      "page-request-queue": [
        "prq.enables (3 of 3)",
        "overflowed: pri.request (6 of 7)",
        "halted: pri.request (2 of 5)",
        "halted: pri.request (3 of 5)",
        "halted: pri.request (4 of 5)",
        "halted: prq.reads-overflow",
        "halted: prq.clears-interrupt",
        "faulted: prq.reads-overflow",
        "faulted: prq.clears-status",
      ],
    },
    always: { "page-request-queue": ["prq.enables (2 of 3)"] },
  },
  {
    reason: "no device sends a stop marker to a queue that knows none (stopMarker=none)",
    never: {
      "page-request-queue": [
        "accepting: pri.request (1 of 7)",
        "overflowed: pri.request (1 of 7)",
        "halted: pri.request (1 of 5)",
        "faulted: pri.request (1 of 5)",
      ],
    },
  },
  {
    reason:
      "no run has more ATC invalidations outstanding than there are ITags, and devices send one completion for an ITag",
    never: { "command-queue": ["atc.invalidation-completed (2 of 3)"] },
    always: {
      "command-queue": ["command.invalidates-iotlb", "command.invalidates-atc", "command.responds", "command.resumes"],
    },
  },
  {
    reason: "nothing fails in an ioctl of the fault queue; attachments has what fails there, and how it is undone",
    never: {
      "control-thread (Linux 6.12.117, drivers/iommu/iommufd/device.c)": [
        "working: hwpt.found (1 of 2)",
        "working: param.added (1 of 2)",
        "working: handle.changed (1 of 2)",
      ],
      "fault-param": ["absent: param.adds (2 of 3)"],
    },
    always: { "control-thread (Linux 6.12.117, drivers/iommu/iommufd/device.c)": ["working: control.steps"] },
  },
  {
    reason:
      "in 6.1 a response is refused without the lock when its device has no handler, and no system of 6.1 unregisters one",
    never: {
      "device-fault-handler": ["responding: response.returns (2 of 2)", "returning: handler.leaves"],
      "iopf-worker (Linux 6.1.192, drivers/iommu/io-pgfault.c)": [
        "responding: response.returns (2 of 2)",
        "answered: worker.finishes",
      ],
    },
    always: {
      "device-fault-handler": ["responding: response.returns (1 of 2)"],
      "iopf-worker (Linux 6.1.192, drivers/iommu/io-pgfault.c)": ["responding: response.returns (1 of 2)"],
    },
  },
  {
    reason:
      "the other outcome is in recordings only: several devices at one queue, a device that is not in it, an error of the handler",
    always: {
      "iopf-queue (Linux 6.1.192, drivers/iommu/io-pgfault.c)": ["calls.discarding: queue.discards-next (1 of 2)"],
      "iopf-queue (Linux 6.12.117, drivers/iommu/io-pgfault.c)": [
        "calls.ready: param.removed (1 of 2)",
        "calls.discarding: queue.discards-next (1 of 2)",
      ],
      "reporter (Linux 6.12.117, drivers/iommu/io-pgfault.c)": ["in-handler: handler.returns (1 of 2)"],
    },
  },
  {
    reason: "a queue discards the partial faults of a device only while the device is in it",
    never: { "fault-param": ["partials.discard"] },
  },
  {
    reason: "the handler of teardown queues only the group that was delivered to it",
    never: { "sva-handler": ["work.queued (2 of 2)"] },
    always: { "sva-handler": ["work.queued (1 of 2)"] },
  },
  {
    reason: "page requests are disabled only in teardown, whose groups have one request and are never open",
    always: { "group-index": ["open: index.requests"] },
  },
  {
    reason: "the RCIEP of coIOMMU has one entry under way, and its steps name the page of that entry",
    always: { "coiommu-unpin": ["unmapping: unpin.unmaps"] },
  },
  {
    reason: "a device that is off does not hang: the rule hides the one of all its states",
    never: { "caching-device": ["off: device.hangs"] },
  },
  {
    reason: "every reserved window leaves another one free for the probe",
    never: { "attach-probe": ["probing: attach.probes (1 of 2)"] },
  },
  {
    reason:
      "DMA_MAP maps the pages of a ring together or not at all, and a ring that is refused its first page has none to give back",
    never: { lockdown: ["looking: container.found (2 of 3)", "undoing: lockdown.undoes-pin (2 of 2)"] },
  },
  {
    reason: "the view of a page follows its pin and its entry, and an entry is set once, over a pinned page",
    never: {
      "page-view": [
        "free: translation.maps",
        "free: translation.unmaps",
        "pinned: translation.unmaps",
        "stale: translation.unmaps",
        "same: translation.maps",
        "diverged: translation.maps",
      ],
    },
  },
  {
    reason: "DMA_UNMAP is not modelled for a device that needs all of its memory (unmaps=false)",
    never: { vmm: ["unmap.reading: pins.told (1 of 4)", "unmap.giving: vmm.gives", "unmap.given: lockdown.done"] },
  },
  {
    reason: "no run lets a device give up a group beside responses for an earlier use, or beside allocations that fail",
    never: { "prg-slot": ["given-up: pri.response (1 of 3)", "given-up: pri.response (3 of 3)"] },
    always: { "prg-slot": ["given-up: pri.response (2 of 3)"] },
  },
  {
    reason: "no run has two readers of one semaphore",
    never: { "rw-semaphore": ["read: lock.acquires", "read: lock.releases (2 of 2)"] },
  },
  {
    reason: "no operation of mm ends with the step that drops the lock of the page table",
    never: { "mm-operation": ["working: operation.steps (4 of 8)"] },
  },
  {
    reason: "RFC v2 gets pages with iommu->lock held, and the notifier of the copy waits for that lock for ever (D-06)",
    never: { "unpinned-resolver": ["copying: operation.done (2 of 2)"] },
    always: { "unpinned-resolver": ["copying: operation.done (1 of 2)"] },
  },
  {
    reason:
      "the resolver skips a page that is mapped only where a group is faulted twice, and a mapped page does not fault again",
    never: { "page-pinning": ["getting: dma.found (2 of 5)"] },
  },
  {
    reason:
      "an mm that is charged has a user: the new one is that of the caller, and of a dead one nothing is taken off dma->locked_vm",
    never: { "type1-user": ["charging: mm.gone (1 of 2)", "charging: mm.gone (2 of 2)"] },
  },
  {
    reason: "drivers that are called with iommu->lock held wait for it for ever (notifies=locked, LCK-10)",
    never: { "type1-user": ["notifying: notification.done (1 of 2)"] },
  },
  {
    reason: "a drain that finds no record of its PASID has been left before its second look",
    never: { "queue-drain": ["looking: drain.looks (2 of 4)"] },
  },
  {
    reason:
      "a device that another one of the same interface replaces is in the runs of reset-before-stopped only, whose spaces are too large",
    never: { "request-service": ["handling: service.removes (2 of 2)"] },
  },
  {
    reason:
      "page faults are on only while the device is on the IOPF queue, and iopf_queue_add_device() has refused before",
    never: { "faulting-device": ["iopf.turns-on (1 of 2)"] },
  },
];

export const never: readonly Excuse[] = [...threads, mistakes, ...byDesign];
