/**
 * A page table with the tags that say which caches a flush of it has to reach, and whoever unmaps its page.
 *
 * Models  Linux 6.12, intel/cache.c: struct cache_tag and cache_tag_flush_range(); iommufd or VFIO around it: unmap,
 *         flush, and only then give the page out (I7, I-03). The page table itself may go when nobody counts it.
 * Omits   the locks of the caller: iommufd unmaps without the lock of the group, so that both may be under way at a time.
 */
import { assign, enqueueActions, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";

export type CacheTag = "iotlb" | "devtlb";

export interface PagingDomainContext {
  readonly table: number;
  readonly users: number;
  /** In order of the alphabet. */
  readonly tags: readonly CacheTag[];
}

export type PagingDomainEvent =
  | { readonly type: "table.takes" | "table.drops" | "table.walks"; readonly table: number }
  | { readonly type: "tag.assigns" | "tag.unassigns"; readonly table: number; readonly tag: CacheTag }
  | { readonly type: "owner.unmaps" | "owner.flushes" | "owner.maps" | "owner.frees" | "owner.allocates" };

export type PagingDomainEmits =
  | { readonly type: "table.walked"; readonly table: number; readonly mapped: boolean }
  | { readonly type: "iotlb.flushes" | "devtlb.flushes"; readonly table: number };

const s = setup({
  types: {
    context: {} as PagingDomainContext,
    events: {} as PagingDomainEvent,
    emitted: {} as PagingDomainEmits,
    input: {} as { readonly table: number },
  },
  guards: { isUnused: ({ context }) => context.users === 0 },
});

const answers = (mapped: boolean) =>
  s.emit(({ context }) => ({ type: "table.walked", table: context.table, mapped }) as const);
/** One device uses a table once: a count that is higher was not dropped, and stays so. */
const MOST = 2;
const takes = s.assign({ users: ({ context }) => Math.min(context.users + 1, MOST) });

export const pagingDomain = s.createMachine({
  id: "paging-domain",
  context: ({ input }) => ({ ...input, users: 0, tags: [] }),
  initial: "mapped",
  on: {
    "table.drops": { actions: assign({ users: ({ context }) => (context.users === MOST ? MOST : context.users - 1) }) },
    "tag.assigns": {
      actions: assign({
        tags: ({ context, event }) => [...new Set([...context.tags, event.tag])].sort((a, b) => (a < b ? -1 : 1)),
      }),
    },
    "tag.unassigns": { actions: assign({ tags: ({ context, event }) => context.tags.filter((t) => t !== event.tag) }) },
    "table.walks": { actions: answers(false) },
  },
  states: {
    mapped: {
      on: { "table.takes": { actions: takes }, "table.walks": { actions: answers(true) }, "owner.unmaps": "unmapping" },
    },
    /** The entry is clear; the caches are not yet. */
    unmapping: {
      on: {
        "table.takes": { actions: takes },
        "owner.flushes": {
          target: "given-out",
          actions: enqueueActions(({ context: { tags, table }, enqueue }) => {
            for (const tag of tags) enqueue.emit({ type: `${tag}.flushes`, table });
          }),
        },
      },
    },
    /** The page belongs to somebody else. */
    "given-out": {
      on: {
        "table.takes": { actions: takes },
        "owner.maps": "mapped",
        "owner.frees": { guard: "isUnused", target: "freed" },
      },
    },
    freed: {
      on: { "owner.allocates": { target: "mapped", actions: assign({ tags: [] }) } },
    },
  },
});

export const pagingDomainSteps: readonly Message[] = [
  { type: "owner.unmaps" },
  { type: "owner.flushes" },
  { type: "owner.maps" },
  { type: "owner.frees" },
  { type: "owner.allocates" },
];
