/**
 * A thread of the host that pins and maps pages or releases them, one request at a time, under iommu->lock.
 *
 * Models  the common part of all policies (VFIO facts 1.1, 2.2, 2.3, 4.4): take the lock, check whether the page is mapped, do
 *         the work (page-hold.ts, page-release.ts), drop the lock, reply. The reply is a step of its own: the page may be
 *         released between the unlock and the reply. With `trusts` the host relies on coIOMMU's shared table instead of its
 *         own records.
 * Omits   failures, and requests for several pages. linux/vfio/type1 has DMA_MAP and DMA_UNMAP as the kernel does them.
 */
import { assign, emit, setup } from "xstate";
import { atWill, linux, messages } from "../../said.ts";
import { mutexSays } from "../linux/lib/mutex.ts";
import type { Work, WorkAsked, WorkDone } from "./vocabulary.ts";

export interface WorkThreadContext {
  readonly name: string;
  readonly trusts: boolean;
  readonly work: Work | null;
  readonly page: number | null;
  readonly by: string | null;
}

export type WorkThreadEmits =
  | WorkDone
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "container.finds"; readonly page: number; readonly by: string }
  | { readonly type: "hold.starts"; readonly page: number; readonly by: string; readonly mapped: boolean }
  | { readonly type: "release.starts"; readonly page: number; readonly by: string };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";
const MUTEX = "kernel/locking/mutex.c";

const s = setup({
  types: {
    context: {} as WorkThreadContext,
    events: {} as
      | WorkAsked
      | { readonly type: "work.locks" | "work.unlocks" | "work.answers" }
      | { readonly type: "container.found"; readonly mapped: boolean }
      | { readonly type: "hold.done" | "release.done" },
    emitted: {} as WorkThreadEmits,
    input: {} as { name: string; trusts: boolean },
  },
});

export const WORK_STEPS = ["locks", "unlocks", "answers"].map((step) => ({ type: `work.${step}` }));

const releases = s.emit(({ context: { name, page } }) => ({ type: "release.starts", page: page!, by: name }));
const holds = s.emit(({ context: { name, page, trusts }, event }) => ({
  type: "hold.starts",
  page: page!,
  by: name,
  mapped: event.type === "container.found" && event.mapped && !trusts,
}));

export const workThread = s.extend({ actions: { releases, holds } }).createMachine({
  id: "work-thread",
  description: "a thread that pins and maps pages, or releases them",
  meta: {
    origin: atWill("a host thread of the policy"),
    lane: "the host thread {name}, which pins and maps pages (hold) or releases them (release)",
    messages: messages<WorkThreadEmits>({
      ...mutexSays("iommu->lock"),
      "container.finds": { says: "looks up page {page}", origin: linux(TYPE1, "vfio_find_dma") },
      "hold.starts": { says: "begins to pin and map page {page}", origin: linux(TYPE1, "vfio_pin_map_dma") },
      "release.starts": { says: "begins to release page {page}", origin: linux(TYPE1, "vfio_unmap_unpin") },
      "work.done": "replies to {by}: page {page} is done ({work})",
    }),
  },
  context: ({ input }) => ({ ...input, work: null, page: null, by: null }),
  initial: "idle",
  states: {
    idle: {
      description: "no request is in service",
      on: {
        "work.asks": {
          target: "locking",
          actions: assign(({ event: { work, page, by } }) => ({ work, page, by })),
        },
      },
    },
    locking: {
      description: "waits for iommu->lock",
      on: {
        "work.locks": {
          description: "takes iommu->lock for page {page} ({work})",
          meta: { origin: linux(MUTEX, "mutex_lock") },
          target: "finding",
          actions: [
            emit(({ context }) => ({ type: "lock.acquires", owner: context.name })),
            emit(({ context: { name, page } }) => ({ type: "container.finds", page: page!, by: name })),
          ],
        },
      },
    },
    finding: {
      description: "checks whether the page is mapped",
      on: {
        "container.found": [
          { guard: ({ context }) => context.work === "hold", target: "working", actions: "holds" },
          { guard: ({ event }) => event.mapped, target: "working", actions: "releases" },
          { target: "unlocking" },
        ],
      },
    },
    working: {
      description: "the page is being mapped or released, under iommu->lock",
      on: { "hold.done": { target: "unlocking" }, "release.done": { target: "unlocking" } },
    },
    unlocking: {
      description: "the work is done, and iommu->lock is still held",
      on: {
        "work.unlocks": {
          description: "drops iommu->lock",
          meta: { origin: linux(MUTEX, "mutex_unlock") },
          target: "answering",
          actions: emit(({ context }) => ({ type: "lock.releases", owner: context.name })),
        },
      },
    },
    answering: {
      description: "the work is done, and {by} still waits for the reply",
      on: {
        "work.answers": {
          description: "replies to {by}: page {page} is done ({work})",
          target: "idle",
          actions: [
            emit(({ context: { work, by } }) => ({ type: "work.done", work: work!, by: by! })),
            assign({ work: null, page: null, by: null }),
          ],
        },
      },
    },
  },
});
