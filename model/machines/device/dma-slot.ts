/**
 * One DMA of a device at a time, and what happens to it without a translation.
 *
 * Models  hardware facts 4.2 and VFIO facts 4.4. A device without faults ("abort") loses the access. A device whose transaction
 *         waits ("stall", also the send queue of a network card) reports the fault and retries or gives up as the response
 *         says. The receive side of a network card ("divert", ASPLOS'17) cannot make the sender wait: the packet goes to a backup
 *         ring that is always pinned, or is lost. A device that knows which pages are absent (VPRI) reports the fault before
 *         the IOMMU sees the access.
 * Omits   the path of the report behind its queue; groups, tags and credits, which prg-slot.ts, pri-interface.ts and
 *         stall-slot.ts have.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import { atWill, messages } from "../../said.ts";
import { accessSays } from "./access-messages.ts";

export type DeviceFault = "abort" | "stall" | "divert";

export interface DmaSlotContext {
  readonly device: number;
  readonly onFault: DeviceFault;
  readonly page: number | null;
  readonly write: boolean;
  /** The component that waits for the end of the DMA. */
  readonly by: string | null;
  /** Ghost: a driver mapped the page for this DMA, and waits for its end. */
  readonly legal: boolean;
}

type Access = { readonly device: number; readonly slot: 0; readonly page: number; readonly write: boolean };

/** A device's report of an access without translation, and the response to it. */
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

export type DmaSlotEmits =
  | (Access & { readonly type: "access.begins" | "access.retires" })
  | { readonly type: "page.awaited" | "page.settled"; readonly page: number; readonly by: string }
  | FaultReport
  | { readonly type: "ring.offers"; readonly page: number; readonly by: string }
  | { readonly type: "device.done"; readonly by: string };

const s = setup({
  types: {
    context: {} as DmaSlotContext,
    events: {} as
      /** Default: a write for which nothing waits. */
      | {
          readonly type: "device.posts";
          readonly page: number;
          readonly write?: boolean;
          readonly by?: string;
          readonly legal?: boolean;
        }
      | { readonly type: "device.begins" | "device.retires" | "device.gives-up" }
      /** Absent: the device's own table says so. */
      | { readonly type: "access.granted" | "access.faults" | "access.absent" }
      | { readonly type: "ring.took" | "ring.full" | "ring.copied" }
      | FaultAnswer,
    emitted: {} as DmaSlotEmits,
    input: {} as { device: number; onFault: DeviceFault },
  },
});

const access = ({ device, page, write }: DmaSlotContext): Access => ({ device, slot: 0, page: page!, write });
const named = ({ context: { device, page } }: { context: DmaSlotContext }) => ({ page: page!, by: `device${device}` });
const reports = s.emit((it) => ({ type: "fault.reports", ...named(it), write: it.context.write }));
const offers = s.emit((it) => ({ type: "ring.offers", ...named(it) }));
const awaits = s.emit((it) => ({ type: "page.awaited", ...named(it) }));
const settles = s.emit((it) => ({ type: "page.settled", ...named(it) }));
/** No driver waits for a DMA that a lying guest started. */
const ends = s.enqueueActions(({ context: { by, legal }, enqueue }) => {
  enqueue.assign({ page: null, write: false, by: null, legal: false });
  if (legal) enqueue.emit({ type: "device.done", by: by! });
});

export const dmaSlot = s.extend({ actions: { reports, offers, awaits, settles, ends } }).createMachine({
  id: "dma-slot",
  description: "a device with one DMA at a time",
  meta: {
    origin: atWill("a device"),
    lane: "device {device}, one DMA at a time",
    messages: messages<DmaSlotEmits>({
      ...accessSays,
      "page.awaited": "waits for page {page} to be mapped",
      "page.settled": "no longer waits for page {page}",
      "fault.reports": "reports a fault on page {page}",
      "ring.offers": "writes the packet for page {page} to the backup ring",
      "device.done": "reports to {by} that the DMA is complete",
    }),
  },
  context: ({ input }) => ({ ...input, page: null, write: false, by: null, legal: false }),
  initial: "idle",
  states: {
    idle: {
      description: "no DMA is wanted",
      on: {
        "device.posts": {
          description: "is given a DMA to page {page}",
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
      description: "a DMA is wanted, and its translation is still to be looked up",
      on: {
        "device.begins": {
          description: "accesses page {page}",
          target: "translating",
          actions: emit(({ context }) => ({ type: "access.begins", ...access(context) })),
        },
      },
    },
    translating: {
      description: "waits for the translation",
      on: {
        "access.granted": { target: "accessing" },
        "access.absent": { target: "waiting", actions: ["awaits", "reports"] },
        "access.faults": [
          { guard: ({ context }) => context.onFault === "stall", target: "waiting", actions: ["awaits", "reports"] },
          { guard: ({ context }) => context.onFault === "divert", target: "offering", actions: ["awaits", "offers"] },
          { target: "lost" },
        ],
      },
    },
    accessing: {
      description: "the DMA is in flight",
      on: {
        "device.retires": {
          description: "completes the DMA to page {page}",
          target: "idle",
          actions: [emit(({ context }) => ({ type: "access.retires", ...access(context) })), "settles", "ends"],
        },
      },
    },
    waiting: {
      description: "the access is held, and the fault is reported",
      on: {
        "fault.answered": [
          { guard: ({ event }) => event.code === "success", target: "posted" },
          { target: "lost", actions: "settles" },
        ],
      },
    },
    offering: {
      description: "the packet goes to the backup ring, if that has room",
      on: { "ring.took": { target: "diverted" }, "ring.full": { target: "dropped", actions: "reports" } },
    },
    diverted: {
      description: "the packet is in the backup ring",
      on: { "ring.copied": { target: "idle", actions: ["settles", "ends"] } },
    },
    dropped: {
      description: "the packet is lost, and the fault is reported all the same",
      on: { "fault.answered": { target: "idle", actions: ["settles", "ends"] } },
    },
    lost: {
      description: "the access was aborted",
      on: { "device.gives-up": { description: "gives the aborted DMA up", target: "idle", actions: "ends" } },
    },
  },
});

/** What it does after it was given a DMA. */
export const dmaSlotSteps: readonly Message[] = ["begins", "retires", "gives-up"].map((step) => ({
  type: `device.${step}`,
}));
