/** Guards that are never false: they say when a message may come, and with one that comes at another time a search stops. */
import type { Excuse } from "./gap.ts";

export const asserted: Excuse = {
  reason: "an assertion: a message for which it is false is refused, and the search stops with a mistake of the model",
  always: {
    "atc-entry": ["atc.invalidation-request"],
    "device-fault-data": ["page.responds (2 of 2)", "locked: pending.unlinks"],
    "fault-param": ["param.puts", "partial.pushes", "group.collects", "present: param.gets", "present: param.removes"],
    "iopf-worker (Linux 6.12.117, kernel/workqueue.c)": ["working: work.done"],
    mutex: ["held: lock.releases"],
    "rw-semaphore": ["read: lock.releases (1 of 2)", "written: lock.releases"],
    "reporter (Linux 6.12.117, drivers/iommu/io-pgfault.c)": ["group.freed", "collecting: group.built (2 of 2)"],
    "sva-handler": ["idle: work.runs"],
  },
};
