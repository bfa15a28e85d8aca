/** VEQ: a vEVENTQ of iommufd with several readers. */
import { all, always, canAlways, each, sometimes } from "../../checker/property.ts";
import type { EventListenerContext } from "../../model/machines/linux/iommu/iommufd/objects-7.3/event-listener.ts";
import type { VeventqReaderContext } from "../../model/machines/linux/iommu/iommufd/objects-7.3/veventq-reader.ts";
import type { VeventqContext } from "../../model/machines/linux/iommu/iommufd/objects-7.3/veventq.ts";
import type { EventsQueueDesign, EventsQueueSizes } from "../../model/systems/studies/events-queue-design.ts";
import { inStudy } from "./parameters.ts";
import { iommufdRule } from "./sources.ts";

const listener = each<EventListenerContext>("event-listener");
const queue = each<VeventqContext>("veventq");
const readers = all<VeventqReaderContext>("veventq-reader");
const overflowing = inStudy<EventsQueueDesign, EventsQueueSizes>(
  "events-queue",
  (_, { eventReports, eventDepth }) => eventReports > eventDepth,
);
const successive = inStudy<EventsQueueDesign, EventsQueueSizes>(
  "events-queue",
  (_, { eventReports }) => eventReports > 1,
);

export const veq = [
  always({
    id: "VEQ-1",
    name: "event-read-once",
    statement: "No event of a vEVENTQ is handed to user space twice.",
    source: iommufdRule("J50, J51"),
    witness: "VEQ-5",
    reads: { listener },
    holds: ({ listener: l }) => !l.context.repeated,
  }),
  always({
    id: "VEQ-2",
    name: "sequence-never-back",
    statement: "Sequence numbers of a vEVENTQ never go back, in the order in which reads return.",
    source: iommufdRule("J52"),
    witness: "VEQ-6",
    applies: successive,
    reads: { listener },
    holds: ({ listener: l }) => !l.context.wentBack,
  }),
  always({
    id: "VEQ-3",
    name: "one-marker-at-the-end",
    statement: "A vEVENTQ holds no more events than its depth, and at most one marker of lost events, behind them.",
    source: iommufdRule("J45, J46"),
    witness: "VEQ-9",
    applies: overflowing,
    reads: { queue },
    parts: {
      "it holds at most as many events as its depth": ({ queue: { context } }) =>
        Math.max(context.events, context.deliver.filter(({ virt }) => virt !== null).length) <= context.depth,
      "a marker of lost events is its last entry": ({ queue: { context } }) =>
        context.deliver.every(({ virt }, at) => virt !== null || at === context.deliver.length - 1),
    },
  }),
  always({
    id: "VEQ-4",
    name: "loss-is-told",
    statement:
      "If the list is empty and no read is in progress, user space knows of every report: as an event, the marker, or a gap.",
    source: iommufdRule("J43, J44"),
    witness: "VEQ-9",
    applies: overflowing,
    reads: { listener, queue, readers },
    given: {
      "the queue is empty": ({ queue: q }) => q.context.deliver.length === 0,
      "nobody reads": ({ readers: all }) => all.every(({ state }) => state === "outside"),
    },
    parts: {
      "the highest number that was read is that of the last event": ({ listener: l }) =>
        l.context.highest === l.context.made - 1,
    },
    values: ({ listener: l, queue: q }) => ({
      "reports made": l.context.made,
      "highest number read": l.context.highest,
      "events in the list": q.context.deliver.length,
    }),
  }),
  sometimes({
    id: "VEQ-5",
    name: "event-is-read",
    statement: "An event of a vEVENTQ is read.",
    source: iommufdRule("J48"),
    reads: { listener },
    holds: ({ listener: l }) => l.context.read.length > 0,
  }),
  sometimes({
    id: "VEQ-6",
    name: "copy-of-event-fails",
    statement: "An event cannot be copied to user space, and the read returns EFAULT.",
    source: iommufdRule("J51"),
    reads: { listener },
    holds: ({ listener: l }) => l.context.faulted,
  }),
  sometimes({
    id: "VEQ-7",
    name: "overflow-is-told",
    statement: "An event is lost in a full queue, the report is answered with 0, and user space reads the marker.",
    source: iommufdRule("J43"),
    applies: inStudy<EventsQueueDesign, EventsQueueSizes>(
      "events-queue",
      ({ eventOverflow }, { eventReports, eventDepth }) => eventReports > eventDepth && eventOverflow === "marker",
    ),
    reads: { listener },
    holds: ({ listener: l }) => l.context.toldOfLoss && l.context.succeeded && !l.context.refused,
  }),
  canAlways({
    id: "VEQ-8",
    name: "queue-can-be-read-empty",
    statement: "A vEVENTQ can always be read until it is empty.",
    source: iommufdRule("J47"),
    witness: "VEQ-5",
    reads: { queue },
    holds: ({ queue: q }) => q.context.deliver.length === 0 && q.context.events === 0,
  }),
  sometimes({
    id: "VEQ-9",
    name: "queue-is-full",
    statement: "A vEVENTQ holds as many events as its depth while a report is still to come.",
    source: iommufdRule("J46"),
    applies: overflowing,
    reads: { listener, queue },
    holds: ({ listener: l, queue: q }) => q.context.events === q.context.depth && l.context.left > 0,
  }),
] as const;
