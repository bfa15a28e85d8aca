/** Hosts by name. */
import { hmm } from "./hmm.ts";
import type { Host } from "./host.ts";
import { rfcV1 } from "./rfc-v1.ts";
import { rfcV2 } from "./rfc-v2.ts";

export const hostPresets = { "rfc-v1": rfcV1, "rfc-v2": rfcV2, hmm } as const satisfies {
  readonly [name: string]: Host;
};

export type HostName = keyof typeof hostPresets;

/** What each preset stands for, in one line. */
export const hostSentences: { readonly [name in HostName]: string } = {
  "rfc-v1": "VFIO IOPF of 2021-01-25: a faulted page is pinned, charged and mapped until DMA_UNMAP.",
  "rfc-v2": "VFIO IOPF of 2021-03-09 and 2021-04-09: no lasting pins, an MMU notifier unmaps what the host takes away.",
  hmm: "The scheme of KVM, HMM and ODP: no pins, and a handler that starts over when an invalidation began meanwhile.",
};
