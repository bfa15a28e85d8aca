/** Every cut that is compared, and those that cannot be. */
import type { Cut, Incomparable } from "./cut.ts";
import { faultReporterCuts, faultReporterIncomparable } from "./fault-reporter.ts";
import { faultServiceCuts } from "./fault-service.ts";
import { guestFaultQueueCuts, guestFaultQueueIncomparable } from "./guest-fault-queue.ts";
import { pageRequestCuts } from "./page-requests.ts";
import { pageReleaseCuts } from "./page-release.ts";
import { requestServiceCuts, requestServiceIncomparable } from "./request-service.ts";
import { sharedFaultQueueCuts } from "./shared-fault-queue.ts";

export const cuts: readonly Cut[] = [
  ...sharedFaultQueueCuts,
  ...pageRequestCuts,
  ...requestServiceCuts,
  ...guestFaultQueueCuts,
  ...faultReporterCuts,
  ...faultServiceCuts,
  ...pageReleaseCuts,
];

export const incomparable: readonly Incomparable[] = [
  ...requestServiceIncomparable,
  ...guestFaultQueueIncomparable,
  ...faultReporterIncomparable,
];
