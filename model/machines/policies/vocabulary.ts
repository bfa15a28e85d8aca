/**
 * What a policy for the memory of devices is asked, whoever asks: before DMA, after it, on a fault, under pressure. One set
 * of claims can then be made of all policies.
 *
 * Models  the interface {beforeDma, onFault, onPressure} of VFIO facts 4.4 (row 2).
 */
import type { FaultAnswer, FaultReport } from "../device/dma-slot.ts";

export type PolicyAsked =
  /** The driver in the guest made a page a DMA buffer (`by` waits for policy.ready), or has done with it (policy.left). */
  | { readonly type: "policy.before-dma" | "policy.after-dma"; readonly page: number; readonly by: string }
  /** The device met no translation; `by` waits for the answer. */
  | FaultReport
  /** The host wants the page back. */
  | { readonly type: "policy.pressure"; readonly page: number };

export type PolicyAnswers = { readonly type: "policy.ready" | "policy.left"; readonly by: string } | FaultAnswer;

/** Work under the lock of the container, for a thread: make the page reachable, or take it back. */
export type Work = "hold" | "release";
export type WorkAsked = {
  readonly type: "work.asks";
  readonly work: Work;
  readonly page: number;
  readonly by: string;
};
export type WorkDone = { readonly type: "work.done"; readonly work: Work; readonly by: string };
