/**
 * The thread that turns the page faults of a device on and off, releases the device, and probes it again.
 *
 * Models  iopf-core 1.4 and 2.1. A list of lifetime-orders.ts says which steps it takes, in which order.
 * Omits   drains and flushes, which teardown/teardown-thread.ts has: here a request may arrive at any time, even from a
 *         released device, so only locks and references protect. iopf_queue->lock: one thread takes all these steps.
 */
import { assign, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { linux, linux612, messages, whereIs } from "../../../../../said.ts";
import { groupSays, paramSays } from "../../io-pgfault/6.12/fault-param-messages.ts";
import {
  autoAnswer,
  queueMessages,
  takesAny,
  type AutoAnswerSays,
  type ParamChanges,
} from "../../iommufd/fault/auto-answer.ts";
import {
  DISABLE_ORDERS,
  ENABLE_ORDERS,
  PROBE_ORDERS,
  RELEASE_ORDERS,
  type DisableOrder,
  type LifetimeStep,
  type ReleaseOrder,
} from "./lifetime-orders.ts";

export interface DeviceRemoverRules {
  readonly disable: DisableOrder;
  readonly release: ReleaseOrder;
}

export interface DeviceRemoverContext {
  readonly rules: DeviceRemoverRules;
  readonly present: boolean;
  readonly enabled: boolean;
  readonly op: "none" | "disable" | "enable" | "release" | "probe";
  readonly left: readonly LifetimeStep[];
  /** The group that iommufd_auto_response_faults() holds. */
  readonly group: number | null;
  readonly answered: boolean;
}

export type DeviceRemoverEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: "remover"; readonly lock: string }
  | ParamChanges
  | { readonly type: "param.awaits-unnamed"; readonly device: 0 }
  | { readonly type: "device.is-listed" | "device.is-unlisted" | "device.frees-data" }
  | { readonly type: "object.begins" | "object.puts"; readonly by: "core" }
  | AutoAnswerSays;

const s = setup({
  types: {
    context: {} as DeviceRemoverContext,
    events: {} as
      | { readonly type: "remover.disables" | "remover.enables" | "remover.releases" | "remover.probes" }
      | { readonly type: "remover.steps" }
      | { readonly type: "answer.taken"; readonly group: number | null },
    emitted: {} as DeviceRemoverEmits,
    input: {} as DeviceRemoverRules,
  },
  guards: {
    answers: ({ context }) => context.left[0] === "answer",
    isOver: ({ context }) => context.left.length === 0,
    isOn: ({ context }) => context.present && context.enabled,
    isOff: ({ context }) => context.present && !context.enabled,
    isPresent: ({ context }) => context.present,
    isGone: ({ context }) => !context.present,
  },
});

const MESSAGES: { readonly [step in Exclude<LifetimeStep, "answer">]: DeviceRemoverEmits } = {
  lock: { type: "lock.acquires", owner: "remover", lock: "report-lock" },
  unlock: { type: "lock.releases", owner: "remover", lock: "report-lock" },
  ...queueMessages("remover", { lock: "fault-mutex" }),
  "await-unnamed": { type: "param.awaits-unnamed", device: 0 },
  list: { type: "device.is-listed" },
  unlist: { type: "device.is-unlisted" },
  "free-data": { type: "device.frees-data" },
  put: { type: "object.puts", by: "core" },
};

const says = s.enqueueActions(({ context, enqueue }) => {
  const step = context.left[0]!;
  if (step !== "answer") enqueue.emit(MESSAGES[step]);
});
const goesOn = s.assign({ left: ({ context }) => context.left.slice(1) });
const answers = s.enqueueActions(({ context, enqueue }) => {
  const { says: message, becomes } = autoAnswer(context, takesAny("remover"));
  enqueue.emit(message);
  enqueue.assign(becomes);
});
const ends = s.assign(({ context: { op, present, enabled } }) => ({
  op: "none" as const,
  present: op === "probe" || (present && op !== "release"),
  enabled: op === "enable" || (enabled && op !== "disable" && op !== "release"),
}));

/** With page faults off, the device is on no queue to be removed from. */
const releasing = ({ rules, enabled }: DeviceRemoverContext): readonly LifetimeStep[] =>
  RELEASE_ORDERS[rules.release].filter((step) => enabled || step !== "remove");

const INTEL = "drivers/iommu/intel/iommu.c";
const IOMMU = "drivers/iommu/iommu.c";
const RELEASE = linux612(IOMMU, "iommu_release_device");
/** AMD's driver looks the device up on its PCI bus. */
const BUS = "drivers/base/bus.c";
const LISTS = whereIs(linux612(INTEL, "device_rbtree_insert"), "rules.release", {
  "unlisted-first": linux612(BUS, "bus_add_device"),
});
const UNLISTS = whereIs(linux612(INTEL, "device_rbtree_remove"), "rules.release", {
  "unlisted-first": linux612(BUS, "bus_remove_device"),
});
const PPR = "drivers/iommu/amd/ppr.c";
const DISABLES = whereIs(linux612(INTEL, "intel_iommu_disable_iopf"), "rules.release", {
  "unlisted-first": linux612(PPR, "amd_iommu_iopf_remove_device"),
});
const ENABLES = whereIs(linux612(INTEL, "intel_iommu_enable_iopf"), "rules.release", {
  "unlisted-first": linux612(PPR, "amd_iommu_iopf_add_device"),
});
const PROBE_DEVICE = linux612(IOMMU, "iommu_probe_device");

export const deviceRemover = s.extend({ actions: { says, goesOn, answers, ends } }).createMachine({
  id: "device-remover",
  description: "the thread that enables and disables page faults of a device and releases the device",
  meta: {
    origin: DISABLES,
    lane: "the thread that disables page faults and releases the device",
    messages: messages<DeviceRemoverEmits>({
      ...groupSays,
      ...paramSays,
      "lock.acquires": { says: "takes {lock}", origin: linux("kernel/locking/mutex.c", "mutex_lock") },
      "lock.releases": { says: "drops {lock}", origin: linux("kernel/locking/mutex.c", "mutex_unlock") },
      "answers.takes-next": {
        says: "takes the next group out of fault queue {queue}",
        origin: linux612("drivers/iommu/iommufd/fault.c", "iommufd_auto_response_faults"),
      },
      "param.awaits-unnamed": "waits until no group and no report uses fault_param",
      "device.is-listed": {
        says: "makes the device visible to lookups",
        origin: LISTS,
      },
      "device.is-unlisted": {
        says: "hides the device from lookups",
        origin: UNLISTS,
      },
      "device.frees-data": {
        says: "frees dev->iommu and the data of the driver",
        origin: linux612(IOMMU, "dev_iommu_free"),
      },
      "object.begins": { says: "takes the first reference to the device", origin: PROBE_DEVICE },
      "object.puts": { says: "puts the first reference to the device", origin: RELEASE },
    }),
  },
  context: ({ input }) => ({
    rules: input,
    present: true,
    enabled: true,
    op: "none",
    left: [],
    group: null,
    answered: false,
  }),
  initial: "idle",
  states: {
    idle: {
      description: "changes nothing",
      on: {
        "remover.disables": {
          description: "begins to disable page faults of the device",
          guard: "isOn",
          target: "working",
          actions: assign({ op: "disable", left: ({ context }) => DISABLE_ORDERS[context.rules.disable] }),
        },
        "remover.enables": {
          description: "begins to enable page faults of the device",
          meta: { origin: ENABLES },
          guard: "isOff",
          target: "working",
          actions: assign({ op: "enable", left: () => ENABLE_ORDERS.standard }),
        },
        "remover.releases": {
          description: "begins to release the device",
          meta: { origin: RELEASE },
          guard: "isPresent",
          target: "working",
          actions: assign({ op: "release", left: ({ context }) => releasing(context) }),
        },
        "remover.probes": {
          description: "begins to probe the device again",
          meta: { origin: PROBE_DEVICE },
          guard: "isGone",
          target: "working",
          actions: [
            assign({ op: "probe", left: () => PROBE_ORDERS.standard }),
            s.emit({ type: "object.begins", by: "core" }),
          ],
        },
      },
    },
    working: {
      description: "changes page faults of the device, or releases or probes it",
      always: { guard: "isOver", target: "idle", actions: "ends" },
      on: {
        "remover.steps": [
          {
            description: "takes the next step of the change, the release or the probe",
            meta: { listed: true },
            guard: "answers",
            actions: "answers",
          },
          { actions: ["says", "goesOn"] },
        ],
        "answer.taken": [
          { guard: ({ event }) => event.group === null, actions: "goesOn" },
          { actions: assign({ group: ({ event }) => event.group }) },
        ],
      },
    },
  },
});

export const deviceRemoverSteps: readonly Message[] = [{ type: "remover.steps" }];
