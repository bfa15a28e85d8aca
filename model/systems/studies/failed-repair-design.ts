/** Designs, sizes and knobs of the focused model `failed-repair`: what a handler writes after it could not restore a page. */
import type { OnFailure } from "../../machines/linux/iommu/drivers/repair/restore-handler.ts";
import type { SvmRangeContext } from "../../machines/linux/iommu/drivers/repair/svm-range.ts";
import { choice, type KnobTable } from "../../knobs.ts";
import type { BoundsName } from "../study.ts";

export interface FailedRepairDesign {
  readonly name: string;
  readonly onFailure: OnFailure;
  readonly staysMapped: boolean;
  readonly evictTells: SvmRangeContext["evictTells"];
}

export interface FailedRepairSizes {
  readonly name: string;
  readonly accesses: number;
  readonly moves: number;
  readonly failures: number;
}

const INTENDED: Omit<FailedRepairDesign, "name"> = {
  onFailure: "no-retry-if-gone",
  staysMapped: false,
  evictTells: "gpu",
};

export const failedRepairHosts = {
  intended: {
    sentence: "An entry that stops the device is written only where the process has unmapped the page (a proposal).",
    design: INTENDED,
  },
  "linux-7.3.4-amdgpu": {
    sentence: "amdgpu of Linux 6.1.192, 6.12.117 and 7.3.4: such an entry is written after any error but -EAGAIN.",
    design: { ...INTENDED, onFailure: "no-retry" },
  },
  "linux-7.3.4-rocm": {
    sentence: "amdgpu with memory that has KFD_IOCTL_SVM_FLAG_GPU_ALWAYS_MAPPED, as ROCm sets it since 2026-08.",
    design: { ...INTENDED, onFailure: "no-retry", staysMapped: true },
  },
} as const satisfies { readonly [name: string]: { sentence: string; design: Omit<FailedRepairDesign, "name"> } };

export const failedRepairBounds: { readonly [name in BoundsName]: Omit<FailedRepairSizes, "name"> } = {
  small: { accesses: 2, moves: 1, failures: 1 },
  default: { accesses: 4, moves: 3, failures: 2 },
  deep: { accesses: 6, moves: 4, failures: 4 },
};

export const failedRepairKnobs: KnobTable<FailedRepairDesign> = {
  onFailure: {
    id: "D-23",
    values: choice({
      "no-retry": "An entry that stops the device, after any error but -EAGAIN (amdgpu_vm_handle_fault()).",
      "no-retry-if-gone": "Such an entry where the page is gone, and nothing after another error (a proposal).",
      dummy: "The dummy page, as for graphics with amdgpu_vm_fault_stop=0.",
      nothing: "Nothing: the device retries for ever (deliberate defect).",
    } satisfies { readonly [rule in OnFailure]: string }),
    sentence: "What a handler of retry faults writes after it could not restore the page.",
  },
  staysMapped: {
    id: "I-02",
    values: { kind: "flag" },
    sentence: "Whether a page that moves stays mapped for the GPU (GPU_ALWAYS_MAPPED).",
  },
  evictTells: {
    id: "I-02",
    values: choice({
      gpu: "It unmaps the page from the GPU first (svm_range_evict()).",
      nobody: "It moves the page without a word (deliberate defect).",
    } satisfies { readonly [tells in SvmRangeContext["evictTells"]]: string }),
    sentence: "Whom an eviction tells.",
  },
};

export const failedRepairSizeKnobs: KnobTable<FailedRepairSizes> = {
  accesses: { id: "bound", values: { kind: "integer", from: 1, to: 6 }, sentence: "How often the device accesses." },
  moves: { id: "bound", values: { kind: "integer", from: 0, to: 4 }, sentence: "How often the page is moved." },
  failures: {
    id: "bound",
    values: { kind: "integer", from: 0, to: 4 },
    sentence: "How often a restore fails for a moment, and how often one is answered with -EAGAIN.",
  },
};
