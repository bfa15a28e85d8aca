/** The end of page faults: a device is detached, reset, or its process exits, with faults at every place of their way. */
import type { Message } from "../../../checker/json.ts";
import { delivers, takesSteps, type Component, type FairnessClass } from "../../../checker/system.ts";
import { groupIndex, groupIndexSteps } from "../../machines/device/group-index.ts";
import { attachHandles } from "../../machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import { LINUX_6_12, queuedFaultParam } from "../../machines/linux/iommu/io-pgfault/6.12/fault-param.ts";
import { iopfQueue, queueSteps } from "../../machines/linux/iommu/io-pgfault/6.12/iopf-queue.ts";
import { iopfWorker, workerSteps } from "../../machines/linux/iommu/io-pgfault/6.12/iopf-worker.ts";
import { reporter, reporterSteps } from "../../machines/linux/iommu/io-pgfault/6.12/reporter.ts";
import { READ, WRITE } from "../../machines/linux/include/iommu.ts";
import { addressSpaces, type AddressSpace } from "../../machines/linux/iommu/iommu-sva/address-spaces.ts";
import {
  SVA_6_12,
  svaHandler,
  svaHandlerSteps,
  type SvaHandlerRules,
} from "../../machines/linux/iommu/iommu-sva/sva-handler.ts";
import {
  faultHandler,
  faultHandlerSteps,
  type FaultHandlerRules,
} from "../../machines/linux/iommu/iommufd/fault/fault-handler.ts";
import { faultQueue } from "../../machines/linux/iommu/iommufd/fault/fault-queue.ts";
import { faultIntake, faultIntakeSteps, type IntakeRuns } from "../../machines/linux/iommu/io-pgfault/fault-intake.ts";
import { completion } from "../../machines/linux/lib/completion.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { answeringUser, answeringUserSteps } from "../../machines/vmm/answering-user.ts";
import { DETACH_ORDERS, UNBIND_ORDERS } from "../../machines/linux/iommu/drivers/teardown/teardown-orders.ts";
import { queueDrain, queueDrainSteps } from "../../machines/linux/iommu/drivers/teardown/queue-drain.ts";
import {
  domainOf,
  teardownSteps,
  teardownThread,
} from "../../machines/linux/iommu/drivers/teardown/teardown-thread.ts";
import { range } from "../configuration.ts";
import { field } from "../host-side.ts";
import type { Study, Wiring } from "../study.ts";
import {
  teardownBounds,
  teardownHosts,
  teardownKnobs,
  teardownSizeKnobs,
  type TeardownDesign,
  type TeardownSizes,
} from "./teardown-design.ts";
import { byUser, completionsOf, hasDrains, routesOf } from "./teardown-routes.ts";

const CUT =
  "A device's groups are indices in use, and a handler resolves or refuses as it likes. Everything that a teardown " +
  "has to empty is here: requests on the wire, the queue in memory, the thread that reports, the IOPF core of 6.12, " +
  "its work or a fault queue, and responses on their way. Translations, IOTLB and pins come before the drain and " +
  "are in the page fault systems. Linux 6.1 is its order of steps on the objects of 6.12; its copies of pending " +
  "faults, the responses that it matches by index, and the EBUSY of unregistering are in the machines of that core. " +
  "With drainsAtOnce a second device has requests and a drain of the queue. The queue overflows only with " +
  "queueOverflows. Without drains each record is a run of the thread of its own. Hidden: two whole teardowns at a " +
  "time, and an overflow that never ends.";

const HANDLER: FaultHandlerRules = { publishes: "dequeued", deliverLock: "spinlock", wakes: false };
const svaRules = ({ answerLocks }: TeardownDesign): SvaHandlerRules => ({ ...SVA_6_12, locks: answerLocks });
/** What the process of an owner has mapped: all pages of its domain. */
const spaceOf = (owner: number, { slots, owners }: TeardownSizes): AddressSpace => ({
  mm: owner,
  exited: false,
  areas: [{ start: 0, end: owners * slots, prot: READ | WRITE, sigbus: false }],
});
/** Only drains wait for the end of a run. */
const runsOf = (sizes: TeardownSizes): IntakeRuns => (hasDrains(sizes) ? "whole-queue" : "one-record");
/** One for each index, and one that a reset has left behind. */
const groupsOf = ({ slots, deviceResets }: TeardownSizes): number => (deviceResets + 1) * slots + 1;

/** Whether anybody takes the lock of bind and unbind. */
const usesBindLock = (design: TeardownDesign): boolean =>
  (!byUser(design) && design.answerLocks) ||
  design.drainsExclude ||
  [DETACH_ORDERS[design.teardownOrder], UNBIND_ORDERS[design.unbindAfterExit] ?? []].some((steps: readonly string[]) =>
    steps.includes("lock"),
  );

function handling(design: TeardownDesign, sizes: TeardownSizes): { readonly [name: string]: Component } {
  if (byUser(design)) {
    const begins = sizes.userAnswers ? [{ type: "user.answers" }] : [];
    return {
      handler: {
        machine: faultHandler,
        input: { ...HANDLER },
        role: "fault-handler",
        events: faultHandlerSteps(HANDLER),
      },
      queue0: { machine: faultQueue, input: { queue: 0, hwpts: 1 }, role: "fault-queue" },
      user: { machine: answeringUser, role: "answering-user", events: [...begins, ...answeringUserSteps] },
      "fault-mutex": { machine: mutex, role: "mutex", lane: "fault->mutex of the fault queue" },
    };
  }
  const rules = svaRules(design);
  return {
    handler: { machine: svaHandler, input: { ...rules }, role: "sva-handler", events: svaHandlerSteps(rules) },
    memory: {
      machine: addressSpaces,
      input: {
        rules: { checksMm: design.workChecksMm },
        spaces: range(sizes.owners).map((owner) => spaceOf(owner, sizes)),
      },
      role: "address-spaces",
    },
    worker: { machine: iopfWorker, role: "iopf-worker", events: workerSteps([0], groupsOf(sizes)) },
  };
}

/** Drains of the queue at a time: that of the teardown, and another. */
function drains(design: TeardownDesign, sizes: TeardownSizes): { readonly [name: string]: Component } {
  if (!hasDrains(sizes)) return {};
  return {
    ...Object.fromEntries(
      range(sizes.drainsAtOnce).map((drain) => [
        `drain${drain}`,
        {
          machine: queueDrain,
          input: {
            drain,
            goesOn: drain > 0,
            finds: drain > 0 || design.requestsCarry === "pasid",
            locks: drain > 0 && design.drainsExclude,
            ...(design.teardownOrder.startsWith("linux-6.1.") && { tree: "6.1.192" }),
          },
          role: "queue-drain",
          events: [...queueDrainSteps, ...(drain === 0 ? [] : [{ type: "drain.asks" }, { type: "drain.begins" }])],
        },
      ]),
    ),
    ...Object.fromEntries(
      completionsOf(design, sizes).map((name) => [
        name,
        {
          machine: completion,
          role: "completion",
          ...(name === "completion" ? {} : { lane: `the completion of drain ${name.replace("completion", "")}` }),
        },
      ]),
    ),
  };
}

function componentsOf(design: TeardownDesign, sizes: TeardownSizes): { readonly [name: string]: Component } {
  const { teardownOrder, resetOrder, exitOrder, unbindAfterExit, pendingAtRemoval } = design;
  const rules = {
    detach: teardownOrder,
    reset: resetOrder,
    exit: exitOrder,
    unbind: unbindAfterExit,
    answers: byUser(design),
    settles: hasDrains(sizes),
  };
  return {
    ...Object.fromEntries(
      range(sizes.slots).map((index) => [
        `index${index}`,
        {
          machine: groupIndex,
          input: {
            device: 0,
            index,
            size: 1,
            instances: sizes.instances,
            ...(design.requestsCarry === "pasid" && { pasid: 0 }),
          },
          role: "group-index",
          events: groupIndexSteps,
        },
      ]),
    ),
    intake: {
      machine: faultIntake,
      input: {
        pages: sizes.slots,
        domain: 0,
        runs: runsOf(sizes),
        posted: true,
        refuses: design.requestsCarry === "no-pasid",
        overflows: sizes.queueOverflows,
      },
      role: "fault-intake",
      events: [...faultIntakeSteps(runsOf(sizes)), ...(sizes.queueOverflows > 0 ? [{ type: "intake.overflows" }] : [])],
    },
    reporter: { machine: reporter, role: "reporter", events: reporterSteps("succeed") },
    handles: {
      machine: attachHandles,
      input: { iommuGroup: 0, attached: [{ pasid: 0, domain: domainOf(0, rules) }] },
      role: "attach-handles",
    },
    param: {
      machine: queuedFaultParam,
      input: { device: 0, rules: { ...LINUX_6_12, removal: pendingAtRemoval } },
      role: "fault-param",
    },
    "iopf-queue": { machine: iopfQueue, input: { queue: 0, devices: [0] }, role: "iopf-queue", events: queueSteps },
    ...handling(design, sizes),
    ...drains(design, sizes),
    ...(usesBindLock(design) && {
      "bind-lock": { machine: mutex, role: "mutex", lane: "the lock of bind and unbind" },
    }),
    teardown: {
      machine: teardownThread,
      input: { rules, owners: sizes.owners, resets: sizes.deviceResets },
      role: "teardown-thread",
      events: [
        { type: "teardown.detaches" },
        { type: "teardown.attaches" },
        ...(sizes.deviceResets > 0 ? [{ type: "teardown.resets" }] : []),
        ...(sizes.ownerExits ? [{ type: "owner.exits" }] : []),
        ...teardownSteps,
      ],
    },
  };
}

const beginsWork = (group: number): FairnessClass => ({
  name: `work of group ${group}`,
  kind: "strong",
  actions: (action) =>
    action.kind === "event" && action.event.type === "worker.begins" && action.event["group"] === group,
});

/** Kernel threads go on, queues and wires deliver; what user space, the device and the administrator begin is free. */
function fairnessOf(design: TeardownDesign, sizes: TeardownSizes): NonNullable<Wiring["fairness"]> {
  const thread = (component: string, steps: readonly Message[]): FairnessClass =>
    takesSteps(component, "weak", [...new Set(steps.map(({ type }) => type))]);
  const rules = svaRules(design);
  const handlers = byUser(design)
    ? [thread("handler", faultHandlerSteps(HANDLER)), thread("user", answeringUserSteps)]
    : [thread("handler", svaHandlerSteps(rules)), takesSteps("worker")];
  return {
    threads: [
      thread("intake", faultIntakeSteps(runsOf(sizes))),
      thread("reporter", reporterSteps("succeed")),
      thread("iopf-queue", queueSteps),
      thread("teardown", teardownSteps),
      ...(hasDrains(sizes) ? range(sizes.drainsAtOnce).map((drain) => thread(`drain${drain}`, queueDrainSteps)) : []),
      ...handlers,
    ],
    hardware: [delivers("wire"), delivers("responses")],
    devices: [],
    /** Work that is queued is not passed over for ever. */
    workqueue: byUser(design) ? [] : range(groupsOf(sizes)).map(beginsWork),
    lock: [
      takesSteps("teardown", "strong", ["teardown.steps"]),
      ...(design.drainsExclude && sizes.drainsAtOnce > 1 ? [takesSteps("drain1", "strong", ["drain.locks"])] : []),
      ...(!byUser(design) && rules.locks ? [takesSteps("handler", "strong", ["sva.locks"])] : []),
    ],
  };
}

export const teardown: Study<TeardownDesign, TeardownSizes> = {
  name: "teardown",
  sentence:
    "The teardown of page faults: detach, reset and exit with faults in flight, in the right order and in wrong ones.",
  cut: CUT,
  hosts: teardownHosts,
  knobs: teardownKnobs,
  sizeKnobs: teardownSizeKnobs,
  bounds: teardownBounds,
  compose: (design, sizes) => ({
    components: componentsOf(design, sizes),
    channels: {
      wire: {
        to: ({ type }) => (type === "wire.fences" ? "teardown" : "intake"),
        capacity: sizes.slots + 1,
        whenFull: "block",
        unhandled: "block",
      },
      responses: {
        to: (message) => (message.type === "responses.fences" ? "teardown" : `index${field(message, "grp")}`),
        capacity: 2 * sizes.slots + 2,
        whenFull: "block",
        unhandled: "error",
      },
    },
    routes: routesOf(design, sizes),
    fairness: fairnessOf(design, sizes),
  }),
};
