/**
 * One queue of a device: it fetches descriptors from its ring, and touches the buffers that they name. Which of these
 * accesses the device can repeat after a fault is a property of the device that no software can read.
 *
 * Models  VFIO facts 3.2 (steps 4-6), rows 35-37, 52: an access that the device cannot repeat breaks the queue when it
 *         faults; any other raises a page request, waits for the answer, and is tried again or given up. Stopping a
 *         queue waits for the access in flight, and for the answer to its page request.
 * Omits   several accesses in flight (each has the rules of this one), what is read, and the interrupt to the guest.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";

/** Which accesses the device can repeat after a fault. */
export type FaultTolerance = "none" | "some" | "all";
export type AccessClass = "ring" | "buffer";

const TOLERATED: { readonly [truth in FaultTolerance]: readonly AccessClass[] } = {
  none: [],
  some: ["buffer"],
  all: ["ring", "buffer"],
};

export interface RingQueueContext {
  readonly queue: number;
  /** Ghost for software: what the device can repeat. */
  readonly tolerates: readonly AccessClass[];
  /** Where the ring lies; empty when the queue is off. */
  readonly ring: readonly number[];
  /** The access that is under way. */
  readonly page: number | null;
  readonly access: AccessClass | null;
  /** Somebody waits until nothing is in flight. */
  readonly stopping: boolean;
}

export type RingQueueEvent =
  /** The register write arrives, from whoever forwards it; `guest.programs-unseen`: by a path that nobody traps. */
  | { readonly type: "register.arrives" | "guest.programs-unseen"; readonly pages: readonly number[] }
  | { readonly type: "queue.stops" }
  | { readonly type: "queue.fetches" | "queue.touches"; readonly page: number }
  | { readonly type: "queue.retires" | "queue.requests" | "queue.retries" | "queue.gives-up" }
  | { readonly type: "access.granted" | "access.faults" }
  | { readonly type: "resolver.done"; readonly code: "success" | "invalid" };

export type RingQueueEmits =
  | {
      readonly type: "access.begins" | "access.retires";
      readonly device: number;
      readonly slot: number;
      readonly page: number;
    }
  | { readonly type: "fault.raised"; readonly queue: number; readonly page: number }
  | { readonly type: "queue.quiesced"; readonly queue: number };

/** What it may do on its own, with rings and buffers on these pages. */
export const ringQueueSteps = (pages: readonly number[]): readonly Message[] => [
  ...pages.flatMap((page) => [
    { type: "queue.fetches", page },
    { type: "queue.touches", page },
  ]),
  ...["retires", "requests", "retries", "gives-up"].map((step) => ({ type: `queue.${step}` })),
];

const s = setup({
  types: {
    context: {} as RingQueueContext,
    events: {} as RingQueueEvent,
    emitted: {} as RingQueueEmits,
    input: {} as { queue: number; tolerance: FaultTolerance },
  },
  guards: {
    stopping: ({ context }) => context.stopping,
    canRepeat: ({ context }) => context.tolerates.includes(context.access!),
    isFetch: ({ context }) => context.access === "ring",
  },
});

const begins = s.emit(({ context: { queue, page } }) => ({
  type: "access.begins",
  device: queue,
  slot: 0,
  page: page!,
}));
const retires = s.emit(({ context: { queue, page } }) => ({
  type: "access.retires",
  device: queue,
  slot: 0,
  page: page!,
}));
const programs = s.assign({
  ring: ({ context, event }) =>
    event.type === "register.arrives" || event.type === "guest.programs-unseen" ? event.pages : context.ring,
});
const forgets = s.assign({ page: null, access: null });
const ends = s.assign({ ring: [], page: null, access: null, stopping: false });
const tells = s.emit(({ context }) => ({ type: "queue.quiesced", queue: context.queue }));

export const ringQueue = s.extend({ actions: { begins, retires, programs, forgets, ends, tells } }).createMachine({
  id: "ring-queue",
  context: ({ input: { queue, tolerance } }) => ({
    queue,
    tolerates: TOLERATED[tolerance],
    ring: [],
    page: null,
    access: null,
    stopping: false,
  }),
  initial: "off",
  states: {
    off: {
      on: {
        "register.arrives": { target: "running", actions: "programs" },
        "guest.programs-unseen": { target: "running", actions: "programs" },
      },
    },
    running: {
      on: {
        "queue.fetches": {
          guard: ({ context, event }) => context.ring.includes(event.page),
          target: "asking",
          actions: [assign({ page: ({ event }) => event.page, access: "ring" }), "begins"],
        },
        "queue.stops": { target: "off", actions: ["tells", "ends"] },
      },
    },
    /** It has a descriptor, and goes to a buffer: anywhere but in its own ring. */
    described: {
      on: {
        "queue.touches": {
          guard: ({ context, event }) => !context.ring.includes(event.page),
          target: "asking",
          actions: [assign({ page: ({ event }) => event.page, access: "buffer" }), "begins"],
        },
        "queue.stops": { target: "off", actions: ["tells", "ends"] },
      },
    },
    /** The IOMMU answers within the step. */
    asking: {
      on: {
        "access.granted": { target: "moving" },
        "access.faults": [{ guard: "canRepeat", target: "faulting" }, { target: "broken" }],
      },
    },
    /** The access is in flight. */
    moving: {
      on: {
        "queue.retires": [
          { guard: "stopping", target: "off", actions: ["retires", "tells", "ends"] },
          { guard: "isFetch", target: "described", actions: ["retires", "forgets"] },
          { target: "running", actions: ["retires", "forgets"] },
        ],
        "queue.stops": { actions: assign({ stopping: true }) },
      },
    },
    faulting: {
      on: {
        "queue.requests": {
          target: "waiting",
          actions: emit(({ context: { queue, page } }) => ({ type: "fault.raised", queue, page: page! })),
        },
        "queue.stops": { target: "off", actions: ["tells", "ends"] },
      },
    },
    waiting: {
      on: {
        "resolver.done": [
          { guard: "stopping", target: "off", actions: ["tells", "ends"] },
          { guard: ({ event }) => event.code === "success", target: "retrying" },
          { target: "refused" },
        ],
        "queue.stops": { actions: assign({ stopping: true }) },
      },
    },
    retrying: {
      on: {
        "queue.retries": { target: "asking", actions: "begins" },
        "queue.stops": { target: "off", actions: ["tells", "ends"] },
      },
    },
    /** The access was answered with Invalid: the work item fails. */
    refused: {
      on: {
        "queue.gives-up": { target: "running", actions: "forgets" },
        "queue.stops": { target: "off", actions: ["tells", "ends"] },
      },
    },
    /** An access faulted that the device cannot repeat. Only stopping the queue helps. */
    broken: { on: { "queue.stops": { target: "off", actions: ["tells", "ends"] } } },
  },
});
