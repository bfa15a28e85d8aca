/**
 * A page table in memory that begins with one level and may get a second one, and the entry of the device that names its top.
 *
 * Models  AMD v1 page tables of 3 to 6 levels, of which two are enough to be wrong about the level: the words root and mode in
 *         software, the device table entry with both, and tables that name the level below. An entry whose level does not fit
 *         the walk ends it, as fetch_pte() and alloc_pte() do. domain->lock, which a thread holds that adds a level.
 *         Page "b" is at index 1 of a table of the lowest level; "c" and "d" need two levels, at index 1 and 2 of the upper one.
 * Omits   Memory that runs out, large pages that somebody asks for, levels that are skipped, permissions, several devices.
 *         An entry is written and read whole.
 */
import { assign, setup } from "xstate";
import { iommus, messages } from "../../said.ts";
import { installed, lowestOf, removed, walked, type Tables, type Top } from "./table-walk.ts";

export interface LevelledTableContext {
  /** What software takes as the top: two words, or one. */
  readonly root: string;
  readonly levels: number;
  /** One of two words is written, and the other one is not. */
  readonly halfWritten: boolean;
  /** The device table entry. */
  readonly entry: Top;
  readonly tables: Tables;
  /** Tables whose memory belongs to others again, sorted. */
  readonly freed: readonly string[];
  /** Who holds the lock of the domain. */
  readonly lock: string | null;
}

type Placed = Top & { readonly by: string; readonly page: string };

export type LevelledTableEvent =
  | { readonly type: "domain.locks"; readonly by: string }
  | { readonly type: "domain.unlocks" }
  | { readonly type: "top.is-read"; readonly by: string; readonly whole: boolean }
  | { readonly type: "top.is-built"; readonly by: string; readonly root: string }
  | { readonly type: "root.is-written"; readonly root: string; readonly half: boolean }
  | { readonly type: "levels.are-written"; readonly levels: number; readonly half: boolean }
  | { readonly type: "top.is-written" | "entry.names-top"; readonly root: string; readonly levels: number }
  | ({ readonly type: "table.maps" } & Placed)
  | ({ readonly type: "table.unmaps"; readonly freesTables: boolean } & Placed)
  | { readonly type: "table.is-freed"; readonly table: string }
  /** By the IOMMU: from the copy of the entry that it has, or from a table that it remembers. */
  | {
      readonly type: "table.is-walked";
      readonly by: string;
      readonly page: string;
      readonly copy: Top | null;
      readonly from: string | null;
    };

export type LevelledTableEmits =
  | { readonly type: "top.tells"; readonly by: string; readonly root: string; readonly levels: number }
  | { readonly type: "top.was-built"; readonly by: string; readonly root: string }
  | { readonly type: "table.did"; readonly by: string; readonly found: boolean; readonly emptied: string | null }
  | {
      readonly type: "walk.ends";
      readonly by: string;
      readonly page: string;
      readonly copy: Top | null;
      readonly table: string | null;
      readonly frame: string | null;
    };

const s = setup({
  types: {
    context: {} as LevelledTableContext,
    events: {} as LevelledTableEvent,
    emitted: {} as LevelledTableEmits,
    input: {} as { readonly mapped: readonly string[] },
  },
});

const isFree = ({ context }: { readonly context: LevelledTableContext }): boolean => context.lock === null;
/** Both words at once: a reader that finds the count odd, or another one at the end, begins again. */
const mayRead = ({ context, event }: { context: LevelledTableContext; event: LevelledTableEvent }): boolean =>
  event.type !== "top.is-read" || !event.whole || !context.halfWritten;

const tells = s.emit(({ context: { root, levels }, event }) => ({
  type: "top.tells",
  by: event.type === "top.is-read" ? event.by : "",
  root,
  levels,
}));

const builds = s.enqueueActions(({ context: { tables }, event, enqueue }) => {
  if (event.type !== "top.is-built") return;
  const root = tables["upper"] === undefined ? "upper" : "second-upper";
  enqueue.assign({ tables: { ...tables, [root]: [{ table: event.root }, null, null] } });
  enqueue.emit({ type: "top.was-built", by: event.by, root });
});

const maps = s.enqueueActions(({ context: { tables, freed }, event, enqueue }) => {
  if (event.type !== "table.maps") return;
  const after = installed(tables, event, event.page);
  if (after !== null) {
    enqueue.assign({ tables: after, freed: freed.filter((table) => table !== lowestOf(event.page)) });
  }
  enqueue.emit({ type: "table.did", by: event.by, found: after !== null, emptied: null });
});

const unmaps = s.enqueueActions(({ context: { tables }, event, enqueue }) => {
  if (event.type !== "table.unmaps") return;
  const { tables: after, found, emptied } = removed(tables, event, event.page, event.freesTables);
  enqueue.assign({ tables: after });
  enqueue.emit({ type: "table.did", by: event.by, found, emptied });
});

const walks = s.emit(({ context: { tables, entry }, event }) => {
  const walk = event as Extract<LevelledTableEvent, { readonly type: "table.is-walked" }>;
  const { by, page, from } = walk;
  const copy = from === null ? (walk.copy ?? entry) : walk.copy;
  const { table, frame } = walked(tables, from === null ? (copy ?? entry) : { root: from, levels: 1 }, page, from);
  return { type: "walk.ends", by, page, copy, table, frame };
});

export const levelledTable = s.createMachine({
  id: "levelled-table",
  description: "a page table in memory whose levels grow",
  meta: {
    origin: iommus("AMD 2.2.3 (page tables of 1 to 6 levels)"),
    lane: "the page table, and the entry that names its top",
    messages: messages<LevelledTableEmits>({
      "top.tells": "has {root} as its top, with {levels} levels",
      "top.was-built": "has {root}, which no walk begins with yet",
      "table.did": "gives {by} what it has found",
      "walk.ends": "leads page {page} to frame {frame}",
    }),
  },
  context: ({ input: { mapped } }) => ({
    root: "lower",
    levels: 1,
    halfWritten: false,
    entry: { root: "lower", levels: 1 },
    tables: mapped.reduce<Tables>((tables, page) => installed(tables, { root: "lower", levels: 1 }, page) ?? tables, {
      lower: [null, null, null],
    }),
    freed: [],
    lock: null,
  }),
  on: {
    "domain.locks": { guard: isFree, actions: assign({ lock: ({ event }) => event.by }) },
    "domain.unlocks": { actions: assign({ lock: null }) },
    "top.is-read": { guard: mayRead, actions: tells },
    "top.is-built": { actions: builds },
    "root.is-written": { actions: assign(({ event: { root, half } }) => ({ root, halfWritten: half })) },
    "levels.are-written": { actions: assign(({ event: { levels, half } }) => ({ levels, halfWritten: half })) },
    "top.is-written": { actions: assign(({ event: { root, levels } }) => ({ root, levels })) },
    "entry.names-top": { actions: assign(({ event: { root, levels } }) => ({ entry: { root, levels } })) },
    "table.maps": { actions: maps },
    "table.unmaps": { actions: unmaps },
    "table.is-freed": {
      actions: assign({ freed: ({ context, event }) => [...new Set([...context.freed, event.table])].sort() }),
    },
    "table.is-walked": { actions: walks },
  },
});
