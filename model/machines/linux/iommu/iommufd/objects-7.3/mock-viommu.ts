/**
 * The part of the selftest's driver below one vIOMMU: its hardware queues, the page that it offers, and the invalidation of a
 * device's cache by its virtual ID.
 *
 * Models  Linux 7.3, drivers/iommu/iommufd/selftest.c: mock_viommu_init(), mock_viommu_destroy(),
 *         mock_hw_queue_init_phys(), mock_hw_queue_destroy(), mock_viommu_cache_invalidate() (J60, J63, J65).
 *         `queueIndex: "never-stored"` is what the selftest does: mock_hw_queue_init_phys() does not store the index, so that
 *         every destroy clears slot 0. A driver of hardware stores it.
 * Omits   queue_mutex: each operation is one step.
 */
import { assign, setup } from "xstate";
import { linuxAt, messages } from "../../../../../said.ts";
import { EINVAL, EIO, EOPNOTSUPP, OK } from "../../../include/iommu.ts";
import { answered, answerSays, type Answers } from "./call-messages.ts";
import { EEXIST } from "./errors.ts";
import { CACHES, SELFTEST } from "./mock-device.ts";
import type { Named } from "./object-messages.ts";

export type QueueIndex = "stored" | "never-stored";

interface Slot {
  readonly index: number;
  readonly queue: Named;
}

export interface MockViommuContext {
  readonly at: number;
  readonly queueIndex: QueueIndex;
  /** Slots that are taken, ascending. */
  readonly slots: readonly Slot[];
  /** Queues whose init has succeeded: the others have no destroy operation. */
  readonly begun: readonly Named[];
  /** Queues with the one before it, on which each depends. */
  readonly after: readonly { readonly queue: Named; readonly previous: Named }[];
  readonly hasPage: boolean;
  readonly invalidating: { readonly by: string; readonly cache: number } | null;
}

type By = { readonly by: string };

export type MockViommuEmits =
  | Answers
  | ({ readonly type: "object.refs" | "object.unrefs" } & Named)
  | ({ readonly type: "device.looks-up"; readonly virt: number } & By & Named)
  | ({ readonly type: "cache.is-invalidated"; readonly cache: number } & Named)
  | { readonly type: "mmap.adds" | "mmap.removes"; readonly viommu: number };

const s = setup({
  types: {
    context: {} as MockViommuContext,
    events: {} as
      | ({ readonly type: "driver.inits-viommu"; readonly page: number } & By)
      | ({ readonly type: "driver.drops-viommu" } & By)
      | ({ readonly type: "driver.sizes-hw-queue"; readonly ofType: number } & By)
      | ({
          readonly type: "driver.inits-hw-queue" | "driver.drops-hw-queue";
          readonly index: number;
          readonly "hw-queue": Named;
        } & By)
      | ({ readonly type: "driver.invalidates"; readonly virt: number; readonly cache: number } & By)
      | { readonly type: "device.found"; readonly device: Named | null },
    emitted: {} as MockViommuEmits,
    input: {} as { readonly at: number; readonly queueIndex: QueueIndex },
  },
});

/** IOMMU_TEST_HW_QUEUE_MAX. */
const QUEUES = 2;
const isSame = (a: Named, b: Named): boolean => a.kind === b.kind && a.at === b.at;

const initsQueue = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "driver.inits-hw-queue") return;
  const { by, index, "hw-queue": queue } = event;
  const { slots, begun, after } = context;
  const previous = slots.find((slot) => slot.index === index - 1)?.queue;
  const result =
    index >= QUEUES ? EINVAL : slots.some((slot) => slot.index === index) ? EEXIST : index > 0 && !previous ? EIO : OK;
  if (result === OK) {
    enqueue.assign({
      slots: [...slots, { index, queue }].toSorted((a, b) => a.index - b.index),
      begun: [...begun, queue],
      ...(previous ? { after: [...after, { queue, previous }] } : {}),
    });
    if (previous) enqueue.emit({ type: "object.refs", ...previous });
  }
  enqueue.emit(answered(by, result));
});

const dropsQueue = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "driver.drops-hw-queue") return;
  const { by, index, "hw-queue": queue } = event;
  const { slots, after, queueIndex, begun } = context;
  const hasBegun = begun.some((one) => isSame(one, queue));
  const stored = queueIndex === "stored" ? index : 0;
  const previous = after.find((one) => isSame(one.queue, queue))?.previous;
  enqueue.assign({
    slots: hasBegun ? slots.filter((slot) => slot.index !== stored) : slots,
    begun: begun.filter((one) => !isSame(one, queue)),
    after: after.filter((one) => !isSame(one.queue, queue)),
  });
  if (previous) enqueue.emit({ type: "object.unrefs", ...previous });
  enqueue.emit(answered(by, OK));
});

const FILE = "drivers/iommu/iommufd/selftest.c";

export const mockViommu = s.createMachine({
  id: "mock-viommu",
  description: "the driver of the selftest below one vIOMMU",
  meta: {
    origin: linuxAt("7.3.4", FILE, "mock_viommu_init"),
    lane: "struct mock_viommu {at}",
    messages: {
      ...answerSays,
      ...messages<Exclude<MockViommuEmits, Answers>>({
        "object.refs": {
          says: "makes the hardware queue depend on the one before",
          origin: linuxAt("7.3.4", "drivers/iommu/iommufd/driver.c", "_iommufd_object_depend"),
        },
        "object.unrefs": {
          says: "ends the dependence on the hardware queue before",
          origin: linuxAt("7.3.4", "drivers/iommu/iommufd/driver.c", "_iommufd_object_undepend"),
        },
        "device.looks-up": {
          says: "looks up the device of virtual ID {virt}",
          origin: linuxAt("7.3.4", FILE, "mock_viommu_cache_invalidate"),
        },
        "cache.is-invalidated": {
          says: "clears cache entry {cache} of the device",
          origin: linuxAt("7.3.4", FILE, "mock_viommu_cache_invalidate"),
        },
        "mmap.adds": {
          says: "offers a page to mmap()",
          origin: linuxAt("7.3.4", "drivers/iommu/iommufd/driver.c", "_iommufd_alloc_mmap"),
        },
        "mmap.removes": {
          says: "takes its page away from mmap()",
          origin: linuxAt("7.3.4", "drivers/iommu/iommufd/driver.c", "_iommufd_destroy_mmap"),
        },
      }),
    },
  },
  context: ({ input }) => ({ ...input, slots: [], begun: [], after: [], hasPage: false, invalidating: null }),
  on: {
    "driver.inits-viommu": {
      actions: s.enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== "driver.inits-viommu") return;
        if (event.page === 1) {
          enqueue.assign({ hasPage: true });
          enqueue.emit({ type: "mmap.adds", viommu: context.at });
        }
        enqueue.emit(answered(event.by, OK));
      }),
    },
    "driver.drops-viommu": {
      actions: s.enqueueActions(({ context, event, enqueue }) => {
        if (context.hasPage) enqueue.emit({ type: "mmap.removes", viommu: context.at });
        enqueue.assign({ hasPage: false });
        enqueue.emit(answered((event as By).by, OK));
      }),
    },
    "driver.sizes-hw-queue": {
      actions: s.emit(({ event }) => {
        const { by, ofType } = event as Extract<typeof event, { readonly type: "driver.sizes-hw-queue" }>;
        return answered(by, ofType === SELFTEST ? OK : EOPNOTSUPP);
      }),
    },
    "driver.inits-hw-queue": { actions: initsQueue },
    "driver.drops-hw-queue": { actions: dropsQueue },
    "driver.invalidates": [
      {
        guard: ({ event }) => event.cache >= CACHES,
        actions: s.emit(({ event }) => answered((event as By).by, EINVAL, { done: 0 })),
      },
      {
        actions: [
          assign({ invalidating: ({ event: { by, cache } }) => ({ by, cache }) }),
          s.emit(({ context, event }) => {
            const { by, virt } = event as { readonly by: string; readonly virt: number };
            return { type: "device.looks-up", by, virt, kind: "viommu", at: context.at };
          }),
        ],
      },
    ],
    "device.found": {
      actions: s.enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== "device.found") return;
        const { by, cache } = context.invalidating!;
        enqueue.assign({ invalidating: null });
        if (event.device) enqueue.emit({ type: "cache.is-invalidated", cache, ...event.device });
        enqueue.emit(event.device ? answered(by, OK, { done: 1 }) : answered(by, EINVAL, { done: 0 }));
      }),
    },
  },
});
