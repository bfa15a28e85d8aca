/**
 * The queue of page requests of an IOMMU, and the thread that takes one after the other from it and reports it.
 *
 * Models  prq_event_thread() of VT-d, arm_smmu_evtq_thread(): the head advances when a record was reported, so that a drain sees a
 *         request that is being reported. iommu_report_device_fault(): it queues the group as work, or calls the handler
 *         itself, and in 6.1 and in the RFC it holds the lock of the device's parameters meanwhile.
 * Omits   Overflow, partial groups, several records of a group, arm_smmu_device->streams_mutex.
 */
import { assign, emit, setup } from "xstate";
import { mutexSays } from "../../../lib/mutex.ts";
import { linux612, messages, rfc } from "../../../../../said.ts";
import type { Work } from "../6.12/iopf-queue-messages.ts";

export interface ReportRules {
  /** It holds the lock of the device's parameters while it reports. */
  readonly locks: boolean;
  /** It calls the handler, and does not queue work. */
  readonly handles: boolean;
}

export interface ReportThreadContext {
  readonly rules: ReportRules;
  /** Requests between head and tail. */
  readonly ring: readonly Work[];
}

export const PARAM_LOCK = "param-lock";
const lockOf = ({ device }: Work): string => `${PARAM_LOCK}${device}`;

type Locking = { readonly type: "lock.acquires" | "lock.releases"; readonly lock: string; readonly owner: string };
export type ReportThreadEmits =
  | Locking
  | ({ readonly type: "work.queued" } & Work)
  | ({ readonly type: "work.runs" } & Work)
  | { readonly type: "ring.tells"; readonly device: number; readonly found: boolean };

const s = setup({
  types: {
    context: {} as ReportThreadContext,
    events: {} as
      | ({ readonly type: "request.sent" } & Work)
      | { readonly type: "reader.steps" }
      | ({ readonly type: "work.done" } & Work)
      | { readonly type: "ring.is-searched"; readonly device: number; readonly of: number | null },
    emitted: {} as ReportThreadEmits,
    input: {} as { readonly rules: ReportRules },
  },
});

const IOPF = "drivers/iommu/io-pgfault.c";
const REPORT = linux612("drivers/iommu/intel/prq.c", "prq_event_thread");

const isWaiting = ({ context: { ring } }: { readonly context: ReportThreadContext }): boolean => ring.length > 0;
const head = ({ ring }: ReportThreadContext): Work => ring[0]!;
const advances = s.assign({ ring: ({ context }) => context.ring.slice(1) });
const unlocks = s.emit(({ context }) => ({ type: "lock.releases", lock: lockOf(head(context)), owner: "reader" }));
const queues = s.emit(({ context }) => ({ type: "work.queued", ...head(context) }));

export const reportThread = s.createMachine({
  id: "report-thread",
  description: "the queue of page requests of an IOMMU, and the thread that reports them",
  meta: {
    origin: REPORT,
    lane: "the thread of the page request queue",
    messages: {
      ...mutexSays("param->lock of the device"),
      ...messages<Exclude<ReportThreadEmits, Locking>>({
        "work.queued": {
          says: "queues group {group} of device {device} as work",
          origin: linux612(IOPF, "iommu_report_device_fault"),
        },
        "work.runs": {
          says: "calls the handler for group {group} of device {device}",
          origin: rfc("v1 patch 2", "vfio_iommu_dev_fault_handler"),
        },
        "ring.tells": "{found?has:has no} requests of device {device} between head and tail",
      }),
    },
  },
  context: ({ input: { rules } }) => ({ rules, ring: [] }),
  initial: "looking",
  states: {
    looking: {
      description: "is about to report the request at the head",
      on: {
        "reader.steps": [
          {
            description: "takes the lock of the device's parameters",
            guard: ({ context }) => isWaiting({ context }) && context.rules.locks,
            target: "reporting",
            actions: s.emit(({ context }) => ({
              type: "lock.acquires",
              lock: lockOf(head(context)),
              owner: "reader",
            })),
          },
          { description: "queues the group as work", guard: isWaiting, actions: [queues, advances] },
        ],
      },
    },
    reporting: {
      description: "holds the lock of the device's parameters",
      on: {
        "reader.steps": [
          {
            description: "calls the handler",
            guard: ({ context: { rules } }) => rules.handles,
            target: "handling",
            actions: s.emit(({ context }) => ({ type: "work.runs", ...head(context) })),
          },
          { description: "queues the group as work", target: "looking", actions: [queues, unlocks, advances] },
        ],
      },
    },
    handling: {
      description: "is inside the handler",
      on: { "work.done": { target: "looking", actions: [unlocks, advances] } },
    },
  },
  on: {
    "request.sent": {
      actions: assign({ ring: ({ context, event: { device, group } }) => [...context.ring, { device, group }] }),
    },
    "ring.is-searched": {
      actions: emit(({ context: { ring }, event: { device, of } }) => ({
        type: "ring.tells",
        device,
        found: ring.some((one) => one.device === device && (of === null || of === one.group)),
      })),
    },
  },
});
