/** The page tables of the PASIDs of a device: attached, replaced and detached while the device faults under them. */
import { call, takesSteps, type Component, type FairnessClass, type Route } from "../../../checker/system.ts";
import type { Message } from "../../../checker/json.ts";
import { groupIndex, groupIndexSteps } from "../../machines/device/group-index.ts";
import { iopfCount } from "../../machines/linux/iommu/drivers/iopf-count.ts";
import { pasidIntake, pasidIntakeSteps } from "../../machines/linux/iommu/drivers/pasid-intake.ts";
import { attachHandles, type Domain } from "../../machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import { faultParam } from "../../machines/linux/iommu/io-pgfault/6.12/fault-param.ts";
import { reporter, reporterSteps } from "../../machines/linux/iommu/io-pgfault/6.12/reporter.ts";
import {
  faultHandler,
  faultHandlerSteps,
  type FaultHandlerRules,
} from "../../machines/linux/iommu/iommufd/fault/fault-handler.ts";
import { faultQueue } from "../../machines/linux/iommu/iommufd/fault/fault-queue.ts";
import { pasidThread, pasidThreadSteps } from "../../machines/linux/iommu/iommufd/pasids/pasid-thread.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { answeringUser, answeringUserSteps } from "../../machines/vmm/answering-user.ts";
import { range } from "../configuration.ts";
import { field } from "../host-side.ts";
import type { Study, Wiring } from "../study.ts";
import {
  pasidTablesBounds,
  pasidTablesHosts,
  type PasidTablesDesign,
  type PasidTablesSizes,
} from "./pasid-tables-design.ts";
import { pasidTablesKnobs, pasidTablesSizeKnobs } from "./pasid-tables-knobs.ts";

const CUT =
  "One device, each of whose PASIDs has one page request group index, and requests that are the last of their group. All page " +
  "tables with faults share one fault queue, which user space reads and answers in one go. The RID has no faults. Calls exclude " +
  "each other by igroup->lock. Hidden: partial requests, a nested RID that gets the faults of PASIDs, resets, the other " +
  "devices of a group, SVA beside iommufd, and the file of the queue. iommufd, attachments and teardown have some of these.";

const HANDLER: FaultHandlerRules = { publishes: "dequeued", deliverLock: "spinlock", wakes: false };

const pasidsOf = ({ pasidCount }: PasidTablesSizes): readonly number[] => range(pasidCount).map((k) => k + 1);

/** Those with the fault queue come first. */
const domainsOf = ({ queueTables, plainTable }: PasidTablesSizes): readonly Domain[] => [
  ...range(queueTables).map((hwpt): Domain => ({ handler: { hwpt, queue: 0, parent: false }, nested: false })),
  ...(plainTable ? [{ handler: null, nested: false }] : []),
];

function componentsOf(design: PasidTablesDesign, sizes: PasidTablesSizes): { readonly [name: string]: Component } {
  const pasids = pasidsOf(sizes);
  const domains = domainsOf(sizes);
  const calls = pasids.flatMap((pasid): readonly Message[] => [
    ...range(domains.length).flatMap((hwpt) => [
      { type: "user.attaches", pasid, hwpt },
      ...(domains.length > 1 ? [{ type: "user.replaces", pasid, hwpt }] : []),
    ]),
    { type: "user.detaches", pasid },
  ]);
  return {
    ...Object.fromEntries(
      pasids.map((pasid): [string, Component] => [
        `index${pasid}`,
        {
          machine: groupIndex,
          role: "group-index",
          input: { device: 0, index: pasid, size: 1, instances: 2, pasid },
          events: groupIndexSteps,
        },
      ]),
    ),
    intake: {
      machine: pasidIntake,
      role: "pasid-intake",
      input: { pasids: [...pasids], faulting: range(sizes.queueTables) },
      events: pasidIntakeSteps,
    },
    reporter: { machine: reporter, role: "reporter", events: reporterSteps("succeed") },
    handles: { machine: attachHandles, role: "attach-handles", input: { iommuGroup: 0 } },
    param: { machine: faultParam, role: "fault-param", input: { device: 0 } },
    handler: {
      machine: faultHandler,
      role: "fault-handler",
      input: { ...HANDLER },
      events: faultHandlerSteps(HANDLER),
    },
    queue: { machine: faultQueue, role: "fault-queue", input: { queue: 0, hwpts: sizes.queueTables } },
    count: {
      machine: iopfCount,
      role: "iopf-count",
      input: { device: 0, most: pasids.length + 2, drainsIdle: design.idleDrain === "waits" },
    },
    thread: {
      machine: pasidThread,
      role: "pasid-thread",
      input: {
        name: "thread",
        rules: {
          attach: design.pasidAttach,
          replace: design.pasidReplace,
          detach: design.pasidDetach,
          counts: design.iopfCounts,
          answers: design.pasidAnswers,
          failedSet: design.failedSet,
          failedHandle: design.failedHandle,
        },
        domains: domains.map((domain) => ({ ...domain })),
        pasids: [...pasids],
      },
      events: [...calls, ...pasidThreadSteps, ...(sizes.tableCallsFail ? [{ type: "thread.fails" }] : [])],
    },
    user: {
      machine: answeringUser,
      role: "answering-user",
      events: [...(sizes.userAnswers ? [{ type: "user.answers" }] : []), ...answeringUserSteps],
    },
    "fault-mutex": { machine: mutex, role: "mutex", lane: "fault->mutex" },
  };
}

const nowhere = (): readonly string[] => [];
const indexOf = (message: Message): string => `index${field(message, "grp")}`;
const locks = (role: string): readonly Route[] => [
  call(role, ["lock.acquires"], "fault-mutex", "block"),
  call(role, ["lock.releases"], "fault-mutex"),
];

const ROUTES: readonly Route[] = [
  call("group-index", ["pri.request"], "intake", "block"),
  call("pasid-intake", ["driver.reports-fault"], "reporter"),
  call("reporter", ["reported"], "intake"),
  call("reporter", ["kernel.warns"], "intake", "drop"),
  call("reporter", ["handle.looks-up"], "handles"),
  call(
    "reporter",
    ["param.gets", "param.puts", "partial.pushes", "group.collects", "group.responds", "group.frees", "group.forgets"],
    "param",
  ),
  call("reporter", ["group.delivered"], "handler"),
  call("reporter", ["driver.page-response"], indexOf),
  call("reporter", ["kernel.logs", "allocation.fails"], nowhere),
  call("attach-handles", ["handle.found"], "reporter"),
  call("attach-handles", ["handle.changed"], nowhere),
  call("attach-handles", ["handle.freed"], () => ["reporter", "handler", "queue"], "drop"),
  call("fault-param", ["driver.page-response"], indexOf),
  call("fault-param", ["param.got", "group.built"], "reporter"),
  call("fault-param", ["group.freed"], () => ["reporter", "handler", "queue"], "drop"),
  call("fault-param", ["param.added", "param.removed", "allocation.fails", "kernel.warns"], nowhere),
  call("fault-handler", ["group.dequeues", "group.forgets"], "param"),
  call("fault-handler", ["deliver.appends"], "queue"),
  call("fault-handler", ["handler.returns"], "reporter"),
  call("fault-queue", ["answer.taken"], (message) => field(message, "by")),
  call("fault-queue", ["group.forgets"], "param"),
  call("answering-user", ["answers.takes-next"], "queue"),
  call("answering-user", ["group.responds", "group.frees"], "param"),
  ...locks("answering-user"),
  call("pasid-thread", ["handle.inserts", "handle.replaces", "handle.erases", "handle.frees"], "handles"),
  call("pasid-thread", ["iopf.enables", "iopf.disables"], "count"),
  call("pasid-thread", ["iopf.drains"], "count", "block"),
  call("pasid-thread", ["entry.sets", "entry.clears"], "intake"),
  call("pasid-thread", ["answers.gathers", "answers.takes-next"], "queue"),
  call("pasid-thread", ["group.responds", "group.frees"], "param"),
  ...locks("pasid-thread"),
  call("iopf-count", ["param.adds", "param.removes"], "param"),
  call("iopf-count", ["intake.drains"], "intake", "block"),
];

/** The threads of the kernel go on; what the device requests, user space answers and its owner calls is free. */
function fairnessOf(): NonNullable<Wiring["fairness"]> {
  const thread = (component: string, steps: readonly Message[]): FairnessClass =>
    takesSteps(component, "weak", [...new Set(steps.map(({ type }) => type))]);
  return {
    threads: [
      thread("intake", pasidIntakeSteps),
      thread("reporter", reporterSteps("succeed")),
      thread("handler", faultHandlerSteps(HANDLER)),
      thread("user", answeringUserSteps),
      thread("thread", pasidThreadSteps),
    ],
    hardware: [],
    devices: [],
    /** A mutex is handed to whoever has waited longest, and a drain sees the queue empty some time. */
    lock: [takesSteps("thread", "strong", ["thread.steps"])],
  };
}

export const pasidTables: Study<PasidTablesDesign, PasidTablesSizes> = {
  name: "pasid-tables",
  sentence:
    "Page tables of PASIDs attached, replaced and detached while the device faults: handles, counts, responses.",
  cut: CUT,
  hosts: pasidTablesHosts,
  knobs: pasidTablesKnobs,
  sizeKnobs: pasidTablesSizeKnobs,
  bounds: pasidTablesBounds,
  contradiction: ({ failedSet, pasidReplace }) =>
    failedSet === "blocks" && pasidReplace !== "linux-7.3.4-vtd" && pasidReplace !== "set-first"
      ? "only a replace that clears the entry, and stores the handle last, can leave it cleared (pasidReplace=set-first)"
      : undefined,
  compose: (design, sizes) => ({
    components: componentsOf(design, sizes),
    routes: ROUTES,
    fairness: fairnessOf(),
  }),
};
