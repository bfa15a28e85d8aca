/** The control of a page request interface: enabling, failing, stopping, and finding the group that a response is for. */
import { vtd } from "../../hardware/vtd.ts";
import {
  call,
  delivers,
  send,
  takesSteps,
  type Channel,
  type Component,
  type FairnessClass,
  type Route,
} from "../../../checker/system.ts";
import type { Message } from "../../../checker/json.ts";
import { pageRequestQueue, type PageRequestQueueKnobs } from "../../machines/iommu/page-request-queue.ts";
import { pageRequestPort } from "../../machines/device/page-request-port.ts";
import { pageRequestUser, pageUserSteps } from "../../machines/device/page-request-user.ts";
import { recordMemory, recordMemorySteps } from "../../machines/iommu/record-memory.ts";
import { range } from "../configuration.ts";
import type { Study, Wiring } from "../study.ts";
import {
  priControlBounds,
  priControlKnobs,
  priControlSizeKnobs,
  type PriControlDesign,
  type PriControlSizes,
} from "./pri-control-design.ts";
import { priControlHosts } from "./pri-control-hosts.ts";
import { hasControl, portsOf, refusesDevices, responsesNeedPasid, software, USERS } from "./pri-control-software.ts";

const CUT =
  "Each user has one group index and sends requests in any order; one thread reads, decides and responds. A " +
  "response is final for its group, whatever happens to the pages, and a request may be refused at any time. " +
  "Hidden: races between threads of software (a worker may respond to a later group first), function level reset, reuse of a PASID by another owner (in " +
  "teardown), requests that are long on their way, and groups of three or more.";

/** What the queue does where this focused model asks nothing of it. */
const QUEUE: Omit<
  PageRequestQueueKnobs,
  "pqEntries" | "prgiScope" | "stopMarker" | "enableResets" | "offLastResponse"
> = {
  pqUsable: "N",
  ovfLastResponse: "success",
  ovfInhibits: true,
  cfgErrResponse: vtd.cfgErrResponse,
  priOffResponse: vtd.priOffResponse,
  memFaultResponse: vtd.memFaultResponse,
  autoRespPasid: vtd.autoRespPasid,
  autoRespFailurePasid: vtd.autoRespFailurePasid,
  implicitInvOnPR: false,
  headAdvance: "perEntry",
  earlyWarning: 0,
  irqModel: "level",
  irqErrorLatch: false,
};

const deviceOf = (user: number, { requesters }: PriControlDesign): number => (requesters === "functions" ? user : 0);
/** Two PASIDs of a function share its indices unless an index is told apart by PASID (K8). */
const indexOf = (user: number, { requesters, prgiScope }: PriControlDesign): number =>
  requesters === "pasids" && prgiScope === "function" ? user : 0;
const pasidOf = (user: number, { pasid }: PriControlDesign): number | null => (pasid ? user + 1 : null);
/** The interface through which a device asks: virtual functions use that of the physical one (K34). */
const portOf = (device: number, design: PriControlDesign): string => `port${portsOf(design) === 1 ? 0 : device}`;
/** The second one asks for one page at a time. */
const groupSize = (user: number, { itemPages }: PriControlSizes): number => (user === 0 ? itemPages : 1);

const key = (user: number, design: PriControlDesign, { privateData }: PriControlSizes) => ({
  user,
  device: deviceOf(user, design),
  pasid: pasidOf(user, design),
  prgi: indexOf(user, design),
  data: privateData && user === 0 ? 1 : null,
});

const isKey = (one: number, { device, pasid }: Message, design: PriControlDesign): boolean =>
  deviceOf(one, design) === device && pasidOf(one, design) === pasid;

const user = (index: number, design: PriControlDesign, sizes: PriControlSizes): Component => ({
  machine: pageRequestUser,
  input: { ...key(index, design, sizes), size: groupSize(index, sizes), stops: design.stopMethod },
  role: "page-request-user",
  events: [
    { type: "user.begins" },
    ...(sizes.oddModes && groupSize(index, sizes) === 1
      ? [
          { type: "user.begins", mode: "privileged" },
          { type: "user.begins", mode: "execute" },
        ]
      : []),
    ...(sizes.usersStop ? [{ type: "user.stops" }, { type: "user.starts" }] : []),
    ...pageUserSteps,
  ],
});

/** Where requests of one may be refused: each device that asks. */
const devicesOf = (design: PriControlDesign) =>
  [...new Set(range(USERS).map((one) => deviceOf(one, design)))].map((device) => ({
    device,
    pri: true,
    prpr: responsesNeedPasid(design),
  }));

function hardware(design: PriControlDesign, sizes: PriControlSizes): { readonly [name: string]: Component } {
  const { prgiScope, stopMarker, enableResets, offLastResponse, recordWrites, pollsRecord } = design;
  const ports = range(portsOf(design)).map((port): [string, Component] => [
    `port${port}`,
    {
      machine: pageRequestPort,
      input: {
        port,
        needsPasid: prgiScope === "functionAndPasid" && design.pasid,
        allocation: sizes.creditsPerDev,
        users: USERS,
        instances: sizes.instances,
        afterFailure: design.afterFailure,
      },
      role: "page-request-port",
    },
  ]);
  const late = recordWrites === "after-tail";
  return {
    ...Object.fromEntries(ports),
    prq: {
      machine: pageRequestQueue(
        { ...QUEUE, pqEntries: sizes.pqEntries, prgiScope, stopMarker, enableResets, offLastResponse },
        refusesDevices(design, sizes) ? { devices: devicesOf(design) } : {},
      ),
      role: "request-queue",
    },
    memory: {
      machine: recordMemory,
      input: { entries: sizes.pqEntries, late, polls: pollsRecord },
      role: "record-memory",
      events: late ? [...recordMemorySteps, ...(pollsRecord ? [] : [{ type: "record.is-early" }])] : [],
    },
  };
}

const REGISTERS = ["pri.disables", "pri.enables", "pri.resets", "pri.allocates"] as const;

function routesOf(design: PriControlDesign, sizes: PriControlSizes): readonly Route[] {
  const device = (message: Message): string => portOf(Number(message["device"]), design);
  const userOf = (message: Message): string => `user${message["user"] as number}`;
  const stopped = (message: Message): readonly string[] =>
    range(USERS)
      .filter((one) => isKey(one, message, design))
      .map((one) => `user${one}`);
  const controls = hasControl(sizes) ? range(portsOf(design)).map((port) => `control${port}`) : [];
  const ownPort = (_: Message, sender: string): string => `port${sender.slice("control".length)}`;
  return [
    call("page-request-user", ["group.requests", "group.marks"], device, "block"),
    call("page-request-port", ["pri.request"], "prq"),
    call("page-request-port", ["user.answered", "user.loses"], userOf),
    call("page-request-port", ["marker.passed"], stopped),
    call("page-request-port", ["responses.fenced"], (message) => `control${message["port"] as number}`),
    send("request-queue", ["pri.response"], (message) => `responses-${device(message)}`),
    call("request-queue", ["prq.record"], "memory"),
    call("request-queue", ["prq.empty"], "service"),
    call("request-queue", ["prq.registers"], () => ["service", ...controls], "drop"),
    call("request-queue", ["prq.interrupt", "prq.early-warning", "iotlb.implicit-invalidation"], () => []),
    call("record-memory", ["record.read", "record.blank"], "service"),
    call("request-service", ["prq.pops", "prq.reads-registers", "prq.clears-overflow"], "prq"),
    call("request-service", ["marker.passed"], stopped),
    send("request-service", ["pri.response"], (message) => `responses-${device(message)}`),
    call("control-thread", [...REGISTERS], ownPort, "drop"),
    call("control-thread", ["pri.awaits-stopped"], ownPort, "block"),
    call("control-thread", ["prq.reads-registers", "prq.disables", "prq.enables", "prq.configures-device"], "prq"),
    call("control-thread", ["markers.passed"], () => range(USERS).map((one) => `user${one}`)),
    call("control-thread", ["service.is-idle", "service.forgets", "service.removes"], "service", "block"),
    send("control-thread", ["responses.fences"], (message) => `responses-${device(message)}`),
    call("guest-config", [...REGISTERS], portOf(USERS - 1, design), "drop"),
  ];
}

function fairnessOf(design: PriControlDesign, sizes: PriControlSizes): { [group: string]: readonly FairnessClass[] } {
  const ports = range(portsOf(design));
  const late = design.recordWrites === "after-tail";
  return {
    threads: [
      takesSteps("service"),
      ...(hasControl(sizes) ? ports.map((port) => takesSteps(`control${port}`, "strong", ["control.steps"])) : []),
    ],
    hardware: [...ports.map((port) => delivers(`responses-port${port}`)), ...(late ? [takesSteps("memory")] : [])],
    devices: range(USERS).map((one) =>
      takesSteps(
        `user${one}`,
        "weak",
        pageUserSteps.map(({ type }) => type),
      ),
    ),
    lock: [],
  };
}

function compose(design: PriControlDesign, sizes: PriControlSizes): Wiring {
  const responses = range(portsOf(design)).map((port): [string, Channel] => [
    `responses-port${port}`,
    { to: `port${port}`, capacity: 3, whenFull: "block", unhandled: "error", role: "responses" },
  ]);
  return {
    components: {
      ...Object.fromEntries(range(USERS).map((one) => [`user${one}`, user(one, design, sizes)])),
      ...hardware(design, sizes),
      ...software(design, sizes),
    },
    channels: Object.fromEntries(responses),
    routes: routesOf(design, sizes),
    fairness: fairnessOf(design, sizes),
  };
}

function contradiction(design: PriControlDesign, sizes: PriControlSizes): string | undefined {
  const rules: readonly (readonly [boolean, string])[] = [
    [
      design.stopMethod === "with-marker" && !design.pasid,
      "a stop marker needs a PASID (without one: stopMethod=by-waiting)",
    ],
    [
      design.stopMethod === "with-marker" && design.stopMarker === "none",
      "hardware drops the marker that software waits for (stopMethod=by-waiting)",
    ],
    [design.requesters === "pasids" && !design.pasid, "requests without PASID have none to differ in"],
    [sizes.creditsPerDev < sizes.itemPages, "a group would never have its credits (creditsPerDev, itemPages)"],
    [sizes.pqEntries < 1, "the queue has no slot (pqEntries)"],
  ];
  return rules.find(([broken]) => broken)?.[1];
}

export const priControl: Study<PriControlDesign, PriControlSizes> = {
  name: "pri-control",
  sentence: "A page request interface that several functions share: enable, failure, stop and responses.",
  cut: CUT,
  hosts: priControlHosts,
  knobs: priControlKnobs,
  sizeKnobs: priControlSizeKnobs,
  bounds: priControlBounds,
  contradiction,
  compose,
};
