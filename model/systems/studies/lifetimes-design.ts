/** Designs and sizes of the focused model `lifetimes`: who counts as a user of what, and which locks keep whom out. */
import type { Host } from "../../hosts/host.ts";
import type { FaultParamRules, PartialsRule } from "../../machines/linux/iommu/io-pgfault/6.12/fault-groups.ts";
import type { DisableOrder, ReleaseOrder } from "../../machines/linux/iommu/drivers/lifetimes/lifetime-orders.ts";
import type { RequestThreadRules } from "../../machines/linux/iommu/drivers/lifetimes/request-thread.ts";
import type { Bounds } from "../bounds.ts";
import type { BoundsName } from "../study.ts";
import type { TeardownSizes } from "./teardown-design.ts";

export interface LifetimesDesign extends Pick<Host, "allocations"> {
  readonly name: string;
  readonly reportLocks: boolean;
  readonly deviceReference: RequestThreadRules["reference"];
  /** Whether the domain of the requests has a handler. */
  readonly faultsHandled: boolean;
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

const INTENDED: Omit<LifetimesDesign, "name"> = {
  allocations: "may-fail",
  reportLocks: true,
  deviceReference: "none",
  faultsHandled: true,
  answersUnknown: true,
  iopfDisable: "locked",
  deviceRelease: "locked",
  paramReferences: true,
  partialsAtRemoval: "freed",
  abortGroup: "linked",
};

export const lifetimesHosts = {
  intended: {
    sentence: "The references of Linux 6.12.117, and the lock of the report around each removal and release.",
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
      "VT-d of Linux 6.12.117, with requests as from 6.13: page faults are disabled without the lock of the report.",
    design: { ...INTENDED, iopfDisable: "unlocked", deviceRelease: "removed-first" },
  },
  /**
   * No iopf_lock there: a reference keeps the device, and nothing what the IOMMU layer knows of it. In 6.12.117 no domain of
   * AMD has a handler: iommufd gives fault queues to nested page tables alone, and iommu_sva_bind_device() refuses SVA on x86.
   * Requests with a PASID are reported all the same, and get Invalid from the core. AMD has no op that turns page faults off:
   * the parameters go in detach_device(), without a lock.
   */
  "linux-6.12.117-amd": {
    sentence: "AMD of Linux 6.12.117: a reference to the device, no lock, and no domain that handles faults.",
    design: {
      ...INTENDED,
      reportLocks: false,
      deviceReference: "put",
      faultsHandled: false,
      answersUnknown: false,
      iopfDisable: "unlocked",
      deviceRelease: "unlisted-first",
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
