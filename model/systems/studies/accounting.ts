/**
 * Pins and charges of VFIO: who holds a page, what it is charged to, and how DMA_UNMAP waits for the drivers that pinned
 * it. Two kinds of holders (an entry of the IOMMU, the list of an mdev driver's pins), several containers over one mm.
 */
import type { Study } from "../study.ts";
import { accountingKnobs, accountingSizeKnobs } from "./accounting-knobs.ts";
import type { AccountingDesign, AccountingSizes } from "./accounting-design.ts";
import { composeAccounting } from "./accounting-wiring.ts";

const linux: Omit<AccountingDesign, "name"> = {
  pinsAt: "map",
  mdevCharges: "without-domain",
  faultCharges: "unless-listed",
  lockdown: "pins",
  replays: "all",
  undo: "directly",
  pinReturn: "zero",
  zeroPages: "put-at-get",
  chargeTest: "with-charge",
  mmioPins: "refused",
  unchargesFrom: "owner",
  transfersCharge: true,
  reaccounts: true,
  detachRemoves: "without-mdev",
  sharedPins: "counted",
  reaction: "unpins",
  pinDuringUnmap: "allowed",
  notifies: "unlocked",
  listLock: "inside",
  unpinFails: "never",
  closeUnpins: true,
  shortage: "failure",
  checksVaddr: true,
  vaddrWithMdev: "refused",
  checksMm: true,
};

const SIZES: Omit<AccountingSizes, "name"> = {
  containers: 1,
  pages: 1,
  rlimit: 1,
  groups: "both",
  mdevDrivers: 1,
  retryBound: 2,
  fate: "stays",
  oddPage: "ram",
  repins: false,
  unmappers: 1,
  closes: false,
  recordFails: false,
  vaddrUpdates: false,
};

export const accounting: Study<AccountingDesign, AccountingSizes> = {
  name: "accounting",
  sentence: "Pins of a page, their charges to locked_vm, and DMA_UNMAP that waits for drivers with pinned pages.",
  cut:
    "The page table of the IOMMU is a set of entries, each present or not. Caches, invalidations and DMA in flight " +
    "are in unmap-race; the way of a fault to its handler is in pri-flat and stall-flat. A container has one mapping, " +
    "because mappings do not overlap and share only the mm. Hidden: mistakes in the walk over several " +
    "mappings, and in batches of pages.",
  hosts: {
    "linux-6.1.192": {
      sentence:
        "type1 of Linux 6.1.192: DMA_MAP pins and charges every page, and mediated drivers pin pages beside it.",
      design: linux,
    },
    /** What was removed since, vfio_wait() for an address that is about to change, drivers cannot meet in 6.1.192 either. */
    "linux-6.12.117": {
      sentence: "type1 of Linux 6.12.117, whose pins, charges and two locks of DMA_UNMAP are those of 6.1.192.",
      design: linux,
    },
    "rfc-v1": {
      sentence: "RFC v1: a page is pinned and charged when it faults, and unmap code still expects charges of DMA_MAP.",
      // D-01, D-16, D-23, and the premise of 2.2 that all pages of a domain are charged.
      design: { ...linux, pinsAt: "fault", faultCharges: "always", undo: "by-list-of-fault", shortage: "invalid" },
    },
    intended: {
      sentence: "A page is pinned when it faults; a driver's pin also maps it, and is refused while DMA_UNMAP waits.",
      design: {
        ...linux,
        pinsAt: "fault",
        mdevCharges: "unless-mapped",
        lockdown: "pins-and-maps",
        replays: "listed",
        pinDuringUnmap: "refused",
        listLock: "apart",
      },
    },
  },
  knobs: accountingKnobs,
  sizeKnobs: accountingSizeKnobs,
  bounds: {
    small: SIZES,
    default: { ...SIZES, pages: 2, rlimit: 2 },
    deep: { ...SIZES, pages: 3, rlimit: 3, mdevDrivers: 2 },
  },
  contradiction: (_, { groups, mdevDrivers, fate, closes, repins }) => {
    const none = groups === "iommu" || mdevDrivers === 0;
    if (groups !== "iommu" && mdevDrivers === 0) return "a container with a mediated group has a driver (mdevDrivers)";
    if (none && repins) return "without a driver nothing is pinned again (repins=true needs mdevDrivers)";
    return closes && fate !== "stays" ? "it is closed, or its process changes (closes, fate)" : undefined;
  },
  compose: composeAccounting,
};
