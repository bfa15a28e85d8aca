/** Which device has the handler that may hang, and which work belongs to a device that is detached. */
import type { Work } from "../6.12/iopf-queue-messages.ts";

/** The device whose handler may hang. */
export const HANGS = 0;

/** What a detach is about: all groups of a device, or those of one PASID, which have one index. */
export interface Detached {
  readonly device: number;
  readonly of: number | null;
}

export const isOf = ({ device, of }: Detached, work: Work): boolean =>
  work.device === device && (of === null || of === work.group);
