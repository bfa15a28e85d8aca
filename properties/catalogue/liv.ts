/**
 * LIV: what must come in the end, and whose steps that rests on. Nothing is assumed of user space, of the host's memory
 * management, or of what devices begin; see model/systems/fairness.ts for the groups.
 */
import { each, leadsTo, optional, sometimes } from "../../checker/property.ts";
import type { Fairness } from "../../model/systems/fairness.ts";
import { coreRule, hardwareRule, vfioRule } from "./sources.ts";
import { fitsTheLimit, overflows, refuses, releases, where, type Parameters } from "./parameters.ts";

const prg = each<never>("prg-slot");
const stall = each<never>("stall-slot");
const vmm = each<never>("vmm");

const KERNEL: readonly Fairness[] = ["threads", "hardware"];
/** A release waits for the DMA in flight to its page. */
const WITH_DEVICES: readonly Fairness[] = [...KERNEL, "devices"];
const IN_TURN: readonly Fairness[] = [...WITH_DEVICES, "lock"];
const ALL: readonly Fairness[] = [...IN_TURN, "workqueue"];

/** Whether the same page can be missed again and again: it is taken away, or the request for it is refused. */
const missesAgain = (built: Parameters): boolean => releases(built) || refuses(built);
/** An overflow is nothing to those who handle faults: systems that differ in that alone need not ask again. */
const differsInHandling = (built: Parameters): boolean => !overflows(built) || built.host.core === "6.1";
/** Whether what was mapped for a fault stays until it was used, and each request finds room (facts L5, L6; I-33). */
const canFinish = (built: Parameters): boolean =>
  built.host.notifier === "none" && !built.bounds.unmaps && !overflows(built) && fitsTheLimit(built);

export const liv = [
  leadsTo({
    id: "LIV-1",
    statement:
      "A closed group is answered if kernel threads and queues go on, and work is begun in turn; devices may stop.",
    source: hardwareRule("L1"),
    witness: "RSP-5",
    applies: where((built) => !missesAgain(built)),
    reads: { prg },
    when: ({ prg: s }) => s.state === "waiting",
    eventually: ({ prg: s }) => s.state !== "waiting",
    // In turn only matters where two devices overflow one queue: then an answered group can be begun again and again.
    assumes: [...KERNEL, "workqueue"],
  }),
  leadsTo({
    id: "LIV-2",
    statement:
      "Where pages are released or refused, a closed group is answered if also devices end their DMA, and lock and workqueue serve in turn.",
    source: vfioRule("I-34"),
    witness: "RSP-5",
    applies: where(missesAgain),
    reads: { prg },
    when: ({ prg: s }) => s.state === "waiting",
    eventually: ({ prg: s }) => s.state !== "waiting",
    assumes: ALL,
  }),
  leadsTo({
    id: "LIV-3",
    statement: "A stalled transaction is resumed or terminated if everybody goes on and is served in turn.",
    source: hardwareRule("L2"),
    witness: "STL-4",
    reads: { stall },
    when: ({ stall: s }) => s.state === "waiting",
    eventually: ({ stall: s }) => s.state !== "waiting",
    assumes: ALL,
  }),
  leadsTo({
    id: "LIV-4",
    statement: "After an overflow the queue accepts requests again if kernel threads and queues go on.",
    source: hardwareRule("L3"),
    witness: "PRQ-3",
    applies: where(overflows),
    reads: { prq: each<never>("prq") },
    when: ({ prq }) => prq.state === "overflowed",
    eventually: ({ prq }) => prq.state === "accepting",
    assumes: KERNEL,
  }),
  leadsTo({
    id: "LIV-5",
    statement: "DMA_UNMAP returns, however many faults come, if devices end their DMA and the lock serves in turn.",
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
    statement: "Whoever holds the container's lock drops it if threads, queues and devices go on.",
    source: vfioRule("I-38"),
    witness: "LCK-3",
    applies: where(differsInHandling),
    reads: { lock: each<never>("container-lock") },
    when: ({ lock }) => lock.state === "held",
    eventually: ({ lock }) => lock.state === "free",
    assumes: WITH_DEVICES,
  }),
  leadsTo({
    id: "LIV-7",
    statement: "Whoever has taken a group answers and frees it, and is ready for the next one.",
    source: coreRule("L1"),
    witness: "LIV-11",
    applies: where(differsInHandling),
    reads: { responder: each<never>("responder") },
    when: ({ responder }) => responder.state !== "idle",
    eventually: ({ responder }) => responder.state === "idle",
    assumes: IN_TURN,
  }),
  leadsTo({
    id: "LIV-8",
    statement: "With room for every request, and for every page that is wanted, the work of a device comes to its end.",
    source: vfioRule("I-33"),
    witness: "RSP-5",
    applies: where(canFinish),
    reads: { prg },
    when: ({ prg: s }) => s.state !== "idle",
    eventually: ({ prg: s }) => s.state === "idle",
    assumes: ALL,
  }),
  leadsTo({
    id: "LIV-9",
    statement: "With room for every page that is wanted, the transactions of a device come to their end.",
    source: vfioRule("I-33"),
    witness: "STL-4",
    applies: where(canFinish),
    reads: { stall },
    when: ({ stall: s }) => s.state !== "idle",
    eventually: ({ stall: s }) => s.state === "idle",
    assumes: ALL,
  }),
  sometimes({
    id: "LIV-10",
    statement: "A fault waits for its answer while DMA_UNMAP is under way.",
    source: vfioRule("I-37"),
    applies: where(({ bounds }) => bounds.unmaps),
    reads: { vmm, prgs: optional<never>("prg-slot"), stalls: optional<never>("stall-slot") },
    holds: ({ vmm: v, prgs, stalls }) =>
      v.state.startsWith("unmap") && [...prgs, ...stalls].some(({ state }) => state === "waiting"),
  }),
  sometimes({
    id: "LIV-11",
    statement: "A group has been taken and is not yet answered.",
    source: coreRule("L1"),
    reads: { responder: each<never>("responder") },
    holds: ({ responder }) => responder.state !== "idle",
  }),
] as const;
