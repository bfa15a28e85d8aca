/**
 * What the page request thread (prq-thread.ts) sends by itself: to a request that it refuses before it reports, and after an
 * error of the core.
 *
 * Models  handle_bad_prq_event(): in 6.12 for a request that intel/prq-checks.ts refuses, in 6.1 also after an error of
 *         iommu_report_device_fault().
 * Omits   private data (drivers/page-requests/request-service.ts).
 */
import type { PageRequest } from "../../../../units.ts";
import { OK, pageResponse } from "../../include/iommu.ts";
import { checked, type Verdict } from "../intel/prq-checks.ts";
import type { PrqThreadContext, PrqThreadEmits } from "./prq-thread-messages.ts";
import { pageGroupResponse } from "./response-encoder.ts";

export const verdictOf = ({ rules: { inFull } }: PrqThreadContext, request: PageRequest): Verdict =>
  inFull ? checked(request, inFull) : "reported";

export function refusalOf(context: PrqThreadContext, request: PageRequest): readonly PrqThreadEmits[] {
  const line = verdictOf(context, request);
  if (line === "stop-marker" || line === "reported") return [];
  const { device, pasid, prgi, last, instance } = request;
  return [
    ...(line === "unknown-device" ? [] : [{ type: "thread.logs", line } as const]),
    { type: "thread.logs", line: "invalid-request", request },
    ...(last ? [pageGroupResponse({ device, pasid, prgi, last, instance }, "invalid")] : []),
  ];
}

/** With `answersErrors` the fault of the report is kept. */
export const afterError = ({ fault }: PrqThreadContext, result: number): readonly PrqThreadEmits[] =>
  fault?.last && result !== OK ? [pageResponse([fault], "invalid", null)] : [];
