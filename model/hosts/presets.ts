/** Designs by name. */
import { hmm } from "./hmm.ts";
import type { Host } from "./host.ts";
import { rfcV1, rfcV1OnGroups } from "./rfc-v1.ts";
import { rfcV2 } from "./rfc-v2.ts";

export const hostPresets = {
  "rfc-v1": rfcV1,
  "rfc-v1-on-groups": rfcV1OnGroups,
  "rfc-v2": rfcV2,
  hmm,
} as const satisfies {
  readonly [name: string]: Host;
};

export type HostName = keyof typeof hostPresets;

/** What each preset stands for, in one line. */
export const hostSentences: { readonly [name in HostName]: string } = {
  "rfc-v1": "RFC v1 (2021-01-25): a fault pins, charges and maps a page, and gets its response inside the report.",
  "rfc-v1-on-groups":
    "The handler of RFC v1 on the IOPF core of Linux 6.12.117: a worker resolves whole groups after the report.",
  "rfc-v2": "RFC v2 and v3 (2021-03-09, 2021-04-09): no page stays pinned, and an MMU notifier unmaps pages.",
  hmm: "As KVM, HMM and ODP: no page stays pinned, and the handler starts over when an invalidation has begun.",
};
