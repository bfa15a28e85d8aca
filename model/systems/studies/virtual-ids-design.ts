/** Designs, sizes and knobs of the focused model `virtual-ids`: whose virtual ID an event of a vIOMMU carries. */
import { MOCK_7_3, type MockDeviceRules } from "../../machines/linux/iommu/iommufd/objects-7.3/mock-device.ts";
import { choice, type KnobTable } from "../../knobs.ts";
import type { BoundsName } from "../study.ts";

export interface VirtualIdsDesign extends MockDeviceRules {
  readonly name: string;
}

export interface VirtualIdsSizes {
  readonly name: string;
  /** How many calls the VMM makes. */
  readonly calls: number;
  /** Nested HWPTs of the vIOMMU. */
  readonly nestedHwpts: number;
  /** Whether the vIOMMU has a vEVENTQ. */
  readonly hasQueue: boolean;
}

export const virtualIdsHosts = {
  intended: {
    sentence: "The driver looks up the virtual ID for each event (no driver does so).",
    design: { attachNeeds: "vdevice", virtCopy: "each-report" },
  },
  "linux-7.3.4-smmuv3": {
    sentence: "SMMUv3 of Linux 7.3.4: the virtual ID is looked up at each attach.",
    design: { attachNeeds: "vdevice", virtCopy: "each-attach" },
  },
  "linux-7.3.4-selftest": {
    sentence: "The driver of iommufd's selftest in Linux 7.3.4: it is looked up when the vIOMMU changes.",
    design: MOCK_7_3,
  },
} as const satisfies { readonly [name: string]: { sentence: string; design: Omit<VirtualIdsDesign, "name"> } };

export const virtualIdsBounds: { readonly [name in BoundsName]: Omit<VirtualIdsSizes, "name"> } = {
  small: { calls: 4, nestedHwpts: 1, hasQueue: true },
  default: { calls: 5, nestedHwpts: 2, hasQueue: true },
  deep: { calls: 7, nestedHwpts: 2, hasQueue: true },
};

export const virtualIdsKnobs: KnobTable<VirtualIdsDesign> = {
  attachNeeds: {
    id: "J28",
    values: choice({
      vdevice: "A vDEVICE of the device in the vIOMMU: ENOENT without one (7.3.4).",
      nothing: "Nothing (deliberate defect).",
    } satisfies { readonly [needs in MockDeviceRules["attachNeeds"]]: string }),
    sentence: "What the attach to a nested HWPT of a vIOMMU needs.",
  },
  virtCopy: {
    id: "J30",
    values: choice({
      "each-report": "For each event (no driver does so).",
      "each-attach": "At each attach (arm_smmu_attach_prepare_vmaster()).",
      "new-viommu": "At an attach to another vIOMMU than before (mock_domain_nop_attach()).",
    } satisfies { readonly [copy in MockDeviceRules["virtCopy"]]: string }),
    sentence: "When the driver looks up the virtual ID that the events of a device carry.",
  },
};

export const virtualIdsSizeKnobs: KnobTable<VirtualIdsSizes> = {
  calls: { id: "bound", values: { kind: "integer", from: 1, to: 8 }, sentence: "How many calls the VMM makes." },
  nestedHwpts: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 2 },
    sentence: "How many nested HWPTs the vIOMMU has.",
  },
  hasQueue: { id: "bound", values: { kind: "flag" }, sentence: "Whether the vIOMMU has a vEVENTQ." },
};
