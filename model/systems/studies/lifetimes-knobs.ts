/** The knobs of the focused model `lifetimes`: what each choice of its designs and sizes means. */
import { hostKnobs } from "../../hosts/host.ts";
import { choice, type KnobTable } from "../../knobs.ts";
import type { FaultParamRules, PartialsRule } from "../../machines/linux/iommu/io-pgfault/6.12/fault-groups.ts";
import type { DisableOrder, ReleaseOrder } from "../../machines/linux/iommu/drivers/lifetimes/lifetime-orders.ts";
import type { RequestThreadRules } from "../../machines/linux/iommu/drivers/lifetimes/request-thread.ts";
import { boundsKnobs } from "../bounds.ts";
import type { LifetimesDesign, LifetimesSizes } from "./lifetimes-design.ts";
import { teardownSizeKnobs } from "./teardown-design.ts";

const flag = { kind: "flag" } as const;

export const lifetimesKnobs: KnobTable<LifetimesDesign> = {
  allocations: hostKnobs.allocations,
  reportLocks: {
    id: "I32",
    values: flag,
    sentence:
      "Whether the thread that reports a page request holds a lock (iommu->iopf_lock of VT-d) from the lookup on.",
  },
  deviceReference: {
    id: "B31",
    values: choice({
      none: "The lookup takes no reference, as device_rbtree_find() of VT-d.",
      put: "The lookup takes a reference to the device, and pci_dev_put() drops it after the report (AMD).",
      kept: "The lookup takes a reference to the device, and each report leaks it.",
    } satisfies { readonly [value in RequestThreadRules["reference"]]: string }),
    sentence: "Whether the lookup of a device takes a reference, and whether the thread drops it after the report.",
  },
  faultsHandled: {
    id: "B44",
    values: flag,
    sentence:
      "Whether a page table of the device hands its faults to user space; AMD of 6.12.117 has no such page table.",
  },
  answersUnknown: {
    id: "H18",
    values: flag,
    sentence: "Whether the last request of a device that is not found gets the response Invalid, as on VT-d.",
  },
  iopfDisable: {
    id: "D6",
    values: choice({
      locked: "The lock of the report is held while iopf_queue_remove_device() runs.",
      unlocked: "iopf_queue_remove_device() runs without that lock, as from intel_iommu_disable_iopf() of 6.12.",
      awaiting: "Disabling takes the lock, waits until no report and no group uses fault_param, then removes it.",
    } satisfies { readonly [value in DisableOrder]: string }),
    sentence: "Whether page faults of a device are disabled under the lock of the report.",
  },
  deviceRelease: {
    id: "B42",
    values: choice({
      locked: "Lookups stop under the lock, groups get a response, fault_param is removed, then the memory is freed.",
      "removed-first": "fault_param is removed before the lock is taken (6.12 on VT-d).",
      "unlisted-first":
        "Lookups stop, then fault_param is removed without a lock and no group is answered (6.12 on AMD).",
      unlocked: "Lookups stop without the lock, so that a report may still use the device (deliberate defect).",
      unanswered: "Groups in user space get no response before fault_param is removed (deliberate defect).",
      "put-first": "The first reference is put before dev->iommu is freed (deliberate defect).",
      "answered-late": "The memory is freed before groups in user space get a response (deliberate defect).",
    } satisfies { readonly [value in ReleaseOrder]: string }),
    sentence: "The order of the steps that release a device (iommu_release_device()).",
  },
  paramReferences: {
    id: "B43",
    values: flag,
    sentence: "Whether the report and each group hold a reference to dev->iommu->fault_param.",
  },
  partialsAtRemoval: {
    id: "D19",
    values: choice({
      freed: "It frees each partial fault and does not reset fault_param->partial, as in Linux 6.12.",
      emptied: "It frees each partial fault and makes fault_param->partial empty.",
      "by-last-put": "It leaves partial faults alone, and the last iopf_put_dev_fault_param() frees them.",
      kept: "It leaves partial faults alone, and nothing frees them later (deliberate defect).",
    } satisfies { readonly [value in PartialsRule]: string }),
    sentence: "What iopf_queue_remove_device() does with partial faults.",
  },
  abortGroup: {
    id: "D6",
    values: choice({
      linked: "The group is on fault_param->faults, where a removal finds and frees it (6.12).",
      unlinked: "The group is in no list.",
    } satisfies { readonly [value in FaultParamRules["abortGroup"]]: string }),
    sentence:
      "Whether the group that iommu_report_device_fault() keeps on its stack for lack of memory is on the pending list.",
  },
};

export const lifetimesSizeKnobs: KnobTable<LifetimesSizes> = {
  slots: boundsKnobs.slots,
  itemPages: boundsKnobs.itemPages,
  userAnswers: teardownSizeKnobs.userAnswers,
  iopfToggles: {
    id: "bound",
    values: flag,
    sentence: "Whether page faults of the device are disabled and enabled again.",
  },
  deviceLeaves: { id: "bound", values: flag, sentence: "Whether the device may be released, and probed again." },
};
