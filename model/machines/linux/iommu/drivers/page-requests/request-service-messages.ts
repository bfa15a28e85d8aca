/** Rules, context, events and messages of request-service.ts, and what the messages say. */
import type { Message } from "../../../../../../checker/json.ts";
import type { Origin } from "../../../../../../checker/said.ts";
import { linux, linux61, linux612, messages, whereIs } from "../../../../../said.ts";
import type { PageRequest, ResponseCode } from "../../../../../units.ts";
import type { PageResponseMessage, WireCode } from "../../../../device/page-request-port-messages.ts";
import type { PartialKey } from "../../io-pgfault/partial-key.ts";

export type RefusalRule = "last" | "every" | "none";

export interface RequestServiceRules {
  /** Whether the IOPF core serves requests, or the driver denies each last one: H27 (PRI without a handler). */
  readonly requests: "served" | "denied";
  readonly partialKey: PartialKey;
  readonly markers: "consumed" | "answered";
  /** To which requests that the driver refuses it responds; "last" is right. */
  readonly driverAnswers: RefusalRule;
  /** The code of these responses. */
  readonly driverRefusal: ResponseCode;
  /** To which requests that the core refuses core or driver respond. */
  readonly coreAnswers: RefusalRule;
  /** Whether a refused last request discards the partial faults of its group; if not, D3 (they join a later group). */
  readonly refusalForgets: boolean;
  /** The code of the response when kzalloc() fails for a group. */
  readonly withoutMemory: ResponseCode;
  /** Whether a response carries the PASID of the request. */
  readonly answersWithPasid: boolean;
  /**
   * Private data in the response. "returned": that of the request. "by-pasid": zeroes if the request had a PASID, B35 (PDP
   * bit taken from the PASID bit). "cleared": zeroes, B37 (data set and then cleared). "ignored": none.
   */
  readonly answerData: "returned" | "by-pasid" | "cleared" | "ignored";
  /** Whether the driver refuses requests in unsupported modes; if not, B34 (unsupported modes are served). */
  readonly checksModes: boolean;
  /** Whether requests without PASID are refused. */
  readonly needsPasid: boolean;
  /** The wire code of a failure. */
  readonly failureCode: WireCode;
}

export interface RequestServiceContext {
  readonly rules: RequestServiceRules;
  readonly hand: PageRequest | null;
  /** In order of arrival. */
  readonly partial: readonly PageRequest[];
  /** Members of the group in service, the last request at the end. */
  readonly members: readonly PageRequest[];
  readonly code: ResponseCode;
}

export type RequestServiceEmits =
  | { readonly type: "prq.pops" | "prq.reads-registers" | "prq.clears-overflow" }
  | { readonly type: "marker.passed"; readonly device: number; readonly pasid: number | null }
  | PageResponseMessage;

export type RequestServiceEvent =
  | { readonly type: "service.reads" | "service.drops-marker" | "service.takes" | "service.clears" }
  | { readonly type: "service.resolves" | "service.answers" | "service.is-idle" | "service.forgets" }
  | { readonly type: "service.driver-refuses" | "service.core-refuses" | "service.rejects" }
  | { readonly type: "service.runs-out" | "service.denies" }
  /** iopf_queue_remove_device(). */
  | { readonly type: "service.removes"; readonly device: number }
  | ({ readonly type: "record.read" } & PageRequest)
  | { readonly type: "record.blank" | "prq.empty" }
  | { readonly type: "prq.registers"; readonly overflow: boolean };

const PRQ = "drivers/iommu/intel/prq.c";
const IOPF = "drivers/iommu/io-pgfault.c";
const IOMMU = "drivers/iommu/iommu.c";
const PPR = "drivers/iommu/amd/ppr.c";
const SMMU = "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c";

/** SMMUv3 denies every group, and AMD's driver refuses no mode. */
const inDriver = (vtd: Origin, amd: Origin, smmu: Origin): Origin =>
  whereIs(vtd, "rules.requests", { denied: smmu, served: whereIs(vtd, "rules.checksModes", { false: amd }) });
/** 6.1 responds Invalid when it has no memory. */
const inTree = (in612: Origin, in61: Origin): Origin => whereIs(in612, "rules.withoutMemory", { invalid: in61 });

export const DENY = linux(SMMU, "arm_smmu_handle_ppr");
export const THREAD = inDriver(
  linux612(PRQ, "prq_event_thread"),
  linux612(PPR, "amd_iommu_poll_ppr_log"),
  linux(SMMU, "arm_smmu_priq_thread"),
);
/** What sends every response, of the core and of a refusal. */
export const RESPONSE = inDriver(
  linux("drivers/iommu/intel/dmar.c", "qi_submit_sync"),
  linux612("drivers/iommu/amd/iommu.c", "amd_iommu_complete_ppr"),
  DENY,
);
const REPORT_61 = linux61(IOMMU, "iommu_report_device_fault");
export const KEEPS = inTree(linux612(IOPF, "report_partial_fault"), linux61(IOPF, "iommu_queue_iopf"));
export const COLLECTS = inTree(linux612(IOPF, "iommu_report_device_fault"), REPORT_61);
export const RUNS_OUT = inTree(linux612(IOPF, "iopf_group_alloc"), REPORT_61);

export const requestServiceSays = messages<RequestServiceEmits>({
  "prq.pops": "reads the next record of the queue",
  "prq.reads-registers": "reads the status register",
  "prq.clears-overflow": "clears the overflow bit",
  "marker.passed": {
    says: "has seen the Stop Marker of device {device} (PASID: {pasid})",
    origin: THREAD,
  },
  "pri.response": {
    says: "responds {code} to PRGI {prgi} of device {device}",
    origin: RESPONSE,
  },
});

/** What a refusal says, by who refuses. */
export const REFUSAL = {
  driver: {
    description: "refuses page {hand.page} of device {hand.device} before the report",
    meta: {
      origin: inDriver(linux612(PRQ, "handle_bad_prq_event"), linux612(PPR, "iommu_call_iopf_notifier"), DENY),
    },
  },
  core: {
    description: "finds no handler for page {hand.page} of device {hand.device}",
    meta: { origin: inTree(linux612(IOPF, "find_fault_handler"), REPORT_61) },
  },
} as const;

/** Its own steps. */
export const serviceSteps = (requests: RequestServiceRules["requests"]): readonly Message[] =>
  ["reads", "drops-marker", "clears", "answers", ...(requests === "served" ? ["takes", "resolves"] : ["denies"])].map(
    (step) => ({ type: `service.${step}` }),
  );
