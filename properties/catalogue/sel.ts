/** SEL: rings that must not fault beside buffers that may. */
import { selMemory } from "./sel-memory.ts";
import { selProgress } from "./sel-progress.ts";
import { selRings } from "./sel-rings.ts";

export const sel = [...selRings, ...selMemory, ...selProgress] as const;
