/** VT-d's page request queue and thread between a device and the IOPF core, and the stand-ins for both. */
import type { Message } from "../../checker/json.ts";
import { call, defineSystem, type Component } from "../../checker/system.ts";
import { vtd } from "../hardware/vtd.ts";
import { pageRequestQueue } from "../machines/iommu/page-request-queue.ts";
import type { Fault } from "../machines/linux/include/iommu.ts";
import {
  requestThread,
  requestThreadSteps,
  type RequestThreadRules,
} from "../machines/linux/iommu/drivers/lifetimes/request-thread.ts";
import type { PrqThreadRules } from "../machines/linux/iommu/drivers/prq-thread-messages.ts";
import { faultIntake, faultIntakeSteps } from "../machines/linux/iommu/io-pgfault/fault-intake.ts";
import { deviceTable } from "../machines/linux/iommu/drivers/lifetimes/device-table.ts";
import { mutex } from "../machines/linux/lib/mutex.ts";
import { threadOf, threadRoutes } from "../systems/page-request-path.ts";
import { mark, type ComparedSide, type Cut, type Shows } from "./cut.ts";
import { coreFor, indexOf, outside, queueReader, requesting, type Indices } from "./environment.ts";

interface PageRequestBounds extends Indices {
  /** Slots of the queue; with as many as the device can send, it never overflows. */
  readonly entries: number;
  /** Somebody reads queue and overflow bit as a drain does. */
  readonly read: boolean;
}

const reported = (message: Message) => {
  const { grp, page, last } = message["fault"] as Fault;
  return mark("report", { grp, page, last });
};
/** PCIe has no response to a request that is not the last: the device ignores it. */
const response = ({ grp, prgi, code, last }: Message) =>
  last === false ? null : mark("response", { grp: (grp ?? prgi)!, code: code! });

const SHOWS: Shows = {
  "driver.reports-fault": reported,
  reported: () => mark("returns"),
  "driver.page-response": response,
};
const SAYS = {
  report: "the thread reports page {page} of PRGI {grp} (last: {last})",
  returns: "iommu_report_device_fault() returns",
  response: "PRGI {grp} gets the response {code}",
};

export const THREAD_6_12: PrqThreadRules = {
  clearPolicy: vtd.clearPolicy,
  discards: true,
  discardWhen: "before-clear",
  acknowledgeWhen: "before-read",
  headAdvance: vtd.headAdvance,
  answersErrors: false,
  tail: "once",
  inFull: { devices: null, pageSize: 1 },
};

export const ENDS = { prq: { name: "prq", role: "prq" }, thread: { name: "thread", role: "prq-thread" } };

const readerOf = ({ read }: PageRequestBounds): { readonly [name: string]: Component } =>
  read ? { reader: queueReader } : {};

/** prq_event_thread() of 6.12.117 with the queue that it empties. */
function queueAndThread(bounds: PageRequestBounds, shows: Shows): ComparedSide {
  const system = defineSystem({
    name: "page-request-queue",
    parameters: { ...bounds },
    components: {
      ...requesting({ ...bounds, onWire: true }),
      prq: {
        machine: pageRequestQueue({ ...vtd, pqEntries: bounds.entries, pqUsable: "N" }, { positions: bounds.read }),
        role: "prq",
      },
      thread: threadOf("prq-thread", THREAD_6_12),
      core: coreFor(bounds),
      ...readerOf(bounds),
      outside,
    },
    routes: [
      call("device", ["pri.request"], "prq"),
      call("queue-reader", ["prq.searches", "prq.reads-overflow"], "prq"),
      call("prq", ["prq.seen"], "reader"),
      ...threadRoutes({ ...ENDS, reporter: "core", queue: "core" }),
      call("prq", ["pri.response"], indexOf),
      call("prq", ["iotlb.implicit-invalidation"], "outside"),
      call("prq-thread", ["command.responds"], indexOf),
      call("prq-thread", ["thread.logs", "completion.completes", "thread.returns"], "outside"),
      call("any-core", ["reported", "queue.returns"], "thread"),
      call("any-core", ["driver.page-response"], indexOf),
    ],
    properties: [],
    deadlock: "allowed",
  });
  return { system, shows: { ...shows, "pri.response": response, "command.responds": response } };
}

const REQUEST_THREAD: RequestThreadRules = { locks: true, reference: "none", answersUnknown: true };

/** `lifetimes`: a thread that has no queue. */
function threadAlone(bounds: PageRequestBounds): ComparedSide {
  const system = defineSystem({
    name: "request-thread",
    parameters: { ...bounds },
    components: {
      ...requesting(bounds),
      thread: {
        machine: requestThread,
        role: "request-thread",
        input: { ...REQUEST_THREAD },
        events: requestThreadSteps(REQUEST_THREAD),
      },
      table: { machine: deviceTable, role: "device-table" },
      lock: { machine: mutex, role: "mutex" },
      core: coreFor(bounds),
    },
    routes: [
      call("device", ["pri.request"], "thread", "block"),
      call("request-thread", ["device.looks-up"], "table"),
      call("device-table", ["device.found"], "thread"),
      call("request-thread", ["lock.acquires"], "lock", "block"),
      call("request-thread", ["lock.releases"], "lock"),
      call("request-thread", ["driver.reports-fault"], "core"),
      call("request-thread", ["driver.page-response"], indexOf),
      call("any-core", ["reported", "queue.returns"], "thread"),
      call("any-core", ["driver.page-response"], indexOf),
    ],
    properties: [],
    deadlock: "allowed",
  });
  return { system, shows: SHOWS };
}

interface IntakeOptions {
  readonly refuses: boolean;
  readonly overflows: number | null;
}

/** `teardown`: a queue without an end, and a thread that completes after each record. */
function intake(bounds: PageRequestBounds, { refuses, overflows }: IntakeOptions, shows: Shows): ComparedSide {
  const system = defineSystem({
    name: "fault-intake",
    parameters: { ...bounds, refuses, overflows },
    components: {
      ...requesting(bounds),
      intake: {
        machine: faultIntake,
        role: "fault-intake",
        input: { pages: bounds.partials + 1, domain: 0, runs: "whole-queue", posted: true, refuses, overflows },
        events: [...faultIntakeSteps("whole-queue"), ...(overflows === null ? [{ type: "intake.overflows" }] : [])],
      },
      core: coreFor(bounds),
      ...readerOf(bounds),
      outside,
    },
    routes: [
      call("device", ["pri.request"], "intake"),
      call("queue-reader", ["prq.searches", "prq.reads-overflow"], "intake"),
      call("fault-intake", ["prq.seen"], "reader"),
      call("fault-intake", ["pri.arrives"], "intake"),
      call("fault-intake", ["driver.reports-fault"], "core"),
      call("fault-intake", ["driver.page-response"], indexOf),
      call("fault-intake", ["completion.completes", "paging.done"], "outside"),
      call("any-core", ["reported", "queue.returns"], "intake"),
      call("any-core", ["driver.page-response"], indexOf),
    ],
    properties: [],
    deadlock: "allowed",
  });
  return { system, shows };
}

const limits = { pairs: 40_000, simple: 20_000 };
const WIDE: PageRequestBounds = { indices: 2, partials: 1, pasid: 1, entries: 8, read: false };
const detailed = ["page-request-queue", "prq-thread"];

const REPORTED_TWICE = [
  mark("report", { grp: 0, page: 0, last: true }),
  mark("returns"),
  mark("report", { grp: 0, page: 0, last: true }),
];

const requestThreadCut: Cut = {
  name: "request-thread",
  systems: ["lifetimes"],
  standIn: ["request-thread"],
  detailed,
  says: SAYS,
  within:
    "VT-d of 6.12, one device with two groups of at most two requests, a queue that they do not fill. The moment at which a request is sent is not compared: the stand-in takes it when the queue would have handed it out.",
  compare: () => ({ detailed: queueAndThread(WIDE, SHOWS), simple: threadAlone(WIDE), limits }),
  forbidden: REPORTED_TWICE,
};

const request = (message: Message) => {
  const { grp, page, last } = (message["fault"] ?? { ...message, grp: message["prgi"] }) as Fault;
  return mark("request", { grp, page, last });
};
const REQUESTS: Shows = { ...SHOWS, "pri.request": request };
const REQUESTS_SAY = { ...SAYS, request: "the device requests page {page} of PRGI {grp} (last: {last})" };
/** What a drain sees: the completion, and what it reads. */
const DRAINS: Shows = {
  ...REQUESTS,
  "completion.completes": () => mark("completes"),
  "prq.searches": () => mark("searches"),
  "prq.reads-overflow": () => mark("reads"),
  "prq.seen": ({ present }) => mark("seen", { present: present! }),
};
const COMPLETES_SAY = { ...REQUESTS_SAY, completes: "the thread completes iommu->prq_complete" };
const DRAINS_SAY = {
  ...COMPLETES_SAY,
  searches: "a drain looks for its records in the queue",
  reads: "a drain reads PRO",
  seen: "it is there: {present}",
};

const intakeCut = (
  name: string,
  within: string,
  bounds: PageRequestBounds,
  options: IntakeOptions,
  says: Cut["says"],
): Cut => ({
  name,
  systems: ["teardown"],
  standIn: ["fault-intake"],
  detailed,
  says,
  within: `VT-d of 6.12. ${within}`,
  compare: () => ({
    detailed: queueAndThread(bounds, DRAINS),
    simple: intake(bounds, options, DRAINS),
    limits,
  }),
  forbidden: [mark("request", { grp: 0, page: 0, last: true }), ...REPORTED_TWICE],
});

const NEVER: IntakeOptions = { refuses: false, overflows: 0 };
const REFUSING: IntakeOptions = { refuses: true, overflows: 0 };
const OFTEN: IntakeOptions = { refuses: false, overflows: null };
const BARE: PageRequestBounds = { indices: 2, partials: 1, entries: 8, read: false };
const NARROW: PageRequestBounds = { ...WIDE, partials: 0, entries: 1, read: true };

export const pageRequestCuts: readonly Cut[] = [
  requestThreadCut,
  intakeCut(
    "fault-intake",
    "One device with two groups of at most two requests, a queue that they do not fill.",
    WIDE,
    NEVER,
    COMPLETES_SAY,
  ),
  {
    ...intakeCut(
      "fault-intake/no-pasid",
      "One device with two groups of at most two requests without PASID, a queue that they do not fill.",
      BARE,
      REFUSING,
      { request: REQUESTS_SAY.request, response: REQUESTS_SAY.response, completes: COMPLETES_SAY.completes },
    ),
    forbidden: [
      mark("request", { grp: 0, page: 0, last: true }),
      mark("response", { grp: 0, code: "invalid" }),
      mark("response", { grp: 0, code: "invalid" }),
    ],
  },
  intakeCut(
    "fault-intake/overflow",
    "One device with two groups of one request, a queue with one slot, and drains that read queue and PRO. " +
      "Groups of several requests are not compared: the stand-in keeps the partial faults that an overflow discards, and teardown has none.",
    NARROW,
    OFTEN,
    DRAINS_SAY,
  ),
];
