/**
 * The dirty log of a container: which mappings have a bitmap, which groups may write to everything, and when a report says
 * that everything is dirty. Each step of it runs under iommu->lock, which is a machine of its own.
 *
 * Models  drivers/vfio/vfio_iommu_type1.c (VFIO facts 2.5; Linux 6.1.192 and 6.12.117 alike): START, GET and STOP of VFIO_IOMMU_DIRTY_PAGES, DMA_MAP
 *         and DMA_UNMAP while the log is on, the scope of pinned pages (num_non_pinned_groups, pinned_page_dirty_scope),
 *         the detach of a group; and the terms that RFC v1 to v3 add to the rule for a full report (D-07: the log misses
 *         pages that a fault has mapped).
 *         Coarser than iopf/rfc/iopf-container.ts, which has the domains, ENABLE and the life of the container.
 * Omits   Ranges, page sizes of the log, errors of copying to user space.
 */
import { assign, setup } from "xstate";
import { linux } from "../../../../../said.ts";
import { pageSays, type LogTold, type PageMessage } from "./page-messages.ts";

/** The rules in which designs differ. */
export interface DirtyDesign {
  readonly pinsAt: "map" | "fault";
  /** Which mappings are reported as all dirty while some group may write to everything. */
  readonly fullWhen: "mapped" | "mapped-or-faulting";
  /** Whether all pages are marked when such a group is detached, and when it begins to pin. */
  readonly detachFills: boolean;
  readonly narrowFills: boolean;
  /** Which groups get the scope of pinned pages when they pin. */
  readonly narrows: "singletons" | "any-group";
  /** Whether num_non_pinned_groups is decremented once for a group, or at each pin. */
  readonly scopeCounts: "once" | "each-pin";
  readonly startMarks: boolean;
  readonly pinMarks: boolean;
  readonly unpinKeeps: boolean;
}

export interface DirtyContainerContext {
  readonly design: DirtyDesign;
  /** Mapping by page. */
  readonly mappingOf: readonly number[];
  /** Devices of each IOMMU-backed group. */
  readonly groupDevices: number;
  readonly tracking: boolean;
  readonly linked: readonly boolean[];
  /** Bitmaps by mapping; 2 stands for more than one, and all but the last are leaked. */
  readonly bitmaps: readonly number[];
  readonly iommuMapped: readonly boolean[];
  /** By page: how many drivers have it pinned (pfn_list). */
  readonly pins: readonly number[];
  /** By IOMMU-backed group. */
  readonly attached: readonly boolean[];
  readonly pinnedScope: readonly boolean[];
  /** num_non_pinned_groups; -1 stands for all below zero. */
  readonly nonPinned: number;
}

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

const s = setup({
  types: {
    context: {} as DirtyContainerContext,
    events: {} as
      | { readonly type: "log.asks"; readonly by: string }
      | {
          readonly type: "log.allocates" | "log.frees" | "log.fills" | "log.copies" | "log.clears";
          readonly mapping: number;
        }
      | { readonly type: "log.remarks" | "log.links" | "log.unlinks" | "log.report-begins"; readonly mapping: number }
      | { readonly type: "log.report-ends" | "log.unmaps" | "log.maps"; readonly mapping: number }
      | { readonly type: "log.turns"; readonly on: boolean }
      | { readonly type: "log.attaches" | "log.detaches"; readonly group: number }
      | { readonly type: "log.pins" | "log.unpins" | "log.faults" | "log.writes-by-cpu"; readonly page: number }
      | { readonly type: "log.marks"; readonly page: number }
      /** The driver of a group has pinned; null: a mediated group, whose scope is pinned pages from the start. */
      | { readonly type: "log.narrows"; readonly group: number | null }
      | {
          readonly type: "device.wrote";
          readonly page: number;
          readonly group: number | null;
          readonly confined: boolean;
        },
    emitted: {} as PageMessage | LogTold,
    input: {} as { design: DirtyDesign; mappingOf: readonly number[]; groupDevices: number; groups: number },
  },
});

const set = <T>(list: readonly T[], at: number, value: T): readonly T[] =>
  list.map((old, k) => (k === at ? value : old));
const pagesOf = ({ mappingOf }: DirtyContainerContext, mapping: number): readonly number[] =>
  mappingOf.flatMap((its, page) => (its === mapping ? [page] : []));
const linkedPages = (context: DirtyContainerContext): readonly number[] =>
  context.mappingOf.flatMap((mapping, page) => (context.linked[mapping] ? [page] : []));

/** One message for each page of the mapping that the event names. */
const each = (type: Exclude<PageMessage["type"], "page.logs" | "page.written">) =>
  s.enqueueActions(({ context, event, enqueue }) => {
    if (!("mapping" in event)) return;
    for (const page of pagesOf(context, event.mapping)) enqueue.emit({ type, page });
  });

/** D-07 (the log misses faulted-in pages): a mapping whose pages come by faults never has `iommu_mapped`. */
const isFull = (context: DirtyContainerContext, mapping: number): boolean =>
  context.nonPinned > 0 &&
  (context.iommuMapped[mapping]! ||
    (context.design.fullWhen === "mapped-or-faulting" && context.design.pinsAt === "fault"));

const fills = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "log.fills" || !isFull(context, event.mapping)) return;
  for (const page of pagesOf(context, event.mapping)) enqueue.emit({ type: "page.marks", page });
});

const allocates = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "log.allocates") return;
  const { mapping } = event;
  enqueue.assign({ bitmaps: set(context.bitmaps, mapping, Math.min(2, context.bitmaps[mapping]! + 1)) });
  for (const page of pagesOf(context, mapping)) {
    enqueue.emit({ type: "page.clears", page });
    if (context.design.startMarks && context.pins[page]! > 0) enqueue.emit({ type: "page.marks", page });
  }
});

/** Pinned pages stay dirty, also right after they were reported. */
const remarks = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "log.remarks") return;
  for (const page of pagesOf(context, event.mapping))
    if (context.pins[page]! > 0) enqueue.emit({ type: "page.marks", page });
});

const turns = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "log.turns") return;
  enqueue.assign({ tracking: event.on });
  context.mappingOf.forEach((_, page) => enqueue.emit({ type: "page.logs", page, on: event.on }));
});

const attaches = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "log.attaches") return;
  enqueue.assign({
    attached: set(context.attached, event.group, true),
    pinnedScope: set(context.pinnedScope, event.group, false),
    nonPinned: context.nonPinned + 1,
    iommuMapped: context.linked,
  });
  for (const page of linkedPages(context)) enqueue.emit({ type: "page.maps", page });
});

const detaches = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "log.detaches") return;
  const { group } = event;
  const attached = set(context.attached, group, false);
  const narrowed = context.pinnedScope[group]!;
  enqueue.assign({
    attached,
    pinnedScope: set(context.pinnedScope, group, false),
    nonPinned: narrowed ? context.nonPinned : context.nonPinned - 1,
  });
  if (!attached.includes(true)) {
    enqueue.assign({ iommuMapped: context.iommuMapped.map(() => false) });
    for (const page of linkedPages(context)) enqueue.emit({ type: "page.unmaps", page });
  }
  if (context.tracking && !narrowed && context.design.detachFills)
    for (const page of linkedPages(context)) enqueue.emit({ type: "page.marks", page });
});

/** Linux does not mark pages here, although the group may have written to others before. */
const narrows = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "log.narrows" || event.group === null) return;
  const { group } = event;
  const { design, pinnedScope, nonPinned, groupDevices } = context;
  if (!context.attached[group] || (groupDevices > 1 && design.narrows === "singletons")) return;
  if (pinnedScope[group] && design.scopeCounts === "once") return;
  enqueue.assign({ pinnedScope: set(pinnedScope, group, true), nonPinned: Math.max(-1, nonPinned - 1) });
  if (context.tracking && design.narrowFills && !pinnedScope[group])
    for (const page of linkedPages(context)) enqueue.emit({ type: "page.marks", page });
});

const maps = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "log.maps" || !context.attached.includes(true) || context.design.pinsAt === "fault") return;
  enqueue.assign({ iommuMapped: set(context.iommuMapped, event.mapping, true) });
  for (const page of pagesOf(context, event.mapping)) enqueue.emit({ type: "page.maps", page });
});

const faults = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "log.faults" || !context.linked[context.mappingOf[event.page]!]) return;
  if (context.attached.includes(true)) enqueue.emit({ type: "page.maps", page: event.page });
});

/** A pin marks its page while the log is on; an unpin keeps the mark. */
const pins = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "log.pins" && event.type !== "log.unpins") return;
  const { page } = event;
  enqueue.assign({ pins: set(context.pins, page, context.pins[page]! + (event.type === "log.pins" ? 1 : -1)) });
  if (!context.tracking) return;
  if (event.type === "log.pins" && context.design.pinMarks) enqueue.emit({ type: "page.marks", page });
  if (event.type === "log.unpins" && !context.design.unpinKeeps) enqueue.emit({ type: "page.clears", page });
});

const marks = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type === "log.marks" && context.tracking) enqueue.emit({ type: "page.marks", page: event.page });
});

const writes = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type === "log.writes-by-cpu") enqueue.emit({ type: "page.written", page: event.page, through: "pin" });
  if (event.type !== "device.wrote" || (event.group !== null && !context.attached[event.group])) return;
  const { page, confined } = event;
  if (!confined) enqueue.emit({ type: "page.written", page, through: "entry" });
  else if (context.pins[page]! > 0) enqueue.emit({ type: "page.written", page, through: "pin" });
});

const tells = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "log.asks") return;
  const { tracking, linked, attached, pins: counts } = context;
  const pinned = linked.map((_, mapping) => pagesOf(context, mapping).some((page) => counts[page]! > 0));
  enqueue.emit({ type: "log.told", by: event.by, tracking, linked, pinned, attached });
});

const frees = s.assign(({ context, event }) =>
  event.type === "log.frees"
    ? { bitmaps: set(context.bitmaps, event.mapping, Math.max(0, context.bitmaps[event.mapping]! - 1)) }
    : {},
);

/** The function that reads or writes the log. */
const from = (name: string) => ({ origin: linux(TYPE1, name) });

export const dirtyContainer = s.extend({ actions: { frees } }).createMachine({
  id: "dirty-container",
  description: "the dirty log of one container",
  meta: {
    origin: linux(TYPE1, "vfio_iommu_type1_dirty_pages"),
    lane: "struct vfio_iommu, dirty_page_tracking",
    messages: pageSays,
  },
  context: ({ input: { groups, ...input } }) => {
    const none = Array.from({ length: Math.max(...input.mappingOf) + 1 }, () => false);
    return {
      ...input,
      tracking: false,
      linked: none,
      bitmaps: none.map(() => 0),
      iommuMapped: none,
      pins: input.mappingOf.map(() => 0),
      attached: Array.from({ length: groups }, () => false),
      pinnedScope: Array.from({ length: groups }, () => false),
      nonPinned: 0,
    };
  },
  on: {
    "log.asks": { actions: tells },
    "log.allocates": { meta: from("vfio_dma_bitmap_alloc_all"), actions: allocates },
    "log.frees": { meta: from("vfio_dma_bitmap_free"), actions: ["frees", each("page.clears")] },
    "log.fills": { meta: from("update_user_bitmap"), actions: fills },
    "log.copies": { actions: each("page.reports") },
    "log.clears": { meta: from("vfio_iova_dirty_bitmap"), actions: each("page.clears") },
    "log.remarks": { meta: from("vfio_dma_populate_bitmap"), actions: remarks },
    "log.report-begins": { meta: from("vfio_iova_dirty_bitmap"), actions: each("page.report-begins") },
    "log.report-ends": { meta: from("vfio_iova_dirty_bitmap"), actions: each("page.report-ends") },
    "log.links": { actions: assign({ linked: ({ context, event }) => set(context.linked, event.mapping, true) }) },
    "log.unlinks": {
      actions: [
        assign({
          linked: ({ context, event }) => set(context.linked, event.mapping, false),
          iommuMapped: ({ context, event }) => set(context.iommuMapped, event.mapping, false),
        }),
        each("page.leaves"),
      ],
    },
    "log.maps": { actions: maps },
    "log.unmaps": { actions: each("page.unmaps") },
    "log.turns": { actions: turns },
    "log.attaches": { actions: attaches },
    "log.detaches": { meta: from("vfio_iommu_type1_detach_group"), actions: detaches },
    "log.narrows": { meta: from("vfio_iommu_type1_pin_pages"), actions: narrows },
    "log.pins": { meta: from("vfio_iommu_type1_pin_pages"), actions: pins },
    "log.unpins": { meta: from("vfio_iommu_type1_unpin_pages"), actions: pins },
    "log.marks": { meta: from("vfio_iommu_type1_dma_rw_chunk"), actions: marks },
    "log.faults": { actions: faults },
    "log.writes-by-cpu": { actions: writes },
    "device.wrote": { actions: writes },
  },
});
