/**
 * One DMA of a device at a time, and what becomes of it where there is no translation.
 *
 * Models  hardware facts 4.2 and VFIO facts 4.4: a device without faults ("abort") loses the access; one whose transaction
 *         waits ("stall", or a send queue of a network card) reports it, and tries again or gives up as the answer says;
 *         the receive side of a network card ("divert", ASPLOS'17) has nobody to hold back, so the packet goes to a backup
 *         ring that is always pinned, or is lost.
 * Omits   how the report travels beyond the queue that it waits in; groups, tags and credits are in pri-interface.ts and
 *         stall-slot.ts.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";

export type DeviceFault = "abort" | "stall" | "divert";

export interface DmaSlotContext {
  readonly device: number;
  readonly onFault: DeviceFault;
  readonly page: number | null;
  readonly write: boolean;
  /** Who waits for the end. */
  readonly by: string | null;
  /** Ghost: somebody had mapped the page for it, and waits. */
  readonly legal: boolean;
}

type Access = { readonly device: number; readonly slot: 0; readonly page: number; readonly write: boolean };

/** A device's report of an access without translation, and the answer to it. */
export type FaultReport = {
  readonly type: "fault.reports";
  readonly page: number;
  readonly write: boolean;
  readonly by: string;
};
export type FaultAnswer = {
  readonly type: "fault.answered";
  readonly by: string;
  readonly code: "success" | "invalid";
};

const s = setup({
  types: {
    context: {} as DmaSlotContext,
    events: {} as
      /** For writing, and for nobody, unless it says otherwise. */
      | {
          readonly type: "device.posts";
          readonly page: number;
          readonly write?: boolean;
          readonly by?: string;
          readonly legal?: boolean;
        }
      | { readonly type: "device.begins" | "device.retires" | "device.gives-up" }
      | { readonly type: "access.granted" | "access.faults" }
      | { readonly type: "ring.took" | "ring.full" | "ring.copied" }
      | FaultAnswer,
    emitted: {} as
      | (Access & { readonly type: "access.begins" | "access.retires" })
      | { readonly type: "page.awaited" | "page.settled"; readonly page: number; readonly by: string }
      | FaultReport
      | { readonly type: "ring.offers"; readonly page: number; readonly by: string }
      | { readonly type: "device.done"; readonly by: string },
    input: {} as { device: number; onFault: DeviceFault },
  },
});

const access = ({ device, page, write }: DmaSlotContext): Access => ({ device, slot: 0, page: page!, write });
const named = ({ context: { device, page } }: { context: DmaSlotContext }) => ({ page: page!, by: `device${device}` });
const reports = s.emit((it) => ({ type: "fault.reports", ...named(it), write: it.context.write }));
const offers = s.emit((it) => ({ type: "ring.offers", ...named(it) }));
const awaits = s.emit((it) => ({ type: "page.awaited", ...named(it) }));
const settles = s.emit((it) => ({ type: "page.settled", ...named(it) }));
/** Nobody waits for a DMA that a lying guest started. */
const ends = s.enqueueActions(({ context: { by, legal }, enqueue }) => {
  enqueue.assign({ page: null, write: false, by: null, legal: false });
  if (legal) enqueue.emit({ type: "device.done", by: by! });
});

export const dmaSlot = s.extend({ actions: { reports, offers, awaits, settles, ends } }).createMachine({
  id: "dma-slot",
  context: ({ input }) => ({ ...input, page: null, write: false, by: null, legal: false }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "device.posts": {
          target: "posted",
          actions: assign(({ event: { page, write = true, by = null, legal = false } }) => ({
            page,
            write,
            by,
            legal,
          })),
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
    waiting: {
      on: {
        "fault.answered": [
          { guard: ({ event }) => event.code === "success", target: "posted" },
          { target: "lost", actions: "settles" },
        ],
      },
    },
    offering: { on: { "ring.took": { target: "diverted" }, "ring.full": { target: "dropped", actions: "reports" } } },
    /** The packet is in the backup ring. */
    diverted: { on: { "ring.copied": { target: "idle", actions: ["settles", "ends"] } } },
    /** The packet is lost; that the page was missing is reported all the same. */
    dropped: { on: { "fault.answered": { target: "idle", actions: ["settles", "ends"] } } },
    /** The access was aborted. */
    lost: { on: { "device.gives-up": { target: "idle", actions: "ends" } } },
  },
});

/** What it does once it was given something. */
export const dmaSlotSteps: readonly Message[] = ["begins", "retires", "gives-up"].map((step) => ({
  type: `device.${step}`,
}));
