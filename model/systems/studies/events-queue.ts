/** A vEVENTQ with reports, an overflow and several readers: what user space is told, and in which order. */
import { call, takesSteps, type Component } from "../../../checker/system.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { eventListener } from "../../machines/linux/iommu/iommufd/objects-7.3/event-listener.ts";
import { queueFile73 } from "../../machines/linux/iommu/iommufd/objects-7.3/files.ts";
import { veventqReader } from "../../machines/linux/iommu/iommufd/objects-7.3/veventq-reader.ts";
import { veventq, VEVENTQ_7_3 } from "../../machines/linux/iommu/iommufd/objects-7.3/veventq.ts";
import { range } from "../configuration.ts";
import type { Study } from "../study.ts";
import { eventsQueueHosts, type EventsQueueDesign, type EventsQueueSizes } from "./events-queue-design.ts";
import { eventsQueueKnobs, eventsQueueSizeKnobs } from "./events-queue-knobs.ts";

/** A header with its data is 12 bytes: room for two events in a good buffer, and for one in a bad one. */
const READS = [
  { type: "reader.reads", at: 0, bytes: 24, writable: 24 },
  { type: "reader.reads", at: 0, bytes: 12, writable: 0 },
];
const READER_STEPS = ["finds-file", "locks", "fetches", "fails", "copies"].map((step) => ({ type: `reader.${step}` }));

export const eventsQueue: Study<EventsQueueDesign, EventsQueueSizes> = {
  name: "events-queue",
  sentence: "A vEVENTQ of iommufd with an overflow and several readers: lost events, and the order of what is read.",
  cut:
    "The vIOMMU, its vDEVICEs and the life of the queue are left out; the replay of recordings has them. Hidden: a report " +
    "beside the destroy of the queue.",
  hosts: eventsQueueHosts,
  knobs: eventsQueueKnobs,
  sizeKnobs: eventsQueueSizeKnobs,
  bounds: {
    small: { eventReports: 3, eventDepth: 1, eventReaders: 2 },
    default: { eventReports: 4, eventDepth: 2, eventReaders: 2 },
    deep: { eventReports: 5, eventDepth: 2, eventReaders: 3 },
  },
  contradiction: () => undefined,
  compose: ({ readLock, eventOverflow, markerReturns }, { eventReports, eventDepth, eventReaders }) => {
    const readers = range(eventReaders).map((index) => `reader${index}`);
    const rules = { ...VEVENTQ_7_3, overflow: eventOverflow, markerReturns };
    const components: { readonly [name: string]: Component } = {
      listener: {
        machine: eventListener,
        role: "event-listener",
        input: { reports: eventReports },
        events: [{ type: "driver.reports" }, { type: "driver.reports-without-memory" }],
      },
      "veventq-0": { machine: veventq, role: "veventq", input: { at: 0, depth: eventDepth, rules } },
      file: { machine: queueFile73, role: "queue-file", input: { kind: "veventq", at: 0, open: true } },
      ...Object.fromEntries(
        readers.map((name): [string, Component] => [
          name,
          {
            machine: veventqReader,
            role: "veventq-reader",
            input: { name, readLock },
            events: [...READS, ...READER_STEPS.filter(({ type }) => type !== "reader.locks" || readLock === "mutex")],
          },
        ]),
      ),
      ...(readLock === "mutex" ? { mutex: { machine: mutex, role: "mutex", lane: "the mutex of the vEVENTQ" } } : {}),
    };
    const by = ({ by: name }: { readonly [field: string]: unknown }): string => String(name);
    return {
      components,
      routes: [
        call("event-listener", ["vevent.arrives"], "veventq-0"),
        call("veventq", ["call.answered", "vevent.fetched", "deliver.seen"], by),
        call("queue-file", ["call.answered"], by),
        call("veventq-reader", ["file.looks"], "file"),
        call("veventq-reader", ["vevent.fetches", "vevent.restores", "vevent.is-read", "deliver.looks"], "veventq-0"),
        call("veventq-reader", ["vread.returns"], "listener"),
        ...(readLock === "mutex"
          ? [
              call("veventq-reader", ["lock.acquires"], "mutex", "block"),
              call("veventq-reader", ["lock.releases"], "mutex"),
            ]
          : []),
      ],
      fairness: {
        threads: readers.map((name) =>
          takesSteps(
            name,
            "weak",
            READER_STEPS.map(({ type }) => type),
          ),
        ),
        hardware: [],
        devices: [],
      },
    };
  },
};
