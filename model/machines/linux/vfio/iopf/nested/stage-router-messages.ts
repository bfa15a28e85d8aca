/** The rules, events and messages of the report of a nested fault (stage-router.ts), and where its steps are from. */
import type { Message } from "../../../../../../checker/json.ts";
import type { Origin } from "../../../../../../checker/said.ts";
import { linux61, linux612, messages, proposal, rfc, whereIs } from "../../../../../said.ts";
import { pageResponseSays, type Fault, type PageResponse } from "../../../include/iommu.ts";
import type { Miss } from "../../../../iommu/nested-translation.ts";

export interface StageRouterRules {
  /** Whether each request is routed when it arrives, or a whole group (row 58: only full groups are delivered). */
  readonly delivery: "per-request" | "whole-group";
  /**
   * How the stage is found: by the record or the walk; always stage 1 (Linux 6.12, where stage 2 is pinned); or from a
   * variable that was never assigned (D-27: the level is undefined for other fault types).
   */
  readonly stageRule: "told" | "assumed-guest" | "undefined";
  /** The address of a stage 2 fault that is resolved (H22: Linux 6.12 reports the input address). */
  readonly stage2Address: "guest-physical" | "input";
  /** What refuses a stage without a handler: VFIO's handler, or the core by flags (row 13: the IOMMU driver may evolve). */
  readonly stageFilter: "vfio" | "iommu-driver";
  /** Whether the filter drops dev->iommu->lock before it returns (D-03: it did not). */
  readonly filterUnlocks: boolean;
  /**
   * Who responds to a fault whose report ends in an error. arm_smmu_handle_evt() of 6.1 responds Failure, which aborts the
   * stalled transaction; VT-d responds Invalid, and the device keeps its page requests. The core of 6.12 responds Invalid
   * where no domain handles the fault, and Failure where the handler of the domain fails.
   */
  readonly errorsAnsweredBy: "arm-smmu-v3" | "intel" | "core";
  /** How long it remembers that stage 1 maps a page (H40: software walks stage 1 while the guest unmaps). */
  readonly verdictKept: "never" | "until-invalidation" | "for-ever";
  /** Whether the ring to user space is locked before its head is read (B-41: it was not). */
  readonly ringLock: boolean;
}

export interface StageRouterContext {
  readonly rules: StageRouterRules;
  readonly name: string;
  /** In order of arrival; a whole group, or the request that was reported. */
  readonly members: readonly Fault[];
  readonly addresses: readonly number[];
  readonly stage: 1 | 2 | null;
  /** Ghost: the stage at which the fault happened, which the rule may miss. */
  readonly truth: 1 | 2 | null;
  /** Pages that stage 1 maps, as it remembers: a set. */
  readonly known: readonly number[];
}

const STEPS = [
  "locks",
  "collects",
  "finds",
  "looks-up",
  "resolves",
  "reads-head",
  "delivers",
  "answers",
  "refuses",
  "unlocks",
] as const;

export type StageRouterEvent =
  | { readonly type: "driver.reports-fault"; readonly fault: Fault }
  | { readonly type: `router.${(typeof STEPS)[number]}` }
  | { readonly type: "router.guesses"; readonly stage: 1 | 2 }
  | { readonly type: "faults.collected"; readonly members: readonly Fault[] }
  | ({ readonly type: "stages.found" } & Miss)
  | { readonly type: "guest.invalidates"; readonly page: number }
  | { readonly type: "handler.stages"; readonly stages: readonly number[] }
  | { readonly type: "faults.delivered"; readonly ok: boolean };

export type StageRouterEmits =
  | PageResponse
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "faults.holds" | "faults.collects"; readonly fault: Fault }
  | { readonly type: "stages.finds"; readonly slot: number; readonly pages: readonly number[] }
  | { readonly type: "handler.reads" | "ring.reads-head"; readonly device: number }
  | { readonly type: "host.maps"; readonly addresses: readonly number[] }
  | { readonly type: "faults.delivers"; readonly members: readonly Fault[] }
  | { readonly type: "reported"; readonly device: number; readonly result: number };

export const stageRouterSteps = (rules: StageRouterRules): readonly Message[] => [
  ...STEPS.filter((step) => step !== "reads-head" || !rules.ringLock).map((step) => ({ type: `router.${step}` })),
  ...(rules.stageRule === "undefined" ? [1, 2].map((stage) => ({ type: "router.guesses", stage })) : []),
];

/** What responds after the error of a report: the driver, or else this function of the core. */
const afterError = (core: string): Origin =>
  whereIs(linux61("drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c", "arm_smmu_handle_evt"), "rules.errorsAnsweredBy", {
    intel: linux61("drivers/iommu/intel/svm.c", "handle_bad_prq_event"),
    core: linux612("drivers/iommu/io-pgfault.c", core),
  });

/** Where the steps are from. */
export const FROM = {
  report: rfc("v3 patch 1", "iommu_report_device_fault"),
  partial: linux612("drivers/iommu/io-pgfault.c", "report_partial_fault"),
  unwanted: afterError("iopf_error_response"),
  failed: afterError("iommu_report_device_fault"),
  handler: rfc("v3 patch 8", "vfio_iommu_type1_dma_map_iopf"),
  transfer: rfc("v3 patch 8", "vfio_transfer_iommu_fault"),
  region: proposal("Eric Auger's fault region"),
  response: linux61("drivers/iommu/iommu.c", "iommu_page_response"),
} as const;

/** What the messages say. */
export const stageRouterSays = messages<StageRouterEmits>({
  "lock.acquires": "takes dev->iommu->lock",
  "lock.releases": "drops dev->iommu->lock",
  "driver.page-response": { says: pageResponseSays, origin: FROM.response },
  "faults.holds": { says: "keeps page {fault.page} until the last request of its group", origin: FROM.partial },
  "faults.collects": {
    says: "collects the group whose last page is {fault.page}",
    origin: linux612("drivers/iommu/io-pgfault.c", "iopf_group_alloc"),
  },
  "stages.finds": "looks for the stage at which page(s) {pages} fault",
  "handler.reads": "reads which stages the handler of device {device} wants",
  "ring.reads-head": { says: "reads the head of the fault ring for device {device}", origin: FROM.region },
  "host.maps": { says: "maps guest physical pages [{addresses}] at stage 2", origin: FROM.handler },
  "faults.delivers": { says: "delivers the fault to user space", origin: FROM.transfer },
  reported: "returns {result} to the driver of device {device}",
});
