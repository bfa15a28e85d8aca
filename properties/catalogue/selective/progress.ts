/** SEL: what must come in the end. */
import { canAlways, leadsTo } from "../../../checker/property.ts";
import { vfioRule } from "../sources.ts";
import { queue, mediator, vmm, here, mayFault, hasRoom, isTrapped, isBusy, ALL } from "./parts.ts";

export const selProgress = [
  canAlways({
    id: "SEL-23",
    name: "ring-can-be-returned",
    statement: "A ring can always be given back: its queue comes to rest.",
    source: vfioRule("3.2, step 6; I-25"),
    witness: "SEL-2",
    applies: here(isTrapped),
    reads: { queue, mediator },
    holds: ({ queue: q, mediator: m }) =>
      m.context.rules.queue !== q.context.queue || (q.state === "off" && m.state === "idle"),
  }),
  leadsTo({
    id: "SEL-24",
    name: "buffer-fault-answered",
    statement: "A buffer that faulted is answered if threads and devices keep running and the lock is fair.",
    source: vfioRule("I-34"),
    witness: "SEL-3",
    applies: here((host) => mayFault(host) && host.faultTolerance !== "none"),
    reads: { queue },
    when: ({ queue: q }) => q.state === "waiting",
    eventually: ({ queue: q }) => q.state !== "waiting",
    assumes: ALL,
  }),
  leadsTo({
    id: "SEL-25",
    name: "trapped-write-ends",
    statement: "A trapped register write and the stop of a queue end.",
    source: vfioRule("3.2, I-38"),
    witness: "SEL-2",
    applies: here(isTrapped),
    reads: { mediator },
    when: ({ mediator: m }) => isBusy(m),
    eventually: ({ mediator: m }) => !isBusy(m),
    assumes: ALL,
  }),
  leadsTo({
    id: "SEL-26",
    name: "unmap-returns-beside-rings",
    statement: "DMA_UNMAP returns, whatever rings the guest registers.",
    source: vfioRule("I-16, I-37"),
    witness: "SEL-17",
    applies: here((_, bounds) => bounds.unmaps),
    reads: { vmm },
    when: ({ vmm: v }) => v.state.startsWith("unmap"),
    eventually: ({ vmm: v }) => v.state === "idle",
    assumes: ALL,
  }),
  leadsTo({
    id: "SEL-27",
    name: "faulted-access-done",
    statement: "An access that faulted is done in the end if no page is taken away.",
    source: vfioRule("I-33"),
    witness: "SEL-3",
    applies: here(
      (host, bounds) =>
        !bounds.unmaps &&
        !bounds.reclaims &&
        bounds.rings === 1 &&
        hasRoom(host, bounds) &&
        mayFault(host) &&
        host.faultTolerance !== "none",
    ),
    reads: { queue, vmm },
    when: ({ queue: q, vmm: v }) => q.state === "faulting" && v.context.mapped,
    eventually: ({ queue: q }) => q.state === "moving" || q.state === "off",
    assumes: ALL,
  }),
] as const;
