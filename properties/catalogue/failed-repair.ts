/** RPR: a handler that cannot restore a page: what the access of the device comes to. */
import { always, each, leadsTo, sometimes } from "../../checker/property.ts";
import type { RetryingDeviceContext } from "../../model/machines/device/retrying-device.ts";
import type { EntryValue } from "../../model/machines/iommu/retry-entry.ts";
import type { RestoreHandlerContext } from "../../model/machines/linux/iommu/drivers/repair/restore-handler.ts";
import type { SvmRangeContext } from "../../model/machines/linux/iommu/drivers/repair/svm-range.ts";
import type { FailedRepairDesign, FailedRepairSizes } from "../../model/systems/studies/failed-repair-design.ts";
import { inStudy } from "./parameters.ts";
import { hardwareRule } from "./sources.ts";

type Condition = (design: FailedRepairDesign, sizes: FailedRepairSizes) => boolean;
const here = (condition?: Condition) => inStudy<FailedRepairDesign, FailedRepairSizes>("failed-repair", condition);
/** A page that stays mapped faults only after the process has unmapped it. */
const faults: Condition = ({ staysMapped }) => !staysMapped;

const device = each<RetryingDeviceContext>("retrying-device");
const entry = each<{ readonly value: EntryValue }>("retry-entry");
const range = each<SvmRangeContext>("svm-range");
const handler = each<RestoreHandlerContext>("restore-handler");

export const rpr = [
  always({
    id: "RPR-1",
    name: "access-reaches-own-page",
    statement: "An access of the device that completes has reached the page of the process.",
    source: hardwareRule("S2, S27"),
    witness: "RPR-2",
    applies: here(),
    reads: { device, entry, range },
    parts: {
      "no access has reached the dummy page": ({ device: { context } }) => context.reached !== "dummy",
      "the entry has the page where it is now": ({ entry: { context }, range: of }) =>
        context.value !== "page" || (of.state === "mapped" && of.context.isCurrent),
    },
    values: ({ device: d, entry: e, range: of }) => ({
      "the access has reached": d.context.reached,
      "the entry has": e.context.value,
      "the page": of.state,
    }),
  }),
  sometimes({
    id: "RPR-2",
    name: "access-completes",
    statement: "An access of the device completes.",
    source: hardwareRule("L5"),
    applies: here(),
    reads: { device },
    holds: ({ device: { context } }) => context.reached === "page",
  }),
  always({
    id: "RPR-3",
    name: "page-that-is-there-is-not-refused",
    statement: "A device is stopped by a fault only after the process has unmapped the page.",
    source: hardwareRule("L5"),
    witness: "RPR-2",
    applies: here(),
    reads: { device, range },
    holds: ({ device: d, range: of }) => d.state !== "stopped" || of.state === "unmapped",
    values: ({ device: d, range: of }) => ({ "the device": d.state, "the page": of.state }),
  }),
  leadsTo({
    id: "RPR-4",
    name: "waiting-access-ends",
    statement: "An access that waits for a page completes, or its process is told, if handler and device keep running.",
    source: hardwareRule("L5"),
    witness: "RPR-5",
    applies: here(),
    reads: { device },
    when: ({ device: d }) => d.state === "waiting",
    eventually: ({ device: d }) => d.state === "idle" || d.state === "stopped",
    assumes: ["threads", "devices"],
  }),
  sometimes({
    id: "RPR-5",
    name: "access-waits",
    statement: "An access of the device waits for its page, and is retried.",
    source: hardwareRule("L5"),
    applies: here(),
    reads: { device },
    holds: ({ device: d }) => d.state === "waiting",
  }),
  sometimes({
    id: "RPR-6",
    name: "restore-fails-for-a-moment",
    statement: "A restore has failed, although the page is mapped in the process.",
    source: hardwareRule("L5"),
    applies: here(faults),
    reads: { handler, range },
    holds: ({ handler: h, range: of }) => h.context.failed && of.state === "mapped",
  }),
  sometimes({
    id: "RPR-7",
    name: "access-completes-after-a-failed-restore",
    statement: "An access completes after a restore of its page has failed.",
    source: hardwareRule("L5"),
    applies: here(
      (design, sizes) => faults(design, sizes) && ["no-retry-if-gone", "nothing"].includes(design.onFailure),
    ),
    reads: { handler, device },
    holds: ({ handler: h, device: d }) => h.context.failed && d.context.reached === "page" && d.state === "idle",
  }),
  sometimes({
    id: "RPR-8",
    name: "access-of-unmapped-page-is-told",
    statement: "A device is stopped, because the process has unmapped the page.",
    source: hardwareRule("L5"),
    applies: here(({ onFailure }) => onFailure.startsWith("no-retry")),
    reads: { device, range },
    holds: ({ device: d, range: of }) => d.state === "stopped" && of.state === "unmapped",
  }),
] as const;
