/** The components of the focused model `nested`. */
import type { Channel, Component } from "../../../checker/system.ts";
import { prgSlot } from "../../machines/device/prg-slot.ts";
import { stallSlot } from "../../machines/device/stall-slot.ts";
import { guestFaultHandler, guestSteps } from "../../machines/guest/guest-fault-handler.ts";
import { commandQueue } from "../../machines/iommu/command-queue.ts";
import { nestedTranslation } from "../../machines/iommu/nested-translation.ts";
import { responseEncoder } from "../../machines/linux/iommu/drivers/response-encoder.ts";
import { faultRegistration } from "../../machines/linux/iommu/io-pgfault/fault-registration.ts";
import { evtqThread } from "../../machines/linux/iommu/arm/arm-smmu-v3/evtq-thread.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { faultRelay } from "../../machines/vmm/fault-relay.ts";
import { guestFaultQueue } from "../../machines/linux/vfio/iopf/nested/guest-fault-queue.ts";
import { stageEnabler, stageEnablerSteps } from "../../machines/linux/vfio/iopf/nested/stage-enabler.ts";
import { stageRouter, stageRouterSteps } from "../../machines/linux/vfio/iopf/nested/stage-router.ts";
import type { StageRouterRules } from "../../machines/linux/vfio/iopf/nested/stage-router-messages.ts";
import { range } from "../configuration.ts";
import { queueOf, queueThread } from "../page-request-path.ts";
import type { NestedDesign, NestedSizes } from "./nested-design.ts";

export type Components = { readonly [name: string]: Component };

/** What a reporter has of its own: "router" and "events" of the first device, "router1" and "events1" of the next. */
export const ofDevice = (base: string, device: number): string => (device === 0 ? base : `${base}${device}`);
/** The device of a transaction. */
export const deviceOf = (slot: number, { reporters }: NestedSizes): number => slot % reporters;

export function slots({ faultStageVisible: stalls }: NestedDesign, sizes: NestedSizes): Components {
  /** The page that was wanted before comes last: only the first of a group is sure to be missing. */
  const items = range(Math.min(sizes.itemPages, sizes.pages)).map((k) => range(k + 1).toReversed());
  const steps = stalls ? ["looks-up", "retires", "records", "terminates"] : ["looks-up", "requests", "retires"];
  return Object.fromEntries(
    range(sizes.slots).map((slot) => [
      `slot${slot}`,
      {
        machine: stalls ? stallSlot : prgSlot,
        input: {
          device: deviceOf(slot, sizes),
          slot,
          instances: sizes.instances,
          ...(stalls ? {} : { reserves: "group" }),
        },
        role: "nested-slot",
        events: [
          ...items.map((pages) => ({ type: "slot.starts", pages })),
          ...steps.map((step) => ({ type: `slot.${step}` })),
        ],
      },
    ]),
  );
}

export const TRANSPORTS = {
  stall: {
    components: (_: NestedDesign, { reporters }: NestedSizes) =>
      Object.fromEntries(
        range(reporters).map((device) => [
          ofDevice("evtq-thread", device),
          {
            machine: evtqThread,
            input: { answersErrors: false },
            role: "reporting-thread",
            lane: `arm_smmu_evtq_thread() for device ${device}`,
          },
        ]),
      ),
    channels: ({ slots: size, reporters }: NestedSizes) =>
      Object.fromEntries(
        range(reporters).map((device) => [
          ofDevice("events", device),
          { to: ofDevice("evtq-thread", device), capacity: size, whenFull: "block", unhandled: "block" } as const,
        ]),
      ),
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

const secondFaults = ({ secondStage, stages }: NestedDesign): boolean => secondStage === "faulting" && stages !== "s1";
/** Pages of stage 2 that may be missing. */
const stage2Of = (design: NestedDesign, { pages, tableFaults }: NestedSizes): readonly number[] =>
  secondFaults(design) ? range(pages + (tableFaults ? 1 : 0)) : [];

const remembers = ({ verdictKept }: NestedDesign): boolean => verdictKept !== "never";

/** The two tables, and what their owners take back. */
function tables(design: NestedDesign, sizes: NestedSizes): Component {
  const { pages, stageChanges, guestUnmaps } = sizes;
  const unmapped = design.stages !== "s2" && (stageChanges || guestUnmaps > 0) ? range(pages) : [];
  const evicted = stageChanges ? stage2Of(design, sizes) : [];
  return {
    machine: nestedTranslation,
    input: {
      pages,
      slots: sizes.slots,
      visible: design.faultStageVisible,
      faulting: secondFaults(design),
      tableFaults: sizes.tableFaults,
      translatesFirst: design.stages !== "s2",
      unmaps: stageChanges ? null : guestUnmaps,
      marks: design.httu !== "off" && design.stages !== "s2",
      tableMapping: design.stages === "s1" ? "writable" : design.tableMapping,
      marksReadOnly: design.marksReadOnly,
      invalidatesLater: remembers(design),
    },
    role: "two-stages",
    events: [
      ...unmapped.map((page) => ({ type: "guest.unmaps", page })),
      ...(remembers(design) ? unmapped : []).map((page) => ({ type: "guest.sends-invalidation", page })),
      ...evicted.map((address) => ({ type: "host.evicts", address })),
    ],
  };
}

export function enablers({ secondEnable }: NestedDesign, { stageEnabling }: NestedSizes): Components {
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

/** The core of 6.12, which reports whole groups, responds after an error itself; before it, the driver did. */
const errorsAnsweredBy = ({ delivery, faultStageVisible }: NestedDesign): StageRouterRules["errorsAnsweredBy"] =>
  delivery === "whole-group" ? "core" : faultStageVisible ? "arm-smmu-v3" : "intel";

/** The lock of the report, and what goes on under it, for each device. */
function routers(design: NestedDesign, { reporters }: NestedSizes): Components {
  const { delivery, stageRule, stage2Address, stageFilter, filterUnlocks, verdictKept, ringLock } = design;
  const answered = { errorsAnsweredBy: errorsAnsweredBy(design) };
  const rules = { delivery, stageRule, stage2Address, stageFilter, filterUnlocks, verdictKept, ringLock, ...answered };
  return Object.fromEntries(
    range(reporters).flatMap((device) => {
      const name = ofDevice("router", device);
      return [
        [
          ofDevice("report-lock", device),
          { machine: mutex, role: "mutex", lane: `the lock around a report of device ${device}` },
        ],
        [
          name,
          {
            machine: stageRouter,
            input: { rules, name },
            role: "stage-router",
            lane: `the thread that reports faults of device ${device}`,
            events: stageRouterSteps(rules),
          },
        ],
      ] as const;
    }),
  );
}

export function kernel(design: NestedDesign, sizes: NestedSizes): Components {
  const { delivery, handlerPer, secondEnable } = design;
  const { answersBy, cookieReuse, faultRingRecords, recall, readRollback, strayAnswer, teardownRule, groupTimeout } =
    design;
  return {
    tables: tables(design, sizes),
    ...routers(design, sizes),
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
        groupTimeout,
        instances: sizes.instances,
        teardowns: sizes.guestTeardowns,
      },
      role: "guest-fault-queue",
      events: [
        ...(sizes.guestTeardowns > 0 ? [{ type: "faults.tears-down" }] : []),
        ...(groupTimeout === "none" ? [] : [{ type: "faults.times-out" }]),
      ],
    },
    "response-encoder": {
      machine: responseEncoder,
      input: { transport: design.faultStageVisible ? "stall" : "pri" },
      role: "nested-encoder",
    },
    commands: { machine: commandQueue, role: "nested-commands" },
  };
}

export const outside = (design: NestedDesign, sizes: NestedSizes): Components => ({
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
        "virtual-prq": {
          machine: queueOf(sizes.virtualEntries),
          role: "virtual-prq",
          lane: "the page request queue of the virtual IOMMU",
        },
        "guest-thread": {
          ...queueThread("guest-thread", true),
          lane: "the page request thread of the guest's IOMMU driver",
        },
      }
    : {}),
});
