/**
 * The events of a policy for DMA memory, the same for every policy: before DMA, after it, on a fault, under memory pressure.
 * One set of properties then covers all policies.
 *
 * Models  the interface {beforeDma, onFault, onPressure} of VFIO facts 4.4 (row 2, the alternatives of the RFC's cover letter).
 */
import type { Origin } from "../../said.ts";
import type { FaultAnswer, FaultReport } from "../device/dma-slot.ts";

export type PolicyAsked =
  /** The guest driver maps a page as a DMA buffer (`by` waits for policy.ready), or unmaps it (policy.left). */
  | { readonly type: "policy.before-dma" | "policy.after-dma"; readonly page: number; readonly by: string }
  /** The device found no translation; `by` waits for the response. */
  | FaultReport
  /** The host wants the page back. */
  | { readonly type: "policy.pressure"; readonly page: number };

export type PolicyAnswers = { readonly type: "policy.ready" | "policy.left"; readonly by: string } | FaultAnswer;

/** Work of a thread under iommu->lock: pin and map a page ("hold"), or unmap and unpin it ("release"). */
export type Work = "hold" | "release";
export type WorkAsked = {
  readonly type: "work.asks";
  readonly work: Work;
  readonly page: number;
  readonly by: string;
};
export type WorkDone = { readonly type: "work.done"; readonly work: Work; readonly by: string };

/** The shared DMA tracking table of coIOMMU (USENIX ATC 2020; the crosvm backend was read). */
export const COIOMMU: Origin = { of: "coIOMMU", at: "DMA tracking table" };

/** The words of the messages that the policies have in common. */
export const policySays = {
  "policy.ready": "returns from dma_map() of {by}",
  "policy.left": "returns from dma_unmap() of {by}",
  "fault.answered": "responds {code} to {by}",
  "work.asks": "asks the host thread for work on page {page} ({work})",
} as const;
