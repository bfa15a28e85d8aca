/** IFD: the fault queue of iommufd, from the core's report to the answer of user space or of a teardown. */
import { always, canAlways, each, leadsTo, sometimes } from "../../../checker/property.ts";
import type { Seen } from "../../../checker/property.ts";
import type { AttachHandlesContext } from "../../../model/machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import type { ReporterContext } from "../../../model/machines/linux/iommu/io-pgfault/6.12/reporter-messages.ts";
import type { ControlContext } from "../../../model/machines/linux/iommu/iommufd/fault/control-messages.ts";
import type {
  FaultHandlerContext,
  QueueHandler,
} from "../../../model/machines/linux/iommu/iommufd/fault/fault-handler.ts";
import type { FaultQueueContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-queue.ts";
import { hwptOf, pagesOf } from "../../../model/machines/linux/iommu/iommufd/fault/fault-entries.ts";
import type { FaultWriterContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-writer.ts";
import { coreRule, vfioRule } from "../sources.ts";
import {
  here,
  moves,
  reads,
  canBeAnswered,
  index,
  queue,
  queues,
  param,
  handler,
  writer,
  control,
  sizes,
  KERNEL,
  IN_NO_LIST,
} from "./parts.ts";
import { ifdCalls } from "./calls.ts";

interface Holders {
  readonly queues: readonly Seen<FaultQueueContext>[];
  readonly handler: Seen<FaultHandlerContext>;
  readonly writer: Seen<FaultWriterContext>;
  readonly control: Seen<ControlContext>;
}

/** Who besides the core's pending list owns the group. */
function ownersOf(group: number, { queues: all_, handler: h, writer: w, control: c }: Holders): readonly string[] {
  return [
    ...all_.flatMap(({ name, context }) => context.entries.filter((entry) => entry.group === group).map(() => name)),
    ...(IN_NO_LIST.includes(h.state) && h.context.hand?.group === group ? [h.name] : []),
    ...(w.context.group === group ? [w.name] : []),
    ...(c.context.group === group ? [c.name] : []),
  ];
}

export const ifd = [
  always({
    id: "IFD-1",
    name: "one-response-after-last",
    statement: "A group is answered once, after its last request, and no other use of its index is answered for it.",
    source: coreRule("I1, I2"),
    witness: "IFD-38",
    applies: here(),
    reads: { index },
    holds: ({ index: i }) => i.context.unexpected === "none",
  }),
  sometimes({
    id: "IFD-2",
    name: "group-read-unanswered",
    statement: "User space has read a group and has not answered it.",
    source: coreRule("3.2"),
    applies: here(reads),
    reads: { queue },
    holds: ({ queue: q }) => q.context.entries.some(({ place }) => place === "outstanding"),
  }),
  always({
    id: "IFD-3",
    name: "no-named-group-freed",
    statement: "No group is freed while a fault queue, or a thread that answers the queue, names it.",
    source: coreRule("I11; B6"),
    witness: "IFD-38",
    applies: here(),
    reads: { queues, param },
    parts: {
      "no freed group is used": ({ param: p }) => !p.context.useAfterFree,
      "nothing is freed twice": ({ param: p }) => !p.context.invalidFree,
      "the queues name only groups that are there": ({ queues: all_ }) =>
        !all_.some(({ context }) => context.lostGroup),
    },
  }),
  always({
    id: "IFD-4",
    name: "no-freed-handle-used",
    statement: "No group names a freed attach handle, and no handler uses one.",
    source: coreRule("I12, I13; B7, D11"),
    witness: "IFD-5",
    applies: here(),
    reads: { queues, handler, reporter: each<ReporterContext>("reporter") },
    parts: {
      "the handler uses no freed handle": ({ handler: h }) => !h.context.useAfterFree,
      "the reporter uses no freed handle": ({ reporter: r }) => !r.context.useAfterFree,
      "the queues name only handles that are there": ({ queues: all_ }) =>
        !all_.some(({ context }) => context.entries.some(({ dangling }) => dangling)),
    },
  }),
  sometimes({
    id: "IFD-5",
    name: "handler-during-detach",
    statement: "A handler has a group while a detach is under way.",
    source: coreRule("I13"),
    applies: here((_, { deviceDetaches }) => deviceDetaches),
    reads: { handler, control },
    holds: ({ handler: h, control: c }) => h.context.hand !== null && c.context.op === "detach",
  }),
  always({
    id: "IFD-6",
    name: "no-freed-queue-used",
    statement: "No fault queue is used after it was freed.",
    source: vfioRule("B-33, I-30"),
    witness: "IFD-7",
    applies: here(),
    reads: { queue },
    holds: ({ queue: q }) => !q.context.useAfterFree,
  }),
  sometimes({
    id: "IFD-7",
    name: "queue-file-released",
    statement: "The file of a fault queue is being released.",
    source: coreRule("B22"),
    applies: here((_, { fdCloses }) => fdCloses),
    reads: { queue },
    holds: ({ queue: q }) => q.context.file === "dropped",
  }),
  always({
    id: "IFD-8",
    name: "group-has-one-owner",
    statement: "A group has one owner: the core, a handler, a fault queue, or the thread that answers it.",
    source: coreRule("I10"),
    witness: "IFD-38",
    applies: here(),
    reads: { param, queues, handler, writer, control },
    holds: ({ param: p, ...holders }) =>
      p.context.groups.every(({ id, where }) => {
        const owners = ownersOf(id, holders).length;
        return where === "pending" ? owners === 0 : where !== "dequeued" || owners === 1;
      }),
    values: ({ param: p, ...holders }) =>
      Object.fromEntries(
        p.context.groups.map(({ id, where }) => [`group ${id} (${where})`, [...ownersOf(id, holders)]]),
      ),
  }),
  sometimes({
    id: "IFD-9",
    name: "group-in-transit",
    statement: "A group is on no list, on its way from the core to the fault queue.",
    source: coreRule("D11"),
    applies: here(({ deliverOwner }) => deliverOwner === "handler"),
    reads: { handler },
    holds: ({ handler: h }) => IN_NO_LIST.includes(h.state),
  }),
  always({
    id: "IFD-10",
    name: "fault-stays-with-hwpt",
    statement: "A fault of a device under one page table is not delivered as a fault of another page table.",
    source: coreRule("I17; B27"),
    witness: "IFD-11",
    applies: here(),
    reads: { queue, sizes },
    holds: ({ queue: q, sizes: { bounds } }) =>
      q.context.entries.every((entry) =>
        pagesOf(entry).every((page) => Math.floor(page / bounds.slots) === hwptOf(entry)),
      ),
    values: ({ queue: q, sizes: { bounds } }) => ({
      "booked on": q.context.entries.map(hwptOf),
      "happened under": q.context.entries.map((entry) => Math.floor(pagesOf(entry)[0]! / bounds.slots)),
    }),
  }),
  sometimes({
    id: "IFD-11",
    name: "replace-with-unanswered-group",
    statement: "A device is moved to another page table while a group of the old one is unanswered.",
    source: coreRule("B13"),
    applies: here((host, bounds) => moves(host, bounds) && bounds.faultQueues > 1),
    reads: { queues, control },
    holds: ({ queues: all_, control: { context: c } }) =>
      c.op === "replace" && all_.some(({ context }) => context.entries.some((entry) => hwptOf(entry) === c.attached)),
  }),
  always({
    id: "IFD-12",
    name: "no-fault-queue-on-parent",
    statement: "No nesting parent has a fault queue.",
    source: coreRule("I34; B24"),
    witness: "IFD-13",
    applies: here((host, { parentHwpt }) => parentHwpt && host.faultUser === "anybody"),
    reads: { handles: each<AttachHandlesContext>("attach-handles") },
    holds: ({ handles }) =>
      !handles.context.attached.some(({ domain }) => (domain.handler as QueueHandler | null)?.parent),
  }),
  sometimes({
    id: "IFD-13",
    name: "parent-attached",
    statement: "A nesting parent is attached.",
    source: coreRule("I34"),
    applies: here((host, { parentHwpt }) => parentHwpt && host.faultUser === "anybody"),
    reads: { handles: each<AttachHandlesContext>("attach-handles") },
    holds: ({ handles }) => handles.context.attached.some(({ domain }) => !domain.nested),
  }),
  always({
    id: "IFD-20",
    name: "detach-empties-queue",
    statement:
      "When a detach or a replace has returned, no fault queue holds a group of the page table that the device left.",
    source: coreRule("I12, L1; B13"),
    witness: "IFD-21",
    applies: here(),
    reads: { queues, control },
    given: { "no attach, replace or detach runs": ({ control: { context: c } }) => c.op === "none" },
    parts: {
      "every group came under the page table that is attached": ({ queues: all_, control: { context: c } }) =>
        all_.every(({ context }) => context.entries.every((entry) => hwptOf(entry) === c.attached)),
    },
  }),
  sometimes({
    id: "IFD-21",
    name: "teardown-answers-group",
    statement: "A teardown answers a group that user space has left unanswered.",
    source: coreRule("L5"),
    applies: here((_, { deviceDetaches }) => deviceDetaches),
    reads: { control },
    holds: ({ control: c }) => c.context.group !== null,
  }),
  leadsTo({
    id: "IFD-22",
    name: "attach-calls-return",
    statement: "Attach, replace, detach and destroy return, even if user space never answers.",
    source: coreRule("L5"),
    witness: "IFD-21",
    applies: here(),
    reads: { control },
    when: ({ control: c }) => c.state !== "idle",
    eventually: ({ control: c }) => c.state === "idle",
    assumes: KERNEL,
  }),
  leadsTo({
    id: "IFD-23",
    name: "detach-answers-group",
    statement: "A group that waits when its device is detached is answered, even if user space never answers.",
    source: coreRule("L1; vfio I-34"),
    witness: "IFD-21",
    applies: here(),
    reads: { index, control },
    when: ({ index: i, control: c }) => i.state === "waiting" && c.context.op === "detach",
    eventually: ({ index: i }) => i.state !== "waiting",
    assumes: KERNEL,
  }),
  canAlways({
    id: "IFD-29",
    name: "waiting-group-answerable",
    statement: "A waiting group can always be answered.",
    source: vfioRule("I-34"),
    witness: "IFD-38",
    applies: here(canBeAnswered),
    reads: { index },
    holds: ({ index: i }) => i.state === "free",
  }),
  always({
    id: "IFD-30",
    name: "destroy-answers-all",
    statement: "The destruction of a fault queue leaves no group unanswered.",
    source: coreRule("L1; B19"),
    witness: "IFD-31",
    applies: here((host, { fdCloses }) => fdCloses && host.faultUser === "anybody"),
    reads: { queue },
    given: { "the queue is destroyed": ({ queue: q }) => q.state === "destroyed" },
    parts: { "no group is in it": ({ queue: q }) => q.context.entries.length === 0 },
  }),
  sometimes({
    id: "IFD-31",
    name: "queue-destroyed",
    statement: "A fault queue is destroyed.",
    source: coreRule("3.2"),
    applies: here((_, { fdCloses, deviceDetaches }) => fdCloses && deviceDetaches),
    reads: { queue },
    holds: ({ queue: q }) => q.state === "destroyed",
  }),
  sometimes({
    id: "IFD-32",
    name: "file-closed-early",
    statement: "The file is closed, and a group that was read waits until the device is detached.",
    source: coreRule("D18"),
    applies: here((_, { fdCloses, readGroups }) => fdCloses && readGroups > 0),
    reads: { queue },
    holds: ({ queue: q }) =>
      q.context.file === "none" && q.context.entries.some(({ place }) => place === "outstanding"),
  }),
  sometimes({
    id: "IFD-38",
    name: "group-in-queue",
    statement: "A group waits in a fault queue.",
    source: coreRule("3.2"),
    applies: here(),
    reads: { queue },
    holds: ({ queue: q }) => q.context.entries.length > 0,
  }),
  ...ifdCalls,
] as const;
