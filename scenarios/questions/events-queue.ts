/** Questions about the events of a vIOMMU, which a VMM reads through a vEVENTQ. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

const events = (set: Parameters<typeof study>[2] = {}, host = "linux-7.3.4") => study("events-queue", host, set);
const withMutex = { readLock: "mutex" };

export const eventsQueueScenarios: readonly Scenario[] = [
  {
    id: "sequence-goes-back",
    question: "Do the sequence numbers of a vEVENTQ ever go back?",
    askedBy: "iommufd facts, J52 (reads take no mutex, although the interface promises monotonic numbers)",
    rows: [],
    given: "Two threads read one vEVENTQ, and one of them has a buffer that cannot be written.",
    when: "its copy fails, and iommufd_veventq_deliver_restore() puts the event back after the other thread has read later ones.",
    answer:
      "Yes, with two readers. The event that could not be copied goes back in front of events that the other thread has already read. No event is handed out twice. A mutex over the read, as that of a fault queue, keeps the order.",
    evidence: {
      kind: "demonstrated",
      where:
        "a booted 7.3.4: the numbers went back 385 and 5403 times in two runs of two readers, and none was repeated",
    },
    runs: [
      {
        label: "a mutex over the read",
        request: events(withMutex),
        expect: { "VEQ-1": "holds", "VEQ-2": "holds", "VEQ-6": "witnessed" },
      },
      { label: "7.3.4: no mutex", request: events(), expect: { "VEQ-1": "holds", "VEQ-2": "violated" } },
      {
        label: "7.3.4 with one reader",
        request: events({ eventReaders: 1 }),
        expect: { "VEQ-2": "holds", "VEQ-6": "witnessed" },
      },
    ],
    chart: { run: 1, property: "VEQ-2" },
  },
  {
    id: "marker-dropped-for-an-older-event",
    question: "Is a loss of events always told, by the marker or by a gap in the numbers?",
    askedBy: "reading of iommufd_veventq_deliver_restore() in Linux 7.3.4 (J51)",
    rows: [],
    given: "The list holds one event and the marker of lost events. One thread takes the event, another the marker.",
    when: "neither can be copied to user space. The event goes back first, so that the list is not empty when the marker should.",
    answer:
      "No, with two readers. The marker is dropped because the list is not empty, which is meant to say that a later event arrived. Here it is an older one. After it was read, nothing tells of the loss until the next event. A mutex over the read prevents it.",
    evidence: { kind: "derived", where: "Linux 7.3.4, iommufd_veventq_deliver_restore(); not seen on a booted kernel" },
    runs: [
      {
        label: "a mutex over the read",
        request: events(withMutex),
        expect: { "VEQ-4": "holds", "VEQ-7": "witnessed" },
      },
      { label: "7.3.4: no mutex", request: events(), expect: { "VEQ-4": "violated" } },
      { label: "7.3.4 with one reader", request: events({ eventReaders: 1 }), expect: { "VEQ-4": "holds" } },
    ],
    chart: { run: 1, property: "VEQ-4" },
  },
  {
    id: "overflow-answers-zero",
    question: "Does the driver learn that its event was lost in a full vEVENTQ?",
    askedBy: "iommufd facts, J43 (a full queue answers 0, no memory answers ENOMEM)",
    rows: [],
    given: "A vEVENTQ holds as many events as its depth.",
    when: "the driver calls iommufd_viommu_report_event() once more.",
    answer:
      "No. The report is answered with 0, and takes a number. User space finds the marker of lost events, or a gap in the numbers. If the queue dropped the event in silence, nobody would know of the loss.",
    evidence: {
      kind: "verified",
      where: "Linux 7.3.4, iommufd_viommu_report_event(), and recordings of a booted 7.3.4",
    },
    runs: [
      {
        label: "the marker takes the number, as in 7.3.4",
        request: events({ eventReaders: 1 }),
        expect: { "VEQ-4": "holds", "VEQ-7": "witnessed" },
      },
      {
        label: "the event is dropped in silence",
        request: events({ eventReaders: 1, eventOverflow: "silent" }),
        expect: { "VEQ-4": "violated" },
      },
    ],
    chart: { run: 1, property: "VEQ-4" },
  },
  {
    id: "marker-that-cannot-be-copied",
    question: "Where does the marker of lost events go when it cannot be copied to user space?",
    askedBy: "iommufd facts, J51 (the marker comes back only into an empty list)",
    rows: [],
    given: "A read has taken the marker, and an event arrives before the copy.",
    when: "the copy of the marker fails.",
    answer:
      "It is dropped, because the gap in front of the new event tells of the loss. If it went back to the head, it would stand before an event with a later number, and a second marker could follow.",
    evidence: { kind: "verified", where: "Linux 7.3.4, iommufd_veventq_deliver_restore()" },
    runs: [
      { label: "only into an empty list, as in 7.3.4", request: events(withMutex), expect: { "VEQ-3": "holds" } },
      {
        label: "always to the head",
        request: events({ ...withMutex, markerReturns: "always" }),
        expect: { "VEQ-3": "violated" },
      },
    ],
    chart: { run: 1, property: "VEQ-3" },
  },
];
