/**
 * The scheme of KVM, HMM and ODP (VFIO facts 4.3): the handler gets the page without the container's lock and starts over
 * when an invalidation began meanwhile.
 */
import type { Host } from "./host.ts";
import { rfcV2 } from "./rfc-v2.ts";

export const hmm = { ...rfcV2, name: "hmm", notifier: "sequence-retry" } as const satisfies Host;
