/** NST: faults of two stages of translation (`nested`). */
import { always, canAlways, each, leadsTo, messages, optional, sometimes } from "../../../checker/property.ts";
import {
  asksTheGuest,
  EVERYBODY,
  guest,
  guestIsAsked,
  hasGroups,
  KERNEL,
  overflows,
  owner,
  queue,
  relay,
  router,
  sameUse,
  slot,
  slots,
  virtuallyOverflows,
  where,
} from "./parts.ts";
import { nstEnabling } from "./enabling.ts";
import { nstTables } from "./tables.ts";
import { coreRule, hardwareRule, vfioRule } from "../sources.ts";

const routing = [
  always({
    id: "NST-1",
    name: "fault-to-stage-owner",
    statement:
      "A fault goes to the owner of the stage at which it happened: stage 1 to the guest, stage 2 to the host.",
    source: vfioRule("I-31; hardware facts S24, N2"),
    witness: "NST-26",
    reads: { router },
    given: { "the fault is routed": ({ router: { context: r } }) => r.stage !== null && r.truth !== null },
    parts: { "to the stage that faulted": ({ router: { context: r } }) => r.stage === r.truth },
    values: ({ router: { context: r } }) => ({ "goes to the owner of stage": r.stage, "happened at stage": r.truth }),
  }),
  always({
    id: "NST-2",
    name: "response-to-waiting-group",
    statement: "A response reaches a group index only while its group waits, and never a later use of the index.",
    source: vfioRule("I-27, I-40"),
    witness: "NST-26",
    reads: { slot },
    holds: ({ slot: { context } }) => context.unexpected === "none",
    values: ({ slot: { name, state, context } }) => ({ [name]: `${state}, unexpected answer: ${context.unexpected}` }),
  }),
  sometimes({
    id: "NST-3",
    name: "guest-about-to-respond",
    statement: "The guest has resolved a fault and is about to respond.",
    source: vfioRule("rows 11, 41"),
    applies: asksTheGuest,
    reads: { guest },
    holds: ({ guest: { state } }) => state === "answering",
  }),
  sometimes({
    id: "NST-4",
    name: "host-resolves-stage-2",
    statement: "The host resolves a fault of stage 2.",
    source: vfioRule("row 42"),
    applies: where(
      (host, bounds) =>
        host.secondStage === "faulting" &&
        host.stages !== "s1" &&
        host.stageRule !== "assumed-guest" &&
        (bounds.tableFaults || guestIsAsked(host, bounds)),
    ),
    reads: { router },
    holds: ({ router: { state, context } }) => state === "resolving" && context.truth === 2,
  }),
  always({
    id: "NST-5",
    name: "guest-merges-no-groups",
    statement: "The guest never takes requests of two uses of a group index for one group.",
    source: vfioRule("I-39, rows 53, 54; IOPF core facts I6"),
    witness: "NST-6",
    applies: where(() => true),
    reads: { guest },
    holds: ({ guest: { context } }) => context.groups.every(sameUse),
  }),
  sometimes({
    id: "NST-6",
    name: "guest-group-of-several",
    statement: "The guest works on a group of several requests.",
    source: vfioRule("row 6"),
    applies: where(hasGroups),
    reads: { guest },
    holds: ({ guest: { context } }) => context.groups.some((members) => members.length > 1),
  }),
  always({
    id: "NST-7",
    name: "whole-groups-read",
    statement: "User space reads whole groups or nothing.",
    source: vfioRule("I-39, B-29, row 58; IOPF core facts I23"),
    witness: "NST-3",
    applies: where(({ delivery }) => delivery === "whole-group"),
    reads: { relay },
    given: { "the relay has a group": ({ relay: { context } }) => context.members.length > 0 },
    parts: { "its last member has the Last flag": ({ relay: { context } }) => context.members.at(-1)!.last },
  }),
] as const;

const answers = [
  leadsTo({
    id: "NST-13",
    name: "report-delivered",
    statement:
      "A reported fault is delivered, resolved or refused if kernel threads keep running, whatever guest and VMM do.",
    source: vfioRule("I-35, D-03; IOPF core facts L7"),
    witness: "NST-26",
    reads: { router },
    when: ({ router: { state } }) => state !== "idle",
    eventually: ({ router: { state } }) => state === "idle",
    assumes: KERNEL,
  }),
  leadsTo({
    id: "NST-14",
    name: "nested-group-answered",
    statement: "A closed group is answered if kernel threads, devices, the VMM and the guest keep running.",
    source: vfioRule("I-34; IOPF core facts L1"),
    witness: "NST-26",
    reads: { slot },
    when: ({ slot: { state } }) => state === "waiting",
    eventually: ({ slot: { state } }) => state !== "waiting",
    assumes: EVERYBODY,
  }),
  canAlways({
    id: "NST-15",
    name: "waiting-group-can-be-answered",
    statement: "A waiting group can always be answered.",
    source: vfioRule("I-34, 5.4"),
    witness: "NST-26",
    reads: { slot },
    holds: ({ slot: { state } }) => state !== "waiting",
  }),
  leadsTo({
    id: "NST-16",
    name: "nested-overflow-ends",
    statement: "After an overflow the queue accepts requests again if kernel threads keep running.",
    source: vfioRule("I-36; IOPF core facts L2"),
    witness: "NST-17",
    applies: where(() => true),
    reads: { prq: each<never>("nested-prq") },
    when: ({ prq }) => prq.state === "overflowed",
    eventually: ({ prq }) => prq.state === "accepting",
    assumes: KERNEL,
  }),
  sometimes({
    id: "NST-17",
    name: "physical-queue-overflowed",
    statement: "The physical queue has overflowed.",
    source: vfioRule("row 54"),
    applies: where(overflows),
    reads: { prq: each<never>("nested-prq") },
    holds: ({ prq }) => prq.state === "overflowed",
  }),
  leadsTo({
    id: "NST-18",
    name: "nested-access-ends",
    statement:
      "An access ends if all threads and devices keep running, no page is taken away again, and every queue has room.",
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
    name: "unread-faults-block-none",
    statement: "No fault is refused because user space has not read the faults before it.",
    source: vfioRule("5.2"),
    witness: "NST-26",
    reads: { router },
    holds: ({ router: { state } }) => state !== "out-of-space",
  }),
  sometimes({
    id: "NST-20",
    name: "guest-responds-late",
    statement: "The guest responds to a group that a teardown has answered in the meantime.",
    source: vfioRule("5.3, I-40"),
    applies: where(
      ({ stages, guestManner }, { guestTeardowns }) => stages !== "s2" && guestTeardowns > 0 && guestManner !== "never",
    ),
    reads: { queue, answers: messages("guest-answers") },
    holds: ({ queue: { context }, answers }) => answers.length > 0 && context.outstanding.length === 0,
  }),
  sometimes({
    id: "NST-21",
    name: "virtual-queue-overflowed",
    statement: "The virtual queue has overflowed.",
    source: vfioRule("5.4"),
    applies: where(virtuallyOverflows),
    reads: { virtual: each<never>("virtual-prq") },
    holds: ({ virtual }) => virtual.state === "overflowed",
  }),
  always({
    id: "NST-22",
    name: "guest-group-still-waits",
    statement: "A group that the guest has not answered still waits at the device.",
    source: vfioRule("I-40"),
    witness: "NST-3",
    applies: where(({ groupTimeout }, { guestTeardowns }) => groupTimeout === "none" && guestTeardowns === 0),
    reads: { guest, slots },
    holds: ({ guest: { context }, slots: list }) => context.groups.every((members) => owner(list, members.at(-1)!)),
  }),
  always({
    id: "NST-23",
    name: "answerable-group-waits",
    statement: "Every group that user space can answer waits at the device.",
    source: vfioRule("I-27, I-40; IOPF core facts I10, I22"),
    witness: "NST-3",
    reads: { queue, slots },
    holds: ({ queue: { context }, slots: list }) =>
      context.outstanding.every(({ members }) => owner(list, members.at(-1)!)),
  }),
  sometimes({
    id: "NST-24",
    name: "guest-holds-old-use",
    statement: "The guest holds a request for a group that belongs to an earlier use of its index.",
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
    id: "NST-33",
    name: "time-out-before-response",
    statement: "A time-out answers a group that the guest has not answered.",
    source: coreRule("1.5"),
    applies: where(
      ({ groupTimeout, stages }, { guestTeardowns }) =>
        groupTimeout === "drops-group" && stages !== "s2" && guestTeardowns === 0,
    ),
    reads: { guest, queue },
    holds: ({ guest: { context }, queue: { context: q } }) => context.groups.length > 0 && q.outstanding.length === 0,
  }),
  sometimes({
    id: "NST-25",
    name: "recall-under-way",
    statement: "A recall is on its way to the guest.",
    source: vfioRule("rows 57, 61, 63"),
    applies: where((host, bounds) => host.recall !== "none" && overflows(host, bounds)),
    reads: { relay: optional<never>("fault-relay"), recalls: messages("recalls"), events: messages("virtual-events") },
    holds: ({ recalls, events }) => [...recalls, ...events].some(({ type }) => type === "guest.recalled"),
  }),
  sometimes({
    id: "NST-26",
    name: "stage-known",
    statement: "The stage at which a fault happened is known.",
    source: vfioRule("5.1, row 12"),
    reads: { router },
    holds: ({ router: { state, context } }) => state === "routing" && context.truth !== null,
  }),
] as const;

export const nst = [...routing, ...nstEnabling, ...answers, ...nstTables] as const;
