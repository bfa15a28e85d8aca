/**
 * The objects of iommufd of Linux 7.3, and who talks to whom: threads in calls, the table of objects, the objects themselves,
 * and the driver of the selftest below devices and vIOMMUs. An object is a component that is named by its kind and number.
 */
import type { Message } from "../../checker/json.ts";
import { call, type Call, type Component, type Route } from "../../checker/system.ts";
import { attachHandles } from "../machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import { faultParam, LINUX_6_12 } from "../machines/linux/iommu/io-pgfault/6.12/fault-param.ts";
import { iopfQueue } from "../machines/linux/iommu/io-pgfault/6.12/iopf-queue.ts";
import { reporter } from "../machines/linux/iommu/io-pgfault/6.12/reporter.ts";
import { faultHandler } from "../machines/linux/iommu/iommufd/fault/fault-handler.ts";
import { unallocatedFaultQueue } from "../machines/linux/iommu/iommufd/fault/fault-queue.ts";
import { faultReader } from "../machines/linux/iommu/iommufd/fault/fault-reader.ts";
import { faultWriter } from "../machines/linux/iommu/iommufd/fault/fault-writer.ts";
import { ASKS, type Ask } from "../machines/linux/iommu/iommufd/objects-7.3/call-messages.ts";
import { callThread } from "../machines/linux/iommu/iommufd/objects-7.3/call-thread.ts";
import { contextFile, queueFile73 } from "../machines/linux/iommu/iommufd/objects-7.3/files.ts";
import { ioasSpace, type Area } from "../machines/linux/iommu/iommufd/objects-7.3/ioas.ts";
import { iommufdDevice } from "../machines/linux/iommu/iommufd/objects-7.3/iommufd-device.ts";
import { mockDevice } from "../machines/linux/iommu/iommufd/objects-7.3/mock-device.ts";
import { mockViommu, type QueueIndex } from "../machines/linux/iommu/iommufd/objects-7.3/mock-viommu.ts";
import { objectTable } from "../machines/linux/iommu/iommufd/objects-7.3/object-table.ts";
import type { CallLock, ObjectKind } from "../machines/linux/iommu/iommufd/objects-7.3/object-messages.ts";
import { hwpt, hwQueue, plainObject, vdevice } from "../machines/linux/iommu/iommufd/objects-7.3/objects.ts";
import { veventq } from "../machines/linux/iommu/iommufd/objects-7.3/veventq.ts";
import { veventqReader } from "../machines/linux/iommu/iommufd/objects-7.3/veventq-reader.ts";
import { viommu } from "../machines/linux/iommu/iommufd/objects-7.3/viommu.ts";
import { mutex } from "../machines/linux/lib/mutex.ts";
import { coreRoutes612 } from "./iopf-core-6.12.ts";
import { iommufdRoutes } from "./iommufd-routes.ts";

/** Kinds of which a system has a number; a HWPT is one kind here, paging or nested. */
export type Many = "device" | "hwpt" | "fault" | "viommu" | "vdevice" | "veventq" | "hw-queue";

export interface Objects73 {
  /** How many of each kind there is memory for. */
  readonly many: { readonly [kind in Many]: number };
  /** What is mapped in the only IOAS. */
  readonly areas: readonly Area[];
  readonly queueIndex: QueueIndex;
}

/** The component of an object. */
const componentOf = (kind: ObjectKind, at: number): string =>
  `${kind === "hwpt-paging" || kind === "hwpt-nested" ? "hwpt" : kind}-${at}`;

const nameOf = (message: Message): string => componentOf(message["kind"] as ObjectKind, Number(message["at"]));

/** igroup->lock of a device, or veventqs_rwsem of a vIOMMU. */
export const lockName = (lock: CallLock, at: number): string =>
  `${lock === "igroup->lock" ? "igroup-lock" : "veventqs-rwsem"}-${at}`;
const lockOf = ({ lock, at }: Message): string => lockName(lock as CallLock, Number(at));

const times = (count: number, of: (at: number) => readonly (readonly [string, Component])[]) =>
  Array.from({ length: count }, (_, at) => of(at)).flat();

export function objects73({ many, areas, queueIndex }: Objects73): { readonly [name: string]: Component } {
  const none = { names: {} };
  return Object.fromEntries([
    ["objects", { machine: objectTable, role: "object-table" }],
    ["context-file", { machine: contextFile, role: "context-file" }],
    ["ioas-0", { machine: ioasSpace, role: "ioas-space", input: { at: 0, areas } }],
    ...times(many.device, (at) => [
      [`device-${at}`, { machine: iommufdDevice, role: "iommufd-device", input: { at } }],
      [lockName("igroup->lock", at), { machine: mutex, role: "mutex" }],
      [`mock-device-${at}`, { machine: mockDevice, role: "mock-device", input: { at } }],
      [
        `selftest-${at}`,
        { machine: plainObject, role: "plain-object", input: { at, names: { device: { kind: "device", at } } } },
      ],
    ]),
    ...times(many.hwpt, (at) => [[`hwpt-${at}`, { machine: hwpt, role: "hwpt", input: { at, ...none } }]]),
    ...times(many.fault, (at) => [
      [`fault-${at}`, { machine: plainObject, role: "plain-object", input: { at, ...none } }],
      [`file-fault-${at}`, { machine: queueFile73, role: "queue-file", input: { kind: "fault", at } }],
    ]),
    ...times(many.viommu, (at) => [
      [`viommu-${at}`, { machine: viommu, role: "viommu", input: { at } }],
      [lockName("veventqs_rwsem", at), { machine: mutex, role: "mutex" }],
      [`mock-viommu-${at}`, { machine: mockViommu, role: "mock-viommu", input: { at, queueIndex } }],
    ]),
    ...times(many.vdevice, (at) => [[`vdevice-${at}`, { machine: vdevice, role: "vdevice", input: { at, ...none } }]]),
    ...times(many.veventq, (at) => [
      [`veventq-${at}`, { machine: veventq, role: "veventq", input: { at } }],
      [`file-veventq-${at}`, { machine: queueFile73, role: "queue-file", input: { kind: "veventq", at } }],
    ]),
    ...times(many["hw-queue"], (at) => [
      [`hw-queue-${at}`, { machine: hwQueue, role: "hw-queue", input: { at, ...none } }],
      [`access-${at}`, { machine: plainObject, role: "plain-object", input: { at, ...none } }],
    ]),
  ]);
}

/**
 * The IOPF core, and the contents of fault queues: 7.3.4 has those of 6.12.117. eventq.c reads, answers and polls as fault.c did,
 * and io-pgfault.c routes and collects as before.
 */
export const faults73 = ({
  device,
  fault,
}: Pick<Objects73["many"], "device" | "fault">): {
  readonly [name: string]: Component;
} =>
  Object.fromEntries<Component>([
    ["reporter", { machine: reporter, role: "reporter" }],
    ["iopf-queue", { machine: iopfQueue, role: "iopf-queue", input: { queue: 0 } }],
    [
      "fault-handler",
      {
        machine: faultHandler,
        role: "fault-handler",
        input: { publishes: "dequeued", deliverLock: "spinlock", wakes: true },
      },
    ],
    [
      "fault-reader",
      {
        machine: faultReader,
        role: "fault-reader",
        input: {
          name: "fault-reader",
          rules: { counts: "groups", onCopyFailure: "ends", restoresAt: "head", tooSmall: "einval" },
        },
      },
    ],
    [
      "fault-writer",
      {
        machine: faultWriter,
        role: "fault-writer",
        input: { name: "fault-writer", rules: { locks: true, reports: "progress" } },
      },
    ],
    ...times(device, (at) => [
      [`param-${at}`, { machine: faultParam, role: "fault-param", input: { device: at, rules: LINUX_6_12 } }],
      [
        `handles-${at}`,
        { machine: attachHandles, role: "attach-handles", input: { iommuGroup: at, userPasidTable: true } },
      ],
    ]),
    ...times(fault, (at) => [
      [`fault-queue-${at}`, { machine: unallocatedFaultQueue, role: "fault-queue", input: { queue: at, hwpts: 0 } }],
    ]),
  ]);

/** Threads of the program, by name. */
export const threads73 = (callers: readonly string[], readers: readonly string[]) =>
  Object.fromEntries<Component>([
    ...callers.map((name): [string, Component] => [
      name,
      { machine: callThread, role: "call-thread", input: { name } },
    ]),
    ...readers.map((name): [string, Component] => [
      name,
      { machine: veventqReader, role: "veventq-reader", input: { name } },
    ]),
  ]);

const startingWith = (...starts: readonly string[]): readonly Ask[] =>
  ASKS.filter((what) => starts.some((start) => what.startsWith(start)));
const driver = ({ kind, at }: Message): string => `mock-${String(kind)}-${Number(at)}`;
const fileOf = (message: Message): string => `file-${nameOf(message)}`;
const by = (message: Message): string => String(message["by"]);

const OF_TABLE =
  "allocates locks refs unrefs publishes aborts frees tries-users drops-wait leaves looks-up removes sweeps"
    .split(" ")
    .map((name) => `object.${name}`);
const ANSWERS = ["call.answered", "object.described"];
/** Roles of objects that only describe themselves. */
const QUIET = [
  "plain-object",
  "vdevice",
  "hw-queue",
  "hwpt",
  "ioas-space",
  "iommufd-device",
  "queue-file",
  "context-file",
];

const paramOf = ({ device }: Message): string => `param-${Number(device)}`;
const handlesOf = ({ device, at }: Message): string => `handles-${Number(device ?? at)}`;
const faultQueueOf = ({ queue }: Message): string => `fault-queue-${Number(queue)}`;
/** The asks that go to the IOPF core, and to the contents of a fault queue. */
const TO_CORE: readonly Ask[] = ["driver.reports-fault", "group.responds", "group.frees"];

/** `caller` is the thread that lets a device fault. */
const faultRoutes73 = (
  outside: Call["to"] | string,
  caller: string,
  { fault }: Pick<Objects73["many"], "fault">,
): readonly Route[] => {
  const queues = Array.from({ length: fault }, (_, queue) => faultQueueOf({ type: "", queue }));
  const files = iommufdRoutes({
    queue: faultQueueOf,
    param: paramOf,
    handles: handlesOf,
    woken: outside,
    mutex: outside,
    paging: outside,
    calls: outside,
    outside,
    released: [],
    intake: outside,
    enabler: outside,
    hwptQueue: outside,
    hwpt: outside,
  });
  return [
    ...coreRoutes612({
      param: paramOf,
      queue: (message) =>
        message.type === "param.added" ? ["iopf-queue", `mock-device-${Number(message["device"])}`] : "iopf-queue",
      handles: handlesOf,
      handler: "fault-handler",
      driver: outside,
      attacher: outside,
      borrowers: ["fault-handler", ...queues],
      caller: outside,
      flusher: outside,
      owner: "fault-handler",
      log: outside,
    }),
    ...files.filter(({ from }) => ["fault-handler", "fault-queue", "fault-reader", "fault-writer"].includes(from)),
    call("reporter", ["reported"], caller),
    call("mock-device", ["queue.adds", "queue.removes"], "iopf-queue"),
    call("call-thread", startingWith("handle."), handlesOf),
    call("call-thread", startingWith("answers.", "queue."), faultQueueOf),
    call("call-thread", ["driver.reports-fault"], "reporter"),
    call("call-thread", ["group.responds", "group.frees"], paramOf),
  ];
};

/** `outside` hears what calls return, and what the IOPF core says. */
export const objectRoutes73 = (
  outside: Call["to"] | string,
  caller: string,
  many: Objects73["many"],
): readonly Route[] => [
  ...faultRoutes73(outside, caller, many),
  ...callRoutes73(outside),
  call("mock-device", ["virt.looks-up", "vevent.is-reported"], nameOf),
  call("viommu", ["virt.found"], ({ device }) => `mock-device-${Number((device as { at: number } | null)?.at)}`),
  call("viommu", ["vevent.arrives"], nameOf),
  call("veventq", [...ANSWERS, "vevent.fetched", "deliver.seen"], by),
  call("mock-device", ANSWERS, by),
  call("veventq-reader", ["file.looks"], fileOf),
  call("veventq-reader", ["deliver.looks", "vevent.fetches", "vevent.restores", "vevent.is-read"], nameOf),
  call("veventq-reader", ["vread.returns", "vpoll.returns", "vwrite.returns"], outside),
];

/** Threads in calls, and the objects that they ask. */
export const callRoutes73 = (outside: Call["to"] | string): readonly Route[] => [
  call("call-thread", OF_TABLE, "objects"),
  call("call-thread", ["lock.acquires"], lockOf, "block"),
  call("call-thread", ["lock.releases"], lockOf),
  call("call-thread", ["object.awaits"], "objects", "block"),
  call("call-thread", startingWith("context."), "context-file"),
  call("call-thread", ["file.opens"], fileOf),
  call(
    "call-thread",
    ["file.closes"],
    (message) => [fileOf(message), ...(message["kind"] === "fault" ? [`fault-queue-${Number(message["at"])}`] : [])],
    "drop",
  ),
  call(
    "call-thread",
    startingWith("driver.").filter((what) => !TO_CORE.includes(what)),
    driver,
  ),
  call(
    "call-thread",
    startingWith("object.", "hwpt.", "ioas.", "device.", "viommu.", "vdevice.", "veventq.", "hw-queue."),
    nameOf,
  ),
  call("call-thread", ["call.returned"], outside),
  call("object-table", ["object.allocated", "object.found", "object.answered"], by),
  ...QUIET.map((role) => call(role, ANSWERS, by)),
  call("viommu", ANSWERS, by),
  call("viommu", ["device.found"], ({ at }) => `mock-viommu-${Number(at)}`),
  call("mock-viommu", ANSWERS, by),
  call("mock-viommu", ["object.refs", "object.unrefs"], "objects"),
  call("mock-viommu", ["device.looks-up"], nameOf),
  call("mock-viommu", ["cache.is-invalidated"], driver),
  call("mock-viommu", ["mmap.adds", "mmap.removes"], "context-file"),
];
