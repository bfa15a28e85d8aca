/**
 * The IOMMU for one device, with that device's ATC: it reads the table entry word by word, caches it, and caches translations
 * of the page table to which the entry points.
 *
 * Models  hardware facts 3.1 and 4.1. The IOMMU reads an entry in several accesses, and an invalidation waits for reads that
 *         have begun. SMMU_IDR0.STALL_MODEL decides which settings of STE.S2S and CD.S are ILLEGAL (B40). One page.
 * Omits   the accesses of the device (table-walker.ts and atc-entry.ts have them), and faults of an entry that is not
 *         present.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import { clause, iommus, messages } from "../../said.ts";
import type { FirstWord, SecondWord } from "./table-entry.ts";

/** SMMU_IDR0.STALL_MODEL 0, 2 and 1. */
export type StallModel = "optional" | "forced" | "terminate-only";

/**
 * How a device treats an Invalidate Request while its ATS is off. PCIe requires a completion (hardware facts 1.2). A device
 * in reset, in low power or with a defect stays silent.
 */
export type WithoutAts = "silent" | "completes";

export interface CachedEntry {
  readonly table: number;
  /** Both words belong to the same table. */
  readonly whole: boolean;
  /** The entry is not ILLEGAL. */
  readonly legal: boolean;
}

export interface TranslatingStreamContext {
  readonly withoutAts: WithoutAts;
  readonly stallModel: StallModel;
  /** The table of the first word, until the second word is read. */
  readonly reading: number | null;
  readonly entry: CachedEntry | null;
  /** Tables whose page is in the IOTLB, or in the ATC. */
  readonly iotlb: readonly number[];
  readonly atc: readonly number[];
  readonly ats: boolean;
  /** Ghost: a drain sent an ATC invalidation while ATS was off. Never cleared. */
  readonly askedWithoutAts: boolean;
}

export type TranslatingStreamEvent =
  | { readonly type: "hardware.reads" | "hardware.reads-on" | "hardware.translates" }
  | { readonly type: "entry.first"; readonly word: FirstWord }
  | { readonly type: "entry.second"; readonly word: SecondWord }
  | { readonly type: "table.walked"; readonly table: number; readonly mapped: boolean }
  | { readonly type: "entry.invalidates"; readonly table: number }
  | { readonly type: "ats.turns-on" | "ats.turns-off" | "drain.submits" }
  | { readonly type: "iotlb.flushes" | "devtlb.flushes"; readonly table: number };

export type TranslatingStreamEmits =
  | { readonly type: "entry.reads-first" | "entry.reads-second" | "drain.completes" | "drain.times-out" }
  | { readonly type: "table.walks"; readonly table: number };

const s = setup({
  types: {
    context: {} as TranslatingStreamContext,
    events: {} as TranslatingStreamEvent,
    emitted: {} as TranslatingStreamEmits,
    input: {} as {
      readonly stallModel: StallModel;
      readonly ats: boolean;
      readonly withoutAts: WithoutAts;
    },
  },
  guards: {
    hasNone: ({ context }) => context.entry === null && context.reading === null,
    isReading: ({ context }) => context.reading !== null,
    isIdle: ({ context }) => context.reading === null,
    canWalk: ({ context }) => context.entry !== null && context.entry.legal,
    completes: ({ context }) => context.ats || context.withoutAts === "completes",
  },
});

const isLegal = (model: StallModel, stalls: boolean): boolean =>
  model === "optional" || stalls === (model === "forced");
const within = (tables: readonly number[], table: number): readonly number[] =>
  tables.includes(table) ? tables : [...tables, table].sort((a, b) => a - b);
const without = (tables: readonly number[], table: number): readonly number[] => tables.filter((one) => one !== table);

const asked = s.assign({ askedWithoutAts: ({ context }) => context.askedWithoutAts || !context.ats });

export const translatingStream = s.createMachine({
  id: "translating-stream",
  description: "the IOMMU for one device: cached table entry, IOTLB, and the device's ATC",
  meta: {
    origin: iommus("VT-d 6, SMMUv3 3.21"),
    lane: "the IOMMU and the ATC, for one device",
    messages: messages<TranslatingStreamEmits>({
      "entry.reads-first": "reads the first word of the table entry",
      "entry.reads-second": "reads the second word of the table entry",
      "table.walks": "walks page table {table}",
      "drain.completes": { says: "completes the drain", origin: clause("vtd", "7.10") },
      "drain.times-out": { says: "reports a time-out of the ATC invalidation (ITE)", origin: clause("vtd", "7.10") },
    }),
  },
  context: ({ input }) => ({ ...input, reading: null, entry: null, iotlb: [], atc: [], askedWithoutAts: false }),
  on: {
    "hardware.reads": {
      description: "begins to read the table entry",
      guard: "hasNone",
      actions: emit({ type: "entry.reads-first" }),
    },
    "entry.first": [
      {
        guard: ({ event }) => event.word.present,
        actions: assign({ reading: ({ event }) => event.word.table }),
      },
      {},
    ],
    "hardware.reads-on": {
      description: "reads the second word of the table entry",
      guard: "isReading",
      actions: emit({ type: "entry.reads-second" }),
    },
    "entry.second": {
      actions: assign(({ context: { reading, stallModel }, event: { word } }) => ({
        reading: null,
        entry: {
          table: reading!,
          whole: word?.table === reading,
          legal: word === null || isLegal(stallModel, word.stalls),
        },
      })),
    },
    "hardware.translates": {
      description: "translates an access with page table {entry.table}",
      guard: "canWalk",
      actions: emit(({ context }) => ({ type: "table.walks", table: context.entry!.table })),
    },
    "table.walked": [
      {
        guard: ({ event }) => event.mapped,
        actions: assign(({ context: { iotlb, atc, ats }, event: { table } }) => ({
          iotlb: within(iotlb, table),
          atc: ats ? within(atc, table) : atc,
        })),
      },
      {},
    ],
    /** Drops the entry and the translations of its table; those in the ATC only while ATS is on. */
    "entry.invalidates": {
      guard: "isIdle",
      actions: enqueueActions(({ context: { iotlb, atc, ats }, event: { table }, enqueue }) => {
        enqueue.assign({ entry: null, iotlb: without(iotlb, table), atc: ats ? without(atc, table) : atc });
      }),
    },
    "ats.turns-on": { actions: assign({ ats: true }) },
    /** A device does not use its ATC while ATS is off, and the ATC is empty when ATS is turned on again. */
    "ats.turns-off": { actions: assign({ ats: false, atc: [] }) },
    /** If the device is silent the IOMMU reports a time-out (ITE). */
    "drain.submits": [
      { guard: "completes", actions: [asked, assign({ atc: [] }), emit({ type: "drain.completes" })] },
      { actions: [asked, emit({ type: "drain.times-out" })] },
    ],
    "iotlb.flushes": { actions: assign({ iotlb: ({ context, event }) => without(context.iotlb, event.table) }) },
    /** A silent device with ATS off completes nothing. A UR from it would end the wait (H35, a UR counts as done). */
    "devtlb.flushes": {
      guard: "completes",
      actions: assign({ atc: ({ context, event }) => without(context.atc, event.table) }),
    },
  },
});

export const translatingStreamSteps: readonly Message[] = [
  { type: "hardware.reads" },
  { type: "hardware.reads-on" },
  { type: "hardware.translates" },
];
