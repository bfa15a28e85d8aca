/** Designs, sizes and knobs of the focused model `table-levels`: a page table that gets another level while it is used. */
import { choice, type KnobTable } from "../../knobs.ts";
import type { TableRules } from "../../machines/linux/iommu/drivers/tables/table-orders.ts";
import type { BoundsName } from "../study.ts";

export interface TableLevelsDesign extends TableRules {
  readonly name: string;
}

export interface TableLevelsSizes {
  readonly name: string;
  readonly threads: number;
}

const INTENDED: TableRules = {
  topWords: "one-word",
  growth: "hardware-first",
  growCheck: "under-lock",
  gathers: "range-and-tables",
  freesTables: "after-flush",
};

export const tableLevelsHosts = {
  intended: {
    sentence: "As the generic page table of 7.3.4: one word, and the device's entry before it.",
    design: INTENDED,
  },
  "linux-6.12.117-amd": {
    sentence: "AMD in Linux 6.12.117: two words under a sequence count, written before the entry of the device.",
    design: { ...INTENDED, topWords: "sequence-count", growth: "published-first", freesTables: "never" },
  },
  "linux-6.1.192-amd": {
    sentence: "AMD in Linux 6.1.192: two words that readers take one after the other.",
    design: { ...INTENDED, topWords: "root-then-levels", growth: "published-first", freesTables: "never" },
  },
  "guest-without-range": {
    sentence: "The generic page table before b48ca9206138, in a guest whose IOMMU caches absent entries.",
    design: { ...INTENDED, gathers: "nothing" },
  },
} as const satisfies { readonly [name: string]: { sentence: string; design: TableRules } };

export const tableLevelsBounds: { readonly [name in BoundsName]: Omit<TableLevelsSizes, "name"> } = {
  small: { threads: 2 },
  default: { threads: 3 },
  deep: { threads: 3 },
};

export const tableLevelsKnobs: KnobTable<TableLevelsDesign> = {
  topWords: {
    id: "I10",
    values: choice({
      "one-word": "One word has both (top_of_table of 7.3.4).",
      "sequence-count": "Two words under a sequence count (AMD since 1e56310b40fd).",
      "root-then-levels": "Two words, the root first; readers take the levels first (AMD before it, CVE-2025-39961).",
      "levels-then-root": "Two words, the levels first (deliberate defect).",
    }),
    sentence: "How root and levels of the page table are written and read.",
  },
  growth: {
    id: "I9",
    values: choice({
      "hardware-first": "The entry of the device, its flush, then the top of software (7.3.4).",
      "published-first": "The top of software, then the entry of the device and its flush (AMD of 6.1 and 6.12).",
      unflushed: "The entry of the device, without a flush (deliberate defect).",
      "keeps-lock": "As hardware-first, and the lock is kept (deliberate defect).",
    }),
    sentence: "In which order a level is added.",
  },
  growCheck: {
    id: "I9",
    values: choice({
      "under-lock": "Under the lock.",
      "before-lock": "Before it takes the lock; the new top leads to the former one (deliberate defect).",
    }),
    sentence: "When a thread looks whether the level is there already.",
  },
  gathers: {
    id: "I7",
    values: choice({
      "range-and-tables": "The range, and that tables are freed.",
      range: "The range, as if only lowest entries were cleared (deliberate defect).",
      nothing: "Nothing: the range stays empty (b48ca9206138).",
    }),
    sentence: "What the flush at the end of an unmap is told.",
  },
  freesTables: {
    id: "I7",
    values: choice({
      "after-flush": "After the flush.",
      "before-flush": "Before it (deliberate defect).",
      never: "Never: the table stays linked (AMD of 6.1 and 6.12).",
    }),
    sentence: "When an unmap frees a table that it has emptied.",
  },
};

export const tableLevelsSizeKnobs: KnobTable<TableLevelsSizes> = {
  threads: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 3 },
    sentence: "How many threads there are: of page b, which needs one level, and of c and d, which need two.",
  },
};
