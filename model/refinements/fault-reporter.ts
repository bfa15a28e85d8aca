/** `rfc`: the thread that reports a fault to VFIO and the state of its device, in place of the IOPF core of Linux 6.1. */
import type { Json, Message } from "../../checker/json.ts";
import { call, defineSystem } from "../../checker/system.ts";
import { evtqThread } from "../machines/linux/iommu/arm/arm-smmu-v3/evtq-thread.ts";
import { deviceFaultData } from "../machines/linux/iommu/io-pgfault/6.1/device-fault-data.ts";
import { reporter, reporterSteps } from "../machines/linux/iommu/io-pgfault/6.1/reporter.ts";
import {
  faultReporter,
  faultReporterSteps,
  type FaultReporterRules,
} from "../machines/linux/iommu/io-pgfault/fault-reporter.ts";
import { mutex } from "../machines/linux/lib/mutex.ts";
import { iopfDevice } from "../machines/linux/vfio/iopf/rfc/iopf-device.ts";
import { reportRoutes61 } from "../systems/iopf-core-6.1.ts";
import { mark, type ComparedSide, type Cut, type Incomparable, type Shows } from "./cut.ts";
import { outside } from "./environment.ts";
import { anyContainer, registrant, stallingDevice, vfioHandler } from "./fault-reporter-environment.ts";

type Rules = Pick<FaultReporterRules, "handling" | "lookup">;

const record = (page: Json | undefined, stalls: boolean) => mark("record", { page: page!, stalls });
const lockOf = ({ lock }: Message): string => String(lock);
const response = ({ code }: Message) => mark("response", { code: code! });
/** What device, VFIO and handler do, on both sides. */
const AROUND: Shows = {
  "access.stalls": ({ page }) => record(page, true),
  "access.errs": ({ page }) => record(page, false),
  "vfio.serves": ({ page }) => mark("handler", { page: page! }),
  "vfio.registers": () => mark("registers"),
  "vfio.unregisters": () => mark("unregisters"),
};

/** The event queue thread, iommu_report_device_fault() and iommu_page_response() of 6.1. */
function core61({ handling }: Rules): ComparedSide {
  const system = defineSystem({
    name: "report-6.1",
    parameters: { handling },
    components: {
      access: stallingDevice("6.1"),
      evtq: { machine: evtqThread, role: "evtq-thread", input: { answersErrors: true } },
      reporter: { machine: reporter, role: "reporter", events: reporterSteps("succeed") },
      data: { machine: deviceFaultData, role: "device-fault-data", input: { device: 0 } },
      handler: vfioHandler("6.1", handling),
      registrant: registrant("6.1"),
      outside,
    },
    routes: [
      call("access", ["evtq.record"], "evtq", "block"),
      call("access", ["driver.reports-fault"], "reporter", "block"),
      call("evtq-thread", ["driver.reports-fault"], "reporter", "block"),
      call("evtq-thread", ["driver.page-response"], "access"),
      ...reportRoutes61({
        data: "data",
        handler: "handler",
        driver: "access",
        registrant: "registrant",
        flusher: "outside",
        responder: "handler",
        log: "outside",
      }),
      call("reporter", ["reported"], "evtq", "drop"),
      call("registrant", ["handler.registers", "handler.unregisters"], "data", "block"),
      call("handler", ["vfio.serves"], "outside"),
      call("handler", ["page.responds", "response.leaves"], "data"),
      call("handler", ["handler.returns"], "reporter"),
    ],
    properties: [],
    deadlock: "allowed",
  });
  return { system, shows: { ...AROUND, "driver.page-response": response } };
}

function standIn(chosen: Rules): ComparedSide {
  const rules: FaultReporterRules = {
    name: "reporter",
    device: 0,
    usesGroup: false,
    unrecoverable: "refused",
    ...chosen,
  };
  const system = defineSystem({
    name: "fault-reporter",
    parameters: { ...chosen },
    components: {
      access: stallingDevice("rfc"),
      reporter: { machine: faultReporter, role: "reporter", input: { ...rules }, events: faultReporterSteps },
      device: {
        machine: iopfDevice,
        role: "iopf-device",
        input: { device: 0, capable: true, busy: "ignored" },
      },
      P0: { machine: mutex, role: "mutex" },
      G: { machine: mutex, role: "mutex" },
      container: anyContainer,
      handler: vfioHandler("rfc", chosen.handling),
      registrant: registrant("rfc"),
      outside,
    },
    routes: [
      call("access", ["fault.records"], "reporter", "block"),
      call("reporter", ["lock.acquires"], lockOf, "block"),
      call("reporter", ["lock.releases"], lockOf),
      call("reporter", ["device.asks", "device.pends"], "device"),
      call("reporter", ["container.gets", "tree.finds"], "container"),
      call("reporter", ["handler.starts"], "handler", "block"),
      call("reporter", ["access.answered"], "access"),
      call("iopf-device", ["device.told"], "reporter"),
      call("iopf-device", ["device.refused"], "registrant"),
      call("any-container", ["container.got", "tree.found"], "reporter"),
      call("handler", ["vfio.serves"], "outside"),
      call("handler", ["access.answered"], "access"),
      call("handler", ["device.answers"], "device"),
      call("handler", ["handler.done"], "reporter"),
      call("registrant", ["lock.acquires"], lockOf, "block"),
      call("registrant", ["lock.releases"], lockOf),
      call("registrant", ["device.registers", "device.unregisters"], "device"),
    ],
    properties: [],
    deadlock: "allowed",
  });
  return { system, shows: { ...AROUND, "access.answered": response } };
}

const STAND_IN = ["fault-reporter", "iopf-device"];

const reporterCut = (name: string, rules: Rules, within: string): Cut => ({
  name,
  systems: ["rfc"],
  standIn: STAND_IN,
  detailed: ["evtq-thread", "reporter", "device-fault-data"],
  says: {
    record: "a fault on page {page} is recorded (stalls: {stalls})",
    handler: "VFIO begins to serve page {page}",
    response: "the stalled access gets the response {code}",
    registers: "VFIO calls iommu_register_device_fault_handler()",
    unregisters: "VFIO calls iommu_unregister_device_fault_handler()",
  },
  within: `Linux 6.1, one device with one stalled access at a time. Kernel allocations succeed. ${within}`,
  compare: () => ({
    detailed: core61(rules),
    simple: standIn(rules),
    limits: { pairs: 40_000, simple: 20_000 },
  }),
  forbidden: [
    mark("registers"),
    mark("record", { page: 0, stalls: true }),
    mark("handler", { page: 0 }),
    mark("response", { code: "success" }),
    mark("response", { code: "success" }),
  ],
});

export const faultReporterCuts: readonly Cut[] = [
  reporterCut(
    "fault-reporter",
    { lookup: "group", handling: "synchronous" },
    "The handler responds before it returns.",
  ),
  reporterCut(
    "fault-reporter/tree",
    { lookup: "tree", handling: "synchronous" },
    "The handler responds before it returns, and finds its container in the tree of RFC v3.",
  ),
  reporterCut(
    "fault-reporter/deferred",
    { lookup: "tree", handling: "deferred" },
    "The handler returns at once and responds later.",
  ),
];

export const faultReporterIncomparable: readonly Incomparable[] = [
  {
    name: "fault-reporter/6.12",
    systems: ["rfc"],
    standIn: STAND_IN,
    detailed: ["reporter", "attach-handles", "fault-param"],
    why: "6.12 has no iommu_register_device_fault_handler(). A fault finds its handler in the attached domain, and the RFC has no version for that.",
  },
];
