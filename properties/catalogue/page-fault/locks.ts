/** LCK: the container's lock, and every lock of a focused model. */
import { always, canAlways, each, leadsTo, optional, sometimes } from "../../../checker/property.ts";
import type { Seen } from "../../../checker/property.ts";
import { vfioRule } from "../sources.ts";
import { releases, where } from "../parameters.ts";

const lock = each<{ owner: string | null }>("container-lock");
/** Any lock of a focused model. */
const mutex = each<{ owner: string | null }>("mutex");
/** Outside of these a thread of VFIO reads or changes what the lock protects. */
const OUTSIDE = ["idle", "locking", "map.locking", "unmap.locking"];
const isInside = ({ state }: Seen<never>): boolean => !OUTSIDE.includes(state);

export const lck = [
  always({
    id: "LCK-1",
    name: "fault-handler-holds-lock",
    statement: "A fault handler that works on the container holds iommu->lock.",
    source: vfioRule("F3"),
    witness: "LCK-3",
    reads: { worker: each<never>("fault-resolver"), lock },
    given: { "the handler works on the container": ({ worker }) => isInside(worker) },
    parts: { "it holds iommu->lock": ({ worker, lock: l }) => l.context.owner === worker.name },
    values: ({ worker, lock: l }) => ({ [worker.name]: worker.state, "lock owner": l.context.owner }),
  }),
  always({
    id: "LCK-2",
    name: "ioctl-holds-lock",
    statement: "DMA_MAP and DMA_UNMAP hold iommu->lock while they work on the container.",
    source: vfioRule("2.2, 2.3"),
    witness: "LCK-9",
    reads: { vmm: each<never>("vmm"), lock },
    given: { "the ioctl works on the container": ({ vmm }) => isInside(vmm) },
    parts: { "it holds iommu->lock": ({ vmm, lock: l }) => l.context.owner === vmm.name },
    values: ({ vmm, lock: l }) => ({ vmm: vmm.state, "lock owner": l.context.owner }),
  }),
  sometimes({
    id: "LCK-3",
    name: "handler-has-lock",
    statement: "A fault handler holds iommu->lock.",
    source: vfioRule("F3"),
    reads: { pinning: optional<never>("fault-resolver"), unpinned: optional<never>("unpinned-resolver"), lock },
    holds: ({ pinning, unpinned, lock: l }) => [...pinning, ...unpinned].some(({ name }) => name === l.context.owner),
  }),
  sometimes({
    id: "LCK-4",
    name: "handler-waits-for-unmap",
    statement: "A fault handler waits for iommu->lock while DMA_UNMAP holds it.",
    source: vfioRule("I-37"),
    applies: where(({ bounds }) => bounds.unmaps),
    reads: { worker: each<never>("fault-resolver"), lock },
    holds: ({ worker, lock: l }) => worker.state === "locking" && l.context.owner === "vmm",
  }),
  always({
    id: "LCK-5",
    name: "release-under-lock",
    statement: "Pages are released only under iommu->lock.",
    source: vfioRule("1.2"),
    witness: "LCK-6",
    reads: { release: each<{ by: string | null }>("page-release"), lock },
    given: { "a page is being released": ({ release }) => release.state !== "idle" },
    parts: { "who releases it holds iommu->lock": ({ release, lock: l }) => l.context.owner === release.context.by },
    values: ({ release, lock: l }) => ({ "releases for": release.context.by, "lock owner": l.context.owner }),
  }),
  sometimes({
    id: "LCK-6",
    name: "page-being-released",
    statement: "A page is being released.",
    source: vfioRule("1.2"),
    applies: where(releases),
    reads: { release: each("page-release") },
    holds: ({ release }) => release.state !== "idle",
  }),
  canAlways({
    id: "LCK-7",
    name: "container-lock-can-free",
    statement: "iommu->lock can always become free.",
    source: vfioRule("I-38"),
    witness: "LCK-3",
    reads: { lock },
    holds: ({ lock: l }) => l.state === "free",
  }),
  always({
    id: "LCK-8",
    name: "map-under-lock",
    statement: "A fault handler without lasting pins maps under iommu->lock.",
    source: vfioRule("F3, I-14"),
    witness: "LCK-3",
    reads: { resolver: each<never>("unpinned-resolver"), lock },
    given: {
      "the handler looks up or maps": ({ resolver }) =>
        ["finding", "comparing", "mapping", "marking"].includes(resolver.state),
    },
    parts: { "it holds iommu->lock": ({ resolver, lock: l }) => l.context.owner === resolver.name },
    values: ({ resolver, lock: l }) => ({ [resolver.name]: resolver.state, "lock owner": l.context.owner }),
  }),
  sometimes({
    id: "LCK-9",
    name: "ioctl-has-lock",
    statement: "DMA_MAP or DMA_UNMAP holds iommu->lock.",
    source: vfioRule("2.2, 2.3"),
    applies: where(({ bounds }) => bounds.unmaps),
    reads: { lock },
    holds: ({ lock: l }) => l.context.owner === "vmm",
  }),
  canAlways({
    id: "LCK-10",
    name: "no-lock-deadlock",
    statement: "Every lock that is held can become free: no thread waits for itself, and no threads wait in a circle.",
    source: vfioRule("I-38"),
    witness: "LCK-12",
    reads: { mutex },
    holds: ({ mutex: m }) => m.state === "free",
    values: ({ mutex: m }) => ({ [`owner of ${m.name}`]: m.context.owner }),
  }),
  leadsTo({
    id: "LCK-11",
    name: "lock-is-dropped",
    statement: "The holder of a lock drops it if threads, queues and devices keep running.",
    source: vfioRule("I-38"),
    witness: "LCK-12",
    reads: { mutex },
    when: ({ mutex: m }) => m.state === "held",
    eventually: ({ mutex: m }) => m.state === "free",
    assumes: ["threads", "hardware", "devices"],
  }),
  sometimes({
    id: "LCK-12",
    name: "lock-held",
    statement: "A lock is held.",
    source: vfioRule("I-38"),
    reads: { mutex },
    holds: ({ mutex: m }) => m.state === "held",
  }),
] as const;
