/** Deliberate defects of `rfc`: each defect of RFC v1, v2 and v3, as one step of what its review asked for. */
import type { Breakages, Settings } from "./departure.ts";
import { ANY_HARDWARE, type Request } from "../build.ts";

/** What breaks where somebody waits for a lock for ever. */
const STUCK = ["LFC-17", "LFC-28", "LCK-10", "LCK-11"];
const TWO_DOMAINS = { secondDevice: "full", secondDomain: "own" };

const intended = (set: Settings): Request => ({
  system: "rfc",
  hardware: ANY_HARDWARE,
  host: "intended",
  bounds: "small",
  set,
});

export const rfcBreakages: Breakages = {
  departures: [
    {
      when: { registerUnder: "container-lock", handling: "synchronous" },
      breaks: ["LFC-16", ...STUCK, "DEADLOCK"],
      reason: "detaching takes dev->iommu->lock inside iommu->lock, and a handler takes them in the other order (D-05)",
      shown: intended({ registerUnder: "container-lock" }),
    },
    {
      when: { registerUnder: "container-lock", handling: "deferred" },
      breaks: ["LFC-16", ...STUCK, "DEADLOCK"],
      reason: "unregistering waits for a fault whose handler needs the lock that is held meanwhile (I-30, I-38)",
      shown: intended({ registerUnder: "container-lock", handling: "deferred" }),
    },
    {
      when: { handlerReference: "user" },
      breaks: ["LFC-28", "LCK-10", "LCK-11"],
      reason: "the handler drops the last use of the group, and detaches it with its own lock held (D-17)",
      shown: intended({ handlerReference: "user" }),
    },
    {
      when: { handlerReference: "none" },
      breaks: ["LFC-9"],
      reason: "detaching frees the node while a handler points to it (D-11)",
      shown: intended({ handlerReference: "none" }),
    },
    {
      when: { handling: "deferred", unregisterBusy: "ignored" },
      breaks: ["LFC-7", "LFC-10", "LFC-13"],
      reason: "unregistering fails because a fault is pending, and detaching goes on (D-12)",
      shown: intended({ handling: "deferred", unregisterBusy: "ignored" }),
    },
    {
      when: { enableOrder: "node-last" },
      breaks: ["LFC-7"],
      reason: "a fault is reported before the node that leads to the container is there (D-10)",
      shown: intended({ enableOrder: "node-last", secondDevice: "full" }),
    },
    {
      when: { enableOrder: "node-unfilled" },
      breaks: ["LFC-11"],
      reason: "a fault finds a lookup node whose pointer is not set yet (B-37)",
      shown: intended({ enableOrder: "node-unfilled" }),
    },
    {
      when: { enableOrder: "flag-first" },
      breaks: ["LFC-29"],
      reason: "a device counts as enabled before a handler for its faults is registered (row 43 of the RFC thread)",
      shown: intended({ enableOrder: "flag-first" }),
    },
    {
      when: { enableAfterMap: "allowed" },
      breaks: ["LFC-1", "LFC-3", "LFC-4", "LFC-11"],
      reason: "pages pinned before ENABLE have no bitmap, and stay pinned and mapped after DMA_UNMAP (D-13)",
      shown: intended({ enableAfterMap: "allowed" }),
    },
    {
      when: { notifierWhen: "last" },
      breaks: ["LFC-5"],
      reason: "pins are dropped before the notifier is there (I-02)",
      shown: intended({ notifierWhen: "last" }),
    },
    {
      when: { lateDomain: "skipped", secondDomain: "own" },
      breaks: ["LFC-1", "LFC-15", "LFC-18"],
      reason:
        "a domain without replay shares the bits of the first: the handler answers Success, and the device faults again (D-09)",
      shown: intended({ lateDomain: "skipped", ...TWO_DOMAINS }),
    },
    {
      when: { lateDomain: "pinned-again", secondDomain: "own" },
      breaks: ["LFC-2", "LFC-4", "LFC-15", "LFC-18"],
      reason: "the replay pins again what faults have mapped, and maps it in the new domain only (D-15)",
      shown: intended({ lateDomain: "pinned-again", secondDevice: "none", secondDomain: "own" }),
    },
    {
      when: { mixedContainer: "per-map" },
      breaks: ["LFC-6", "LFC-8"],
      reason: "a device that cannot fault joins, and the holes of the domain stay (D-15)",
      shown: intended({ mixedContainer: "per-map", secondDevice: "none" }),
    },
    {
      when: { admission: "feature-bit" },
      breaks: ["LFC-6", "LFC-8"],
      reason:
        "the feature bit says that faults can be routed, not that the device tolerates them (row 35 of the RFC thread)",
      shown: intended({ admission: "feature-bit", firstDevice: "selective" }),
    },
    {
      when: { admission: "feature-bit", unrecoverableFaults: "served" },
      breaks: ["LFC-14"],
      reason: "a fault that is no page request is served and gets a response for which no device waits (D-26)",
      shown: intended({ admission: "feature-bit", unrecoverableFaults: "served", firstDevice: "selective" }),
    },
    {
      when: { mixedContainer: "refused", enableUnwind: "counted" },
      breaks: ["LFC-12", "LFC-13"],
      reason: "the unwinding counts devices, and disables others than it had enabled (D-28)",
      shown: intended({
        mixedContainer: "refused",
        enableUnwind: "counted",
        secondDevice: "full",
        foreignUser: true,
      }),
    },
  ],
  unbroken: {},
};
