/**
 * The event-queue thread as far as VFIO sees it: it reports one fault of a device under dev->iommu->lock (P), finds the
 * container that the device belongs to, and has the fault served, inside that lock or by somebody who comes later.
 *
 * Models  the common prefix of VFIO facts 1.1 and steps F1, F2 (rows 20, 23): P; without a handler the IOMMU driver aborts;
 *         a lookup that finds nothing is an error, and aborts as well. RFC v3 looks up under a mutex of its own (G).
 * Omits   the event queue itself and its lock (S): one fault of the device at a time.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";

export interface FaultReporterRules {
  readonly name: string;
  readonly device: number;
  /** Through the tree of v3, or through the group, which it becomes a user of. */
  readonly lookup: "tree" | "group";
  /** Whether what was found through the tree is held as a user of the group. */
  readonly usesGroup: boolean;
  readonly handling: "synchronous" | "deferred";
  /** D-26: whether a record that is no page request goes the same way. */
  readonly unrecoverable: "refused" | "served";
}

export interface FaultReporterContext {
  readonly rules: FaultReporterRules;
  readonly page: number | null;
  readonly recoverable: boolean;
  /** Why the fault is refused. */
  readonly reason: "none" | "no-handler" | "no-container";
  /** It followed a pointer that was not set yet (B-37). */
  readonly nullUse: boolean;
}

export type FaultReporterEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly lock: string; readonly owner: string }
  | {
      readonly type: "device.asks" | "device.pends" | "tree.finds" | "container.gets";
      readonly device: number;
    }
  | { readonly type: "handler.starts"; readonly device: number; readonly page: number }
  | { readonly type: "access.answered"; readonly device: number; readonly code: "invalid" };

const s = setup({
  types: {
    context: {} as FaultReporterContext,
    events: {} as
      | { readonly type: "fault.records"; readonly page: number; readonly recoverable: boolean }
      | {
          readonly type:
            "report.locks" | "report.locks-tree" | "report.finds" | "report.refuses" | "report.leaves" | "handler.done";
        }
      | { readonly type: "device.told"; readonly handled: boolean }
      | { readonly type: "tree.found"; readonly node: "absent" | "empty" | "filled" }
      | { readonly type: "container.got"; readonly found: boolean },
    emitted: {} as FaultReporterEmits,
    input: {} as FaultReporterRules,
  },
  guards: {
    isIgnored: ({ context }) => !context.recoverable && context.rules.unrecoverable === "refused",
    byTree: ({ context }) => context.rules.lookup === "tree",
    isDeferred: ({ context }) => context.rules.handling === "deferred",
  },
});

const locks = (lock: string, type: "lock.acquires" | "lock.releases") =>
  s.emit(({ context: { rules } }) => ({ type, lock: lock === "P" ? `P${rules.device}` : lock, owner: rules.name }));
const device = ({ context }: { context: FaultReporterContext }) => ({ device: context.rules.device });
const forgets = s.assign({ page: null, recoverable: false, reason: "none" });
const because = (reason: FaultReporterContext["reason"]) => s.assign({ reason });
/** The fault is pending from here on, and whoever serves it takes over what the lookup found. */
const hands = s.enqueueActions(({ context: { rules, page }, enqueue }) => {
  enqueue.emit({ type: "device.pends", device: rules.device });
  enqueue.emit({ type: "handler.starts", device: rules.device, page: page! });
});
const refuses = s.enqueueActions(({ context: { rules, recoverable }, enqueue }) => {
  if (recoverable) enqueue.emit({ type: "access.answered", device: rules.device, code: "invalid" });
});

export const faultReporter = s.createMachine({
  id: "fault-reporter",
  context: ({ input }) => ({ rules: input, page: null, recoverable: false, reason: "none", nullUse: false }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "fault.records": {
          target: "recorded",
          actions: assign({ page: ({ event }) => event.page, recoverable: ({ event }) => event.recoverable }),
        },
      },
    },
    recorded: {
      on: {
        "report.locks": {
          target: "asking",
          actions: [locks("P", "lock.acquires"), emit((it) => ({ type: "device.asks", ...device(it) }))],
        },
      },
    },
    asking: {
      on: {
        "device.told": [
          { guard: ({ event }) => !event.handled, target: "refusing", actions: because("no-handler") },
          { guard: "isIgnored", target: "leaving" },
          { guard: "byTree", target: "searching" },
          { target: "finding" },
        ],
      },
    },
    searching: { on: { "report.locks-tree": { target: "finding", actions: locks("G", "lock.acquires") } } },
    finding: {
      on: {
        "report.finds": [
          {
            guard: "byTree",
            actions: [emit((it) => ({ type: "tree.finds", ...device(it) })), locks("G", "lock.releases")],
          },
          { actions: emit((it) => ({ type: "container.gets", ...device(it) })) },
        ],
        "tree.found": [
          { guard: ({ event }) => event.node === "absent", target: "refusing", actions: because("no-container") },
          { guard: ({ event }) => event.node === "empty", target: "refusing", actions: assign({ nullUse: true }) },
          {
            guard: ({ context }) => context.rules.usesGroup,
            actions: emit((it) => ({ type: "container.gets", ...device(it) })),
          },
          { guard: "isDeferred", target: "leaving", actions: hands },
          { target: "serving", actions: hands },
        ],
        "container.got": [
          { guard: ({ event }) => !event.found, target: "refusing", actions: because("no-container") },
          // A use of the group is not kept beyond the report.
          { target: "serving", actions: hands },
        ],
      },
    },
    /** Inside the handler, with P held. */
    serving: { on: { "handler.done": { target: "leaving" } } },
    /** The IOMMU driver answers in place of a handler. */
    refusing: {
      on: { "report.refuses": { target: "idle", actions: [refuses, locks("P", "lock.releases"), forgets] } },
    },
    leaving: { on: { "report.leaves": { target: "idle", actions: [locks("P", "lock.releases"), forgets] } } },
  },
});

export const faultReporterSteps: readonly Message[] = ["locks", "locks-tree", "finds", "refuses", "leaves"].map(
  (step) => ({ type: `report.${step}` }),
);
