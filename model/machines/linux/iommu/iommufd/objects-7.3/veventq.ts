/**
 * A vEVENTQ: the queue in which a VMM reads the events of a vIOMMU, with one marker for those that were lost. Every event is
 * one critical section of eventq->lock.
 *
 * Models  Linux 7.3, drivers/iommu/iommufd/driver.c: iommufd_viommu_report_event(); iommufd_private.h:
 *         iommufd_vevent_handler(); eventq.c: iommufd_veventq_deliver_fetch(), iommufd_veventq_deliver_restore() and the count
 *         in iommufd_veventq_fops_read() (J43 to J46, J50 to J53).
 *         Each report that finds the queue takes a sequence number, also one that is lost. The marker is one object: it is
 *         unlinked where it is last, and goes to the tail with the number of the loss.
 *         An event that is being copied is in no list, and still counts. Of the marker a copy is made, and a copy that fails
 *         puts the marker itself back, with the number that it has by then.
 * Omits   Waking up poll(). The file: files.ts.
 */
import { assign, setup } from "xstate";
import { linuxAt, messages } from "../../../../../said.ts";
import { ENOMEM, OK } from "../../../include/iommu.ts";
import { answered, answerSays, described, type Answers } from "./call-messages.ts";
import type { Named } from "./object-messages.ts";

/** An event, or the marker of lost events, which has no data. */
export type Vevent = { readonly seq: number; readonly virt: number | null };

export interface VeventqRules {
  /** What a full queue does: the marker takes the next number, or nothing tells of the loss (deliberate defect). */
  readonly overflow: "marker" | "silent";
  /** When a marker that could not be copied comes back: into an empty list, or always (deliberate defect). */
  readonly markerReturns: "if-empty" | "always";
  /** What reports after INT_MAX: it is far away, and a smaller number makes the wrap-around short. */
  readonly numbers: number;
}

/** driver.c and eventq.c of 7.3.4. */
export const VEVENTQ_7_3: VeventqRules = { overflow: "marker", markerReturns: "if-empty", numbers: 2 ** 31 };

export interface VeventqContext {
  readonly rules: VeventqRules;
  readonly at: number;
  readonly viommu: Named | null;
  readonly depth: number;
  /** The number that the next report takes. */
  readonly sequence: number;
  /** The deliver list, head first; the marker has no virtual ID, and there is at most one. */
  readonly deliver: readonly Vevent[];
  /** The number that the marker had when it was last put into the list. */
  readonly marked: number;
  /** Events in the list and events that are being copied; the marker does not count. */
  readonly events: number;
}

type By = { readonly by: string };

export type VeventqEmits =
  | Answers
  | { readonly type: "vevent.fetched"; readonly by: string; readonly vevent: Vevent | null; readonly ok: boolean }
  | { readonly type: "deliver.seen"; readonly by: string; readonly empty: boolean };

const s = setup({
  types: {
    context: {} as VeventqContext,
    events: {} as
      | ({ readonly type: "object.describes" | "object.is-destroyed" } & By)
      | ({ readonly type: "veventq.begins"; readonly depth: number; readonly viommu: Named } & By)
      /** Without memory for the event only the marker can be put into the queue. */
      | ({ readonly type: "vevent.arrives"; readonly virt: number; readonly memory: number } & By)
      /** The marker is copied, which takes memory. */
      | ({ readonly type: "vevent.fetches"; readonly memory: number } & By)
      | ({ readonly type: "vevent.restores"; readonly vevent: Vevent } & By)
      | ({ readonly type: "vevent.is-read"; readonly vevent: Vevent } & By)
      | ({ readonly type: "deliver.looks" } & By),
    emitted: {} as VeventqEmits,
    input: {} as {
      readonly at: number;
      readonly depth?: number;
      readonly viommu?: Named;
      readonly rules?: VeventqRules;
    },
  },
});

const isMarker = ({ virt }: Vevent): boolean => virt === null;

/** The node goes to the tail with the next number; a marker that is last is unlinked first. */
function appended(context: VeventqContext, virt: number | null): Partial<VeventqContext> {
  const { deliver, sequence, events, rules } = context;
  const last = deliver.at(-1);
  const kept = last && isMarker(last) ? deliver.slice(0, -1) : deliver;
  return {
    deliver: [...kept, { seq: sequence, virt }],
    sequence: (sequence + 1) % rules.numbers,
    ...(virt === null ? { marked: sequence } : { events: events + 1 }),
  };
}

/** A marker comes back only into an empty list: if an event came meanwhile, the gap in the numbers tells of the loss. */
function restored({ deliver, marked, rules }: VeventqContext, vevent: Vevent): Partial<VeventqContext> {
  if (!isMarker(vevent)) return { deliver: [vevent, ...deliver] };
  if (deliver.length > 0 && rules.markerReturns === "if-empty") return {};
  return { deliver: [{ seq: marked, virt: null }, ...deliver] };
}

const EVENTQ = "drivers/iommu/iommufd/eventq.c";

export const veventq = s.createMachine({
  id: "veventq",
  description: "a vEVENTQ: the events of a vIOMMU that a VMM has not read",
  meta: {
    origin: linuxAt("7.3.4", EVENTQ, "iommufd_veventq_alloc"),
    lane: "struct iommufd_veventq {at}",
    messages: {
      ...answerSays,
      ...messages<Exclude<VeventqEmits, Answers>>({
        "vevent.fetched": {
          says: "hands {by} the head of the deliver list",
          origin: linuxAt("7.3.4", EVENTQ, "iommufd_veventq_deliver_fetch"),
        },
        "deliver.seen": {
          says: "tells {by} that the deliver list is {empty?empty:not empty}",
          origin: linuxAt("7.3.4", EVENTQ, "iommufd_eventq_fops_poll"),
        },
      }),
    },
  },
  context: ({ input }) => ({
    rules: input.rules ?? VEVENTQ_7_3,
    at: input.at,
    viommu: input.viommu ?? null,
    depth: input.depth ?? 0,
    sequence: 0,
    deliver: [],
    marked: 0,
    events: 0,
  }),
  on: {
    "object.describes": { actions: s.emit(({ context, event }) => described(event.by, { viommu: context.viommu })) },
    "object.is-destroyed": { actions: s.emit(({ context, event }) => described(event.by, { viommu: context.viommu })) },
    "veventq.begins": {
      actions: assign({ viommu: ({ event }) => event.viommu, depth: ({ event }) => event.depth }),
    },
    "vevent.arrives": {
      actions: s.enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== "vevent.arrives") return;
        const { by, virt, memory } = event;
        const isLost = memory === 0 || context.events === context.depth;
        if (!isLost || context.rules.overflow === "marker") enqueue.assign(appended(context, isLost ? null : virt));
        enqueue.emit(answered(by, memory === 0 ? ENOMEM : OK));
      }),
    },
    "vevent.fetches": {
      actions: s.enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== "vevent.fetches") return;
        const { by, memory } = event;
        const [head, ...deliver] = context.deliver;
        const ok = !head || !isMarker(head) || memory === 1;
        if (ok) enqueue.assign({ deliver });
        enqueue.emit({ type: "vevent.fetched", by, vevent: ok ? (head ?? null) : null, ok });
      }),
    },
    "vevent.restores": { actions: assign(({ context, event }) => restored(context, event.vevent)) },
    "vevent.is-read": {
      actions: assign({
        events: ({ context, event }) => (isMarker(event.vevent) ? context.events : context.events - 1),
      }),
    },
    "deliver.looks": {
      actions: s.emit(({ context, event }) => ({
        type: "deliver.seen",
        by: event.by,
        empty: context.deliver.length === 0,
      })),
    },
  },
});
