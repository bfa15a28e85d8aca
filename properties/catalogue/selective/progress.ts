/** SEL: what must come in the end. */
import { canAlways, leadsTo } from "../../../checker/property.ts";
import { vfioRule } from "../sources.ts";
import { queue, mediator, vmm, here, mayFault, hasRoom, isTrapped, isBusy, ALL } from "./parts.ts";

export const selProgress = [
  canAlways({
    id: "SEL-23",
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
    statement: "A buffer that faulted is answered, if threads and devices go on and the lock serves in turn.",
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
    statement: "A register write that was trapped, and a queue that is stopped, come to their end.",
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
    statement: "DMA_UNMAP returns, whatever rings the guest registers meanwhile.",
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
    statement: "Where nobody takes pages away, an access that faulted is done in the end.",
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
