/**
 * The page table entry of one page and the table page that holds it, with the copies in IOTLB and walk cache.
 *
 * Models  hardware facts, section 6. A walk uses the IOTLB whatever the page table says by now (I1). Some IOMMUs cache "not
 *         present" too (I2; K29, caching mode), and some drop the entry when they accept a page request (K14). ATS returns
 *         the permission of the entry, which may be less than the request (P2). A walk cache keeps the address of the
 *         table page, so that a walk still reaches it after it was unlinked and after it was freed (B44, stale kernel
 *         page tables). The walk then finds what the new owner wrote: at worst an entry that permits everything. Hardware
 *         may mark the entries that it uses (K30, accessed and dirty bits).
 * Omits   untranslated accesses: the device requests a translation first; translation.ts has them, without permissions.
 *         Levels above the table page. A new table page never reuses the memory of a freed one.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { clause, iommus, messages } from "../../said.ts";
import type { Access, Entry } from "./permission.ts";

export interface WalkerRules {
  readonly cachesAbsence: boolean;
  readonly dropsOnRequest: boolean;
  /** `too-much`: a device gets write permission for a read-only page (H31, a hardware defect). */
  readonly grants: "exactly" | "too-much";
  /** Set only where table pages are freed; elsewhere a walk cache makes no difference. */
  readonly cachesWalks: boolean;
  /** K30. Whether hardware marks the entries that it uses. */
  readonly marks: boolean;
}

export type TableWalkerEvent =
  | ({ readonly type: "table.sets" } & Entry)
  | { readonly type: "walker.translates" | "iotlb.invalidates" | "tables.unlinks" | "walks.flushes" | "tables.frees" }
  | { readonly type: "page.requested"; readonly access: Access };

export type TableWalkerEmits =
  | ({ readonly type: "translation.completed" } & Entry)
  | { readonly type: "iotlb.invalidated" }
  | { readonly type: "request.recorded"; readonly access: Access };

export interface TableWalkerContext {
  readonly rules: WalkerRules;
  readonly table: Entry;
  readonly iotlb: Entry | null;
  /** Whether the level above points to the table page; a new table page is linked with its first entry. */
  readonly linked: boolean;
  /** The table page in the walk cache: the present one, or one that was freed. */
  readonly walkCache: "nothing" | "table" | "freed";
  /** Ghost: a walk read a table page that was freed. Never cleared. */
  readonly strayed: boolean;
  /** Ghost: an accessed or dirty bit was written into memory that was freed. Never cleared. */
  readonly spoilt: boolean;
}

const s = setup({
  types: {
    context: {} as TableWalkerContext,
    events: {} as TableWalkerEvent,
    emitted: {} as TableWalkerEmits,
    input: {} as WalkerRules,
  },
});

/** The translation that the device receives. */
const granted = ({ rules }: TableWalkerContext, entry: Entry): Entry =>
  rules.grants === "too-much" && entry.permission === "read" ? { ...entry, permission: "write" } : entry;

/** The entry that a walk finds, and what the walk changes. */
function walk({ rules, table, linked, walkCache }: TableWalkerContext): { found: Entry } & Partial<TableWalkerContext> {
  if (walkCache === "freed")
    return { found: { ...table, permission: "write" }, strayed: true, ...(rules.marks ? { spoilt: true } : {}) };
  return { found: table, walkCache: linked && rules.cachesWalks ? "table" : walkCache };
}

export const tableWalker = s.createMachine({
  id: "table-walker",
  description: "the page table walker of an IOMMU with IOTLB and walk cache, for one page",
  meta: {
    origin: iommus("VT-d 6, SMMUv3 3.21"),
    lane: "the page table walker, with IOTLB and walk cache",
    messages: messages<TableWalkerEmits>({
      "translation.completed": {
        says: "completes the translation request: permission {permission}, frame {frame}",
        origin: clause("pcie", "10.2 (ATS Translation Services)"),
      },
      "iotlb.invalidated": "completes the invalidation",
      "request.recorded": {
        says: "queues the page request for a {access}",
        origin: clause("pcie", "10.4 (Page Request Services)"),
      },
    }),
  },
  context: ({ input }) => ({
    rules: input,
    table: { permission: "none", frame: 0 },
    iotlb: null,
    linked: true,
    walkCache: "nothing",
    strayed: false,
    spoilt: false,
  }),
  on: {
    "table.sets": {
      actions: assign({
        table: ({ event: { permission, frame } }) => ({ permission, frame }),
        linked: ({ context, event }) => context.linked || event.permission !== "none",
      }),
    },
    "tables.unlinks": { actions: assign({ linked: false }) },
    "walks.flushes": { actions: [assign({ walkCache: "nothing" }), emit({ type: "iotlb.invalidated" })] },
    "tables.frees": {
      actions: assign({ walkCache: ({ context }) => (context.walkCache === "table" ? "freed" : context.walkCache) }),
    },
    "walker.translates": {
      actions: enqueueActions(({ context, enqueue }) => {
        const { found: entry, ...left } = context.iotlb ? { found: context.iotlb } : walk(context);
        const caches = entry.permission !== "none" || context.rules.cachesAbsence;
        enqueue.assign({ ...left, ...(caches ? { iotlb: entry } : {}) });
        enqueue.emit({ type: "translation.completed", ...granted(context, entry) });
      }),
    },
    "iotlb.invalidates": { actions: [assign({ iotlb: null }), emit({ type: "iotlb.invalidated" })] },
    "page.requested": {
      actions: [
        assign({ iotlb: ({ context }) => (context.rules.dropsOnRequest ? null : context.iotlb) }),
        emit(({ event }) => ({ type: "request.recorded", access: event.access })),
      ],
    },
  },
});
