/**
 * A device at work: one work item after the other, each of which needs some pages. The device requests missing pages, and
 * retries after the response Success.
 *
 * Models  VFIO facts 4.2: a group of pages that must be resident at once (PCIe page requests, g = the pages of the group); a
 *         command whose transactions stall one by one (g = 1), which resumes where it stopped, or which the device begins
 *         anew. An access uses its translation until it retires, so that DMA stays in flight for a while.
 *         Ghost: how often the item got Success so far; in a script, all faults.
 * Omits   credits, group indices, lost requests and partial responses, which prg-slot.ts and page-request-port.ts have.
 */
import { assign, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import { atWill, messages } from "../../said.ts";
import type { ResponseCode } from "../../units.ts";
import { accessSays, type AccessMessage } from "./access-messages.ts";

export type ItemAccess = "at-once" | "restarted" | "in-turn";

export interface WorkItemContext {
  readonly device: number;
  readonly access: ItemAccess;
  /** Items in this order, each once; null: any item, any number of times. */
  readonly script: readonly (readonly number[])[] | null;
  /** Items that the device may still begin; null: no limit. In a script: items that are left. */
  readonly left: number | null;
  /** Rounds are counted up to this number. */
  readonly mostRounds: number;
  readonly pages: readonly number[];
  /** In turn: the first page that is not done. */
  readonly at: number;
  /** Results of the translations in the present step. */
  readonly granted: readonly number[];
  readonly missing: number;
  readonly rounds: number;
  readonly faults: number;
}

export type WorkItemEvent =
  | { readonly type: "item.starts"; readonly pages: readonly number[] }
  | { readonly type: "item.tries" | "item.retires" }
  | { readonly type: "access.granted" | "access.faults"; readonly page: number }
  | { readonly type: "fault.response"; readonly code: ResponseCode };

export type WorkItemEmits =
  | AccessMessage
  | { readonly type: "fault.requests" | "grants.used"; readonly device: number; readonly pages: readonly number[] };

const s = setup({
  types: {
    context: {} as WorkItemContext,
    events: {} as WorkItemEvent,
    emitted: {} as WorkItemEmits,
    input: {} as Pick<WorkItemContext, "device" | "access" | "script" | "left" | "mostRounds">,
  },
});

const needed = ({ access, pages, at }: WorkItemContext): readonly number[] =>
  access === "at-once" ? pages : pages.slice(at, at + 1);
const isPossible = ({
  context: { script, left },
  event,
}: {
  context: WorkItemContext;
  event: WorkItemEvent;
}): boolean =>
  left !== 0 &&
  (script === null || (event.type === "item.starts" && event.pages.join() === script[script.length - left!]!.join()));

const begins = s.enqueueActions(({ context, enqueue }) => {
  enqueue.assign({ granted: [], missing: 0 });
  for (const page of needed(context)) enqueue.emit({ type: "access.begins", device: context.device, slot: 0, page });
});
const retires = s.enqueueActions(({ context: { device, granted }, enqueue }) => {
  for (const page of granted) enqueue.emit({ type: "access.retires", device, slot: 0, page });
  enqueue.assign({ granted: [], missing: 0 });
});
const uses = s.emit(({ context: { device, granted } }) => ({ type: "grants.used", device, pages: granted }));
const asks = s.enqueueActions(({ context, enqueue }) => {
  const { device, script, faults } = context;
  enqueue.emit({ type: "fault.requests", device, pages: needed(context) });
  if (script !== null) enqueue.assign({ faults: faults + 1 });
});
const ends = s.assign({ pages: [], at: 0, rounds: 0 });

/** What it does after it has begun an item. */
export const workItemSteps: readonly Message[] = [{ type: "item.tries" }, { type: "item.retires" }];

export const workItem = s.createMachine({
  id: "work-item",
  description: "a device with one work item at a time",
  meta: {
    origin: atWill("a device"),
    lane: "device {device}, one work item at a time",
    messages: messages<WorkItemEmits>({
      ...accessSays,
      "fault.requests": "faults on page(s) {pages}",
      "grants.used": "accesses page(s) {pages}",
    }),
  },
  context: ({ input }) => ({ ...input, pages: [], at: 0, granted: [], missing: 0, rounds: 0, faults: 0 }),
  initial: "idle",
  states: {
    idle: {
      description: "no work item is in progress",
      on: {
        "item.starts": {
          description: "starts a work item on page(s) {pages}",
          guard: isPossible,
          target: "deciding",
          actions: assign(({ context: { left }, event }) => ({
            pages: event.pages,
            left: left === null ? null : left - 1,
          })),
        },
      },
    },
    deciding: {
      description: "the next pages are still to be translated",
      on: {
        "item.tries": {
          description: "accesses the next pages of the work item",
          target: "translating",
          actions: begins,
        },
      },
    },
    translating: {
      description: "waits for the translations",
      on: {
        "access.granted": {
          actions: assign(({ context, event }) => ({ granted: [...context.granted, event.page] })),
        },
        "access.faults": { actions: assign(({ context }) => ({ missing: context.missing + 1 })) },
      },
      always: [
        { guard: ({ context: c }) => c.granted.length === needed(c).length, target: "accessing", actions: uses },
        {
          guard: ({ context: c }) => c.granted.length + c.missing === needed(c).length,
          target: "waiting",
          actions: [retires, asks],
        },
      ],
    },
    accessing: {
      description: "DMA is in flight",
      on: {
        "item.retires": [
          {
            description: "completes the DMA to a page of the work item",
            guard: ({ context: { access, pages, at } }) => access !== "at-once" && at + 1 < pages.length,
            target: "deciding",
            actions: [retires, assign({ at: ({ context }) => context.at + 1 })],
          },
          { description: "completes the work item", target: "idle", actions: [retires, ends] },
        ],
      },
    },
    waiting: {
      description: "missing pages are requested, and the response is outstanding",
      on: {
        "fault.response": [
          {
            guard: ({ event }) => event.code === "success",
            target: "deciding",
            actions: assign(({ context }) => ({
              rounds: Math.min(context.rounds + 1, context.mostRounds),
              at: context.access === "restarted" ? 0 : context.at,
            })),
          },
          { target: "idle", actions: ends },
        ],
      },
    },
  },
});
