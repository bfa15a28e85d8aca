/** Designs and sizes of the study `lifetimes`: who counts as a user of what, and which locks keep whom out. */
import { hostKnobs, type Host } from "../../hosts/host.ts";
import type { KnobTable } from "../../knobs.ts";
import type { FaultParamRules, PartialsRule } from "../../machines/linux/iommu/io-pgfault/6.12/fault-groups.ts";
import {
  DISABLE_ORDERS,
  RELEASE_ORDERS,
  type DisableOrder,
  type ReleaseOrder,
} from "../../machines/linux/iommu/drivers/lifetimes/lifetime-orders.ts";
import type { RequestThreadRules } from "../../machines/linux/iommu/drivers/lifetimes/request-thread.ts";
import { boundsKnobs, type Bounds } from "../bounds.ts";
import type { BoundsName } from "../study.ts";
import { teardownSizeKnobs, type TeardownSizes } from "./teardown-design.ts";

export interface LifetimesDesign extends Pick<Host, "allocations"> {
  readonly name: string;
  readonly reportLocks: boolean;
  readonly deviceReference: RequestThreadRules["reference"];
  readonly answersUnknown: boolean;
  readonly iopfDisable: DisableOrder;
  readonly deviceRelease: ReleaseOrder;
  readonly paramReferences: boolean;
  readonly partialsAtRemoval: PartialsRule;
  readonly abortGroup: FaultParamRules["abortGroup"];
}

export interface LifetimesSizes extends Pick<Bounds, "slots" | "itemPages">, Pick<TeardownSizes, "userAnswers"> {
  readonly name: string;
  readonly iopfToggles: boolean;
  readonly deviceLeaves: boolean;
}

const flag = { kind: "flag" } as const;
const choice = <const Choice extends string>(...of: readonly Choice[]) => ({ kind: "choice", of }) as const;

export const lifetimesKnobs: KnobTable<LifetimesDesign> = {
  allocations: hostKnobs.allocations,
  reportLocks: {
    id: "I32",
    values: flag,
    sentence: "Whether a request is reported under a lock, from the look-up of its device to the end.",
  },
  deviceReference: {
    id: "B31",
    values: choice("none", "put", "kept"),
    sentence: "Whether the look-up of a device takes a reference, and whether that is put after the report.",
  },
  answersUnknown: {
    id: "H18",
    values: flag,
    sentence: "Whether a last request of a device that is not found is answered.",
  },
  iopfDisable: {
    id: "D6",
    values: choice(...(Object.keys(DISABLE_ORDERS) as DisableOrder[])),
    sentence: "Whether page faults of a device are turned off under the lock of the report.",
  },
  deviceRelease: {
    id: "B42",
    values: choice(...(Object.keys(RELEASE_ORDERS) as ReleaseOrder[])),
    sentence: "The steps that release a device: under the lock of the report, and its groups answered first, or not.",
  },
  paramReferences: {
    id: "B43",
    values: flag,
    sentence: "Whether the reporter and the groups count as users of the fault parameters.",
  },
  partialsAtRemoval: {
    id: "D19",
    values: choice("freed", "emptied", "by-last-put", "kept"),
    sentence:
      "What turning off does to partial faults: free them, also empty the list, leave that to the last put, nothing.",
  },
  abortGroup: {
    id: "D6",
    values: choice("linked", "unlinked"),
    sentence: "Whether the group on the reporter's stack, for want of memory, is on the pending list.",
  },
};

export const lifetimesSizeKnobs: KnobTable<LifetimesSizes> = {
  slots: boundsKnobs.slots,
  itemPages: boundsKnobs.itemPages,
  userAnswers: teardownSizeKnobs.userAnswers,
  iopfToggles: { id: "bound", values: flag, sentence: "Whether page faults are turned off and on again." },
  deviceLeaves: { id: "bound", values: flag, sentence: "Whether the device may be released, and come back." },
};

const INTENDED: Omit<LifetimesDesign, "name"> = {
  allocations: "may-fail",
  reportLocks: true,
  deviceReference: "none",
  answersUnknown: true,
  iopfDisable: "locked",
  deviceRelease: "locked",
  paramReferences: true,
  partialsAtRemoval: "freed",
  abortGroup: "linked",
};

export const lifetimesHosts = {
  intended: {
    sentence: "The counts of 6.12.117, and the lock of the report around whatever goes away.",
    design: INTENDED,
  },
  /**
   * intel_iommu_disable_iopf() takes no lock: it relies on the drain of its callers (D6, D19). In 6.12.117 no request
   * reaches a fault queue here: one without PASID is answered Invalid (intel/prq.c), and iommufd has no handle for the
   * others, except PASID 0. iommu_sva_bind_device() refuses SVA on x86 (-EOPNOTSUPP). On a kernel that does not, handlers of
   * SVA are reached; of them only the report, the locks and the counts are the same.
   */
  "linux-6.12.117": {
    sentence:
      "The code of 6.12.117 on VT-d, with requests as from 6.13: released under the lock of the report, turned off without it.",
    design: { ...INTENDED, iopfDisable: "unlocked", deviceRelease: "removed-first" },
  },
  /**
   * No iopf_lock there: a reference keeps the device, and nothing what the IOMMU layer knows of it. In 6.12.117 no request
   * reaches a fault queue here either: amd/ppr.c refuses PASID 0. It has no op that turns page faults off: the parameters
   * go in detach_device(), without that lock.
   */
  "linux-6.12.117-amd": {
    sentence:
      "The code of 6.12.117 on AMD, as if requests without PASID were reported: no lock, and a reference to the device meanwhile.",
    design: {
      ...INTENDED,
      reportLocks: false,
      deviceReference: "put",
      answersUnknown: false,
      iopfDisable: "unlocked",
      deviceRelease: "removed-first-unlocked",
    },
  },
} as const satisfies { readonly [name: string]: { sentence: string; design: Omit<LifetimesDesign, "name"> } };

const SMALL: Omit<LifetimesSizes, "name"> = {
  slots: 1,
  itemPages: 2,
  userAnswers: false,
  iopfToggles: true,
  deviceLeaves: true,
};

export const lifetimesBounds: { readonly [name in BoundsName]: Omit<LifetimesSizes, "name"> } = {
  small: SMALL,
  default: { ...SMALL, slots: 2 },
  deep: { ...SMALL, userAnswers: true, slots: 2 },
};
