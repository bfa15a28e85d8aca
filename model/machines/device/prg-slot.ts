/**
 * One page request group of a device: a work item that uses the group index `slot`, from its first access to its last page.
 *
 * Models  PCIe PRI (hardware facts 2.2 and 2.7, the group rules G1 to G8). An access that misses requests all remaining pages of the work
 *         item in one group; the last request has the Last flag. The index is in use until the response. After the
 *         response Success the device translates again. The instance is ghost state: it changes when the index becomes
 *         free. Two PASIDs of a device may use one index at the same time (K8), if responses carry the PASID.
 *         A device may give an access up while its group waits, without a reset: the index stays in use (G2).
 * Omits   permissions (every access reads and writes), reordered members (K6), stop markers, which page-request-port.ts
 *         has. After the response Invalid the work item ends and the device may start the next.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import { atWill, clause, messages } from "../../said.ts";
import type { ResponseCode } from "../../units.ts";

export type PrgSlotEvent =
  /** The device's driver or the guest submits work that touches these pages in this order. */
  | { readonly type: "slot.starts"; readonly pages: readonly number[] }
  | { readonly type: "slot.looks-up" }
  | { readonly type: "slot.requests" }
  | { readonly type: "slot.retires" }
  | { readonly type: "slot.gives-up" }
  | { readonly type: "dma.granted" | "dma.missed" | "dma.tries-again" }
  | { readonly type: "pri.response"; readonly code: ResponseCode; readonly instance: number }
  /** A device that completes no invalidation while it waits for a response (H37). */
  | { readonly type: "atc.awaits-answers" };

export type PrgSlotEmits =
  | {
      readonly type: "atc.looks-up" | "dma.retires";
      readonly device: number;
      readonly slot: number;
      readonly page: number;
    }
  | { readonly type: "pri.takes-credits"; readonly device: number; readonly credits: number }
  | { readonly type: "pri.returns-credits"; readonly device: number; readonly credits: number }
  | { readonly type: "pri.fails"; readonly device: number }
  | {
      readonly type: "pri.request";
      readonly device: number;
      readonly pasid: number | null;
      readonly prgi: number;
      readonly page: number;
      readonly read: true;
      readonly write: true;
      readonly last: boolean;
      readonly instance: number;
    };

export interface PrgSlotContext {
  readonly device: number;
  readonly slot: number;
  /** The group index and the PASID of its requests; absent: the slot's number, and none. */
  readonly prgi?: number;
  readonly pasid?: number | null;
  /** PRG Response PASID Required: only a response with the PASID is for this group. */
  readonly needsPasid?: boolean;
  /** A defect: an index is free as soon as the device has given its access up (G2: it lives until its response). */
  readonly freesIndex?: boolean;
  /** Pages still to be touched, next first. */
  readonly pages: readonly number[];
  /** Requests of the open group that were sent. */
  readonly sent: number;
  /** Ghost: which use of the index this is, modulo `instances`. */
  readonly instance: number;
  readonly instances: number;
  readonly reserves: "group" | "request";
  /** The device got a response that no rule allows: for an open group, a free index, or an earlier use of the index. */
  readonly unexpected: "none" | "open" | "free" | "earlier-instance";
}

/** A closed group without response, whether its device still wants the pages or has given the access up. */
export const isOutstanding = ({ state }: { readonly state: string }): boolean =>
  state === "waiting" || state === "given-up";

type GroupNames = Pick<PrgSlotContext, "prgi" | "pasid" | "needsPasid">;
type Named = GroupNames & Pick<PrgSlotContext, "slot">;

const s = setup({
  types: {
    context: {} as PrgSlotContext,
    events: {} as PrgSlotEvent,
    emitted: {} as PrgSlotEmits,
    input: {} as Pick<PrgSlotContext, "device" | "slot" | "instances" | "reserves"> &
      GroupNames &
      Pick<PrgSlotContext, "freesIndex">,
  },
});

/** The index and the PASID of a group, as a page request names them. */
const groupOf = ({ slot, prgi = slot, pasid = null }: Named) => ({ prgi, pasid });

/** Whether the request, as the IOPF core sees it, is one of the group of the slot, in this or another use of the index. */
export function requestedBy(slot: Named, { grp, pasid }: { readonly grp: number; readonly pasid: number | null }) {
  const named = groupOf(slot);
  return named.prgi === grp && named.pasid === pasid;
}

/** Whether the device takes the response for one to the group of the slot. */
export function responseIsFor(slot: Named, message: Message): boolean {
  const named = groupOf(slot);
  return named.prgi === message["prgi"] && (slot.needsPasid !== true || named.pasid === (message["pasid"] ?? null));
}

const answered = s.enqueueActions(({ context, enqueue }) => {
  enqueue.assign({ sent: 0, instance: (context.instance + 1) % context.instances });
  enqueue.emit({ type: "pri.returns-credits", device: context.device, credits: context.sent });
});
const fails = s.enqueueActions(({ context: { device }, enqueue }) => {
  enqueue.emit({ type: "pri.fails", device });
  enqueue.assign({ pages: [], sent: 0 });
});
const isConfused = s.assign({ unexpected: "earlier-instance" });
type Response = Extract<PrgSlotEvent, { readonly type: "pri.response" }>;
const isForEarlierUse = ({ context, event }: { readonly context: PrgSlotContext; readonly event: Response }) =>
  event.instance !== context.instance;
const takesCredits = s.enqueueActions(({ context: { device, pages, sent, reserves }, enqueue }) => {
  if (reserves === "request") enqueue.emit({ type: "pri.takes-credits", device, credits: 1 });
  else if (sent === 0) enqueue.emit({ type: "pri.takes-credits", device, credits: pages.length });
});
const request = s.emit(({ context }) => ({
  type: "pri.request",
  device: context.device,
  ...groupOf(context),
  page: context.pages[context.sent]!,
  read: true,
  write: true,
  last: context.sent === context.pages.length - 1,
  instance: context.instance,
}));

const PRI = clause("pcie", "10.4 (Page Request Services)");

export const prgSlot = s.extend({ actions: { answered, fails, isConfused, takesCredits, request } }).createMachine({
  id: "prg-slot",
  description: "a page request group of a device, from the first access to the last page",
  meta: {
    origin: PRI,
    lane: "device {device}, page request group {slot}",
    messages: messages<PrgSlotEmits>({
      "atc.looks-up": { says: "looks page {page} up in the ATC", origin: atWill("a device") },
      "dma.retires": { says: "completes the DMA to page {page}", origin: atWill("a device") },
      "pri.takes-credits": "takes credits for page requests: {credits}",
      "pri.returns-credits": "returns credits for page requests: {credits}",
      "pri.fails": "disables the page request interface: Response Failure",
      "pri.request": "requests page {page} in group {prgi}",
    }),
  },
  context: ({ input }) => ({ ...input, pages: [], sent: 0, instance: 0, unexpected: "none" }),
  initial: "idle",
  states: {
    idle: {
      description: "no work item uses the group index",
      on: {
        "slot.starts": {
          description: "starts a work item on page(s) {pages}",
          meta: { origin: atWill("a device driver") },
          target: "deciding",
          actions: assign({ pages: ({ event }) => event.pages }),
        },
      },
    },
    deciding: {
      description: "page {pages.0} is still to be translated",
      on: {
        "slot.looks-up": {
          description: "looks page {pages.0} up in the ATC",
          meta: { origin: atWill("a device") },
          target: "translating",
          actions: emit(({ context: { device, slot, pages } }) => ({
            type: "atc.looks-up",
            device,
            slot,
            page: pages[0]!,
          })),
        },
      },
    },
    translating: {
      description: "waits for the translation",
      on: {
        "dma.granted": { target: "accessing" },
        "dma.missed": { target: "requesting" },
        "dma.tries-again": { target: "deciding" },
      },
    },
    accessing: {
      description: "DMA to page {pages.0} is in flight",
      on: {
        "slot.retires": [
          {
            description: "completes the DMA to page {pages.0}, the last one of the work item",
            meta: { origin: atWill("a device") },
            guard: ({ context }) => context.pages.length === 1,
            target: "idle",
            actions: [
              emit(({ context: { device, slot, pages } }) => ({ type: "dma.retires", device, slot, page: pages[0]! })),
              assign({ pages: [] }),
            ],
          },
          {
            description: "completes the DMA to page {pages.0}",
            meta: { origin: atWill("a device") },
            target: "deciding",
            actions: [
              emit(({ context: { device, slot, pages } }) => ({ type: "dma.retires", device, slot, page: pages[0]! })),
              assign({ pages: ({ context }) => context.pages.slice(1) }),
            ],
          },
        ],
      },
    },
    // Credits are taken for the whole group or one by one.
    requesting: {
      description: "the group is open: its last request is still to be sent",
      on: {
        "slot.requests": [
          {
            description: "sends the last page request of group {slot}",
            guard: ({ context }) => context.sent === context.pages.length - 1,
            target: "waiting",
            actions: ["takesCredits", "request", assign({ sent: ({ context }) => context.sent + 1 })],
          },
          {
            description: "sends a page request of group {slot}, not the last one",
            actions: ["takesCredits", "request", assign({ sent: ({ context }) => context.sent + 1 })],
          },
        ],
        "pri.response": { target: "confused", actions: assign({ unexpected: "open" }) },
      },
    },
    waiting: {
      description: "the last request is sent, and the response is outstanding",
      on: {
        "slot.gives-up": [
          {
            description: "gives the access up, and takes the group index for free",
            meta: { origin: atWill("a device") },
            guard: ({ context }) => context.freesIndex === true,
            target: "idle",
            actions: ["answered", assign({ pages: [] })],
          },
          {
            description: "gives the access up; the group index stays in use until its response",
            meta: { origin: atWill("a device") },
            target: "given-up",
          },
        ],
        "pri.response": [
          { guard: isForEarlierUse, target: "confused", actions: "isConfused" },
          { guard: ({ event }) => event.code === "success", target: "deciding", actions: "answered" },
          {
            guard: ({ event }) => event.code === "invalid",
            target: "idle",
            actions: ["answered", assign({ pages: [] })],
          },
          { target: "dead", actions: "fails" },
        ],
      },
    },
    "given-up": {
      description: "no access waits for the group any more, and the response is outstanding",
      on: {
        "pri.response": [
          { guard: isForEarlierUse, target: "confused", actions: "isConfused" },
          {
            guard: ({ event }) => event.code !== "failure",
            target: "idle",
            actions: ["answered", assign({ pages: [] })],
          },
          { target: "dead", actions: "fails" },
        ],
      },
    },
    dead: { description: "got Response Failure: the interface is disabled until software enables it again" },
    // No rule says what a device does after that; here it stops, also when a translation completes.
    confused: {
      description: "got a response that no rule allows",
      on: { "dma.granted": {}, "dma.missed": {}, "dma.tries-again": {} },
    },
  },
  on: {
    "pri.response": { target: ".confused", actions: assign({ unexpected: "free" }) },
    "atc.awaits-answers": { guard: ({ context }) => context.sent === 0 },
  },
});
