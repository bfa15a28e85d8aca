/** VT-d's page request queue and thread between a device and the IOPF core, and the stand-ins for both. */
import type { Message } from "../../checker/json.ts";
import { call, defineSystem } from "../../checker/system.ts";
import { vtd } from "../hardware/vtd.ts";
import { pageRequestQueue } from "../machines/iommu/page-request-queue.ts";
import type { Fault } from "../machines/linux/include/iommu.ts";
import {
  requestThread,
  requestThreadSteps,
  type RequestThreadRules,
} from "../machines/linux/iommu/drivers/lifetimes/request-thread.ts";
import { onceSteps, prqThread } from "../machines/linux/iommu/drivers/prq-thread.ts";
import type { PrqThreadRules } from "../machines/linux/iommu/drivers/prq-thread-messages.ts";
import { faultIntake, faultIntakeSteps } from "../machines/linux/iommu/io-pgfault/fault-intake.ts";
import { deviceTable } from "../machines/linux/iommu/drivers/lifetimes/device-table.ts";
import { mutex } from "../machines/linux/lib/mutex.ts";
import { FROM_QUEUE, TO_QUEUE } from "../systems/studies/page-request-path.ts";
import { mark, type ComparedSide, type Cut, type Shows } from "./cut.ts";
import { coreFor, indexOf, outside, requesting, type Indices } from "./environment.ts";

interface PageRequestBounds extends Indices {
  /** Slots of the queue; with as many as the device can send, it never overflows. */
  readonly entries: number;
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

/** prq_event_thread() of 6.12.117 with the queue that it empties. */
function queueAndThread(bounds: PageRequestBounds, shows: Shows): ComparedSide {
  const system = defineSystem({
    name: "page-request-queue",
    parameters: { ...bounds },
    components: {
      ...requesting({ ...bounds, onWire: true }),
      prq: { machine: pageRequestQueue({ ...vtd, pqEntries: bounds.entries, pqUsable: "N" }), role: "prq" },
      thread: { machine: prqThread, role: "prq-thread", input: { ...THREAD_6_12 }, events: onceSteps },
      core: coreFor(bounds),
      outside,
    },
    routes: [
      call("device", ["pri.request"], "prq"),
      call("prq", FROM_QUEUE, "thread"),
      call("prq", ["pri.response"], indexOf),
      call("prq", ["iotlb.implicit-invalidation"], "outside"),
      call("prq-thread", TO_QUEUE, "prq"),
      call("prq-thread", ["driver.reports-fault", "queue.discards"], "core"),
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
  readonly overflows: number;
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
        input: { pages: bounds.partials + 1, domain: 0, posted: true, refuses, overflows },
        events: [...faultIntakeSteps, ...(overflows > 0 ? [{ type: "intake.overflows" }] : [])],
      },
      core: coreFor(bounds),
      outside,
    },
    routes: [
      call("device", ["pri.request"], "intake"),
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
const WIDE: PageRequestBounds = { indices: 2, partials: 1, pasid: 1, entries: 8 };
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
const COMPLETES: Shows = { ...REQUESTS, "completion.completes": () => mark("completes") };

const intakeCut = (
  name: string,
  within: string,
  compare: Cut["compare"],
  says: Cut["says"],
  difference?: string,
): Cut => ({
  name,
  systems: ["teardown"],
  standIn: ["fault-intake"],
  detailed,
  says,
  within,
  compare,
  forbidden: [mark("request", { grp: 0, page: 0, last: true }), ...REPORTED_TWICE],
  ...(difference === undefined ? {} : { difference }),
});

const NEVER: IntakeOptions = { refuses: false, overflows: 0 };
const REFUSING: IntakeOptions = { refuses: true, overflows: 0 };
const OFTEN: IntakeOptions = { refuses: false, overflows: 4 };
const BARE: PageRequestBounds = { indices: 2, partials: 1, entries: 8 };
const NARROW: PageRequestBounds = { ...WIDE, partials: 0, entries: 1 };

export const pageRequestCuts: readonly Cut[] = [
  requestThreadCut,
  intakeCut(
    "fault-intake",
    "VT-d of 6.12, one device with two groups of at most two requests, a queue that they do not fill.",
    () => ({ detailed: queueAndThread(WIDE, REQUESTS), simple: intake(WIDE, NEVER, REQUESTS), limits }),
    REQUESTS_SAY,
  ),
  {
    ...intakeCut(
      "fault-intake/no-pasid",
      "VT-d of 6.12, one device with two groups of at most two requests without PASID, a queue that they do not fill.",
      () => ({ detailed: queueAndThread(BARE, REQUESTS), simple: intake(BARE, REFUSING, REQUESTS), limits }),
      { request: REQUESTS_SAY.request, response: REQUESTS_SAY.response },
    ),
    forbidden: [
      mark("request", { grp: 0, page: 0, last: true }),
      mark("response", { grp: 0, code: "invalid" }),
      mark("response", { grp: 0, code: "invalid" }),
    ],
  },
  intakeCut(
    "fault-intake/completions",
    "As fault-intake, and the completion for which drains wait is compared.",
    () => ({ detailed: queueAndThread(WIDE, COMPLETES), simple: intake(WIDE, NEVER, COMPLETES), limits }),
    { ...REQUESTS_SAY, completes: "the thread completes iommu->prq_complete" },
    "The real thread completes at the end of a run, after the last report has returned, and once for all records of the run. The stand-in completes with the return of each report, so drains wake earlier and more often.",
  ),
  intakeCut(
    "fault-intake/overflow",
    "VT-d of 6.12, one device with two groups of one request, and a queue with one slot.",
    () => ({ detailed: queueAndThread(NARROW, REQUESTS), simple: intake(NARROW, OFTEN, REQUESTS), limits }),
    REQUESTS_SAY,
    "The real thread writes the head at the end of a run, so the queue may overflow after the last report has returned. The queue of the stand-in is empty then. The stand-in also keeps the partial faults that the real thread has discarded after an overflow.",
  ),
];
