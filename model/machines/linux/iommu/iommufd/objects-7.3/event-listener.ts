/**
 * A VMM behind the readers of a vEVENTQ, and the driver that reports: what was told, in the order in which reads return.
 *
 * Models  Linux 7.3, include/uapi/linux/iommufd.h: struct iommufd_vevent_header, whose numbers are to be monotonic, and whose
 *         gaps tell of lost events (J43, J44, J52); drivers/iommu/iommufd/driver.c: iommufd_viommu_report_event(), which
 *         answers 0 also for an event that is lost in a full queue. All is ghost state but the number of reports.
 * Omits   What the events are about.
 */
import { assign, setup } from "xstate";
import { linuxAt, messages } from "../../../../../said.ts";
import { EFAULT, OK } from "../../../include/iommu.ts";
import type { Answers } from "./call-messages.ts";
import type { VeventqReaderEmits } from "./veventq-reader-messages.ts";
import type { Vevent } from "./veventq.ts";

export interface EventListenerContext {
  /** Reports that are still to come, and that were made. */
  readonly left: number;
  readonly made: number;
  /** Numbers of events that were handed out, ascending. */
  readonly read: readonly number[];
  /** The highest number that was handed out, of an event or of the marker. */
  readonly highest: number;
  /** Never cleared: a lower number came after a higher one, and an event came twice. */
  readonly wentBack: boolean;
  readonly repeated: boolean;
  /** Never cleared: the marker was handed out, and a read failed with EFAULT. */
  readonly toldOfLoss: boolean;
  readonly faulted: boolean;
  /** Never cleared: a report was answered with 0, and with an error. */
  readonly succeeded: boolean;
  readonly refused: boolean;
}

export type EventListenerEmits = {
  readonly type: "vevent.arrives";
  readonly by: string;
  readonly kind: "veventq";
  readonly at: number;
  readonly virt: number;
  readonly memory: number;
};

const s = setup({
  types: {
    context: {} as EventListenerContext,
    events: {} as
      | { readonly type: "driver.reports" | "driver.reports-without-memory" }
      | Extract<Answers, { readonly type: "call.answered" }>
      | Extract<VeventqReaderEmits, { readonly type: "vread.returns" }>,
    emitted: {} as EventListenerEmits,
    input: {} as { readonly reports: number },
  },
  guards: { hasLeft: ({ context }) => context.left > 0 },
});

function heard(context: EventListenerContext, records: readonly Vevent[]): Partial<EventListenerContext> {
  let { read, highest, wentBack, repeated, toldOfLoss } = context;
  for (const { seq, virt } of records) {
    wentBack ||= seq < highest;
    highest = Math.max(highest, seq);
    toldOfLoss ||= virt === null;
    repeated ||= virt !== null && read.includes(seq);
    if (virt !== null && !read.includes(seq)) read = [...read, seq].toSorted((a, b) => a - b);
  }
  return { read, highest, wentBack, repeated, toldOfLoss };
}

const VIRT = 1;
const reports = (memory: 0 | 1) =>
  s.enqueueActions(({ context: { left, made }, enqueue }) => {
    enqueue.assign({ left: left - 1, made: made + 1 });
    enqueue.emit({ type: "vevent.arrives", by: "listener", kind: "veventq", at: 0, virt: VIRT, memory });
  });

const DRIVER = "drivers/iommu/iommufd/driver.c";

export const eventListener = s.createMachine({
  id: "event-listener",
  description: "the driver that reports events, and the VMM that hears of them",
  meta: {
    origin: linuxAt("7.3.4", DRIVER, "iommufd_viommu_report_event"),
    lane: "the driver that reports, and the VMM",
    messages: messages<EventListenerEmits>({ "vevent.arrives": "reports an event" }),
  },
  context: ({ input }) => ({
    left: input.reports,
    made: 0,
    read: [],
    highest: -1,
    wentBack: false,
    repeated: false,
    toldOfLoss: false,
    faulted: false,
    succeeded: false,
    refused: false,
  }),
  on: {
    "driver.reports": { description: "reports an event", guard: "hasLeft", actions: reports(1) },
    "driver.reports-without-memory": {
      description: "reports an event for which there is no memory",
      guard: "hasLeft",
      actions: reports(0),
    },
    "call.answered": {
      actions: assign(({ context, event }) => ({
        succeeded: context.succeeded || event.result === OK,
        refused: context.refused || event.result !== OK,
      })),
    },
    "vread.returns": {
      actions: assign(({ context, event }) => ({
        ...heard(context, event.records),
        faulted: context.faulted || event.result === EFAULT,
      })),
    },
  },
});
