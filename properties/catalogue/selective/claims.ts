/** SEL: rings that must not fault beside buffers that may. */
import { selMemory } from "./memory.ts";
import { selProgress } from "./progress.ts";
import { selRings } from "./rings.ts";

export const sel = [...selRings, ...selMemory, ...selProgress] as const;
