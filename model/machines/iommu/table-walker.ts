/**
 * The page table entry of one page, the table page that holds it, and what IOTLB and walk cache remember of them.
 *
 * Models  hardware facts, section 6: a walk answers from the IOTLB whatever the table says by now (I1); where the IOMMU
 *         caches "not present", that too (I2, K29); accepting a page request may drop the entry (K14). ATS gives what
 *         the entry allows, which may be less than was asked for (P2). A walk cache remembers the table page, so that
 *         a walk reaches it after it was unlinked, and after it was freed (B44). What it finds there then is whatever
 *         its new owner wrote: at worst an entry that allows everything. Hardware may mark what it walked (K30).
 * Omits   untranslated accesses: the device here always asks for a translation first. Levels above the table page, and
 *         which memory a new table page is: never the one that was freed before.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Access, Entry } from "./permission.ts";

export interface WalkerRules {
  readonly cachesAbsence: boolean;
  readonly dropsOnRequest: boolean;
  /** Whether a device is granted writing where only reading is allowed (H31: a mistake of hardware). */
  readonly grants: "exactly" | "too-much";
  /** Only where table pages can go: otherwise a walk cache says nothing. */
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
  /** Whether the level above names the table page; a new one is linked with the first entry. */
  readonly linked: boolean;
  /** The table page that the walk cache names: that of now, or one that was freed. */
  readonly walkCache: "nothing" | "table" | "freed";
  /** Ghost: a walk read a table page that was freed. Never cleared. */
  readonly strayed: boolean;
  /** Ghost: a mark was written into memory that was freed. Never cleared. */
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

/** What an answer to the device says. */
const granted = ({ rules }: TableWalkerContext, entry: Entry): Entry =>
  rules.grants === "too-much" && entry.permission === "read" ? { ...entry, permission: "write" } : entry;

/** What a walk finds, and what remains of it. */
function walk({ rules, table, linked, walkCache }: TableWalkerContext): { found: Entry } & Partial<TableWalkerContext> {
  if (walkCache === "freed")
    return { found: { ...table, permission: "write" }, strayed: true, ...(rules.marks ? { spoilt: true } : {}) };
  return { found: table, walkCache: linked && rules.cachesWalks ? "table" : walkCache };
}

export const tableWalker = s.createMachine({
  id: "table-walker",
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
