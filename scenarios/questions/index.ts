/** Every question, in the order in which they are told. */
import type { Scenario } from "../scenario.ts";

import { type1UnmapScenarios } from "./type1-unmap.ts";
import { accountingScenarios } from "./accounting.ts";
import { dirtyLogScenarios } from "./dirty-log.ts";
import { lruLimitScenarios } from "./lru-limit.ts";
import { twoConsumersScenarios } from "./two-consumers.ts";
import { nestedAnswerScenarios } from "./nested-answers.ts";
import { nestedScenarios } from "./nested.ts";
import { mmEventsScenarios } from "./mm-events.ts";
import { pageRequestScenarios } from "./page-requests.ts";
import { pageScenarios } from "./pages.ts";
import { policiesScenarios } from "./policies.ts";
import { selectiveScenarios } from "./selective.ts";
import { translationCachesScenarios } from "./translation-caches.ts";
import { iommufdScenarios } from "./iommufd.ts";
import { lookUpScenarios } from "./look-ups.ts";
import { rfcLateScenarios } from "./rfc-late.ts";
import { rfcScenarios } from "./rfc.ts";
import { stallsScenarios } from "./stalls.ts";
import { teardownScenarios } from "./teardown.ts";
import { priControlScenarios } from "./pri-control.ts";
import { attachmentsScenarios } from "./attachments.ts";
import { lifetimesScenarios } from "./lifetimes.ts";
import { tableEntriesScenarios } from "./table-entries.ts";
import { faultObjectScenarios } from "./fault-object.ts";
import { groupOpenScenarios } from "./group-open.ts";
import { addressRangesScenarios } from "./address-ranges.ts";

/** What was demonstrated on booted kernels comes first. */
export const scenarios: readonly Scenario[] = [
  ...type1UnmapScenarios,
  ...pageRequestScenarios,
  ...pageScenarios,
  ...accountingScenarios,
  ...dirtyLogScenarios,
  ...policiesScenarios,
  ...nestedScenarios,
  ...nestedAnswerScenarios,
  ...twoConsumersScenarios,
  ...lruLimitScenarios,
  ...translationCachesScenarios,
  ...iommufdScenarios,
  ...rfcScenarios,
  ...rfcLateScenarios,
  ...lookUpScenarios,
  ...mmEventsScenarios,
  ...selectiveScenarios,
  ...stallsScenarios,
  ...teardownScenarios,
  ...priControlScenarios,
  ...attachmentsScenarios,
  ...lifetimesScenarios,
  ...tableEntriesScenarios,
  ...faultObjectScenarios,
  ...groupOpenScenarios,
  ...addressRangesScenarios,
];
