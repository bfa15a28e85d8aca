/** Who talks to whom in the study `nested`. */
import type { Message } from "../../../checker/json.ts";
import {
  call,
  delivers,
  send,
  takesSteps,
  type Channel,
  type Component,
  type FairnessClass,
} from "../../../checker/system.ts";
import { prgSlot } from "../../machines/endpoint/prg-slot.ts";
import { stallSlot } from "../../machines/endpoint/stall-slot.ts";
import { guestFaultHandler, guestSteps } from "../../machines/guest/guest-fault-handler.ts";
import { commandQueue } from "../../machines/hardware/command-queue.ts";
import { nestedTranslation } from "../../machines/hardware/nested-translation.ts";
import { responseEncoder } from "../../machines/hardware/response-encoder.ts";
import { faultRegistration } from "../../machines/iopf/fault-registration.ts";
import { evtqThread } from "../../machines/kernel/evtq-thread.ts";
import { mutex } from "../../machines/kernel/mutex.ts";
import { faultRelay } from "../../machines/vfio/nested/fault-relay.ts";
import { guestFaultQueue } from "../../machines/vfio/nested/guest-fault-queue.ts";
import { stageEnabler, stageEnablerSteps } from "../../machines/vfio/nested/stage-enabler.ts";
import { stageRouter, stageRouterSteps } from "../../machines/vfio/nested/stage-router.ts";
import { range } from "../configuration.ts";
import { field } from "../host-side.ts";
import type { Wiring } from "../study.ts";
import { FROM_QUEUE, queueOf, queueThread, TO_QUEUE } from "./page-request-path.ts";
import type { NestedDesign, NestedSizes } from "./nested-design.ts";

type Components = { readonly [name: string]: Component };

const slotOf = (message: Message): string =>
  `slot${field(message, message.type === "stall.resumed" ? "stag" : message.type === "pri.response" ? "prgi" : "slot")}`;

function slots({ faultStageVisible: stalls }: NestedDesign, sizes: NestedSizes): Components {
  /** The page that was wanted before comes last: only the first of a group is sure to be missing. */
  const items = range(Math.min(sizes.itemPages, sizes.pages)).map((k) => range(k + 1).toReversed());
  const steps = stalls ? ["looks-up", "retires", "records", "terminates"] : ["looks-up", "requests", "retires"];
  return Object.fromEntries(
    range(sizes.slots).map((slot) => [
      `slot${slot}`,
      {
        machine: stalls ? stallSlot : prgSlot,
        input: { device: 0, slot, instances: sizes.instances, ...(stalls ? {} : { reserves: "group" }) },
        role: "nested-slot",
        events: [
          ...items.map((pages) => ({ type: "slot.starts", pages })),
          ...steps.map((step) => ({ type: `slot.${step}` })),
        ],
      },
    ]),
  );
}

const TRANSPORTS = {
  stall: {
    components: () => ({
      "evtq-thread": { machine: evtqThread, input: { answersErrors: false }, role: "reporting-thread" },
    }),
    channels: ({ slots: size }: NestedSizes) => ({
      events: { to: "evtq-thread", capacity: size, whenFull: "block", unhandled: "block" },
    }),
  },
  pri: {
    components: ({ discardScope }: NestedDesign, { physicalEntries }: NestedSizes) => ({
      prq: { machine: queueOf(physicalEntries), role: "nested-prq" },
      "prq-thread": queueThread("reporting-thread", discardScope === "queue"),
    }),
    channels: () => ({}),
  },
} as const satisfies {
  readonly [transport: string]: {
    readonly components: (design: NestedDesign, sizes: NestedSizes) => Components;
    readonly channels: (sizes: NestedSizes) => { readonly [name: string]: Channel };
  };
};

/** Pages of stage 2 that may be missing. */
const stage2Of = ({ secondStage }: NestedDesign, { pages, tableFaults }: NestedSizes): readonly number[] =>
  secondStage === "pinned" ? [] : range(pages + (tableFaults ? 1 : 0));

function enablers({ secondEnable }: NestedDesign, { stageEnabling }: NestedSizes): Components {
  if (!stageEnabling) return {};
  const fixed = secondEnable === "fixed-order" || secondEnable === "inverted-update";
  const calls = (stage: number) =>
    fixed ? (stage === 1 ? "updates" : "registers") : secondEnable === "updates" ? "registers-or-updates" : "registers";
  return Object.fromEntries(
    [1, 2].map((stage) => [
      `enabler${stage}`,
      {
        machine: stageEnabler,
        input: { stage, calls: calls(stage) },
        role: "stage-enabler",
        events: stageEnablerSteps,
      },
    ]),
  );
}

function kernel(design: NestedDesign, sizes: NestedSizes): Components {
  const { delivery, stageRule, stage2Address, stageFilter, filterUnlocks, handlerPer, secondEnable } = design;
  const router = { delivery, stageRule, stage2Address, stageFilter, filterUnlocks };
  const { answersBy, cookieReuse, faultRingRecords, recall, readRollback, strayAnswer, teardownRule } = design;
  return {
    tables: {
      machine: nestedTranslation,
      input: {
        pages: sizes.pages,
        slots: sizes.slots,
        visible: design.faultStageVisible,
        faulting: design.secondStage === "faulting",
        tableFaults: sizes.tableFaults,
      },
      role: "two-stages",
      events: sizes.stageChanges
        ? [
            ...range(sizes.pages).map((page) => ({ type: "guest.unmaps", page })),
            ...stage2Of(design, sizes).map((address) => ({ type: "host.evicts", address })),
          ]
        : [],
    },
    "report-lock": { machine: mutex, role: "mutex" },
    router: { machine: stageRouter, input: router, role: "stage-router", events: stageRouterSteps(router) },
    registration: {
      machine: faultRegistration,
      input: {
        handlerPer,
        updateGuard: secondEnable === "inverted-update" ? "inverted" : "right",
        stages: sizes.stageEnabling ? [] : [1, 2],
      },
      role: "fault-registration",
    },
    "guest-faults": {
      machine: guestFaultQueue,
      input: {
        delivery,
        answersBy,
        cookies: cookieReuse,
        records: faultRingRecords,
        recall,
        readRollback,
        strayAnswer,
        teardownRule,
        instances: sizes.instances,
        teardowns: sizes.guestTeardowns,
      },
      role: "guest-fault-queue",
      events: sizes.guestTeardowns > 0 ? [{ type: "faults.tears-down" }] : [],
    },
    "response-encoder": {
      machine: responseEncoder,
      input: { transport: design.faultStageVisible ? "stall" : "pri" },
      role: "nested-encoder",
    },
    commands: { machine: commandQueue, role: "nested-commands" },
  };
}

const outside = (design: NestedDesign, sizes: NestedSizes): Components => ({
  relay: {
    machine: faultRelay,
    input: {
      answersBy: design.answersBy,
      refusedAnswer: design.refusedAnswer,
      virtualOverflow: design.virtualOverflow,
      indexReuse: design.indexReuse,
      viommuKind: design.viommuKind,
    },
    role: "fault-relay",
    events: [
      { type: "vmm.reads", fails: false },
      ...(sizes.readFailures ? [{ type: "vmm.reads", fails: true }] : []),
      { type: "vmm.injects" },
    ],
  },
  guest: {
    machine: guestFaultHandler,
    input: { manner: design.guestManner, unused: sizes.slots },
    role: "guest-fault-handler",
    events: guestSteps(design.guestManner),
  },
  ...(design.viommuKind === "vtd"
    ? {
        "virtual-prq": { machine: queueOf(sizes.virtualEntries), role: "virtual-prq" },
        "guest-thread": queueThread("guest-thread", true),
      }
    : {}),
});

const NOWHERE = () => [];

const routes = ({ viommuKind, faultStageVisible }: NestedDesign): Wiring["routes"] => [
  call("nested-slot", ["atc.looks-up", "access.begins"], "tables"),
  call(
    "nested-slot",
    ["dma.retires", "access.retires", "pri.takes-credits", "pri.returns-credits", "pri.fails"],
    NOWHERE,
  ),
  call("nested-slot", ["pri.request"], "prq"),
  send("nested-slot", ["evtq.record"], "events"),
  call("two-stages", ["dma.granted", "dma.missed", "access.granted", "access.faults"], slotOf),
  call("two-stages", ["stages.found"], "router"),
  call("nested-prq", FROM_QUEUE, "prq-thread"),
  call("nested-prq", ["pri.response"], slotOf),
  call("nested-prq", ["iotlb.implicit-invalidation"], NOWHERE),
  call("reporting-thread", TO_QUEUE, "prq"),
  call("reporting-thread", ["driver.reports-fault"], "router"),
  call("reporting-thread", ["queue.discards"], "guest-faults"),
  call("stage-router", ["lock.acquires"], "report-lock", "block"),
  call("stage-router", ["lock.releases"], "report-lock"),
  call("stage-router", ["faults.holds", "faults.collects", "faults.delivers"], "guest-faults"),
  call("stage-router", ["stages.finds", "host.maps"], "tables"),
  call("stage-router", ["handler.reads"], "registration"),
  call("stage-router", ["driver.page-response"], "response-encoder"),
  call("stage-router", ["reported"], faultStageVisible ? "evtq-thread" : "prq-thread"),
  call("fault-registration", ["handler.stages"], "router"),
  call("fault-registration", ["handler.result"], (message) => `enabler${field(message, "stage")}`),
  call("stage-enabler", ["handler.registers", "handler.updates"], "registration"),
  call("guest-fault-queue", ["faults.collected", "faults.delivered"], "router"),
  call("guest-fault-queue", ["queue.returns"], "prq-thread"),
  call("guest-fault-queue", ["faults.batch", "faults.refused"], "relay"),
  call("guest-fault-queue", ["driver.page-response"], "response-encoder"),
  send("guest-fault-queue", ["guest.recalled"], "recalls"),
  call("nested-encoder", ["command.responds", "command.resumes"], "commands"),
  call("nested-commands", ["pri.response", "stall.resumed"], slotOf),
  call("fault-relay", ["faults.read"], "guest-faults", "block"),
  call("fault-relay", ["faults.responds"], "guest-faults"),
  call("fault-relay", ["pri.request"], "virtual-prq"),
  send("fault-relay", ["driver.reports-fault", "guest.recalled"], "virtual-events"),
  call("virtual-prq", FROM_QUEUE, "guest-thread"),
  call("virtual-prq", ["pri.response"], "relay"),
  call("virtual-prq", ["iotlb.implicit-invalidation"], NOWHERE),
  call("guest-thread", TO_QUEUE, "virtual-prq"),
  call("guest-thread", ["driver.reports-fault", "queue.discards"], "guest"),
  call("guest-fault-handler", ["reported"], viommuKind === "vtd" ? "guest-thread" : NOWHERE),
  call("guest-fault-handler", ["queue.returns"], "guest-thread"),
  call("guest-fault-handler", ["guest.maps"], "tables"),
  send("guest-fault-handler", ["guest.answer"], "guest-answers"),
];

/** What nobody has to do. */
const BEGINNINGS: ReadonlySet<string> = new Set(["slot.starts", "enabler.begins", "guest.answers-unasked"]);

/** A class for each component of these roles, of the steps that it takes once something has begun. */
const steps = (components: Components, roles: readonly string[]): readonly FairnessClass[] =>
  Object.entries(components).flatMap(([name, { role, events = [] }]) => {
    const types = [...new Set(events.map(({ type }) => type))].filter((type) => !BEGINNINGS.has(type));
    return roles.includes(role) && types.length > 0 ? [takesSteps(name, "weak", types)] : [];
  });

export function wire(design: NestedDesign, sizes: NestedSizes): Wiring {
  const transport = design.faultStageVisible ? TRANSPORTS.stall : TRANSPORTS.pri;
  const components: Components = {
    ...slots(design, sizes),
    ...transport.components(design, sizes),
    ...kernel(design, sizes),
    ...enablers(design, sizes),
    ...outside(design, sizes),
  };
  const virtual: { readonly [name: string]: Channel } = {
    "guest-answers": { to: "relay", capacity: sizes.slots + 1, whenFull: "block", unhandled: "error" },
    ...(design.viommuKind === "virtio"
      ? { "virtual-events": { to: "guest", capacity: sizes.virtualEntries, whenFull: "block", unhandled: "error" } }
      : {}),
    ...(design.recall === "overtaking"
      ? { recalls: { to: "guest", capacity: 1, whenFull: "drop", unhandled: "error" } }
      : {}),
  };
  const physical = transport.channels(sizes);
  return {
    components,
    channels: { ...physical, ...virtual },
    routes: routes(design),
    fairness: {
      threads: steps(components, ["reporting-thread", "stage-router", "stage-enabler"]),
      hardware: Object.keys(physical).map((channel) => delivers(channel)),
      devices: steps(components, ["nested-slot"]),
      lock: [],
      /** Not of the kernel: claims that rest on them say so. */
      vmm: [...steps(components, ["fault-relay"]), delivers("guest-answers")],
      guest: [
        ...steps(components, ["guest-thread", "guest-fault-handler"]),
        ...Object.keys(virtual)
          .filter((channel) => channel !== "guest-answers")
          .map((channel) => delivers(channel)),
      ],
    },
    deadlock: "forbidden",
  };
}
