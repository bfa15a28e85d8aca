/** The knobs of the focused model `events-queue`: what each choice of its designs and sizes means. */
import { choice, type KnobTable } from "../../knobs.ts";
import type { EventsQueueDesign, EventsQueueSizes } from "./events-queue-design.ts";

const whole = { kind: "integer", from: 1, to: 8 } as const;

export const eventsQueueKnobs: KnobTable<EventsQueueDesign> = {
  readLock: {
    id: "J52",
    values: choice({
      none: "No mutex is held over a read: several readers interleave between the events (7.3.4).",
      mutex: "A read holds a mutex, as a read of a fault queue does.",
    }),
    sentence: "What a read of a vEVENTQ holds.",
  },
  eventOverflow: {
    id: "J45",
    values: choice({
      marker: "The marker of lost events takes the next number and goes to the tail (7.3.4).",
      silent: "The event is dropped, and no number is used (deliberate defect).",
    }),
    sentence: "What a full queue does with an event.",
  },
  markerReturns: {
    id: "J51",
    values: choice({
      "if-empty": "It comes back only into an empty list (7.3.4).",
      always: "It comes back in front of events that arrived meanwhile (deliberate defect).",
    }),
    sentence: "What happens to a marker that could not be copied to user space.",
  },
};

export const eventsQueueSizeKnobs: KnobTable<EventsQueueSizes> = {
  eventReports: { id: "bound", values: whole, sentence: "How many events the driver reports." },
  eventDepth: { id: "J46", values: whole, sentence: "How many events the queue holds; the marker does not count." },
  eventReaders: { id: "bound", values: { ...whole, to: 3 }, sentence: "How many threads read the queue." },
};
