/**
 * A page table with one page, the cache tags that say which caches a flush reaches, and the owner who maps and unmaps the page.
 *
 * Models  Linux 6.12, drivers/iommu/intel/cache.c: struct cache_tag, cache_tag_flush_range(); around it iommufd or VFIO: unmap,
 *         flush, and only then give the page out: I7 of the hardware facts (the order of an unmap with ATS) and I-03 (no
 *         unpin before the flush). The page table can be freed while no device uses it.
 * Omits   the locks of the caller: iommufd unmaps without igroup->lock, so an unmap and an attach may overlap.
 */
import { assign, enqueueActions, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import type { Origin } from "../../../../../../checker/said.ts";
import { iommus, linux612, messages, whereIs } from "../../../../../said.ts";

export type CacheTag = "iotlb" | "devtlb";

export interface PagingDomainContext {
  readonly table: number;
  readonly owner: "vtd" | "smmuv3";
  readonly users: number;
  /** Sorted. */
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
    input: {} as Pick<PagingDomainContext, "table" | "owner">,
  },
  guards: { isUnused: ({ context }) => context.users === 0 },
});

const answers = (mapped: boolean) =>
  s.emit(({ context }) => ({ type: "table.walked", table: context.table, mapped }) as const);
/** One device uses a table once: a higher count leaked, and stays. */
const MOST = 2;
const takes = s.assign({ users: ({ context }) => Math.min(context.users + 1, MOST) });

const IOMMU = "drivers/iommu/iommu.c";
const orSmmu = (vtd: string, smmu: string): Origin =>
  whereIs(linux612("drivers/iommu/intel/cache.c", vtd), "owner", {
    smmuv3: linux612("drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c", smmu),
  });

export const pagingDomain = s.createMachine({
  id: "paging-domain",
  description: "a page table (struct dmar_domain) with its cache tags",
  meta: {
    origin: orSmmu("cache_tag_flush_range", "arm_smmu_tlb_inv_range_domain"),
    lane: "page table {table}, its cache tags and its owner",
    messages: messages<PagingDomainEmits>({
      "table.walked": {
        says: "finds the page {mapped?mapped:not mapped} in page table {table}",
        origin: iommus("page table walk"),
      },
      "iotlb.flushes": {
        says: "flushes the IOTLB for page table {table}",
        origin: orSmmu("cache_tag_flush_iotlb", "arm_smmu_tlb_inv_range_domain"),
      },
      "devtlb.flushes": {
        says: "flushes the device TLB for page table {table}",
        origin: orSmmu("cache_tag_flush_devtlb_psi", "arm_smmu_atc_inv_domain"),
      },
    }),
  },
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
      description: "the page is mapped",
      on: {
        "table.takes": { actions: takes },
        "table.walks": { actions: answers(true) },
        "owner.unmaps": {
          description: "clears the entry of the page",
          meta: { origin: linux612(IOMMU, "iommu_unmap_fast") },
          target: "unmapping",
        },
      },
    },
    unmapping: {
      description: "the entry is clear, and caches may still hold it",
      on: {
        "table.takes": { actions: takes },
        "owner.flushes": {
          description: "flushes the caches of all tags",
          target: "given-out",
          actions: enqueueActions(({ context: { tags, table }, enqueue }) => {
            for (const tag of tags) enqueue.emit({ type: `${tag}.flushes`, table });
          }),
        },
      },
    },
    "given-out": {
      description: "the page belongs to another owner",
      on: {
        "table.takes": { actions: takes },
        "owner.maps": {
          description: "maps a page",
          meta: { origin: linux612(IOMMU, "iommu_map") },
          target: "mapped",
        },
        "owner.frees": {
          description: "frees the page table",
          meta: { origin: linux612(IOMMU, "iommu_domain_free") },
          guard: "isUnused",
          target: "freed",
        },
      },
    },
    freed: {
      description: "the page table is freed",
      on: {
        "owner.allocates": {
          description: "allocates a page table and maps a page",
          meta: { origin: linux612(IOMMU, "iommu_paging_domain_alloc") },
          target: "mapped",
          actions: assign({ tags: [] }),
        },
      },
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
