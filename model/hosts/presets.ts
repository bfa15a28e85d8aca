/** Hosts by name. */
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
  "rfc-v1":
    "VFIO IOPF as posted on 2021-01-25: each fault pins, charges and maps a page; the response is sent inside its report.",
  "rfc-v1-on-groups":
    "The handler of RFC v1 on the IOPF core of Linux 6.12.117: whole groups, handled by a worker outside the report.",
  "rfc-v2":
    "VFIO IOPF as posted on 2021-03-09 and 2021-04-09: no lasting pins; an MMU notifier unmaps pages that the host reclaims.",
  hmm: "The scheme of KVM, HMM and ODP: no pins; the handler starts over if an invalidation began after it got the page.",
};
