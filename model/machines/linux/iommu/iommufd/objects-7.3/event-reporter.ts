/**
 * The interrupt thread of an IOMMU driver that reports an event of a vIOMMU: it finds the queue, and then puts the event in.
 *
 * Models  Linux 7.3, drivers/iommu/iommufd/driver.c: iommufd_viommu_report_event(), which holds veventqs_rwsem for reading from
 *         the look-up of the queue to the end (J41, J43).
 * Omits   What keeps the vIOMMU itself: a nested HWPT that stays attached meanwhile. Memory for the event.
 */
import { assign, setup } from "xstate";
import { linuxAt, messages } from "../../../../../said.ts";
import { EOPNOTSUPP } from "../../../include/iommu.ts";
import { mutexSays } from "../../../lib/mutex.ts";
import type { Answers } from "./call-messages.ts";
import { SELFTEST } from "./mock-device.ts";
import type { CallLock, Named } from "./object-messages.ts";

/** What a report holds from the look-up of the queue to the end; nothing: a deliberate defect. */
export type ReportLock = "veventqs-rwsem" | "nothing";

export interface EventReporterContext {
  readonly name: string;
  readonly lock: ReportLock;
  readonly viommu: Named;
  /** Reports that are still to come. */
  readonly left: number;
  /** The queue at hand. */
  readonly veventq: Named | null;
  /** Never cleared: a report found no queue. */
  readonly refused: boolean;
}

type Locking = {
  readonly type: "lock.acquires" | "lock.releases";
  readonly owner: string;
  readonly lock: CallLock;
} & Named;

export type EventReporterEmits =
  | Locking
  | ({ readonly type: "veventq.looks-up"; readonly by: string; readonly ofType: number } & Named)
  | ({ readonly type: "vevent.arrives"; readonly by: string; readonly virt: number; readonly memory: number } & Named);

const s = setup({
  types: {
    context: {} as EventReporterContext,
    events: {} as
      | { readonly type: "report.begins" | "report.looks-up" | "report.puts" | "report.ends" }
      | { readonly type: "veventq.found"; readonly veventq: Named | null }
      | Extract<Answers, { readonly type: "call.answered" }>,
    emitted: {} as EventReporterEmits,
    input: {} as Pick<EventReporterContext, "name" | "lock" | "viommu"> & { readonly reports: number },
  },
  guards: { hasLeft: ({ context }) => context.left > 0, hasQueue: ({ context }) => context.veventq !== null },
});

const VIRT = 1;
const locking = (type: Locking["type"]) =>
  s.enqueueActions(({ context: { lock, name, viommu }, enqueue }) => {
    if (lock === "veventqs-rwsem") enqueue.emit({ type, owner: name, lock: "veventqs_rwsem", ...viommu });
  });

const DRIVER = "drivers/iommu/iommufd/driver.c";

export const eventReporter = s.createMachine({
  id: "event-reporter",
  description: "the interrupt thread of an IOMMU driver that reports events of a vIOMMU",
  meta: {
    origin: linuxAt("7.3.4", DRIVER, "iommufd_viommu_report_event"),
    lane: "the interrupt thread of the IOMMU driver",
    messages: messages<EventReporterEmits>({
      ...mutexSays("veventqs_rwsem for reading"),
      "veventq.looks-up": {
        says: "looks up the queue of events",
        origin: linuxAt("7.3.4", "drivers/iommu/iommufd/iommufd_private.h", "iommufd_viommu_find_veventq"),
      },
      "vevent.arrives": "puts the event into the queue",
    }),
  },
  context: ({ input: { reports, ...input } }) => ({ ...input, left: reports, veventq: null, refused: false }),
  initial: "outside",
  states: {
    outside: {
      description: "reports nothing",
      on: {
        "report.begins": {
          description: "has an event to report",
          guard: "hasLeft",
          target: "inside",
          actions: [assign({ left: ({ context }) => context.left - 1 }), locking("lock.acquires")],
        },
      },
    },
    inside: {
      description: "has not looked up the queue",
      on: {
        "report.looks-up": {
          description: "looks up the queue",
          target: "found",
          actions: s.emit(({ context: { name, viommu } }) => ({
            type: "veventq.looks-up",
            by: name,
            ofType: SELFTEST,
            ...viommu,
          })),
        },
      },
    },
    found: {
      description: "knows the queue, or that there is none",
      on: {
        "veventq.found": {
          actions: assign({
            veventq: ({ event }) => event.veventq,
            refused: ({ context, event }) => context.refused || event.veventq === null,
          }),
        },
        "report.puts": {
          description: "puts the event into the queue",
          guard: "hasQueue",
          target: "ending",
          actions: s.emit(({ context: { name, veventq } }) => ({
            type: "vevent.arrives",
            by: name,
            virt: VIRT,
            memory: 1,
            ...veventq!,
          })),
        },
        "report.ends": {
          description: `returns ${EOPNOTSUPP}`,
          guard: ({ context }) => context.veventq === null,
          target: "outside",
          actions: locking("lock.releases"),
        },
      },
    },
    ending: {
      description: "is about to return",
      on: {
        "call.answered": {},
        "report.ends": {
          description: "returns",
          target: "outside",
          actions: [assign({ veventq: null }), locking("lock.releases")],
        },
      },
    },
  },
});

export const eventReporterSteps = ["looks-up", "puts", "ends"].map((step) => ({ type: `report.${step}` }));
