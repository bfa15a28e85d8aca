/**
 * LIV: what must come in the end, and whose steps that rests on. Nothing is assumed of user space, of the host's memory
 * management, or of what devices begin; see model/systems/fairness.ts for the groups.
 */
import { isOutstanding } from "../../../model/machines/device/prg-slot.ts";
import { all, each, leadsTo, optional, sometimes, type Seen } from "../../../checker/property.ts";
import type { Fairness } from "../../../model/systems/fairness.ts";
import { coreRule, hardwareRule, vfioRule } from "../sources.ts";
import { where, type Parameters } from "../parameters.ts";

const prg = each<never>("prg-slot");
const stall = each<never>("stall-slot");
const vmm = each<never>("vmm");

const KERNEL: readonly Fairness[] = ["threads", "hardware"];
/** A release waits for the DMA in flight to its page. */
const WITH_DEVICES: readonly Fairness[] = [...KERNEL, "devices"];
const IN_TURN: readonly Fairness[] = [...WITH_DEVICES, "lock"];
const ALL: readonly Fairness[] = [...IN_TURN, "workqueue"];

/** With MMU notifiers, pages are taken away at any time; claims about runs in which none is are for pinned memory. */
const isPinned = ({ host }: Parameters): boolean => host.notifier === "none";
/** What takes a page back: DMA_UNMAP, eviction and reclaim all go through it. */
const releases = all<never>("page-release");
const prqs = optional<never>("prq");
/** What was mapped for a fault stays until it was used, and each request finds room (facts L5, L6; I-33). */
const isUndisturbed = ({ releases: list, prqs: queues }: Undisturbed): boolean =>
  list.every(({ state }) => state === "idle") && queues.every(({ state }) => state !== "overflowed");

interface Undisturbed {
  readonly releases: readonly Seen<never>[];
  readonly prqs: readonly Seen<never>[];
}

export const liv = [
  leadsTo({
    id: "LIV-1",
    name: "group-answered-quiet",
    statement:
      "A closed group is answered if only faults take iommu->lock, no page is taken back, kernel threads and queues keep running, and the workqueue is fair; devices may stop.",
    source: hardwareRule("L1"),
    witness: "RSP-5",
    applies: where(isPinned),
    reads: { prg, releases, lock: each<{ readonly owner: string | null }>("container-lock") },
    provided: ({ releases: list, lock: { context } }) =>
      list.every(({ state }) => state === "idle") && (context.owner?.startsWith("resolver") ?? true),
    when: ({ prg: s }) => isOutstanding(s),
    eventually: ({ prg: s }) => !isOutstanding(s),
    // In turn only matters where two devices overflow one queue: then an answered group can be begun again and again.
    assumes: [...KERNEL, "workqueue"],
  }),
  leadsTo({
    id: "LIV-2",
    name: "group-answered",
    statement:
      "A closed group is answered if kernel threads, queues and devices keep running, and the lock and the workqueue are fair.",
    source: vfioRule("I-34"),
    witness: "RSP-5",
    reads: { prg },
    when: ({ prg: s }) => isOutstanding(s),
    eventually: ({ prg: s }) => !isOutstanding(s),
    assumes: ALL,
  }),
  leadsTo({
    id: "LIV-3",
    name: "stall-answered",
    statement:
      "A stalled transaction is resumed or terminated if all threads and devices keep running, and the locks and queues are fair.",
    source: hardwareRule("L2"),
    witness: "STL-4",
    reads: { stall },
    when: ({ stall: s }) => s.state === "waiting",
    eventually: ({ stall: s }) => s.state !== "waiting",
    assumes: ALL,
  }),
  leadsTo({
    id: "LIV-4",
    name: "overflow-ends",
    statement: "After an overflow the queue accepts requests again if kernel threads and queues keep running.",
    source: hardwareRule("L3"),
    witness: "PRQ-3",
    reads: { prq: each<never>("prq") },
    when: ({ prq }) => prq.state === "overflowed",
    eventually: ({ prq }) => prq.state === "accepting",
    assumes: KERNEL,
  }),
  leadsTo({
    id: "LIV-5",
    name: "unmap-returns",
    statement: "DMA_UNMAP returns, however many faults arrive, if devices end their DMA and the lock is fair.",
    source: vfioRule("I-37"),
    witness: "LIV-10",
    applies: where(({ bounds }) => bounds.unmaps),
    reads: { vmm },
    when: ({ vmm: v }) => v.state.startsWith("unmap"),
    eventually: ({ vmm: v }) => v.state === "idle",
    assumes: IN_TURN,
  }),
  leadsTo({
    id: "LIV-6",
    name: "container-lock-dropped",
    statement: "The holder of iommu->lock drops it if threads, queues and devices keep running.",
    source: vfioRule("I-38"),
    witness: "LCK-3",
    reads: { lock: each<never>("container-lock") },
    when: ({ lock }) => lock.state === "held",
    eventually: ({ lock }) => lock.state === "free",
    assumes: WITH_DEVICES,
  }),
  leadsTo({
    id: "LIV-7",
    name: "worker-finishes-group",
    statement: "A worker that has taken a group answers it, frees it and becomes ready for the next one.",
    source: coreRule("L1"),
    witness: "LIV-11",
    reads: { responder: each<never>("responder") },
    when: ({ responder }) => responder.state !== "idle",
    eventually: ({ responder }) => responder.state === "idle",
    assumes: IN_TURN,
  }),
  leadsTo({
    id: "LIV-8",
    name: "work-ends",
    statement: "The work of a device ends on runs in which the queue never overflows and no page is taken back.",
    source: vfioRule("I-33"),
    witness: "RSP-5",
    applies: where(isPinned),
    reads: { prg, releases, prqs },
    provided: isUndisturbed,
    when: ({ prg: s }) => s.state !== "idle",
    eventually: ({ prg: s }) => s.state === "idle",
    assumes: ALL,
  }),
  leadsTo({
    id: "LIV-9",
    name: "transactions-end",
    statement: "The transactions of a device end on runs in which no page is taken back.",
    source: vfioRule("I-33"),
    witness: "STL-4",
    applies: where(isPinned),
    reads: { stall, releases, prqs },
    provided: isUndisturbed,
    when: ({ stall: s }) => s.state !== "idle",
    eventually: ({ stall: s }) => s.state === "idle",
    assumes: ALL,
  }),
  sometimes({
    id: "LIV-10",
    name: "fault-waits-in-unmap",
    statement: "A fault waits for its response while DMA_UNMAP is under way.",
    source: vfioRule("I-37"),
    applies: where(({ bounds }) => bounds.unmaps),
    reads: { vmm, prgs: optional<never>("prg-slot"), stalls: optional<never>("stall-slot") },
    holds: ({ vmm: v, prgs, stalls }) =>
      v.state.startsWith("unmap") && [...prgs, ...stalls].some(({ state }) => state === "waiting"),
  }),
  sometimes({
    id: "LIV-11",
    name: "group-taken",
    statement: "A worker has taken a group and has not answered it.",
    source: coreRule("L1"),
    reads: { responder: each<never>("responder") },
    holds: ({ responder }) => responder.state !== "idle",
  }),
] as const;
