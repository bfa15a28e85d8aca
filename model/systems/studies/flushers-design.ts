/** Designs and sizes of the focused model `flushers`: several threads that wait for fences of one invalidation queue. */
import type { DeviceManner } from "../../machines/iommu/shared-queue.ts";
import type { FlushRules } from "../../machines/linux/iommu/flush/flush-thread.ts";

export interface FlushersDesign extends FlushRules {
  readonly name: string;
}

export interface FlushersSizes {
  readonly name: string;
  readonly flushers: number;
  /** Of a flush of the first flusher; the others send one. */
  readonly firstInvalidations: number;
  readonly ringSlots: number;
  readonly suspectDevice: DeviceManner;
  readonly refusesCommand: boolean;
}
