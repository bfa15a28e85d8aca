/**
 * RFC v2 and v3 of VFIO IOPF (2021-03-09, 2021-04-09) as far as memory goes: a page is pinned only while it is mapped, and
 * an `.invalidate_range` notifier takes the mapping back (VFIO facts 1.0, 1.3). The handler is the one registered for the
 * device.
 */
import type { Host } from "./host.ts";
import { rfcV1 } from "./rfc-v1.ts";

export const rfcV2 = {
  ...rfcV1,
  name: "rfc-v2",
  notifier: "invalidate-range",
  releaseOrder: "nothing-pinned",
} as const satisfies Host;
