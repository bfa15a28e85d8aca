/** CON: two consumers of faults behind one queue (the focused model `two-consumers`). */
import { all, always, each, leadsTo, parameters, sometimes } from "../../checker/property.ts";
import type { Seen } from "../../checker/property.ts";
import type { ConsumerReportContext } from "../../model/machines/linux/iommu/io-pgfault/consumer-report.ts";
import type { FaultConsumerContext } from "../../model/machines/linux/iommu/io-pgfault/fault-consumer.ts";
import type { Fault } from "../../model/machines/linux/include/iommu.ts";
import type { SharedFaultQueueContext } from "../../model/machines/linux/iommu/io-pgfault/shared-fault-queue.ts";
import type { ConsumersDesign, ConsumersSizes } from "../../model/systems/studies/two-consumers-design.ts";
import type { StudyParameters } from "../../model/systems/study.ts";
import { inStudy } from "./parameters.ts";
import { coreRule, vfioRule } from "./sources.ts";

const where = (condition: (host: ConsumersDesign, bounds: ConsumersSizes) => boolean) =>
  inStudy<ConsumersDesign, ConsumersSizes>("two-consumers", condition);

type Slot = Seen<{ device: number; instance: number; unexpected: string }>;

const slot = each<Slot["context"]>("consumer-slot");
const slots = all<Slot["context"]>("consumer-slot");
const consumer = each<FaultConsumerContext>("fault-consumer");
const consumers = all<FaultConsumerContext>("fault-consumer");
const reports = all<ConsumerReportContext>("consumer-report");
const core = each<SharedFaultQueueContext>("shared-fault-queue");
const prq = each<never>("shared-prq");

/** Kernel threads and workers go on, and locks are handed over in turn; nobody says that a page arrives. */
const KERNEL = ["threads", "hardware", "lock"] as const;
const WITH_PAGES = [...KERNEL, "pager"] as const;

/** Requests that can be on their way to the queue at the same time. */
const requests = ({ deviceFaultPath }: ConsumersDesign, { svaGroupPages, vfioGroupPages }: ConsumersSizes): number =>
  svaGroupPages + (deviceFaultPath === "iommu" ? vfioGroupPages : 0);
const overflows = (host: ConsumersDesign, bounds: ConsumersSizes): boolean =>
  requests(host, bounds) > bounds.sharedQueueEntries;
const hasPartials = (host: ConsumersDesign, bounds: ConsumersSizes): boolean =>
  overflows(host, bounds) &&
  (bounds.svaGroupPages > 1 || (bounds.vfioGroupPages > 1 && host.deviceFaultPath === "iommu"));
const removes = where((_, { deviceRemovals }) => deviceRemovals > 0);

const VFIO = 1;
const SVA = 0;

const sameUse = (members: readonly Fault[]): boolean =>
  members.every(({ instance }) => instance === members[0]?.instance);
const ofDevice = (list: readonly Slot[], device: number): Slot => list.find((one) => one.context.device === device)!;
const isStale = (list: readonly Slot[], { device, instance }: Fault): boolean =>
  ofDevice(list, device).context.instance !== instance;
const partialsOf = (
  queue: Seen<SharedFaultQueueContext>,
  list: readonly Seen<FaultConsumerContext>[],
): readonly Fault[] => [...queue.context.partials, ...list.flatMap(({ context }) => context.partials)];

export const con = [
  always({
    id: "CON-1",
    name: "consumers-merge-no-groups",
    statement: "No consumer takes requests of two uses of a group index for one group.",
    source: vfioRule("I-39, rows 54-56; IOPF core facts I6, B2"),
    witness: "CON-2",
    reads: { consumer },
    holds: ({ consumer: { context } }) => context.groups.every(({ members }) => sameUse(members)),
  }),
  sometimes({
    id: "CON-2",
    name: "both-hold-groups",
    statement: "Both consumers hold a group.",
    source: vfioRule("row 30"),
    reads: { consumers },
    holds: ({ consumers: list }) => list.every(({ context }) => context.groups.length > 0),
  }),
  always({
    id: "CON-3",
    name: "consumer-response-to-waiting-group",
    statement: "A response reaches a group index only while its group waits, and never a later use of the index.",
    source: vfioRule("I-27, I-40; IOPF core facts I1"),
    witness: "CON-2",
    reads: { slot },
    holds: ({ slot: { context } }) => context.unexpected === "none",
    values: ({ slot: { name, state, context } }) => ({ [name]: `${state}, unexpected answer: ${context.unexpected}` }),
  }),
  always({
    id: "CON-4",
    name: "no-partial-fault-after-overflow",
    statement: "When the queue accepts requests again, no consumer holds a partial fault from before the overflow.",
    source: vfioRule("I-36, I-39, row 55; IOPF core facts I6, L4"),
    witness: "CON-5",
    applies: where(() => true),
    reads: { prq, core, consumers, slots },
    given: { "the queue accepts requests": ({ prq: { state } }) => state === "accepting" },
    parts: {
      "no partial fault is of an answered group": ({ core: queue, consumers: list, slots: devices }) =>
        !partialsOf(queue, list).some((fault) => isStale(devices, fault)),
    },
  }),
  sometimes({
    id: "CON-5",
    name: "partial-fault-of-answered-group",
    statement: "A consumer holds a partial fault whose group the overflowing queue has answered.",
    source: vfioRule("row 54"),
    applies: where(hasPartials),
    reads: { core, consumers, slots },
    holds: ({ core: queue, consumers: list, slots: devices }) =>
      partialsOf(queue, list).some((fault) => isStale(devices, fault)),
  }),
  always({
    id: "CON-6",
    name: "no-freed-group-answered",
    statement: "Neither a consumer nor a report uses a group that the core has freed.",
    source: vfioRule("I-30, B-27; IOPF core facts I11"),
    witness: "CON-2",
    reads: { consumers, reports },
    holds: ({ consumers: list, reports: threads }) =>
      [...list, ...threads].every(({ context }) => !context.useAfterFree),
  }),
  always({
    id: "CON-7",
    name: "one-owner-per-group",
    statement: "A group that a consumer holds still waits at its device: no second owner answers it.",
    source: vfioRule("row 59, B-27; IOPF core facts I10"),
    witness: "CON-2",
    reads: { consumer, slots },
    holds: ({ consumer: { context }, slots: devices }) =>
      context.groups.every(({ members }) => {
        const last = members.at(-1)!;
        return !isStale(devices, last) && ofDevice(devices, last.device).state === "waiting";
      }),
  }),
  leadsTo({
    id: "CON-8",
    name: "sva-independent-of-vfio",
    statement: "A group of the SVA device is answered even if VFIO's page never arrives.",
    source: vfioRule("I-35, D-22, rows 30, 60"),
    witness: "CON-9",
    reads: { slot },
    when: ({ slot: { state, context } }) => context.device === SVA && state === "waiting",
    eventually: ({ slot: { state } }) => state !== "waiting",
    assumes: KERNEL,
  }),
  sometimes({
    id: "CON-9",
    name: "vfio-waits-beside-sva",
    statement: "VFIO waits for a page while a group of the SVA device waits for its response.",
    source: vfioRule("D-22"),
    reads: { consumers, slots },
    holds: ({ consumers: list, slots: devices }) =>
      list.some(({ state, context }) => context.rules.device === VFIO && state === "getting") &&
      ofDevice(devices, SVA).state === "waiting",
  }),
  leadsTo({
    id: "CON-10",
    name: "all-groups-answered",
    statement: "Every closed group is answered if kernel threads and queues keep running and pages arrive.",
    source: vfioRule("I-34; IOPF core facts L1"),
    witness: "CON-2",
    reads: { slot },
    when: ({ slot: { state } }) => state === "waiting",
    eventually: ({ slot: { state } }) => state !== "waiting",
    assumes: WITH_PAGES,
  }),
  leadsTo({
    id: "CON-11",
    name: "overflow-independent-of-vfio",
    statement: "After an overflow the queue accepts requests again even if VFIO's page never arrives.",
    source: vfioRule("I-36, D-22; IOPF core facts L2"),
    witness: "CON-12",
    applies: where(() => true),
    reads: { prq },
    when: ({ prq: { state } }) => state === "overflowed",
    eventually: ({ prq: { state } }) => state === "accepting",
    assumes: KERNEL,
  }),
  sometimes({
    id: "CON-12",
    name: "shared-queue-overflowed",
    statement: "The shared queue has overflowed.",
    source: vfioRule("row 54"),
    applies: where(overflows),
    reads: { prq },
    holds: ({ prq: { state } }) => state === "overflowed",
  }),
  leadsTo({
    id: "CON-13",
    name: "report-returns",
    statement: "A report returns even if no page arrives.",
    source: vfioRule("I-35, D-22; IOPF core facts L7"),
    witness: "CON-14",
    reads: { report: each<never>("consumer-report") },
    when: ({ report: { state } }) => state !== "idle",
    eventually: ({ report: { state } }) => state === "idle",
    assumes: KERNEL,
  }),
  sometimes({
    id: "CON-14",
    name: "fault-being-reported",
    statement: "A fault is being reported.",
    source: coreRule("1.3"),
    reads: { report: each<never>("consumer-report") },
    holds: ({ report: { state } }) => state !== "idle",
  }),
  sometimes({
    id: "CON-15",
    name: "vfio-device-returned",
    statement: "VFIO's device has left and returned.",
    source: vfioRule("D-12, B-27"),
    applies: removes,
    reads: { core, built: parameters<StudyParameters<ConsumersDesign, ConsumersSizes>>() },
    holds: ({ core: { context }, built }) => context.removals < built.bounds.deviceRemovals,
  }),
] as const;
