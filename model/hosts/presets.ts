/** Hosts by name. */
import type { Host } from "./host.ts";
import { rfcV1 } from "./rfc-v1.ts";

export const hostPresets = { "rfc-v1": rfcV1 } as const satisfies { readonly [name: string]: Host };
