/**
 * One queue of a device: it fetches descriptors from its ring and accesses the buffers that they name. Which accesses the
 * device can repeat after a fault is a property of the device that software cannot read.
 *
 * Models  VFIO facts 3.2 (steps 4 to 6) and rows 35 to 37 and 52 (a device may have a fault path and still not tolerate every
 *         fault). An access that the device cannot repeat breaks the queue when it faults. Any other raises a page request,
 *         waits for the response, and is retried or given up. Stopping a queue waits for the access in flight and for the
 *         response to its page request.
 * Omits   several accesses in flight (each has these rules), the data, and the interrupt to the guest; groups and credits,
 *         which prg-slot.ts has.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import { atWill, clause, messages } from "../../said.ts";
import { accessSays, type AccessMessage } from "./access-messages.ts";

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
  /** Pages of the ring; empty while the queue is off. */
  readonly ring: readonly number[];
  /** The page of the access in progress. */
  readonly page: number | null;
  readonly access: AccessClass | null;
  /** The driver waits until no access is in flight. */
  readonly stopping: boolean;
}

export type RingQueueEvent =
  /** The register write arrives, forwarded by the mediator; `guest.programs-unseen`: on a path that is not trapped. */
  | { readonly type: "register.arrives" | "guest.programs-unseen"; readonly pages: readonly number[] }
  | { readonly type: "queue.stops" }
  | { readonly type: "queue.fetches" | "queue.touches"; readonly page: number }
  | { readonly type: "queue.retires" | "queue.requests" | "queue.retries" | "queue.gives-up" }
  | { readonly type: "access.granted" | "access.faults" }
  | { readonly type: "resolver.done"; readonly code: "success" | "invalid" };

export type RingQueueEmits =
  | AccessMessage
  | { readonly type: "fault.raised"; readonly queue: number; readonly page: number }
  | { readonly type: "queue.quiesced"; readonly queue: number };

/** What it does on its own, with rings and buffers on these pages. */
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
  description: "a queue of a device, with its ring and buffers in guest memory",
  meta: {
    origin: atWill("a device"),
    lane: "device queue {queue}",
    messages: messages<RingQueueEmits>({
      ...accessSays,
      "fault.raised": { says: "requests page {page}", origin: clause("pcie", "10.4 (Page Request Services)") },
      "queue.quiesced": "reports that no access is in flight",
    }),
  },
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
      description: "the queue is off and has no ring",
      on: {
        "register.arrives": { target: "running", actions: "programs" },
        "guest.programs-unseen": {
          description: "gets a ring on page(s) {pages} through a register that is not trapped",
          meta: { origin: atWill("a guest") },
          target: "running",
          actions: "programs",
        },
      },
    },
    running: {
      description: "the queue has a ring, and no access is in progress",
      on: {
        "queue.fetches": {
          description: "fetches a descriptor from page {page} of the ring",
          guard: ({ context, event }) => context.ring.includes(event.page),
          target: "asking",
          actions: [assign({ page: ({ event }) => event.page, access: "ring" }), "begins"],
        },
        "queue.stops": { target: "off", actions: ["tells", "ends"] },
      },
    },
    // The buffer is anywhere outside the ring.
    described: {
      description: "has a descriptor, and its buffer is still to be accessed",
      on: {
        "queue.touches": {
          description: "accesses the buffer on page {page}",
          guard: ({ context, event }) => !context.ring.includes(event.page),
          target: "asking",
          actions: [assign({ page: ({ event }) => event.page, access: "buffer" }), "begins"],
        },
        "queue.stops": { target: "off", actions: ["tells", "ends"] },
      },
    },
    asking: {
      description: "waits for the translation",
      on: {
        "access.granted": { target: "moving" },
        "access.faults": [{ guard: "canRepeat", target: "faulting" }, { target: "broken" }],
      },
    },
    moving: {
      description: "the access is in flight",
      on: {
        "queue.retires": [
          {
            description: "completes the access to page {page}",
            guard: "stopping",
            target: "off",
            actions: ["retires", "tells", "ends"],
          },
          { guard: "isFetch", target: "described", actions: ["retires", "forgets"] },
          { target: "running", actions: ["retires", "forgets"] },
        ],
        "queue.stops": { actions: assign({ stopping: true }) },
      },
    },
    faulting: {
      description: "the access faulted, and its page request is still to be sent",
      on: {
        "queue.requests": {
          description: "sends a page request for page {page}",
          meta: { origin: clause("pcie", "10.4 (Page Request Services)") },
          target: "waiting",
          actions: emit(({ context: { queue, page } }) => ({ type: "fault.raised", queue, page: page! })),
        },
        "queue.stops": { target: "off", actions: ["tells", "ends"] },
      },
    },
    waiting: {
      description: "the page request is sent, and the response is outstanding",
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
      description: "got Success, and the access is still to be retried",
      on: {
        "queue.retries": {
          description: "retries the access to page {page}",
          target: "asking",
          actions: "begins",
        },
        "queue.stops": { target: "off", actions: ["tells", "ends"] },
      },
    },
    refused: {
      description: "got Invalid: the work item fails",
      on: {
        "queue.gives-up": {
          description: "gives the access to page {page} up",
          target: "running",
          actions: "forgets",
        },
        "queue.stops": { target: "off", actions: ["tells", "ends"] },
      },
    },
    broken: {
      description: "an access faulted that the device cannot repeat; only stopping the queue helps",
      on: { "queue.stops": { target: "off", actions: ["tells", "ends"] } },
    },
  },
});
