/** TRD: how page faults of a device end, with faults at every place of their way. */
import {
  always,
  canAlways,
  each,
  leadsTo,
  messages,
  optional,
  parameters,
  sometimes,
} from "../../../checker/property.ts";
import type { Message } from "../../../checker/json.ts";
import type { GroupIndexContext } from "../../../model/machines/device/group-index.ts";
import type { FaultHandlerContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-handler.ts";
import { hwptOf, pagesOf } from "../../../model/machines/linux/iommu/iommufd/fault/fault-entries.ts";
import type { FaultQueueContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-queue.ts";
import type { FaultParamContext } from "../../../model/machines/linux/iommu/io-pgfault/6.12/fault-groups.ts";
import type { ReporterContext } from "../../../model/machines/linux/iommu/io-pgfault/6.12/reporter-messages.ts";
import type { AddressSpacesContext } from "../../../model/machines/linux/iommu/iommu-sva/address-spaces.ts";
import type { SvaHandlerContext } from "../../../model/machines/linux/iommu/iommu-sva/sva-handler.ts";
import { isPresent, type FaultIntakeContext } from "../../../model/machines/linux/iommu/io-pgfault/fault-intake.ts";
import type { TeardownContext } from "../../../model/machines/linux/iommu/drivers/teardown/teardown-thread.ts";
import type { TeardownDesign, TeardownSizes } from "../../../model/systems/studies/teardown-design.ts";
import type { StudyParameters } from "../../../model/systems/study.ts";
import { coreRule, hardwareRule, vfioRule } from "../sources.ts";
import { here, KERNEL, trdDrains, type Condition } from "./drains.ts";

const resets: Condition = (_, { deviceResets }) => deviceResets > 0;
const exits: Condition = (_, { ownerExits }) => ownerExits;
/** Requests are reported, and the kernel resolves them. */
const works: Condition = ({ handledBy, requestsCarry }) => handledBy === "workqueue" && requestsCarry === "pasid";

const index = each<GroupIndexContext>("group-index");
const intake = each<FaultIntakeContext>("fault-intake");
const param = each<FaultParamContext>("fault-param");
const reporter = each<ReporterContext>("reporter");
const teardown = each<TeardownContext>("teardown-thread");
const sva = optional<SvaHandlerContext>("sva-handler");
const memory = optional<AddressSpacesContext>("address-spaces");
const user = optional<FaultHandlerContext>("fault-handler");
const queues = optional<FaultQueueContext>("fault-queue");

const hasExited = (memories: readonly { readonly context: AddressSpacesContext }[], mm: number | undefined): boolean =>
  memories.some(({ context }) => context.spaces.some((space) => space.mm === mm && space.exited));

const wire = messages<Message>("wire");
const responses = messages<Message>("responses");
const sizes = parameters<StudyParameters<TeardownDesign, TeardownSizes>>();

const requests = (on: readonly Message[]): readonly Message[] => on.filter(({ type }) => type === "pri.arrives");
const answers = (on: readonly Message[]): readonly Message[] =>
  on.filter(({ type }) => type === "driver.page-response");

interface Handlers {
  readonly sva: readonly { readonly context: SvaHandlerContext }[];
  readonly queues: readonly { readonly context: FaultQueueContext }[];
}

/** Of each fault that a handler has: for whom it is handled, and who had it. */
const handled = ({ sva: works_, queues: queues_ }: Handlers, slots: number) => [
  ...works_.flatMap(({ context }) =>
    [...context.works, ...(context.work ? [context.work] : [])].map(({ handle, members }) => ({
      for: handle.domain.mm!,
      of: Math.floor(members[0]!.page / slots),
    })),
  ),
  ...queues_.flatMap(({ context }) =>
    context.entries.map((entry) => ({ for: hwptOf(entry), of: Math.floor(pagesOf(entry)[0]! / slots) })),
  ),
];

export const trd = [
  always({
    id: "TRD-1",
    name: "no-late-response-taken",
    statement: "No response for an earlier use of an index is taken for the response to a later one.",
    source: hardwareRule("S29; H10"),
    witness: "TRD-2",
    applies: here(),
    reads: { index },
    holds: ({ index: i }) => i.context.unexpected !== "earlier-instance",
  }),
  sometimes({
    id: "TRD-2",
    name: "teardown-with-waiting-group",
    statement: "A group waits for its response while the faults of its device are ended.",
    source: coreRule("2.1"),
    applies: here(),
    reads: { index, teardown },
    holds: ({ index: i, teardown: t }) => i.state === "waiting" && t.context.op === "detach",
  }),
  always({
    id: "TRD-3",
    name: "teardown-no-use-after-free",
    statement: "No group, attach handle or fault parameter is used after it was freed.",
    source: coreRule("I11-I14; B8, B9"),
    witness: "TRD-2",
    applies: here(),
    reads: { param, reporter, sva, user, queues },
    parts: {
      "the fault parameters are not used after they were freed": ({ param: p }) => !p.context.useAfterFree,
      "nothing is freed twice": ({ param: p }) => !p.context.invalidFree,
      "the reporter uses nothing freed": ({ reporter: r }) => !r.context.useAfterFree,
      "SVA and users use nothing freed": ({ sva: s, user: u }) =>
        ![...s, ...u].some(({ context }) => context.useAfterFree),
      "the queues name only what is there": ({ queues: q }) =>
        !q.some(({ context }) => context.lostGroup || context.entries.some(({ dangling }) => dangling)),
    },
  }),
  always({
    id: "TRD-4",
    name: "no-fault-for-next-owner",
    statement: "A fault of one owner of the device is never handled for the next owner.",
    source: coreRule("I18, I29; B9; vfio B-36"),
    witness: "TRD-5",
    applies: here((_, { owners }) => owners > 1),
    reads: { sva, queues, sizes },
    holds: ({ sizes: { bounds }, ...handlers }) =>
      handled(handlers, bounds.slots).every((fault) => fault.for === fault.of),
    values: ({ sizes: { bounds }, ...handlers }) => ({ "handled for, of": handled(handlers, bounds.slots) }),
  }),
  sometimes({
    id: "TRD-5",
    name: "detach-with-request-on-wire",
    statement: "A request is on the wire when the device is detached.",
    source: coreRule("I29"),
    applies: here(),
    reads: { wire, teardown },
    holds: ({ wire: on, teardown: t }) => requests(on).length > 0 && t.context.op === "detach",
  }),
  always({
    id: "TRD-6",
    name: "nothing-left-after-detach",
    statement:
      "When the device is given up, none of its requests is left on the wire, in the queue or in the core, and no response comes later.",
    source: hardwareRule("S19"),
    witness: "TRD-2",
    applies: here(),
    reads: { teardown, intake, param, queues, wire, responses },
    given: { "the device is detached": ({ teardown: { context: t } }) => !t.attached && t.op === "none" },
    parts: {
      "no record of it is in the queue": ({ intake: { context: i } }) => !isPresent(i, 0),
      "no group of it is pending": ({ param: p }) => p.context.groups.length === 0,
      "no group of it is in a fault queue": ({ queues: q }) => q.every(({ context }) => context.entries.length === 0),
      "no request is on the wire": ({ wire: w }) => requests(w).length === 0,
      "no response is on its way": ({ responses: r }) => answers(r).length === 0,
    },
    values: ({ intake: { context: i }, param: p, wire: w, responses: r }) => ({
      "requests on the wire": requests(w).length,
      "in the queue, or being reported": isPresent(i, 0),
      "groups in the core": p.context.groups.length,
      "answers on their way": answers(r).length,
    }),
  }),
  leadsTo({
    id: "TRD-7",
    name: "teardown-returns",
    statement: "Detach, reset and exit return, even if user space never answers.",
    source: coreRule("L3, L5, I26; B3"),
    witness: "TRD-2",
    applies: here(),
    reads: { teardown },
    when: ({ teardown: t }) => t.state !== "idle",
    eventually: ({ teardown: t }) => t.state === "idle",
    assumes: KERNEL,
  }),
  leadsTo({
    id: "TRD-8",
    name: "teardown-ends-group",
    statement: "A group that waits when its faults are ended is answered, or its device forgets it.",
    source: coreRule("L1; vfio I-34"),
    witness: "TRD-2",
    applies: here(),
    reads: { index, teardown },
    when: ({ index: i, teardown: { context: t } }) => i.state === "waiting" && (t.op === "detach" || t.op === "reset"),
    eventually: ({ index: i }) => i.state !== "waiting",
    assumes: KERNEL,
  }),
  leadsTo({
    id: "TRD-9",
    name: "kernel-group-answered",
    statement: "A group that kernel work resolves is answered.",
    source: coreRule("L1"),
    witness: "TRD-10",
    applies: here(works),
    reads: { index },
    when: ({ index: i }) => i.state === "waiting",
    eventually: ({ index: i }) => i.state !== "waiting",
    assumes: [...KERNEL, "workqueue"],
  }),
  sometimes({
    id: "TRD-10",
    name: "worker-during-teardown",
    statement: "A worker runs while the faults of the device are ended.",
    source: coreRule("D14"),
    applies: here(works),
    reads: { sva, teardown },
    holds: ({ sva: s, teardown: t }) => t.context.op === "detach" && s.some(({ state }) => state !== "idle"),
  }),
  always({
    id: "TRD-11",
    name: "no-sleep-in-exit",
    statement: "The exit of a process does not sleep where sleeping is not allowed.",
    source: coreRule("I30; B10"),
    witness: "TRD-12",
    applies: here(exits),
    reads: { teardown },
    given: { "the owner exits": ({ teardown: { context: t } }) => t.op === "exit" },
    parts: { "it is not about to sleep": ({ teardown: { context: t } }) => t.left[0] !== "await" },
  }),
  sometimes({
    id: "TRD-12",
    name: "exit-with-waiting-group",
    statement: "The process exits while a group waits.",
    source: coreRule("2.1"),
    applies: here(exits),
    reads: { index, teardown },
    holds: ({ index: i, teardown: t }) => i.state === "waiting" && t.context.op === "exit",
  }),
  always({
    id: "TRD-13",
    name: "no-success-after-exit",
    statement: "No fault of an exited process is answered with Success.",
    source: vfioRule("I-42"),
    witness: "TRD-14",
    applies: here((host, bounds) => exits(host, bounds) && works(host, bounds)),
    reads: { memory },
    holds: ({ memory: m }) => !m.some(({ context }) => context.resolvedDead),
  }),
  sometimes({
    id: "TRD-14",
    name: "work-after-exit",
    statement: "Work begins on a fault of an exited process.",
    source: vfioRule("I-42"),
    applies: here((host, bounds) => exits(host, bounds) && works(host, bounds)),
    reads: { sva, memory },
    holds: ({ sva: s, memory: m }) =>
      s.some(({ state, context }) => state === "resolving" && hasExited(m, context.work!.handle.domain.mm)),
  }),
  sometimes({
    id: "TRD-15",
    name: "device-forgot-group",
    statement: "The device has forgotten a group that the kernel still has to answer.",
    source: hardwareRule("1.4"),
    applies: here((host, bounds) => resets(host, bounds) && host.resetOrder !== "drain-then-reset"),
    reads: { param, index },
    holds: ({ param: p, index: { context: i } }) =>
      p.context.groups.some(
        ({ where, members }) =>
          (where === "pending" || where === "dequeued") &&
          members.some(({ grp, instance }) => grp === i.index && instance !== i.instance),
      ),
  }),
  canAlways({
    id: "TRD-16",
    name: "device-reusable",
    statement: "The device can always be given to an owner again, with every index free.",
    source: coreRule("L5"),
    witness: "TRD-2",
    applies: here(),
    reads: { index, teardown },
    parts: {
      "its index is free": ({ index: i }) => i.state === "free",
      "the device is attached": ({ teardown: { context: t } }) => t.attached,
      "no teardown is under way": ({ teardown: { context: t } }) => t.op === "none",
    },
  }),
  always({
    id: "TRD-17",
    name: "responses-match-groups",
    statement: "If no reset makes the device forget its groups, each response is for a waiting group.",
    source: coreRule("I1"),
    witness: "TRD-2",
    applies: here(({ resetOrder }, { deviceResets }) => deviceResets === 0 || resetOrder === "drain-then-reset"),
    reads: { index },
    holds: ({ index: i }) => i.context.unexpected === "none",
  }),
  // iopf_queue_add_device() returns -EBUSY while dev->iommu->fault_param is set.
  always({
    id: "TRD-24",
    name: "detached-device-on-no-queue",
    statement: "While no teardown is in progress and no domain is attached, the device is on no IOPF queue.",
    source: coreRule("1.4, 2.1"),
    witness: "TRD-25",
    applies: here(),
    reads: { teardown, param },
    given: { "the device is detached": ({ teardown: { context: t } }) => !t.attached && t.op === "none" },
    parts: { "it is on no IOPF queue": ({ param: { context: p } }) => p.queue === null },
  }),
  sometimes({
    id: "TRD-25",
    name: "device-about-to-leave-queue",
    statement: "The device is about to be taken off its IOPF queue.",
    source: coreRule("1.4"),
    applies: here(),
    reads: { teardown, param },
    holds: ({ teardown: { context: t }, param: { context: p } }) => t.left[0] === "remove" && p.queue !== null,
  }),
  ...trdDrains,
] as const;
