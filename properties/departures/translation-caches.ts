/** Deliberate defects in the model of translation caches. */
import { ANY_HARDWARE, type Request } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

const at = (set: Settings, host = "intended"): Request => ({
  system: "translation-caches",
  hardware: ANY_HARDWARE,
  host,
  bounds: "small",
  set,
});

const broken = (
  when: Settings,
  breaks: readonly string[],
  reason: string,
  host?: string,
  besides: Settings = {},
): Departure => ({ when, breaks, reason, shown: at({ ...when, ...besides }, host) });

/** Where nobody waits, a device that hangs also fills the wire (TLB-7); that is for want of room in the model alone. */
const REUSED = ["TLB-1", "TLB-2", "TLB-4"] as const;

export const translationCachesBreakages: Breakages = {
  departures: [
    broken(
      { editOrder: "no-iotlb" },
      [...REUSED, "TLB-5", "TLB-6"],
      "a new translation request gets the stale entry of the IOTLB (I7)",
    ),
    broken({ editOrder: "no-atc" }, REUSED, "the device continues to use what it has cached (I7)"),
    broken({ editOrder: "atc-first" }, REUSED, "the device refills its cache from the stale IOTLB (H14)"),
    broken({ editOrder: "table-last" }, [...REUSED, "TLB-5", "TLB-6"], "the caches refill from the old table (I7)"),
    broken(
      { editOrder: "no-wait" },
      REUSED,
      "software does not wait until the device has completed the invalidation (I5, I7)",
    ),
    broken(
      { implicitInvOnPR: false },
      ["TLB-5", "TLB-6"],
      "a widened permission is not invalidated, and the caches keep the old one: the fault repeats for ever (I3, H13)",
      "linux-6.12.117",
    ),
    broken({ invalidatesNew: false }, ["TLB-5", "TLB-6"], "the IOMMU remembers 'not present' (I2, K29)"),
    broken({ atcNegCache: true }, ["TLB-3"], "the ATC keeps an entry without permissions (S4, K26)"),
    broken({ atcDefect: "completes-early" }, ["TLB-1", "TLB-2"], "the completion overtakes posted writes (S5, H12)"),
    broken({ atcDefect: "fill-survives" }, REUSED, "a translation that was overtaken is kept (S6)"),
    broken({ atcDefect: "keeps-entry" }, REUSED, "another page is invalidated, or none (H15, H16, H35)"),
    broken(
      { atcDefect: "never-arrives" },
      ["TLB-7", "TLB-8", "TLB-16", "DEADLOCK"],
      "the invalidation waits for an access that never arrives, and no time-out ends it (S5, L4)",
      undefined,
      { atcInvTimeout: "never" },
    ),
    broken({ atcInvTimeoutPolicy: "reportComplete" }, REUSED, "a time-out reads as completion (S7, XSA-373, H11)"),
    broken({ atcInvTimeoutPolicy: "stuck" }, ["TLB-7", "TLB-8"], "a time-out stops the queue for ever (L4)"),
    broken(
      { tableFree: "no-flush" },
      [...REUSED, "TLB-13", "TLB-15"],
      "the walk cache names a table page that was freed, and the IOMMU takes what is in it for entries, and marks them (B44)",
      undefined,
      { httu: "accessed" },
    ),
    broken(
      { tableFree: "before-flush" },
      [...REUSED, "TLB-13"],
      "between the free and the flush the table page has a new owner (the shape of B44)",
    ),
    broken(
      { atsGrants: "too-much" },
      ["TLB-2", "TLB-4"],
      "the IOMMU grants a device to write to a read-only page (S3, H31)",
    ),
  ],
  unbroken: {},
};
