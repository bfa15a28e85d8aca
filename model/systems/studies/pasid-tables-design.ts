/** Designs and sizes of the focused model `pasid-tables`: how the page tables of PASIDs are attached, replaced and detached. */
import type { PasidRules } from "../../machines/linux/iommu/iommufd/pasids/pasid-orders.ts";
import type { BoundsName } from "../study.ts";

export interface PasidTablesDesign {
  readonly name: string;
  readonly pasidAttach: PasidRules["attach"];
  readonly pasidReplace: PasidRules["replace"];
  readonly pasidDetach: PasidRules["detach"];
  readonly iopfCounts: PasidRules["counts"];
  readonly pasidAnswers: PasidRules["answers"];
  readonly failedSet: PasidRules["failedSet"];
  readonly failedHandle: PasidRules["failedHandle"];
  /** What a drain does where page faults are enabled for no attachment. */
  readonly idleDrain: "waits" | "skipped";
}

export interface PasidTablesSizes {
  readonly name: string;
  readonly pasidCount: number;
  /** Page tables with the fault queue, and whether there is one without. */
  readonly queueTables: number;
  readonly plainTable: boolean;
  readonly tableCallsFail: boolean;
  readonly userAnswers: boolean;
}

const INTENDED: Omit<PasidTablesDesign, "name"> = {
  pasidAttach: "standard",
  pasidReplace: "standard",
  pasidDetach: "standard",
  iopfCounts: "new-first",
  pasidAnswers: "old-handle",
  failedSet: "never",
  failedHandle: "freed",
  idleDrain: "waits",
};

export const pasidTablesHosts = {
  intended: {
    sentence:
      "What can fail is done first; the old page table is drained before its handle goes, and no request comes in between.",
    design: INTENDED,
  },
  "linux-7.3.4-vtd": {
    sentence: "iommufd of Linux 7.3.4 over VT-d.",
    design: {
      ...INTENDED,
      pasidAttach: "linux-7.3.4",
      pasidReplace: "linux-7.3.4-vtd",
      pasidDetach: "linux-7.3.4-vtd",
      failedSet: "blocks",
      idleDrain: "skipped",
    },
  },
  "linux-7.3.4-smmuv3": {
    sentence: "iommufd of Linux 7.3.4 over SMMUv3, with a device that stalls.",
    design: {
      ...INTENDED,
      pasidAttach: "linux-7.3.4",
      pasidReplace: "linux-7.3.4-smmuv3",
      pasidDetach: "linux-7.3.4-smmuv3",
      idleDrain: "skipped",
    },
  },
} as const satisfies { readonly [name: string]: { sentence: string; design: Omit<PasidTablesDesign, "name"> } };

const SMALL: Omit<PasidTablesSizes, "name"> = {
  pasidCount: 1,
  queueTables: 2,
  plainTable: false,
  tableCallsFail: true,
  userAnswers: true,
};

export const pasidTablesBounds: { readonly [name in BoundsName]: Omit<PasidTablesSizes, "name"> } = {
  small: SMALL,
  default: { ...SMALL, plainTable: true },
  deep: { ...SMALL, pasidCount: 2, plainTable: true },
};
