/** The focused model `selective`: a device that may fault on its buffers and must not fault on its rings. */
import type { Study } from "../study.ts";
import { selectiveContradiction } from "./selective-contradiction.ts";
import type { SelectiveDesign, SelectiveSizes } from "./selective-design.ts";
import { selectiveKnobs, selectiveSizeKnobs } from "./selective-knobs.ts";
import { selectiveWiring } from "./selective-wiring.ts";

/** VFIO facts 3.2, with the author's answer of 2021-05-27: the pin API also maps. */
const intended: Omit<SelectiveDesign, "name"> = {
  faultTolerance: "some",
  knowledge: "table",
  tableEntry: "right",
  beforeHint: "static",
  selectivePhase: true,
  mediatorPlace: "pci-core-extension",
  registerPath: "trapped",
  pinScope: "not-faultable",
  pinsWhat: "rings",
  pinApi: "pins-and-maps",
  pinCharges: false,
  ringOrder: "lockdown-first",
  lockdownRefused: "refuses-write",
  lockdownOverLimit: "evict",
  lockdownUndo: "complete",
  unpinLoop: "complete",
  ringStop: "after-quiesce",
  sharedRingPages: "counted",
  evictsPinned: false,
  unmapCallback: "stops-queue",
  unmapWhilePinned: "retries",
  ringsDuringUnmap: "refused",
  iommuFilter: "none",
  guestDiscards: "never",
  limit: 0,
};

export const selective: Study<SelectiveDesign, SelectiveSizes> = {
  name: "selective",
  sentence: "Rings that must not fault beside buffers that may: table, hint, mediator, lockdown.",
  cut:
    "A page request and its response are one step each, and a device has one access in flight for each queue. The way " +
    "of a fault is in the page fault systems. Faulted pages stay pinned until they are evicted, and the host may " +
    "evict them at any time: this stands for limits, expiry and MMU notifiers. Hidden: fault queues that fill, caches " +
    "of devices, several regions, and several devices in one container.",
  hosts: {
    intended: {
      sentence:
        "A ring is pinned, charged and mapped before its register write is forwarded, until its queue is quiescent.",
      design: intended,
    },
    today: {
      sentence: "vfio_pin_pages() as in Linux: it pins and records pages, and neither charges nor maps them.",
      // VFIO facts 2.2, 2.7: charged only without a domain; B-25: nothing keeps a driver from pinning between two turns.
      design: { ...intended, pinApi: "pins-only", ringsDuringUnmap: "admitted" },
    },
    "rfc-v3": {
      sentence: "RFC v3, patch 7: only faults inside the pinned ranges are served, and a pin does not map.",
      design: {
        ...intended,
        pinScope: "only-faultable",
        pinApi: "pins-only",
        pinCharges: true,
        unpinLoop: "may-end-early",
        ringsDuringUnmap: "admitted",
      },
    },
  },
  knobs: selectiveKnobs,
  sizeKnobs: selectiveSizeKnobs,
  bounds: {
    small: {
      pages: 2,
      rings: 1,
      ringPages: 1,
      ringPlaces: 1,
      unmaps: false,
      reclaims: true,
      rejects: false,
      retryBound: 1,
    },
    default: {
      pages: 2,
      rings: 2,
      ringPages: 1,
      ringPlaces: 2,
      unmaps: true,
      reclaims: true,
      rejects: true,
      retryBound: 1,
    },
    deep: {
      pages: 3,
      rings: 2,
      ringPages: 1,
      ringPlaces: 2,
      unmaps: true,
      reclaims: true,
      rejects: true,
      retryBound: 1,
    },
  },
  contradiction: selectiveContradiction,
  compose: selectiveWiring,
};
