/**
 * A thread that maps and unmaps one page, and adds a level to the page table where its address needs one. No lock keeps it from
 * others that map and unmap elsewhere.
 *
 * Models  AMD v1 page tables. 6.12.117: alloc_pte(), fetch_pte() and increase_address_space(), which takes domain->lock;
 *         iommu_v1_unmap_pages() and amd_iommu_iotlb_sync(). 6.1.192 has them without the sequence count.
 *         7.3.4: check_map_range(), increase_top(), unmap_range() and gather_range_pending() of the generic page table.
 *         A level is added once, and none is taken away.
 * Omits   Memory that runs out, ranges of several pages, a map over a mapped range. Lazy flushes: the flush of an unmap is waited
 *         for. A new table that lost the race is left; nothing leads to it.
 */
import { assign, setup } from "xstate";
import type { PageWalkerEvent } from "../../../../iommu/page-walker.ts";
import type { LevelledTableEmits, LevelledTableEvent } from "../../../../iommu/levelled-table.ts";
import { levelsFor } from "../../../../iommu/table-walk.ts";
import { atWill, linux, linux612, linuxAt, messages, whereIs } from "../../../../../said.ts";
import { growthOf, TOP_READS, UNMAP_ENDS, type TableRules, type TableStep } from "./table-orders.ts";

export interface TableUserInput {
  readonly page: string;
  readonly rules: TableRules;
  readonly mapped: boolean;
}

export interface TableUserContext extends TableUserInput {
  readonly left: readonly TableStep[];
  /** The step that waits for an answer; there is none between two steps. */
  readonly doing: TableStep | null;
  /** What it has read. */
  readonly root: string;
  readonly levels: number;
  /** It has unmapped something, and a table with it. */
  readonly found: boolean;
  readonly emptied: string | null;
  /** A map was refused, because an entry had another level. */
  readonly refused: boolean;
}

type TableUserEvent =
  | { readonly type: "table-user.maps" | "table-user.unmaps" | "table-user.steps" }
  | Exclude<LevelledTableEmits, { readonly type: "walk.ends" }>;
export type TableUserEmits =
  | Exclude<LevelledTableEvent, { readonly type: "table.is-walked" }>
  | Extract<PageWalkerEvent, { readonly type: "entry.is-flushed" | "range.is-flushed" }>;

const AMD = "drivers/iommu/amd/io_pgtable.c";
const PT = "drivers/iommu/generic_pt/iommu_pt.h";
const ofTree = (generic: readonly string[], amd: readonly string[]) =>
  whereIs(linuxAt("7.3.4", PT, ...generic), "rules.topWords", {
    "sequence-count": linux612(AMD, ...amd),
    "root-then-levels": linux(AMD, ...amd),
  });
const GROWS = ofTree(["increase_top"], ["increase_address_space"]);
const MAPS = ofTree(["check_map_range"], ["alloc_pte"]);
const UNMAPS = ofTree(["__unmap_range"], ["fetch_pte"]);
const TELLS = whereIs(linuxAt("7.3.4", "drivers/iommu/amd/iommu.c", "amd_iommu_change_top"), "rules.topWords", {
  "sequence-count": linux612("drivers/iommu/amd/iommu.c", "amd_iommu_update_and_flush_device_table"),
  "root-then-levels": linux("drivers/iommu/amd/iommu.c", "amd_iommu_update_and_flush_device_table"),
});
const FLUSHES = whereIs(linuxAt("7.3.4", PT, "gather_range_pending"), "rules.freesTables", {
  never: linux("drivers/iommu/amd/iommu.c", "amd_iommu_iotlb_sync"),
});

const s = setup({
  types: {
    context: {} as TableUserContext,
    events: {} as TableUserEvent,
    emitted: {} as TableUserEmits,
    input: {} as TableUserInput,
  },
});

/** One word is written, and the other one still has the former value. */
const isHalf = (words: TableRules["topWords"], rest: readonly TableStep[]): boolean =>
  words === "sequence-count" && rest.includes("write-levels");

/** Each of these reads the top, or a word of it. */
const ASKS: readonly TableStep[] = ["check", "look-again", "read-top", "read-levels", "read-root"];

const acts = s.enqueueActions(({ context, enqueue }) => {
  const { page, rules, left, root, levels, found, emptied } = context;
  const [step, ...rest] = left;
  const by = page;
  enqueue.assign({ left: rest });
  if (step !== undefined && ASKS.includes(step)) {
    enqueue.assign({ doing: step });
    enqueue.emit({ type: "top.is-read", by, whole: step === "read-top" });
  }
  if (step === "lock") enqueue.emit({ type: "domain.locks", by });
  if (step === "unlock") enqueue.emit({ type: "domain.unlocks" });
  if (step === "build") enqueue.emit({ type: "top.is-built", by, root });
  if (step === "write-top") enqueue.emit({ type: "top.is-written", root, levels: 2 });
  if (step === "write-root") enqueue.emit({ type: "root.is-written", root, half: isHalf(rules.topWords, rest) });
  if (step === "write-levels")
    enqueue.emit({ type: "levels.are-written", levels: 2, half: isHalf(rules.topWords, rest) });
  if (step === "write-entry") enqueue.emit({ type: "entry.names-top", root, levels: 2 });
  if (step === "flush-entry") enqueue.emit({ type: "entry.is-flushed" });
  if (step === "install") enqueue.emit({ type: "table.maps", by, page, root, levels });
  if (step === "clear") {
    enqueue.emit({ type: "table.unmaps", by, page, root, levels, freesTables: rules.freesTables !== "never" });
  }
  if (step === "flush" && found) {
    enqueue.emit({
      type: "range.is-flushed",
      page: rules.gathers === "nothing" ? null : page,
      tables: emptied !== null && rules.gathers === "range-and-tables",
    });
  }
  if (step === "free" && emptied !== null) enqueue.emit({ type: "table.is-freed", table: emptied });
});

/** What it does after it has read the top depends on what it has read it for. */
const looks = s.assign(({ context: { page, rules, left, doing }, event }) => {
  if (event.type !== "top.tells") return {};
  const { root, levels } = event;
  const suffices = levels >= levelsFor(page);
  if (doing === "read-levels") return { doing: null, levels };
  if (doing === "read-root") return { doing: null, root };
  if (doing === "check" && !suffices) return { doing: null, root, left: [...growthOf(rules), "check", ...left] };
  if (doing === "look-again") {
    const end = left.includes("unlock") ? left.indexOf("unlock") : left.indexOf("check");
    return { doing: null, root, left: suffices ? left.slice(end) : left };
  }
  return doing === "read-top" ? { doing: null, root, levels } : { doing: null };
});
const isLast = ({ context: { left } }: { readonly context: TableUserContext }): boolean => left.length === 1;
/** What it has read is of no use to it any more. */
const forgets = assign<TableUserContext, TableUserEvent, undefined, TableUserEvent, never>({
  root: "",
  levels: 0,
  found: false,
  emptied: null,
});

export const tableUser = s.createMachine({
  id: "table-user",
  description: "a thread that maps and unmaps one page",
  meta: {
    origin: MAPS,
    lane: "a thread that maps and unmaps page {page}",
    messages: messages<TableUserEmits>({
      "domain.locks": { says: "takes the lock of the domain", origin: GROWS },
      "domain.unlocks": { says: "drops the lock of the domain", origin: GROWS },
      "top.is-read": { says: "reads the top of the page table", origin: MAPS },
      "top.is-built": { says: "links a new top to {root}", origin: GROWS },
      "top.is-written": { says: "publishes {root} with {levels} levels", origin: GROWS },
      "root.is-written": { says: "writes the word root: {root}", origin: GROWS },
      "levels.are-written": { says: "writes the word mode: {levels} levels", origin: GROWS },
      "entry.names-top": { says: "writes {root} with {levels} levels to the entry of the device", origin: TELLS },
      "entry.is-flushed": { says: "invalidates the entry of the device, and waits", origin: TELLS },
      "table.maps": { says: "maps page {page}, from {root} with {levels} levels", origin: MAPS },
      "table.unmaps": { says: "looks for page {page} from {root} with {levels} levels, and clears it", origin: UNMAPS },
      "range.is-flushed": { says: "invalidates what was gathered, and waits", origin: FLUSHES },
      "table.is-freed": { says: "frees {table}", origin: FLUSHES },
    }),
  },
  context: ({ input }) => ({
    ...input,
    left: [],
    doing: null,
    root: "",
    levels: 0,
    found: false,
    emptied: null,
    refused: false,
  }),
  initial: "idle",
  states: {
    idle: {
      description: "outside of a call",
      always: [{ guard: ({ context }) => context.mapped, target: "mapped" }, { target: "unmapped" }],
    },
    unmapped: {
      description: "outside of a call, with its page not mapped",
      on: {
        "table-user.maps": {
          description: "begins to map page {page}",
          meta: { origin: atWill("user space") },
          target: "mapping",
          actions: assign({
            left: ({ context: { rules } }) => ["check", ...TOP_READS[rules.topWords], "install"] as const,
            refused: false,
          }),
        },
      },
    },
    mapping: {
      description: "mapping its page",
      on: {
        "table-user.steps": [
          { description: "maps its page", guard: isLast, target: "mapped", actions: acts },
          { description: "takes the next step of the map", meta: { listed: true }, actions: acts },
        ],
        "top.tells": { actions: looks },
        "top.was-built": { actions: assign({ root: ({ event }) => event.root }) },
      },
    },
    mapped: {
      description: "outside of a call, with its page mapped",
      on: {
        "table.did": [
          { guard: ({ event }) => event.found, actions: forgets },
          { target: "unmapped", actions: [forgets, assign({ refused: true })] },
        ],
        "table-user.unmaps": {
          description: "begins to unmap page {page}",
          meta: { origin: atWill("user space") },
          target: "unmapping",
          actions: assign({
            left: ({ context: { rules } }) => [...TOP_READS[rules.topWords], ...UNMAP_ENDS[rules.freesTables]],
          }),
        },
      },
    },
    unmapping: {
      description: "unmapping its page",
      on: {
        "table-user.steps": [
          {
            description: "takes the last step of the unmap",
            meta: { listed: true },
            guard: isLast,
            target: "unmapped",
            actions: [acts, forgets],
          },
          { description: "takes the next step of the unmap", meta: { listed: true }, actions: acts },
        ],
        "top.tells": { actions: looks },
        "table.did": { actions: assign(({ event: { found, emptied } }) => ({ found, emptied })) },
      },
    },
  },
});
