/** GRP: page request groups in software: partial faults, groups, and what an overflow leaves of them. */
import { always, canAlways, each, sometimes } from "../../../checker/property.ts";
import { requestedBy, type PrgSlotContext } from "../../../model/machines/device/prg-slot.ts";
import type { Fault } from "../../../model/machines/linux/include/iommu.ts";
import type { DeviceFaultDataContext } from "../../../model/machines/linux/iommu/io-pgfault/6.1/device-fault-data-messages.ts";
import type { FaultParamContext } from "../../../model/machines/linux/iommu/io-pgfault/6.12/fault-groups.ts";
import { coreRule, hardwareRule, vfioRule } from "../sources.ts";
import { hasMultiPageGroups, onCore, overflows, reachesTheCore, usesAreTold, where } from "../parameters.ts";

const param = each<FaultParamContext>("fault-param");
const slot = each<PrgSlotContext>("prg-slot");
const queue = each<{ readonly queued: readonly { readonly members: readonly Fault[] }[] }>("iopf-queue");
const data = each<DeviceFaultDataContext>("device-fault-data");

const told = ({ pasid, grp, page, instance, last }: Fault) =>
  `${pasid === null ? "" : `PASID ${pasid} `}group ${grp} page ${page} use ${instance}${last ? " last" : ""}`;
const ofOneUse = (members: readonly Fault[]): boolean =>
  new Set(members.map(({ pasid, instance }) => JSON.stringify([pasid, instance]))).size <= 1;

export const grp = [
  always({
    id: "GRP-1",
    name: "no-merged-groups",
    statement: "A group holds requests of one use of its index only; no request is merged into a later group.",
    source: hardwareRule("S16, H1"),
    witness: "GRP-2",
    applies: where(usesAreTold),
    reads: { param },
    holds: ({ param: p }) => p.context.groups.every(({ members }) => ofOneUse(members)),
    values: ({ param: p }) => ({ groups: p.context.groups.map(({ members }) => members.map(told)) }),
  }),
  sometimes({
    id: "GRP-2",
    name: "group-of-several",
    statement: "A group of several requests is built.",
    source: coreRule("1.2"),
    applies: where(hasMultiPageGroups),
    reads: { param },
    holds: ({ param: p }) => p.context.groups.some(({ members }) => members.length > 1),
  }),
  always({
    id: "GRP-3",
    name: "partial-fault-has-group",
    statement:
      "While no overflow is being handled, a partial fault belongs to a group that its device has open, or closed and not answered.",
    source: coreRule("I6, L4"),
    witness: "GRP-4",
    applies: where(usesAreTold),
    reads: { param, slot, prq: each("prq"), thread: each("prq-thread") },
    given: {
      "no overflow is being handled": ({ prq, thread }) => prq.state !== "overflowed" && thread.state === "idle",
      "both are of the same device": ({ param: p, slot: s }) => p.context.device === s.context.device,
    },
    parts: {
      "every partial fault belongs to a group of the device": ({ param: p, slot: s }) =>
        p.context.partial.every(
          (fault) => !requestedBy(s.context, fault) || (s.context.sent > 0 && fault.instance === s.context.instance),
        ),
    },
    values: ({ param: p, slot: s }) => ({
      partial: p.context.partial.map(told),
      [s.name]: { state: s.state, sent: s.context.sent, use: s.context.instance },
    }),
  }),
  sometimes({
    id: "GRP-4",
    name: "partial-fault-waits",
    statement: "A partial fault waits for the last request of its group.",
    source: coreRule("1.2"),
    applies: where(hasMultiPageGroups),
    reads: { param },
    holds: ({ param: p }) => p.context.partial.length > 0,
  }),
  sometimes({
    id: "GRP-5",
    name: "partial-fault-at-overflow",
    statement: "A partial fault is in the IOPF core while the driver handles an overflow.",
    source: coreRule("B2"),
    applies: where((built) => hasMultiPageGroups(built) && overflows(built) && built.hardware.discardScope !== "none"),
    reads: { param, thread: each("prq-thread") },
    holds: ({ param: p, thread }) => p.context.partial.length > 0 && thread.state.startsWith("discarding"),
  }),
  canAlways({
    id: "GRP-6",
    name: "groups-can-vanish",
    statement: "The IOPF core can always reach a state without groups and partial faults of a device.",
    source: coreRule("L1, L4"),
    witness: "GRP-7",
    reads: { param },
    parts: {
      "no group is left": ({ param: p }) => p.context.groups.length === 0,
      "no partial fault is left": ({ param: p }) => p.context.partial.length === 0,
    },
  }),
  sometimes({
    id: "GRP-7",
    name: "group-pending",
    statement: "A group is pending.",
    source: coreRule("1.2"),
    applies: reachesTheCore,
    reads: { param },
    holds: ({ param: p }) => p.context.groups.some(({ where: place }) => place === "pending"),
  }),
  always({
    id: "GRP-8",
    name: "last-flag-on-final",
    statement: "Exactly the final member of a group has the Last flag.",
    source: coreRule("I5"),
    witness: "GRP-7",
    reads: { param },
    holds: ({ param: p }) =>
      p.context.groups.every(({ members }) => members.every(({ last }, k) => last === (k === members.length - 1))),
    values: ({ param: p }) => ({ groups: p.context.groups.map(({ members }) => members.map(told)) }),
  }),
  always({
    id: "GRP-9",
    name: "partial-without-last",
    statement: "A partial fault is a request without the Last flag.",
    source: vfioRule("I-39"),
    witness: "GRP-4",
    reads: { param },
    holds: ({ param: p }) => p.context.partial.every(({ last }) => !last),
  }),
  always({
    id: "GRP-10",
    name: "no-merged-groups-6.1",
    statement: "A queued group holds requests of one use of its index only (Linux 6.1).",
    source: hardwareRule("S16, H1"),
    witness: "GRP-11",
    applies: onCore("6.1", usesAreTold),
    reads: { queue },
    holds: ({ queue: q }) => q.context.queued.every(({ members }) => ofOneUse(members)),
    values: ({ queue: q }) => ({ queued: q.context.queued.map(({ members }) => members.map(told)) }),
  }),
  sometimes({
    id: "GRP-11",
    name: "group-of-several-6.1",
    statement: "A group of several requests is queued (Linux 6.1).",
    source: coreRule("1.3"),
    applies: onCore("6.1", hasMultiPageGroups),
    reads: { queue },
    holds: ({ queue: q }) => q.context.queued.some(({ members }) => members.length > 1),
  }),
  canAlways({
    id: "GRP-12",
    name: "faults-can-vanish-6.1",
    statement:
      "The IOPF core can always reach a state without partial faults and pending copies of a device (Linux 6.1).",
    source: coreRule("L1, L4"),
    witness: "MEM-7",
    reads: { data },
    parts: {
      "no partial fault is left": ({ data: d }) => d.context.partial.length === 0,
      "no copy is pending": ({ data: d }) => d.context.pending.length === 0,
    },
  }),
] as const;
