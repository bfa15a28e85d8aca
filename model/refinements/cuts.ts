/** Every cut that is compared, and those that cannot be. */
import type { Cut, Incomparable } from "./cut.ts";
import { sharedFaultQueueCuts } from "./shared-fault-queue.ts";

export const cuts: readonly Cut[] = [...sharedFaultQueueCuts];

export const incomparable: readonly Incomparable[] = [];
