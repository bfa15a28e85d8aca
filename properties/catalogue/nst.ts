/** NST: faults of two stages of translation (the study `nested`). */
import { all, always, canAlways, each, leadsTo, messages, optional, sometimes } from "../../checker/property.ts";
import type { Seen } from "../../checker/property.ts";
import type { GuestFaultHandlerContext } from "../../model/machines/guest/guest-fault-handler.ts";
import type { FaultRegistrationContext } from "../../model/machines/iopf/fault-registration.ts";
import type { Fault } from "../../model/machines/iopf/fault.ts";
import type { FaultRelayContext } from "../../model/machines/vfio/nested/fault-relay.ts";
import type { GuestFaultQueueContext } from "../../model/machines/vfio/nested/guest-fault-queue.ts";
import type { StageRouterContext } from "../../model/machines/vfio/nested/stage-router.ts";
import type { NestedDesign, NestedSizes } from "../../model/systems/studies/nested-design.ts";
import { inStudy } from "./parameters.ts";
import { hardwareRule, vfioRule } from "./sources.ts";

const where = (condition: (host: NestedDesign, bounds: NestedSizes) => boolean) =>
  inStudy<NestedDesign, NestedSizes>("nested", condition);

type Slot = Seen<{ slot: number; instance: number; unexpected: string }>;

const slot = each<Slot["context"]>("nested-slot");
const slots = all<Slot["context"]>("nested-slot");
const router = each<StageRouterContext>("stage-router");
const registration = each<FaultRegistrationContext>("fault-registration");
const enablers = all<never>("stage-enabler");
const queue = each<GuestFaultQueueContext>("guest-fault-queue");
const relay = each<FaultRelayContext>("fault-relay");
const guest = each<GuestFaultHandlerContext>("guest-fault-handler");

const KERNEL = ["threads", "hardware"] as const;
/** Also user space and guest go on: claims that need them say so. */
const EVERYBODY = [...KERNEL, "devices", "vmm", "guest"] as const;

const enables = where((_, { stageEnabling }) => stageEnabling);
/** With D-02 the guest's stage is never enabled, and then no access gets as far as stage 2. */
const guestIsAsked = ({ handlerPer, secondEnable }: NestedDesign, { stageEnabling }: NestedSizes): boolean =>
  !stageEnabling || handlerPer === "page-table" || secondEnable !== "inverted-update";
const asksTheGuest = where(guestIsAsked);
const bothPossible = where(
  ({ handlerPer, secondEnable }, { stageEnabling }) =>
    stageEnabling && (handlerPer === "page-table" || secondEnable === "updates" || secondEnable === "fixed-order"),
);
/** A stalled transaction is a group of its own. */
const hasGroups = (host: NestedDesign, { itemPages }: NestedSizes): boolean => !host.faultStageVisible && itemPages > 1;
const overflows = (host: NestedDesign, { itemPages, slots: size, physicalEntries }: NestedSizes): boolean =>
  !host.faultStageVisible && itemPages * size > physicalEntries;
const virtuallyOverflows = (host: NestedDesign, { itemPages, slots: size, virtualEntries }: NestedSizes): boolean =>
  host.viommuKind === "vtd" && itemPages * size > virtualEntries;

const sameUse = (members: readonly Fault[]): boolean =>
  members.every(({ instance }) => instance === members[0]?.instance);
const owner = (faults: readonly Seen<Slot["context"]>[], { grp, instance }: Fault): boolean =>
  faults.some(({ state, context }) => context.slot === grp && context.instance === instance && state === "waiting");

export const nst = [
  always({
    id: "NST-1",
    statement:
      "A fault goes to the owner of the stage at which it happened: stage 1 to the guest, stage 2 to the host.",
    source: vfioRule("I-31; hardware facts S24, N2"),
    witness: "NST-26",
    reads: { router },
    holds: ({ router: { context: r } }) => r.stage === null || r.truth === null || r.stage === r.truth,
    values: ({ router: { context: r } }) => ({ "goes to the owner of stage": r.stage, "happened at stage": r.truth }),
  }),
  always({
    id: "NST-2",
    statement: "An answer reaches a group index only while its group waits, and never a later use of the index.",
    source: vfioRule("I-27, I-40"),
    witness: "NST-26",
    reads: { slot },
    holds: ({ slot: { context } }) => context.unexpected === "none",
    values: ({ slot: { name, state, context } }) => ({ [name]: `${state}, unexpected answer: ${context.unexpected}` }),
  }),
  sometimes({
    id: "NST-3",
    statement: "The guest has resolved a fault and is about to answer.",
    source: vfioRule("rows 11, 41"),
    applies: asksTheGuest,
    reads: { guest },
    holds: ({ guest: { state } }) => state === "answering",
  }),
  sometimes({
    id: "NST-4",
    statement: "The host resolves a fault of stage 2.",
    source: vfioRule("row 42"),
    applies: where(
      (host, bounds) =>
        host.secondStage === "faulting" &&
        host.stageRule !== "assumed-guest" &&
        (bounds.tableFaults || guestIsAsked(host, bounds)),
    ),
    reads: { router },
    holds: ({ router: { state, context } }) => state === "resolving" && context.truth === 2,
  }),
  always({
    id: "NST-5",
    statement: "The guest never takes requests of two uses of a group index for one group.",
    source: vfioRule("I-39, rows 53, 54; IOPF core facts I6"),
    witness: "NST-6",
    applies: where(hasGroups),
    reads: { guest },
    holds: ({ guest: { context } }) => context.groups.every(sameUse),
  }),
  sometimes({
    id: "NST-6",
    statement: "The guest works on a group of several requests.",
    source: vfioRule("row 6"),
    applies: where(hasGroups),
    reads: { guest },
    holds: ({ guest: { context } }) => context.groups.some((members) => members.length > 1),
  }),
  always({
    id: "NST-7",
    statement: "User space reads whole groups or nothing.",
    source: vfioRule("I-39, B-29, row 58; IOPF core facts I23"),
    witness: "NST-3",
    applies: where(({ delivery }) => delivery === "whole-group"),
    reads: { relay },
    holds: ({ relay: { context } }) => context.members.length === 0 || context.members.at(-1)!.last,
  }),
  always({
    id: "NST-8",
    statement: "No owner of a stage is refused because the other one came first, or has not come yet.",
    source: vfioRule("5.1, D-02, rows 45, 64"),
    witness: "NST-9",
    applies: enables,
    reads: { enablers },
    holds: ({ enablers: list }) => list.every(({ state }) => state !== "refused"),
    values: ({ enablers: list }) => Object.fromEntries(list.map(({ name, state }) => [name, state])),
  }),
  sometimes({
    id: "NST-9",
    statement: "One stage is enabled while the other is not.",
    source: vfioRule("rows 43, 45"),
    applies: enables,
    reads: { registration },
    holds: ({ registration: { context } }) => context.stages.length === 1,
  }),
  canAlways({
    id: "NST-10",
    statement: "Both stages can be enabled, whatever came before.",
    source: vfioRule("I-31, D-02"),
    witness: "NST-9",
    applies: enables,
    reads: { registration },
    holds: ({ registration: { context } }) => context.stages.length === 2,
  }),
  sometimes({
    id: "NST-11",
    statement: "Both stages are enabled.",
    source: vfioRule("row 64"),
    applies: bothPossible,
    reads: { registration },
    holds: ({ registration: { context } }) => context.stages.length === 2,
  }),
  always({
    id: "NST-12",
    statement: "Nothing is done to a fault handler that is not there.",
    source: vfioRule("D-02"),
    witness: "NST-9",
    applies: enables,
    reads: { registration },
    holds: ({ registration: { context } }) => !context.nullUse,
  }),
  leadsTo({
    id: "NST-13",
    statement: "A reported fault is delivered, resolved or refused if kernel threads go on, whatever guest and VMM do.",
    source: vfioRule("I-35, D-03; IOPF core facts L7"),
    witness: "NST-26",
    reads: { router },
    when: ({ router: { state } }) => state !== "idle",
    eventually: ({ router: { state } }) => state === "idle",
    assumes: KERNEL,
  }),
  leadsTo({
    id: "NST-14",
    statement: "A closed group is answered if also VMM and guest go on.",
    source: vfioRule("I-34; IOPF core facts L1"),
    witness: "NST-26",
    reads: { slot },
    when: ({ slot: { state } }) => state === "waiting",
    eventually: ({ slot: { state } }) => state !== "waiting",
    assumes: EVERYBODY,
  }),
  canAlways({
    id: "NST-15",
    statement: "What waits can still be answered.",
    source: vfioRule("I-34, 5.4"),
    witness: "NST-26",
    reads: { slot },
    holds: ({ slot: { state } }) => state !== "waiting",
  }),
  leadsTo({
    id: "NST-16",
    statement: "After an overflow the queue accepts requests again if kernel threads go on.",
    source: vfioRule("I-36; IOPF core facts L2"),
    witness: "NST-17",
    applies: where(overflows),
    reads: { prq: each<never>("nested-prq") },
    when: ({ prq }) => prq.state === "overflowed",
    eventually: ({ prq }) => prq.state === "accepting",
    assumes: KERNEL,
  }),
  sometimes({
    id: "NST-17",
    statement: "The physical queue has overflowed.",
    source: vfioRule("row 54"),
    applies: where(overflows),
    reads: { prq: each<never>("nested-prq") },
    holds: ({ prq }) => prq.state === "overflowed",
  }),
  leadsTo({
    id: "NST-18",
    statement:
      "An access comes to its end if everybody goes on, nothing is taken away again, and every queue has room.",
    source: hardwareRule("L5; VFIO facts I-33"),
    witness: "NST-26",
    applies: where(
      (host, bounds) => !bounds.stageChanges && !overflows(host, bounds) && !virtuallyOverflows(host, bounds),
    ),
    reads: { slot },
    when: ({ slot: { state } }) => state !== "idle",
    eventually: ({ slot: { state } }) => state === "idle",
    assumes: EVERYBODY,
  }),
  always({
    id: "NST-19",
    statement: "No fault is turned away because user space has not read the ones before it.",
    source: vfioRule("5.2"),
    witness: "NST-26",
    reads: { router },
    holds: ({ router: { state } }) => state !== "out-of-space",
  }),
  sometimes({
    id: "NST-20",
    statement: "The guest answers what has been answered by a teardown meanwhile.",
    source: vfioRule("5.3, I-40"),
    applies: where((_, { guestTeardowns }) => guestTeardowns > 0),
    reads: { queue, answers: messages("guest-answers") },
    holds: ({ queue: { context }, answers }) => answers.length > 0 && context.outstanding.length === 0,
  }),
  sometimes({
    id: "NST-21",
    statement: "The virtual queue has overflowed.",
    source: vfioRule("5.4"),
    applies: where(virtuallyOverflows),
    reads: { virtual: each<never>("virtual-prq") },
    holds: ({ virtual }) => virtual.state === "overflowed",
  }),
  always({
    id: "NST-22",
    statement: "What the guest has not answered yet still waits at the device.",
    source: vfioRule("I-40"),
    witness: "NST-3",
    applies: where((_, { guestTeardowns }) => guestTeardowns === 0),
    reads: { guest, slots },
    holds: ({ guest: { context }, slots: list }) => context.groups.every((members) => owner(list, members.at(-1)!)),
  }),
  always({
    id: "NST-23",
    statement: "Every group that user space can answer waits at the device.",
    source: vfioRule("I-27, I-40; IOPF core facts I10, I22"),
    witness: "NST-3",
    reads: { queue, slots },
    holds: ({ queue: { context }, slots: list }) =>
      context.outstanding.every(({ members }) => owner(list, members.at(-1)!)),
  }),
  sometimes({
    id: "NST-24",
    statement: "A request that the guest holds for a group is of an earlier use of its index.",
    source: vfioRule("rows 53-57"),
    applies: where(
      (host, bounds) =>
        host.delivery === "per-request" &&
        hasGroups(host, bounds) &&
        (host.secondStage === "faulting" || overflows(host, bounds)),
    ),
    reads: { guest, slots },
    holds: ({ guest: { context }, slots: list }) =>
      context.partials.some(({ grp, instance }) =>
        list.some((one) => one.context.slot === grp && one.context.instance !== instance),
      ),
  }),
  sometimes({
    id: "NST-25",
    statement: "A recall is on its way to the guest.",
    source: vfioRule("rows 57, 61, 63"),
    applies: where((host, bounds) => host.recall !== "none" && overflows(host, bounds)),
    reads: { relay: optional<never>("fault-relay"), recalls: messages("recalls"), events: messages("virtual-events") },
    holds: ({ recalls, events }) => [...recalls, ...events].some(({ type }) => type === "guest.recalled"),
  }),
  sometimes({
    id: "NST-26",
    statement: "It is known at which stage a fault happened.",
    source: vfioRule("5.1, row 12"),
    reads: { router },
    holds: ({ router: { state, context } }) => state === "routing" && context.truth !== null,
  }),
] as const;
