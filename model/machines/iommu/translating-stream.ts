/**
 * The IOMMU for one device, and the cache of that device: it reads the entry word by word, keeps it, and keeps
 * translations of the page table that the entry names.
 *
 * Models  hardware facts 3.1 and 4.1: an entry is read in several accesses; an invalidation waits for those that have
 *         begun; SMMU_IDR0.STALL_MODEL and what it makes ILLEGAL in STE.S2S and CD.S (B40). One page.
 * Omits   what the device does with its translations, and the faults of an entry that is not present.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import type { FirstWord, SecondWord } from "./table-entry.ts";

/** SMMU_IDR0.STALL_MODEL 0, 2 and 1. */
export type StallModel = "optional" | "forced" | "terminate-only";

/**
 * What a device does with an invalidation while its ATS is off. PCIe has it complete (hardware facts 1.2); one in reset, in
 * low power or at fault is silent.
 */
export type WithoutAts = "silent" | "completes";

export interface CachedEntry {
  readonly table: number;
  /** Its words belong together. */
  readonly whole: boolean;
  /** The architecture allows it. */
  readonly legal: boolean;
}

export interface TranslatingStreamContext {
  readonly withoutAts: WithoutAts;
  readonly stallModel: StallModel;
  /** The first word, while the second is read. */
  readonly reading: number | null;
  readonly entry: CachedEntry | null;
  /** Tables whose page is in the IOTLB, or in the cache of the device. */
  readonly iotlb: readonly number[];
  readonly atc: readonly number[];
  readonly ats: boolean;
  /** Ghost: a drain has invalidated the device's cache while ATS was off. Never cleared. */
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
  context: ({ input }) => ({ ...input, reading: null, entry: null, iotlb: [], atc: [], askedWithoutAts: false }),
  on: {
    "hardware.reads": { guard: "hasNone", actions: emit({ type: "entry.reads-first" }) },
    "entry.first": [
      {
        guard: ({ event }) => event.word.present,
        actions: assign({ reading: ({ event }) => event.word.table }),
      },
      {},
    ],
    "hardware.reads-on": { guard: "isReading", actions: emit({ type: "entry.reads-second" }) },
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
    /** Of the entry, and of the table that it named; of the device's cache only where ATS is on. */
    "entry.invalidates": {
      guard: "isIdle",
      actions: enqueueActions(({ context: { iotlb, atc, ats }, event: { table }, enqueue }) => {
        enqueue.assign({ entry: null, iotlb: without(iotlb, table), atc: ats ? without(atc, table) : atc });
      }),
    },
    "ats.turns-on": { actions: assign({ ats: true }) },
    /** A device without ATS uses nothing of its cache, and has none when ATS is turned on again. */
    "ats.turns-off": { actions: assign({ ats: false, atc: [] }) },
    /** Where it is silent, hardware reports a time-out (ITE). */
    "drain.submits": [
      { guard: "completes", actions: [asked, assign({ atc: [] }), emit({ type: "drain.completes" })] },
      { actions: [asked, emit({ type: "drain.times-out" })] },
    ],
    "iotlb.flushes": { actions: assign({ iotlb: ({ context, event }) => without(context.iotlb, event.table) }) },
    /** A device whose ATS is off, and that is silent, completes nothing. A UR from it would end the wait (H35). */
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
