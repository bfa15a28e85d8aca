/**
 * Events that devices send with a number, in the ring where they wait, and the thread that hands each to whoever holds the number
 * then.
 *
 * Models  A page request queue with PASIDs (prq_event_thread()), the interrupt ring of amdgpu, events of a vIOMMU with a virtual
 *         ID, the responses that user space writes with cookies. The device keeps the number as it was told; a look-up by
 *         number does not see which life of the number an event is of, except where it carries that too.
 * Omits   Overflows. What is done with an event. An event whose number nobody holds is dropped.
 */
import { assign, emit, setup } from "xstate";
import { atWill, linuxAt, messages } from "../../../../said.ts";
import type { Message } from "../../../../../checker/json.ts";
import type { Holder } from "../../lib/number-space.ts";

type Tagged = { readonly number: number } & Holder;

export interface EventRingContext {
  /** Whether an event also carries the life of its number, and is dropped if that is over. */
  readonly compares: "number" | "number-and-life";
  readonly most: number;
  /** By owner: with what its device sends. */
  readonly tags: readonly Tagged[];
  readonly events: readonly Tagged[];
  /** An event was handed to somebody else than the one who had the number when it was sent. Never cleared. */
  readonly misdelivered: boolean;
  /** Ghost: an event was dropped because nobody had its number. Never cleared. */
  readonly dropped: boolean;
}

export type EventRingEvent =
  | ({ readonly type: "device.is-tagged" } & Tagged)
  | { readonly type: "device.stops" | "device.sends"; readonly owner: number }
  | { readonly type: "ring.drains"; readonly number: number }
  | { readonly type: "ring.dispatches" }
  | { readonly type: "number.found"; readonly holder: Holder | null };

export type EventRingEmits = { readonly type: "number.looks-up"; readonly number: number };

const s = setup({
  types: {
    context: {} as EventRingContext,
    events: {} as EventRingEvent,
    emitted: {} as EventRingEmits,
    input: {} as Pick<EventRingContext, "compares" | "most">,
  },
  guards: {
    canSend: ({ context: { tags, events, most }, event }) =>
      "owner" in event && tags.some(({ owner }) => owner === event.owner) && events.length < most,
  },
});

const isSame = (a: Holder, b: Holder): boolean => a.owner === b.owner && a.life === b.life;
const without = (tags: readonly Tagged[], owner: number): readonly Tagged[] =>
  tags.filter((tag) => tag.owner !== owner);

export const eventRing = s.createMachine({
  id: "event-ring",
  description: "events that carry a number, and the thread that dispatches them",
  meta: {
    origin: linuxAt("7.3.4", "drivers/iommu/intel/prq.c", "prq_event_thread"),
    lane: "the devices, the ring of their events, and its thread",
    messages: messages<EventRingEmits>({ "number.looks-up": "looks up who holds number {number}" }),
  },
  context: ({ input }) => ({ ...input, tags: [], events: [], misdelivered: false, dropped: false }),
  on: {
    "device.is-tagged": {
      actions: assign({
        tags: ({ context: { tags }, event: { number, owner, life } }) =>
          [...without(tags, owner), { number, owner, life }].toSorted((a, b) => a.owner - b.owner),
      }),
    },
    "device.stops": { actions: assign({ tags: ({ context, event }) => without(context.tags, event.owner) }) },
    "device.sends": {
      description: "device of owner {owner} sends an event with its number",
      meta: { origin: atWill("a device") },
      guard: "canSend",
      actions: assign({
        events: ({ context: { tags, events }, event }) => [...events, tags.find(({ owner }) => owner === event.owner)!],
      }),
    },
    "ring.drains": {
      guard: ({ context, event }) => context.events.every(({ number }) => number !== event.number),
    },
    "ring.dispatches": {
      description: "takes the next event, and looks up its number",
      guard: ({ context }) => context.events.length > 0,
      actions: emit(({ context }) => ({ type: "number.looks-up", number: context.events[0]!.number })),
    },
    "number.found": {
      actions: assign(({ context: { events, compares, misdelivered, dropped }, event: { holder } }) => {
        const [first] = events;
        const isOwn = holder !== null && isSame(holder, first!);
        const isDropped = holder === null || (compares === "number-and-life" && !isOwn);
        return {
          events: events.slice(1),
          misdelivered: misdelivered || (!isDropped && !isOwn),
          dropped: dropped || isDropped,
        };
      }),
    },
  },
});

export const eventRingSteps: readonly Message[] = [{ type: "ring.dispatches" }];
