/** The runs of the focused model `rfc`: each version of the RFC, and what it really breaks. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const PER_MAP =
  "each DMA_MAP checks again whether all devices can fault, and a domain that is attached later is filled by itself: a device that cannot fault meets holes, and pages are pinned twice (D-15)";
const AFTER_MAP =
  "ENABLE comes after DMA_MAP: old mappings have no bitmap, and DMA_UNMAP passes over what is pinned (D-13)";
const LAST_USE =
  "the fault handler drops the last use of the group, and the release then waits for the lock that this handler holds (D-17)";
const ABBA =
  "detaching, and the unwinding of ENABLE, take dev->iommu->lock inside iommu->lock, and a handler takes them in the other order (D-05)";
const COUNTED = "a failed ENABLE disables as many devices as it had enabled, and may pick others (D-28)";
const NODE_LAST = "faults are reported before the device is in the tree in which the handler looks it up (D-10)";
const RAW = "the handler uses the tree node of its device without a reference, and detaching frees it (D-11)";
const NO_REPLAY =
  "a domain that is attached later gets no replay: the bit is set, the handler answers Success, and the device faults again (D-09)";

/** What comes with locks that nobody gets back. */
const STUCK = ["LFC-17", "LFC-28", "LCK-10", "LCK-11"];
const SECOND = { secondDevice: "full", secondDomain: "own", unmaps: false };

/** One device at small bounds; two where a version breaks more with them. */
export const rfcRuns = (bounds: string): readonly SuiteRun[] => {
  const small = bounds === "small";
  return [
    studyRun("rfc", "intended", bounds),
    studyRun("rfc", "intended", bounds, {
      set: {
        handling: "deferred",
        ...(small ? {} : { secondDevice: "full", secondDomain: "own", foreignUser: true, pages: 1 }),
      },
    }),
    studyRun("rfc", "rfc-v1", bounds, {
      set: small ? {} : { secondDevice: "none", secondDomain: "own", pages: 1 },
      known: small ? {} : because(PER_MAP, "LFC-2", "LFC-4", "LFC-8"),
    }),
    studyRun("rfc", "rfc-v2", bounds, {
      set: small ? {} : { secondDevice: "none", secondDomain: "shared", pages: 1 },
      known: {
        ...because(AFTER_MAP, "LFC-1", "LFC-3", "LFC-4", "LFC-11"),
        ...because(LAST_USE, ...STUCK, ...(small ? ["DEADLOCK"] : [])),
        ...(small ? {} : { ...because(COUNTED, "LFC-13"), ...because(ABBA, "LFC-16") }),
      },
    }),
    studyRun("rfc", "rfc-v3", bounds, {
      set: small ? {} : { ...SECOND, foreignUser: false, pages: 1 },
      known: {
        ...because(AFTER_MAP, "LFC-1", small ? "LFC-3" : "LFC-2", "LFC-4", "LFC-11"),
        ...because(NODE_LAST, "LFC-7"),
        ...because(RAW, "LFC-9"),
        ...because(ABBA, "LFC-16", ...STUCK, "DEADLOCK"),
        ...(small ? {} : because(NO_REPLAY, "LFC-8", "LFC-15", "LFC-18")),
      },
    }),
  ];
};
