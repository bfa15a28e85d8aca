/** UNM: VFIO_IOMMU_UNMAP_DMA that calls drivers, beside another call on the same type1 container. */
import {
  all,
  always,
  canAlways,
  each,
  leadsTo,
  optional,
  sometimes,
  type Seen,
  type View,
} from "../../checker/property.ts";
import type { RwSemaphoreContext } from "../../model/machines/linux/lib/rw-semaphore.ts";
import type { DriverNotificationContext } from "../../model/machines/linux/vfio/type1/driver-notification.ts";
import type { PinnedMappingContext } from "../../model/machines/linux/vfio/type1/unmap/pinned-mapping.ts";
import { IOMMU_LOCK, LIST_LOCK } from "../../model/machines/linux/vfio/type1/unmap/type1-calls.ts";
import type { Type1ThreadContext } from "../../model/machines/linux/vfio/type1/unmap/type1-thread.ts";
import type { Type1UnmapDesign, Type1UnmapSizes } from "../../model/systems/studies/type1-unmap-design.ts";
import { inStudy } from "./parameters.ts";
import { vfioRule } from "./sources.ts";

type Condition = (host: Type1UnmapDesign, bounds: Type1UnmapSizes) => boolean;
const here = (condition?: Condition) => inStudy<Type1UnmapDesign, Type1UnmapSizes>("type1-unmap", condition);
/** The callback unpins the first page, and another one is pinned. */
const missesThePin: Condition = ({ callbackUnpins }, { pinnedPage }) =>
  callbackUnpins === "unpin-always" && pinnedPage === "later";
/** Another UNMAP can free the mapping of this one: somebody unpins what is pinned in it. */
const freesTwice: Condition = (host, sizes) =>
  sizes.against === "unmap-same-and-unpin" || (sizes.against === "unmap-same" && !missesThePin(host, sizes));
const looksAgain: Condition = (host, sizes) => sizes.against === "pin-again" || missesThePin(host, sizes);

const thread = each<Type1ThreadContext>("type1-thread");
const threads = all<Type1ThreadContext>("type1-thread");
const walk = each<DriverNotificationContext>("device-walk");
const walks = all<DriverNotificationContext>("device-walk");
const mapping = each<PinnedMappingContext>("pinned-mapping");
const mappings = all<PinnedMappingContext>("pinned-mapping");
const locks = optional<{ owner: string | null }>("mutex");

const isUnmap = ({ context }: Seen<Type1ThreadContext>): boolean => context.operation.call === "unmap";
const returned = ({ state }: Seen<Type1ThreadContext>): boolean => state === "done";
/** device_list_lock is held and iommu->lock was dropped. */
const isWalking = ({ state }: Seen<DriverNotificationContext>): boolean =>
  ["calling", "called", "returning"].includes(state);
const ownerOf = (list: readonly Seen<{ owner: string | null }>[], lock: string): string | null =>
  list.find(({ name }) => name === lock)?.context.owner ?? null;

/** What a claim that some call returns says of a state: who holds the two locks, and which lock each thread takes next. */
const who = { threads, walks, locks, shared: optional<RwSemaphoreContext>("rw-semaphore") };
const nextLocks = ({ threads: every, walks: list }: View<typeof who>) =>
  every.map(({ name, state, context: { left } }) => {
    const takesList = list.some((w) => w.context.by === name && w.state.startsWith("taking"));
    const next = state === "notifying" ? undefined : left[0];
    return [`${name} takes next`, takesList ? LIST_LOCK : next?.do === "locks" ? next.lock : null] as const;
  });
const shown = (view: View<typeof who>) => ({
  "iommu->lock held by": ownerOf(view.locks, IOMMU_LOCK),
  "device_list_lock held by": view.shared[0]?.context.owners.join(", ") ?? ownerOf(view.locks, LIST_LOCK),
  ...Object.fromEntries(nextLocks(view)),
});

export const unm = [
  leadsTo({
    id: "UNM-1",
    name: "unmap-dma-returns",
    statement: "VFIO_IOMMU_UNMAP_DMA returns if every thread that can take a step keeps running.",
    source: vfioRule("I-38; 2.3 U3a"),
    witness: "UNM-4",
    applies: here(),
    reads: { thread, ...who },
    when: ({ thread: t }) => isUnmap(t) && !returned(t),
    eventually: ({ thread: t }) => !isUnmap(t) || returned(t),
    values: shown,
    assumes: ["threads"],
  }),
  leadsTo({
    id: "UNM-2",
    name: "other-calls-return",
    statement:
      "A close, an open, a MAP and a pin on the container return if every thread that can take a step keeps running.",
    source: vfioRule("I-38; 2.3 U3a"),
    witness: "UNM-5",
    applies: here(),
    reads: { thread, ...who },
    when: ({ thread: t }) => !isUnmap(t) && !returned(t),
    eventually: ({ thread: t }) => isUnmap(t) || returned(t),
    values: shown,
    assumes: ["threads"],
  }),
  canAlways({
    id: "UNM-3",
    name: "no-task-in-d-state-forever",
    statement: "Every call on the container can always return: none waits in D state for ever.",
    source: vfioRule("I-38; 2.3 U3a"),
    witness: "UNM-4",
    applies: here(),
    reads: who,
    holds: ({ threads: every }) => every.every(returned),
    values: shown,
  }),
  sometimes({
    id: "UNM-4",
    name: "device-list-walk",
    statement: "vfio_notify_dma_unmap() walks device_list with iommu->lock dropped.",
    source: vfioRule("2.3 U3a"),
    applies: here(),
    reads: { walk },
    holds: ({ walk: w }) => w.name === "a-walk" && isWalking(w),
  }),
  sometimes({
    id: "UNM-5",
    name: "call-beside-walk",
    statement: "Another call on the container has not returned while vfio_notify_dma_unmap() walks device_list.",
    source: vfioRule("2.3 U3a"),
    applies: here(),
    reads: { walks, threads },
    holds: ({ walks: every, threads: some }) =>
      every.some((w) => isWalking(w) && some.some((t) => t.name !== w.context.by && !returned(t))),
  }),
  always({
    id: "UNM-6",
    name: "freed-mapping-unread",
    statement: "vfio_notify_dma_unmap() reads no mapping that another UNMAP has freed.",
    source: vfioRule("I-16; 2.3 U3a"),
    witness: "UNM-7",
    applies: here(freesTwice),
    reads: { mapping },
    holds: ({ mapping: m }) => !m.context.readFreed,
    values: ({ mapping: m }) => ({ [m.name]: m.state, "read after it was freed": m.context.readFreed }),
  }),
  sometimes({
    id: "UNM-7",
    name: "mapping-freed-during-walk",
    statement: "vfio_notify_dma_unmap() walks device_list for a mapping that is freed in the meantime.",
    source: vfioRule("2.3 U3a"),
    applies: here(freesTwice),
    reads: { mappings, walks },
    holds: ({ mappings: list, walks: every }) => list.some(({ state }) => state === "freed") && every.some(isWalking),
  }),
  always({
    id: "UNM-8",
    name: "unmap-below-max-retries",
    statement: "vfio_dma_do_unmap() does not reach BUG_ON(++retries > 10).",
    source: vfioRule("I-16; B-25, B-26"),
    witness: "UNM-4",
    applies: here(),
    reads: { thread },
    holds: ({ thread: t }) => t.state !== "bug",
  }),
  sometimes({
    id: "UNM-9",
    name: "still-pinned-after-callbacks",
    statement: "vfio_dma_do_unmap() has called the drivers and finds the same mapping pinned again, or still.",
    source: vfioRule("I-16; B-25, B-26"),
    applies: here(looksAgain),
    reads: { walk },
    holds: ({ walk: w }) => (w.context.repeats ?? 0) > 0,
  }),
] as const;
