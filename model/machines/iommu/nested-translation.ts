/**
 * Nested translation: the tables of the guest (stage 1, device address to guest physical address) and of the host (stage 2,
 * guest physical to host physical address). The page that holds the guest's table lies in stage 2 itself.
 *
 * Models  hardware facts N1 to N5 (VFIO facts 5.1). A lookup walks stage 1, whose table may be missing in stage 2
 *         (CLASS=TT), and then stage 2. A stalled transaction is recorded with the stage at which it faulted and, for
 *         stage 2, with the guest physical address. A page request carries neither: software has to walk stage 1 itself.
 *         Hardware that marks entries of stage 1 writes the guest's table and needs write permission in stage 2 (N9,
 *         accessed and dirty bits are written through stage 2). If the host mapped the table read-only, this is a
 *         stage 2 fault, except with erratum 772415 (N10, H29), which writes all the same.
 *         With one stage only, the other one maps everything (K32, the stages of translation). The guest changes its
 *         table and then invalidates. Where software caches what the table had, these are two steps, and faults can come
 *         between them (N5, the walk races with the guest).
 * Omits   other permissions, frames and caches: a lookup sees the tables of its moment; translation.ts has the IOTLB.
 *         Accessed and dirty are one mark, because every access reads and writes. Guest physical page p backs the
 *         device's page p; the guest's table is the page behind the last of them.
 */
import { assign, emit, setup } from "xstate";
import { atWill, iommus, messages } from "../../said.ts";

/** What is missing: at which stage, and under which addresses of that stage. Stage null: nothing is. */
export type Miss = { readonly stage: 1 | 2 | null; readonly addresses: readonly number[] };

export interface NestedTranslationRules {
  /** Whether faults are recorded with their stage. */
  readonly visible: boolean;
  /** K30. Whether hardware marks the entries of stage 1 that it uses. */
  readonly marks: boolean;
  /** How the host maps the guest's table, until it is to be written. */
  readonly tableMapping: "writable" | "read-only";
  /** H29. Whether the marks go through a mapping that is read-only. */
  readonly marksReadOnly: boolean;
  /** Whether the guest's invalidation is a step of its own: only where software caches the guest's table. */
  readonly invalidatesLater: boolean;
}

export interface NestedTranslationContext {
  /** By page of the device. */
  readonly stage1: readonly boolean[];
  /** By guest physical page, the table last. */
  readonly stage2: readonly boolean[];
  readonly rules: NestedTranslationRules;
  /** Whether stage 2 lets the table be written. */
  readonly tableWritable: boolean;
  /** By page of the device: hardware has marked its entry. All false if it does not mark. */
  readonly marked: readonly boolean[];
  /** Ghost: hardware wrote what the host had mapped read-only. Never cleared. */
  readonly trespassed: boolean;
  /** How often the guest may still unmap a page; null: for ever. */
  readonly unmapsLeft: number | null;
  /** Pages that the guest has unmapped and not invalidated yet: a set. */
  readonly toInvalidate: readonly number[];
  /** By slot: what the record of its last fault says. */
  readonly recorded: readonly (Miss | null)[];
}

export type NestedTranslationEvent =
  | { readonly type: "atc.looks-up" | "access.begins"; readonly slot: number; readonly page: number }
  /** Software reads the record of a slot, or walks the tables. */
  | { readonly type: "stages.finds"; readonly slot: number; readonly pages: readonly number[] }
  | { readonly type: "guest.maps"; readonly pages: readonly number[] }
  | { readonly type: "guest.unmaps" | "guest.sends-invalidation"; readonly page: number }
  | { readonly type: "host.maps"; readonly addresses: readonly number[] }
  | { readonly type: "host.evicts"; readonly address: number };

export type NestedTranslationEmits =
  | {
      readonly type: "dma.granted" | "dma.missed" | "access.granted" | "access.faults";
      readonly slot: number;
    }
  | ({ readonly type: "stages.found"; readonly slot: number } & Miss)
  /** The guest invalidates what it unmapped. */
  | { readonly type: "guest.invalidates"; readonly page: number };

interface Input extends NestedTranslationRules {
  readonly pages: number;
  readonly slots: number;
  /** K32. Whether the device's addresses go through stage 1 at all. */
  readonly translatesFirst: boolean;
  readonly unmaps: number | null;
  /** Whether stage 2 starts empty; otherwise it maps everything. */
  readonly faulting: boolean;
  /** Whether the table of stage 1 is among the pages that stage 2 may lack. */
  readonly tableFaults: boolean;
}

const s = setup({
  types: {
    context: {} as NestedTranslationContext,
    events: {} as NestedTranslationEvent,
    emitted: {} as NestedTranslationEmits,
    input: {} as Input,
  },
});

const NOTHING: Miss = { stage: null, addresses: [] };

type Tables = NestedTranslationContext;

const tableOf = ({ stage2 }: Tables): number => stage2.length - 1;
const walksTable = ({ stage1, stage2 }: Tables, page: number): boolean => stage2.at(-1)! && stage1[page]!;
/** Whether hardware must write the table before it may use the entry. */
const mustMark = ({ rules, marked }: Tables, page: number): boolean => rules.marks && !marked[page];
const mayMark = ({ rules, tableWritable }: Tables): boolean => tableWritable || rules.marksReadOnly;

/** What the pages miss: the table first, then stage 1, the permission to mark it, then stage 2. */
function missOf(tables: Tables, pages: readonly number[]): Miss {
  const { stage1, stage2 } = tables;
  const table = tableOf(tables);
  if (!stage2[table]) return { stage: 2, addresses: [table] };
  const unmapped = pages.filter((page) => !stage1[page]);
  if (unmapped.length > 0) return { stage: 1, addresses: unmapped };
  if (!mayMark(tables) && pages.some((page) => mustMark(tables, page))) return { stage: 2, addresses: [table] };
  const absent = pages.filter((page) => !stage2[page]);
  return absent.length > 0 ? { stage: 2, addresses: absent } : NOTHING;
}

const put = <T>(list: readonly T[], places: readonly number[], value: T): readonly T[] =>
  list.map((old, place) => (places.includes(place) ? value : old));

/** The mark that the walk for a page leaves in the guest's table, also where stage 2 has no entry for the page itself. */
function markFor(tables: Tables, page: number): Partial<Tables> {
  if (!walksTable(tables, page) || !mustMark(tables, page) || !mayMark(tables)) return {};
  return { marked: put(tables.marked, [page], true), ...(tables.tableWritable ? {} : { trespassed: true }) };
}

/** A missing page is mapped with the permission of the design; mapping it again makes it writable. */
const mapsSecond = (tables: Tables, addresses: readonly number[]): Partial<Tables> => {
  const again = tables.stage2.at(-1)! || tables.rules.tableMapping === "writable";
  return {
    stage2: put(tables.stage2, addresses, true),
    tableWritable: addresses.includes(tableOf(tables)) ? again : tables.tableWritable,
  };
};

const mayUnmap = ({ stage1, unmapsLeft }: Tables, page: number): boolean => stage1[page] === true && unmapsLeft !== 0;
const unmaps = s.assign(({ context: { stage1, marked, unmapsLeft }, event }) =>
  event.type === "guest.unmaps"
    ? {
        stage1: put(stage1, [event.page], false),
        marked: put(marked, [event.page], false),
        unmapsLeft: unmapsLeft === null ? null : unmapsLeft - 1,
      }
    : {},
);
const invalidates = s.emit(({ event }) => ({
  type: "guest.invalidates",
  page: event.type === "guest.unmaps" || event.type === "guest.sends-invalidation" ? event.page : 0,
}));

export const nestedTranslation = s.extend({ actions: { unmaps, invalidates } }).createMachine({
  id: "nested-translation",
  description: "the tables of stage 1 (guest) and stage 2 (host), as the IOMMU walks them",
  meta: {
    origin: iommus("nested translation, SMMUv3 3.12.5 and 7.3"),
    lane: "nested translation: the guest's stage 1 and the host's stage 2",
    messages: messages<NestedTranslationEmits>({
      "dma.granted": "finds the translation for access {slot}",
      "dma.missed": "finds no translation for access {slot}: returns R=W=0",
      "access.granted": "translates access {slot}",
      "access.faults": "finds no translation for access {slot}",
      "stages.found": "finds the stage where access {slot} has no entry: {stage}",
      "guest.invalidates": { says: "invalidates page {page} in stage 1", origin: atWill("a guest") },
    }),
  },
  context: ({ input: { pages, slots, faulting, tableFaults, translatesFirst, unmaps, ...rules } }) => ({
    rules,
    stage1: Array.from({ length: pages }, () => !translatesFirst),
    stage2: Array.from({ length: pages + 1 }, (_, page) => !faulting || (page === pages && !tableFaults)),
    tableWritable: rules.tableMapping === "writable",
    marked: Array.from({ length: pages }, () => false),
    trespassed: false,
    unmapsLeft: unmaps,
    toInvalidate: [],
    recorded: Array.from({ length: slots }, () => null),
  }),
  on: {
    "atc.looks-up": {
      actions: [
        emit(({ context, event: { slot, page } }) => ({
          type: missOf(context, [page]).stage === null ? "dma.granted" : "dma.missed",
          slot,
        })),
        assign(({ context, event: { page } }) => markFor(context, page)),
      ],
    },
    "access.begins": {
      actions: [
        emit(({ context, event: { slot, page } }) => ({
          type: missOf(context, [page]).stage === null ? "access.granted" : "access.faults",
          slot,
        })),
        assign(({ context, event: { slot, page } }) => {
          const miss = missOf(context, [page]);
          return {
            recorded: put(context.recorded, [slot], miss.stage === null ? null : miss),
            ...markFor(context, page),
          };
        }),
      ],
    },
    "stages.finds": [
      {
        guard: ({ context }) => context.rules.visible,
        actions: [
          emit(({ context, event: { slot } }) => ({
            type: "stages.found",
            slot,
            ...(context.recorded[slot] ?? NOTHING),
          })),
          assign(({ context, event }) => ({ recorded: put(context.recorded, [event.slot], null) })),
        ],
      },
      {
        actions: emit(({ context, event: { slot, pages } }) => ({
          type: "stages.found",
          slot,
          ...missOf(context, pages),
        })),
      },
    ],
    "guest.maps": { actions: assign(({ context, event }) => ({ stage1: put(context.stage1, event.pages, true) })) },
    "guest.unmaps": [
      {
        description: "clears the stage 1 entry of page {page}",
        meta: { origin: atWill("a guest") },
        guard: ({ context, event }) => context.rules.invalidatesLater && mayUnmap(context, event.page),
        actions: [
          "unmaps",
          assign({
            toInvalidate: ({ context: { toInvalidate }, event }) =>
              [...new Set([...toInvalidate, event.page])].sort((a, b) => a - b),
          }),
        ],
      },
      {
        description: "clears the stage 1 entry of page {page} and invalidates it",
        meta: { origin: atWill("a guest") },
        guard: ({ context, event }) => mayUnmap(context, event.page),
        actions: ["unmaps", "invalidates"],
      },
    ],
    "guest.sends-invalidation": {
      description: "invalidates the stage 1 entry of page {page}",
      meta: { origin: atWill("a guest") },
      guard: ({ context, event }) => context.toInvalidate.includes(event.page),
      actions: [
        "invalidates",
        assign({
          toInvalidate: ({ context, event }) => context.toInvalidate.filter((page) => page !== event.page),
        }),
      ],
    },
    "host.maps": { actions: assign(({ context, event }) => mapsSecond(context, event.addresses)) },
    "host.evicts": {
      description: "the host takes guest physical page {address} out of its table",
      meta: { origin: atWill("the host") },
      guard: ({ context, event }) => context.stage2[event.address] === true,
      actions: assign(({ context, event }) => ({ stage2: put(context.stage2, [event.address], false) })),
    },
  },
});
