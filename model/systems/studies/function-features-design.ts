/** Designs and sizes of the focused model `function-features`: who enables ATS, PASID and PRI of a function, and when. */
import type { FeatureRules } from "../../machines/linux/iommu/drivers/features/feature-orders.ts";
import type { ResetRules } from "../../machines/linux/iommu/drivers/features/function-reset.ts";
import { choice, type KnobTable } from "../../knobs.ts";
import type { Study } from "../study.ts";

export interface FunctionFeaturesDesign extends FeatureRules, ResetRules {
  readonly name: string;
}

export interface FunctionFeaturesSizes {
  readonly name: string;
  readonly virtualFunction: boolean;
  readonly functionResets: number;
  readonly atsFails: boolean;
}

const RIGHT: Omit<FunctionFeaturesDesign, "name"> = {
  featureEnable: "pasid-ats-pri",
  featureDisable: "pri-ats-pasid",
  changesWith: "probe",
  priNeedsAts: true,
  featureRestore: "pasid-pri-ats",
  resetBlocks: "whole-reset",
};

export const functionFeaturesHosts: Study<FunctionFeaturesDesign, FunctionFeaturesSizes>["hosts"] = {
  intended: {
    sentence: "All features are enabled at probe, and a reset blocks the device until they are restored.",
    design: RIGHT,
  },
  "linux-7.3.4-vtd": {
    sentence:
      "VT-d of 7.3.4 in scalable mode: all features at probe, and a reset blocks the device during the FLR alone.",
    design: { ...RIGHT, resetBlocks: "flr" },
  },
  "linux-7.3.4-smmuv3": {
    sentence: "SMMUv3 of 7.3.4: PASID at probe, ATS at attach, and a reset attaches before it restores the registers.",
    design: { ...RIGHT, changesWith: "pasid-with-probe", resetBlocks: "flr" },
  },
  "linux-6.12.117-amd": {
    sentence: "AMD of 6.12.117: all features at an attach with PASIDs, and all off at a detach.",
    design: { ...RIGHT, featureDisable: "ats-pasid-pri", changesWith: "pasid-attach", resetBlocks: "nothing" },
  },
  "linux-6.1.192-vtd": {
    sentence: "VT-d of 6.1.192: all features at each attach, and PRI before ATS, which may fail.",
    design: {
      ...RIGHT,
      featureEnable: "pasid-pri-ats",
      featureDisable: "ats-pri-pasid",
      changesWith: "attach",
      priNeedsAts: false,
      resetBlocks: "nothing",
    },
  },
};

export const functionFeaturesKnobs: KnobTable<FunctionFeaturesDesign> = {
  featureEnable: {
    id: "hardware facts 1.4",
    values: choice({
      "pasid-ats-pri": "PASID before ATS, and PRI last.",
      "ats-pasid-pri": "ATS before PASID (AMD before c694bc8b612d).",
      "pasid-pri-ats": "PASID, then PRI, and ATS last (VT-d and AMD of 6.1.192).",
    }),
    sentence: "In which order a driver enables features.",
  },
  featureDisable: {
    id: "hardware facts 1.4",
    values: choice({
      "pri-ats-pasid": "PRI first, and PASID after ATS (VT-d of 7.3.4).",
      "ats-pasid-pri": "ATS first, and PRI last (AMD).",
      "ats-pri-pasid": "ATS first, and PASID last (VT-d of 6.1.192).",
      "pasid-ats-pri": "PASID before ATS (deliberate defect).",
    }),
    sentence: "In which order a driver disables features.",
  },
  changesWith: {
    id: "hardware facts 1.4",
    values: choice({
      probe: "All at probe, and off at release (VT-d of 7.3.4).",
      attach: "All at each attach, and off at detach (VT-d of 6.1.192).",
      "pasid-attach": "ATS at each attach, the others where the domain has PASIDs, and all off at detach (AMD).",
      "pasid-with-probe": "PASID at probe, ATS at attach, and no PRI (SMMUv3).",
      "pasid-by-need": "ATS at probe, and PASID at the first attach that needs it (deliberate defect).",
    }),
    sentence: "With which calls a driver enables and disables features.",
  },
  priNeedsAts: {
    id: "hardware facts 1.4",
    values: { kind: "flag" },
    sentence: "Whether a driver leaves PRI off where it could not enable ATS.",
  },
  featureRestore: {
    id: "hardware facts 1.4",
    values: choice({
      "pasid-pri-ats": "PASID before ATS (Linux).",
      "ats-pri-pasid": "ATS before PASID (deliberate defect).",
    }),
    sentence: "In which order registers are restored after a reset.",
  },
  resetBlocks: {
    id: "J82",
    values: choice({
      "whole-reset": "Until the registers are restored.",
      flr: "During the FLR alone: the device is attached again before its registers are restored (7.3.4).",
      nothing: "Not at all: attach and detach run beside the reset (6.12.117).",
    }),
    sentence: "How long a reset keeps the device out of its page tables, and attach and detach out of the way.",
  },
};

export const functionFeaturesSizeKnobs: KnobTable<FunctionFeaturesSizes> = {
  virtualFunction: {
    id: "bound",
    values: { kind: "flag" },
    sentence: "Whether there is a virtual function, which shares PASID and PRI of its physical function.",
  },
  functionResets: {
    id: "bound",
    values: { kind: "integer", from: 0, to: 2 },
    sentence: "How many resets of the function there are.",
  },
  atsFails: { id: "bound", values: { kind: "flag" }, sentence: "Whether ATS may fail to be enabled." },
};
