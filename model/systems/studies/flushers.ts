/** Several threads that flush one IOMMU and wait for their fences. */
import { call, takesSteps, type Component, type Route } from "../../../checker/system.ts";
import { sharedQueue } from "../../machines/iommu/shared-queue.ts";
import { flushThread } from "../../machines/linux/iommu/flush/flush-thread.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { field } from "../host-side.ts";
import type { Study } from "../study.ts";
import type { FlushersDesign, FlushersSizes } from "./flushers-design.ts";
import { flushersKnobs, flushersSizeKnobs } from "./flushers-knobs.ts";

const RIGHT: Omit<FlushersDesign, "name"> = {
  fenceNumber: "under-lock",
  fenceWait: "at-least",
  waitEnds: "when-done",
  abortedSlots: "all",
  afterAbort: "fails",
  refusedBecomes: "told",
};
const VTD: Omit<FlushersDesign, "name"> = { ...RIGHT, fenceWait: "own-slot", afterAbort: "fails-if-removed" };

const CUT =
  "What is flushed is nothing but an invalidation of each thread: the rules that are judged are about fences and waits " +
  "alone. Commands complete in order. Hidden: an invalidation that completes late, page responses behind a " +
  "fence, and what a caller does with an error.";

/** What a page table, SVA and the DMA API do through one IOMMU, without a common lock. */
const NAMES = ["container", "sva", "dma-api"];
const nameOf = (k: number): string => NAMES[k]!;

function componentsOf(
  { name: _, ...rules }: FlushersDesign,
  sizes: FlushersSizes,
): { readonly [name: string]: Component } {
  const { flushers, firstInvalidations, suspectDevice, refusesCommand, ringSlots } = sizes;
  const [first] = NAMES;
  const thread = (name: string): Component => ({
    machine: flushThread,
    input: {
      name,
      rules,
      invalidations: name === first ? firstInvalidations : 1,
    },
    role: "flush-thread",
    events: [
      { type: "flush.begins" },
      { type: "flush.steps" },
      { type: "flush.looks" },
      ...(rules.waitEnds === "may-give-up" ? [{ type: "flush.gives-up" }] : []),
    ],
  });
  return {
    ...Object.fromEntries(Array.from({ length: flushers }, (_none, k) => [nameOf(k), thread(nameOf(k))])),
    queue: {
      machine: sharedQueue,
      input: { device: suspectDevice, suspect: first!, refuses: refusesCommand, slots: ringSlots },
      role: "shared-queue",
      events: [
        { type: "hardware.executes" },
        ...(suspectDevice === "answers" ? [] : [{ type: "hardware.times-out" }]),
        ...(refusesCommand ? [{ type: "hardware.refuses" }] : []),
      ],
    },
    "queue-lock": {
      machine: mutex,
      role: "mutex",
      lane: rules.fenceWait === "own-slot" ? "qi->q_lock" : "iommu->lock",
    },
  };
}

const ROUTES: readonly Route[] = [
  call("flush-thread", ["lock.acquires"], "queue-lock", "block"),
  call("flush-thread", ["lock.releases"], "queue-lock"),
  call("flush-thread", ["number.is-taken"], "queue"),
  call("flush-thread", ["queue.takes"], "queue", "block"),
  /** Nothing new: the thread looks again later. */
  call("flush-thread", ["fence.looks", "queue.goes-on"], "queue", "block"),
  call("shared-queue", ["number.taken", "fence.found"], (message) => field(message, "by")),
];

export const flushers: Study<FlushersDesign, FlushersSizes> = {
  name: "flushers",
  sentence: "Threads that invalidate through one queue of the IOMMU, and wait for their fences.",
  cut: CUT,
  hosts: {
    intended: {
      sentence: "Fences are numbered under the lock of the queue, and a flush whose wait was aborted returns an error.",
      design: RIGHT,
    },
    "linux-6.12.117-amd": {
      sentence: "AMD in Linux 6.12.117 and 6.1.192: numbered fences, and a wait that ends after LOOP_TIMEOUT.",
      design: { ...RIGHT, waitEnds: "may-give-up" },
    },
    "linux-6.12.117-vtd": {
      sentence:
        "VT-d in Linux 6.12.117 and 7.3.4: an aborted flush begins again; one that clears the time-out of a removed device fails.",
      design: VTD,
    },
    "linux-6.1.192-vtd": {
      sentence: "VT-d in Linux 6.1.192: a status slot for each wait; an aborted one begins again, each time.",
      design: { ...VTD, afterAbort: "retries" },
    },
  },
  knobs: flushersKnobs,
  sizeKnobs: flushersSizeKnobs,
  bounds: {
    small: { flushers: 2, firstInvalidations: 1, ringSlots: 5, suspectDevice: "answers", refusesCommand: false },
    default: { flushers: 2, firstInvalidations: 2, ringSlots: 5, suspectDevice: "answers", refusesCommand: false },
    deep: { flushers: 3, firstInvalidations: 2, ringSlots: 7, suspectDevice: "answers", refusesCommand: false },
  },
  contradiction: ({ fenceWait, fenceNumber }, { suspectDevice, refusesCommand, firstInvalidations, ringSlots }) => {
    if (firstInvalidations + 1 > ringSlots) return "the queue has no room for a flush (ringSlots)";
    if (fenceWait === "own-slot")
      return fenceNumber === "before-lock" ? "fences have no numbers (fenceWait=own-slot)" : undefined;
    if (suspectDevice !== "answers") return "only waits with slots of their own are aborted (fenceWait=own-slot)";
    return refusesCommand
      ? "only waits with slots of their own are told of a refused command (fenceWait=own-slot)"
      : undefined;
  },
  compose: (design, sizes) => ({
    components: componentsOf(design, sizes),
    routes: ROUTES,
    fairness: {
      /** A lock is handed to whoever has waited longest, and who waits looks again and again. */
      threads: Array.from({ length: sizes.flushers }, (_, k) =>
        takesSteps(nameOf(k), "strong", ["flush.steps", "flush.looks"]),
      ),
      hardware: [takesSteps("queue")],
      devices: [],
      lock: [],
    },
  }),
};
