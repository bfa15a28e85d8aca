/** Every cut that is compared, and those that cannot be. */
import type { Cut, Incomparable } from "./cut.ts";
import { guestFaultQueueCuts } from "./guest-fault-queue.ts";
import { pageRequestCuts } from "./page-requests.ts";
import { requestServiceCuts } from "./request-service.ts";
import { sharedFaultQueueCuts } from "./shared-fault-queue.ts";

export const cuts: readonly Cut[] = [
  ...sharedFaultQueueCuts,
  ...pageRequestCuts,
  ...requestServiceCuts,
  ...guestFaultQueueCuts,
];

export const incomparable: readonly Incomparable[] = [];
