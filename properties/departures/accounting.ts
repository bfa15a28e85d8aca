/** Deliberate defects of pins and charges: steps left out, rules applied where their premise is false, locks in another order. */
import { ANY_HARDWARE, type Request } from "../build.ts";
import type { Breakages, Settings } from "./departure.ts";

const at =
  (host: string, sizes: Settings = {}) =>
  (set: Settings): Request => ({
    system: "accounting",
    hardware: ANY_HARDWARE,
    host,
    bounds: "small",
    set: { ...sizes, ...set },
  });
const linux = at("linux-6.1.192");
/** No driver, and a process that changes. */
const alone = at("linux-6.1.192", { groups: "iommu", mdevDrivers: 0 });
const intended = at("intended");

export const accountingBreakages: Breakages = {
  departures: [
    {
      when: { undo: "by-list-of-fault" },
      breaks: ["ACC-1", "ACC-3", "ACC-19"],
      reason: "the undo of a fault looks for its pin in pfn_list, which has only the pins of drivers (D-01)",
      shown: at("intended", { groups: "iommu", mdevDrivers: 0, recordFails: true })({ undo: "by-list-of-fault" }),
    },
    {
      when: { undo: "by-list-of-mdev" },
      breaks: ["ACC-1", "ACC-3"],
      reason: "the undo of a failed pin looks in pfn_list, into which the page could not be inserted (B-09)",
      shown: at("linux-6.1.192", { groups: "mdev", recordFails: true })({ undo: "by-list-of-mdev" }),
    },
    {
      when: { pinReturn: "count" },
      breaks: ["ACC-1"],
      reason:
        "pin_user_pages_remote() returns the count of pages, which is taken for an error, and the page stays pinned (B-10)",
      shown: linux({ pinReturn: "count" }),
    },
    {
      when: { zeroPages: "never-put", oddPage: "zero" },
      breaks: ["ACC-1"],
      reason: "the zero page counts as reserved when it is put, and did not when it was pinned (B-05)",
      shown: linux({ zeroPages: "never-put", oddPage: "zero" }),
    },
    {
      when: { mmioPins: "as-ram", oddPage: "mmio" },
      breaks: ["ACC-34"],
      reason:
        "a driver pins MMIO, and gets a struct page pointer for a frame without one (B-14; B-38 is the same in iommufd's access path)",
      shown: linux({ mmioPins: "as-ram", oddPage: "mmio" }),
    },
    {
      when: { chargeTest: "before-charge", containers: 2 },
      breaks: ["ACC-6"],
      reason: "two containers test the limit of their mm, and then both charge (I-07)",
      shown: alone({ chargeTest: "before-charge", containers: 2 }),
    },
    {
      when: { unchargesFrom: "current", fate: "execs" },
      breaks: ["ACC-4", "ACC-5"],
      reason: "after exec the charge is taken from an mm that never had it (B-02)",
      shown: alone({ unchargesFrom: "current", fate: "execs" }),
    },
    {
      when: { transfersCharge: false, fate: "execs", vaddrUpdates: true },
      breaks: ["ACC-4"],
      reason: "the pages stay pinned for the new mm, which is charged nothing for them (B-03)",
      shown: alone({ transfersCharge: false, fate: "execs", vaddrUpdates: true }),
    },
    {
      when: { reaccounts: false },
      breaks: ["ACC-2"],
      reason: "detaching the last domain also uncharges pages that drivers keep pinned (VFIO facts 2.4)",
      shown: linux({ reaccounts: false }),
    },
    {
      when: { detachRemoves: "always" },
      breaks: ["ACC-8"],
      reason: "the mapping is removed with the last domain while a driver has its pages pinned (B-16)",
      shown: linux({ detachRemoves: "always" }),
    },
    {
      when: { sharedPins: "put-by-any", mdevDrivers: 2 },
      breaks: ["ACC-1", "ACC-10"],
      reason: "the page is put while another driver holds it, and once more by that one (I-08, B-40)",
      shown: linux({ sharedPins: "put-by-any", mdevDrivers: 2 }),
    },
    {
      when: { reaction: "ignores" },
      breaks: ["ACC-9", "ACC-16", "LCK-10", "LCK-11"],
      reason: "a driver does not unpin in its dma_unmap(), and DMA_UNMAP calls it until BUG_ON(++retries > 10) (B-26)",
      shown: linux({ reaction: "ignores" }),
    },
    {
      when: { notifies: "locked" },
      breaks: ["LCK-10", "LCK-11", "ACC-16", "ACC-17", "ACC-18", "ACC-19", "DEADLOCK"],
      reason: "dma_unmap() of the driver needs the lock that DMA_UNMAP holds (VFIO facts 2.3)",
      shown: intended({ notifies: "locked" }),
    },
    {
      when: { listLock: "inside", mdevDrivers: 2, closes: true },
      breaks: ["LCK-10", "LCK-11", "ACC-16", "ACC-17", "DEADLOCK"],
      reason: "device_list_lock is taken inside iommu->lock, and iommu->lock inside device_list_lock (I-38)",
      shown: linux({ mdevDrivers: 2, closes: true }),
    },
    {
      when: { listLock: "inside", unmappers: 2 },
      breaks: ["LCK-10", "LCK-11", "ACC-16", "ACC-17", "DEADLOCK"],
      reason: "a second DMA_UNMAP waits for the device list with iommu->lock held, as in type1-unmap (I-38)",
      shown: linux({ unmappers: 2 }),
    },
    {
      when: { unmappers: 2 },
      breaks: ["ACC-16"],
      reason:
        "another thread maps the range again before UNMAP looks again, a driver pins that, and the count of rounds begins anew (I-16)",
      shown: intended({ unmappers: 2 }),
    },
    {
      when: { pinDuringUnmap: "allowed", repins: true },
      breaks: ["ACC-9", "ACC-16", "LCK-10"],
      reason: "pages are pinned again each time DMA_UNMAP drops the lock (B-25)",
      shown: linux({ repins: true }),
    },
    {
      when: { unpinFails: "half-way" },
      breaks: ["ACC-7"],
      reason: "vfio_unpin_pages() ends half way, and the driver assumes that no page is pinned any more (D-21)",
      shown: linux({ unpinFails: "half-way" }),
    },
    {
      when: { closeUnpins: false, closes: true },
      breaks: ["ACC-7", "ACC-8", "ACC-15"],
      reason:
        "a driver leaves without unpinning, as when its device is unplugged (B-24; B-22 is the same for one page)",
      shown: linux({ closeUnpins: false, closes: true }),
    },
    {
      when: { faultCharges: "always", mdevCharges: "unless-mapped" },
      breaks: ["ACC-3"],
      reason: "a fault charges a page that was charged when a driver pinned it (D-16)",
      shown: intended({ faultCharges: "always", lockdown: "pins", rlimit: 2 }),
    },
    {
      when: { pinsAt: "fault", mdevCharges: "without-domain", lockdown: "pins" },
      breaks: ["ACC-2"],
      reason: "with a domain all pages count as charged, but pages that are pinned on a fault are not (VFIO facts 2.2)",
      shown: intended({ mdevCharges: "without-domain", lockdown: "pins" }),
    },
    {
      when: { pinsAt: "fault", lockdown: "pins" },
      breaks: ["ACC-14"],
      reason: "a driver's pin maps nothing, so the device faults on pinned pages (D-20)",
      shown: intended({ lockdown: "pins" }),
    },
    {
      when: { replays: "none" },
      breaks: ["ACC-14"],
      reason: "pages that drivers had pinned before a domain came are not mapped in it",
      shown: intended({ replays: "none" }),
    },
    {
      when: { pinsAt: "fault", shortage: "invalid", rlimit: 0 },
      breaks: ["ACC-13"],
      reason: "to the device the limit looks like a forbidden access (D-23)",
      shown: intended({ shortage: "invalid", rlimit: 0 }),
    },
    {
      when: { checksVaddr: false, pinsAt: "fault", vaddrUpdates: true },
      breaks: ["ACC-12"],
      reason: "a fault is served through an address that the user is about to change (I-43)",
      shown: at("intended", { groups: "iommu", mdevDrivers: 0 })({ checksVaddr: false, vaddrUpdates: true }),
    },
    {
      when: { vaddrWithMdev: "waits", vaddrUpdates: true },
      breaks: ["ACC-17"],
      reason: "a driver's thread waits for an address that the user never repairs (B-04)",
      shown: linux({ vaddrWithMdev: "waits", vaddrUpdates: true }),
    },
    {
      when: { checksMm: false, fate: "exits" },
      breaks: ["ACC-11"],
      reason: "pages are got from an mm without a reference, after its last user is gone (I-42)",
      shown: linux({ checksMm: false, fate: "exits" }),
    },
  ],
  unbroken: {},
};
