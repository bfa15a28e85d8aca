/**
 * One DMA of a device at a time, and what becomes of it where there is no translation.
 *
 * Models  VFIO facts 4.4: a device without faults ("abort") loses the access; one whose transaction waits ("stall", or a
 *         send queue of a network card) retries when the fault was handled; the receive side of a network card ("divert",
 *         ASPLOS'17) has nobody to hold back, so the packet goes to a backup ring that is always pinned, or is lost.
 * Omits   how the report travels beyond the queue that it waits in; groups, tags and credits are in pri-interface.ts and
 *         stall-slot.ts.
 */
import { assign, emit, setup } from "xstate";
import type { PolicyAnswers } from "./vocabulary.ts";

export type DeviceFault = "abort" | "stall" | "divert";

export interface DmaSlotContext {
  readonly device: number;
  readonly onFault: DeviceFault;
  readonly page: number | null;
  /** Who waits for the end. */
  readonly by: string | null;
  /** Ghost: the guest had mapped the page for it. */
  readonly legal: boolean;
}

type Access = { readonly device: number; readonly slot: number; readonly page: number };

const s = setup({
  types: {
    context: {} as DmaSlotContext,
    events: {} as
      | { readonly type: "device.posts"; readonly page: number; readonly by: string; readonly legal: boolean }
      | { readonly type: "device.begins" | "device.retires" | "device.gives-up" }
      | { readonly type: "access.granted" | "access.faults" }
      | { readonly type: "ring.took" | "ring.full" | "ring.copied" }
      | Extract<PolicyAnswers, { readonly type: "policy.resolved" }>,
    emitted: {} as
      | (Access & { readonly type: "access.begins" | "access.retires" })
      | { readonly type: "page.awaited" | "page.settled"; readonly page: number; readonly by: string }
      | { readonly type: "policy.fault" | "ring.offers"; readonly page: number; readonly by: string }
      | { readonly type: "device.done"; readonly by: string },
    input: {} as { device: number; onFault: DeviceFault },
  },
});

const access = ({ device, page }: DmaSlotContext): Access => ({ device, slot: 0, page: page! });
const named = ({ context: { device, page } }: { context: DmaSlotContext }) => ({ page: page!, by: `device${device}` });
const reports = s.emit((it) => ({ type: "policy.fault", ...named(it) }));
const offers = s.emit((it) => ({ type: "ring.offers", ...named(it) }));
const awaits = s.emit((it) => ({ type: "page.awaited", ...named(it) }));
const settles = s.emit((it) => ({ type: "page.settled", ...named(it) }));
/** Nobody waits for a DMA that a lying guest started. */
const ends = s.enqueueActions(({ context: { by, legal }, enqueue }) => {
  enqueue.assign({ page: null, by: null, legal: false });
  if (legal) enqueue.emit({ type: "device.done", by: by! });
});

export const dmaSlot = s.extend({ actions: { reports, offers, awaits, settles, ends } }).createMachine({
  id: "dma-slot",
  context: ({ input }) => ({ ...input, page: null, by: null, legal: false }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "device.posts": {
          target: "posted",
          actions: assign({
            page: ({ event }) => event.page,
            by: ({ event }) => event.by,
            legal: ({ event }) => event.legal,
          }),
        },
      },
    },
    posted: {
      on: {
        "device.begins": {
          target: "translating",
          actions: emit(({ context }) => ({ type: "access.begins", ...access(context) })),
        },
      },
    },
    translating: {
      on: {
        "access.granted": { target: "accessing" },
        "access.faults": [
          { guard: ({ context }) => context.onFault === "stall", target: "waiting", actions: ["awaits", "reports"] },
          { guard: ({ context }) => context.onFault === "divert", target: "offering", actions: ["awaits", "offers"] },
          { target: "lost" },
        ],
      },
    },
    accessing: {
      on: {
        "device.retires": {
          target: "idle",
          actions: [emit(({ context }) => ({ type: "access.retires", ...access(context) })), "settles", "ends"],
        },
      },
    },
    waiting: { on: { "policy.resolved": { target: "posted" } } },
    offering: { on: { "ring.took": { target: "diverted" }, "ring.full": { target: "dropped", actions: "reports" } } },
    /** The packet is in the backup ring. */
    diverted: { on: { "ring.copied": { target: "idle", actions: ["settles", "ends"] } } },
    /** The packet is lost; that the page was missing is reported all the same. */
    dropped: { on: { "policy.resolved": { target: "idle", actions: ["settles", "ends"] } } },
    /** The access was aborted. */
    lost: { on: { "device.gives-up": { target: "idle", actions: "ends" } } },
  },
});
