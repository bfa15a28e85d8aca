/** Who keeps what alive between the report of a fault and its answer, while the faults are turned off or the device goes. */
import type { Message } from "../../../checker/json.ts";
import { call, takesSteps, type Component, type FairnessClass, type Route } from "../../../checker/system.ts";
import { groupIndex, groupIndexSteps } from "../../machines/device/group-index.ts";
import {
  faultHandler,
  faultHandlerSteps,
  type FaultHandlerRules,
} from "../../machines/linux/iommu/iommufd/fault/fault-handler.ts";
import { faultQueue } from "../../machines/linux/iommu/iommufd/fault/fault-queue.ts";
import { attachHandles } from "../../machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import { LINUX_6_12, queuedFaultParam } from "../../machines/linux/iommu/io-pgfault/6.12/fault-param.ts";
import { reporter, reporterSteps } from "../../machines/linux/iommu/io-pgfault/6.12/reporter.ts";
import { countedObject } from "../../machines/linux/lib/counted-object.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { deviceRemover, deviceRemoverSteps } from "../../machines/linux/iommu/drivers/lifetimes/device-remover.ts";
import { deviceTable } from "../../machines/linux/iommu/drivers/lifetimes/device-table.ts";
import { DISABLE_ORDERS, RELEASE_ORDERS } from "../../machines/linux/iommu/drivers/lifetimes/lifetime-orders.ts";
import {
  requestThread,
  requestThreadSteps,
  type RequestThreadRules,
} from "../../machines/linux/iommu/drivers/lifetimes/request-thread.ts";
import { answeringUser, answeringUserSteps } from "../../machines/vmm/answering-user.ts";
import { domainOf } from "../../machines/linux/iommu/drivers/teardown/teardown-thread.ts";
import { range } from "../configuration.ts";
import { field } from "../host-side.ts";
import type { Study, Wiring } from "../study.ts";
import { lifetimesBounds, lifetimesHosts, type LifetimesDesign, type LifetimesSizes } from "./lifetimes-design.ts";
import { lifetimesKnobs, lifetimesSizeKnobs } from "./lifetimes-knobs.ts";

const CUT =
  "The device sends requests at any moment, even after its faults were turned off and after it was released. " +
  "Nothing is drained, so that safety rests on locks and reference counts alone; teardown has the drains. The " +
  "domain stays attached, and its handle is never freed. User space responds through a fault queue, because its " +
  "groups outlive the fault parameters; work on a workqueue is in teardown. VT-d of 6.12 runs with requests that " +
  "6.12 itself refuses. Hidden: two devices, two threads that report, and a handle that is freed.";

const HANDLER: FaultHandlerRules = { publishes: "dequeued", deliverLock: "spinlock", wakes: false };

/** Whether anybody takes the lock of the report; its holder may be alone with it. */
const hasReportLock = ({ reportLocks, iopfDisable, deviceRelease }: LifetimesDesign): boolean =>
  reportLocks || [...DISABLE_ORDERS[iopfDisable], ...RELEASE_ORDERS[deviceRelease]].includes("lock");

const threadRules = ({ reportLocks, deviceReference, answersUnknown }: LifetimesDesign): RequestThreadRules => ({
  locks: reportLocks,
  reference: deviceReference,
  answersUnknown,
});
const removerBegins = ({ iopfToggles, deviceLeaves }: LifetimesSizes): readonly Message[] => [
  ...(iopfToggles || deviceLeaves ? [{ type: "remover.enables" }] : []),
  ...(iopfToggles ? [{ type: "remover.disables" }] : []),
  ...(deviceLeaves ? [{ type: "remover.releases" }, { type: "remover.probes" }] : []),
];

/** Whether anybody puts groups into a fault queue, or empties it. */
const hasFaultQueue = ({ faultsHandled, deviceRelease }: LifetimesDesign): boolean =>
  faultsHandled || RELEASE_ORDERS[deviceRelease].some((step) => step === "answer");

/** The fault queue of iommufd, and who answers it. */
const userSpace = ({ userAnswers }: LifetimesSizes): { readonly [name: string]: Component } => ({
  handler: {
    machine: faultHandler,
    input: { ...HANDLER },
    role: "fault-handler",
    events: faultHandlerSteps(HANDLER),
  },
  queue0: { machine: faultQueue, input: { queue: 0, hwpts: 1 }, role: "fault-queue" },
  user: {
    machine: answeringUser,
    role: "answering-user",
    events: [...(userAnswers ? [{ type: "user.answers" }] : []), ...answeringUserSteps],
  },
  "fault-mutex": { machine: mutex, role: "mutex", lane: "fault->mutex of the fault queue" },
});

function componentsOf(design: LifetimesDesign, sizes: LifetimesSizes): { readonly [name: string]: Component } {
  const { partialsAtRemoval, abortGroup, paramReferences, allocations, faultsHandled } = design;
  const thread = threadRules(design);
  return {
    ...Object.fromEntries(
      range(sizes.slots).map((index) => [
        indexNamed(index),
        {
          machine: groupIndex,
          input: { device: 0, index, size: sizes.itemPages, instances: 1 },
          role: "group-index",
          events: groupIndexSteps,
        },
      ]),
    ),
    thread: {
      machine: requestThread,
      input: { ...thread },
      role: "request-thread",
      events: requestThreadSteps(thread),
    },
    table: {
      machine: deviceTable,
      role: "device-table",
      ...(design.deviceReference !== "none" && { lane: "the devices of the PCI bus, with dev->iommu" }),
    },
    device: {
      machine: countedObject,
      input: { holder: "core" },
      role: "counted-device",
      lane: "struct device with its reference count",
    },
    reporter: { machine: reporter, role: "reporter", events: reporterSteps(allocations) },
    handles: {
      machine: attachHandles,
      input: {
        iommuGroup: 0,
        attached: faultsHandled ? [{ pasid: 0, domain: domainOf(0, { answers: true }) }] : [],
      },
      role: "attach-handles",
    },
    param: {
      machine: queuedFaultParam,
      input: { device: 0, rules: { ...LINUX_6_12, partialsAtRemoval, abortGroup, counted: paramReferences } },
      role: "counted-param",
    },
    ...(hasFaultQueue(design) && userSpace(sizes)),
    remover: {
      machine: deviceRemover,
      input: { disable: design.iopfDisable, release: design.deviceRelease },
      role: "device-remover",
      events: [...removerBegins(sizes), ...deviceRemoverSteps],
    },
    ...(hasReportLock(design) && {
      "report-lock": { machine: mutex, role: "mutex", lane: "the lock that a report is made under" },
    }),
  };
}

const lockNamed = (message: Message): string => field(message, "lock");
const locks = (role: string): readonly Route[] => [
  call(role, ["lock.acquires"], lockNamed, "block"),
  call(role, ["lock.releases"], lockNamed),
];
const indexNamed = (index: number | string): string => `index${index}`;
const answered = (message: Message): string => indexNamed(field(message, "grp"));
const nowhere = (): readonly string[] => [];

/** What is done through the device reads what the IOMMU layer keeps for it. */
const ROUTES: readonly Route[] = [
  call("group-index", ["pri.request"], "thread", "block"),
  call("request-thread", ["device.looks-up"], "table"),
  call("request-thread", ["object.gets", "object.puts", "object.forgets"], "device"),
  call("request-thread", ["driver.reports-fault"], "reporter"),
  call("request-thread", ["driver.page-response"], answered),
  ...locks("request-thread"),
  call("device-table", ["device.found"], "thread"),
  call("counted-device", ["object.freed"], nowhere),
  call("reporter", ["handle.looks-up"], () => ["table", "handles"]),
  call("reporter", ["param.gets"], () => ["table", "param"]),
  call("reporter", ["param.puts", "partial.pushes", "group.collects"], "param"),
  call("reporter", ["group.responds", "group.frees", "group.forgets"], "param"),
  call("reporter", ["group.delivered"], "handler"),
  call("reporter", ["reported"], "thread"),
  call("reporter", ["driver.page-response"], (message) => ["table", answered(message)]),
  call("reporter", ["kernel.warns", "kernel.logs", "allocation.fails"], nowhere),
  call("attach-handles", ["handle.found"], "reporter"),
  call("counted-param", ["driver.page-response"], (message) => ["table", answered(message)]),
  call("counted-param", ["param.got", "group.built"], "reporter"),
  call("counted-param", ["group.freed"], () => ["reporter", "handler", "queue0"], "drop"),
  call("counted-param", ["param.added", "param.removed", "kernel.warns"], nowhere),
  call("fault-handler", ["group.dequeues", "group.forgets"], "param"),
  call("fault-handler", ["deliver.appends"], "queue0"),
  call("fault-handler", ["handler.returns"], "reporter"),
  call("fault-queue", ["answer.taken"], (message) => field(message, "by")),
  call("fault-queue", ["group.forgets"], "param"),
  call("answering-user", ["answers.takes-next"], "queue0"),
  call("answering-user", ["group.responds", "group.frees"], "param"),
  ...locks("answering-user"),
  call("device-remover", ["param.adds", "param.removes", "group.responds", "group.frees"], "param"),
  call("device-remover", ["param.awaits-unnamed"], "param", "block"),
  call("device-remover", ["answers.takes-next"], "queue0"),
  call("device-remover", ["device.is-listed", "device.is-unlisted", "device.frees-data"], "table"),
  call("device-remover", ["object.begins"], "device", "block"),
  call("device-remover", ["object.puts"], "device"),
  ...locks("device-remover"),
];

/** The threads of the kernel go on; what the device asks, user space answers and the administrator begins is free. */
function fairnessOf(design: LifetimesDesign): NonNullable<Wiring["fairness"]> {
  const thread = (component: string, steps: readonly Message[]): FairnessClass =>
    takesSteps(component, "weak", [...new Set(steps.map(({ type }) => type))]);
  return {
    threads: [
      thread("thread", requestThreadSteps(threadRules(design))),
      thread("reporter", reporterSteps(design.allocations)),
      ...(hasFaultQueue(design)
        ? [thread("handler", faultHandlerSteps(HANDLER)), thread("user", answeringUserSteps)]
        : []),
      thread("remover", deviceRemoverSteps),
    ],
    hardware: [],
    devices: [],
    lock: [
      takesSteps("remover", "strong", ["remover.steps"]),
      ...(design.reportLocks ? [takesSteps("thread", "strong", ["thread.locks"])] : []),
    ],
  };
}

export const lifetimes: Study<LifetimesDesign, LifetimesSizes> = {
  name: "lifetimes",
  sentence:
    "References and locks while a fault is reported and answered, page faults are disabled, and a device is released.",
  cut: CUT,
  hosts: lifetimesHosts,
  knobs: lifetimesKnobs,
  sizeKnobs: lifetimesSizeKnobs,
  bounds: lifetimesBounds,
  compose: (design, sizes) => ({
    components: componentsOf(design, sizes),
    routes: ROUTES,
    fairness: fairnessOf(design),
  }),
};
