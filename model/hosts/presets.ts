/** Hosts by name. */
import { hmm } from "./hmm.ts";
import type { Host } from "./host.ts";
import { rfcV1 } from "./rfc-v1.ts";
import { rfcV2 } from "./rfc-v2.ts";

export const hostPresets = { "rfc-v1": rfcV1, "rfc-v2": rfcV2, hmm } as const satisfies {
  readonly [name: string]: Host;
};

export type HostName = keyof typeof hostPresets;
