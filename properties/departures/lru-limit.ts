/** Deliberate defects in the model of limits: who evicts what, when, and what a share of a guest is. */
import { ANY_HARDWARE, type Request } from "../build.ts";
import type { Breakages, Settings } from "./departure.ts";

const at = (host: string, set: Settings = {}): Request => ({
  system: "lru-limit",
  hardware: ANY_HARDWARE,
  host,
  bounds: "small",
  set,
});
/** Two devices that want one page each, and a limit of one page. */
const TWO = { devices: 2, hotPages: 2, itemPages: 1, guestPages: 10 } as const;
/** DMA_UNMAP takes half of the limit, which is two pages. */
const HALVED = { itemPages: 1, guestPages: 10, extraPages: 10 } as const;

export const lruLimitBreakages: Breakages = {
  departures: [
    {
      when: { limitKeptBy: "nobody" },
      breaks: ["LRU-16"],
      reason: "no page is ever unmapped or unpinned (row 25 of the RFC thread)",
      shown: at("rfc-v1"),
    },
    {
      when: { limitKeptBy: "thread", respondWhen: "after-unlock" },
      breaks: ["LRU-7", "LRU-8"],
      reason: "the reclaim thread releases a page between the handler's last step and the response for it (F11)",
      shown: at("thread-periodic"),
    },
    {
      when: { workers: 2, respondWhen: "after-unlock", sparesUnused: false },
      breaks: ["LRU-7", "LRU-8"],
      reason: "another worker evicts a page of the group between the handler's last step and the response for it (F11)",
      shown: at("intended", { ...TWO, workers: 2, respondWhen: "after-unlock", sparesUnused: false }),
    },
    {
      when: { evictsOwnGroup: true, limitKeptBy: "handler" },
      breaks: ["LRU-7", "LRU-8"],
      reason: "the page that was mapped first may be one of the group that is served (I-17)",
      shown: at("thread-direct"),
    },
    {
      when: { evictsOwnGroup: true, limitKeptBy: "handler" },
      breaks: ["LRU-12", "LRU-13"],
      reason: "below the bound the pages of a group evict each other, and it gets Success for ever (VFIO facts 4.2)",
      shown: at("thread-direct", { guestPages: 10 }),
    },
    {
      when: { sparesUnused: false },
      breaks: ["LRU-12", "LRU-13"],
      reason: "two groups displace each other's pages before they are used (VFIO facts 4.2)",
      shown: at("intended", { ...TWO, sparesUnused: false }),
    },
    {
      when: { itemAccess: "restarted" },
      breaks: ["LRU-12", "LRU-13"],
      reason: "a command stalls page by page, and the host cannot know that it needs two pages",
      shown: at("intended", { itemAccess: "restarted", guestPages: 10 }),
    },
    {
      when: { expires: "any-page" },
      breaks: ["LRU-12", "LRU-13"],
      reason: "a page may expire before the device that waits for it has used it (row 26 of the RFC thread)",
      shown: at("intended", { expires: "any-page" }),
    },
    {
      when: { premap: "superpage" },
      breaks: ["LRU-5", "LRU-8", "LRU-12", "LRU-13"],
      reason: "evicting one page also clears the entry of its neighbour, whose bit stays set (D-08)",
      shown: at("intended", { itemPages: 1, premap: "superpage" }),
    },
    {
      when: { releaseOrder: "bit-stays" },
      breaks: ["LRU-4", "LRU-5", "LRU-8", "LRU-12", "LRU-13"],
      reason: "the bit says that the page is mapped, so the next fault maps nothing (D-08)",
      shown: at("intended", { ...TWO, releaseOrder: "bit-stays" }),
    },
    {
      when: { releaseOrder: "no-iotlb-invalidation" },
      breaks: ["LRU-9"],
      reason: "the release does not wait for DMA in flight (I-03)",
      shown: at("intended", { ...TWO, releaseOrder: "no-iotlb-invalidation" }),
    },
    {
      when: { releaseOrder: "no-iotlb-invalidation" },
      breaks: ["LRU-9"],
      reason: "a page that expires is unpinned while DMA to it is in flight (row 26 of the RFC thread)",
      shown: at("rfc-v1", { expires: "any-page", hotPages: 1, itemPages: 1, releaseOrder: "no-iotlb-invalidation" }),
    },
    {
      when: { releaseOrder: "clear-last" },
      breaks: ["LRU-9", "LRU-14", "LRU-15", "LCK-11"],
      reason: "new DMA begins while the IOTLB is invalidated, so that its entry always has a user",
      shown: at("intended", { ...TWO, hotPages: 1, extraPages: 10, releaseOrder: "clear-last" }),
    },
    {
      when: { releaseOrder: "no-uncharge" },
      breaks: ["LRU-11"],
      reason: "an evicted page stays charged, until no new page fits",
      shown: at("intended", { ...TWO, releaseOrder: "no-uncharge" }),
    },
    {
      when: { releaseOrder: "no-uncharge", limitKeptBy: "thread" },
      breaks: ["LRU-2", "LRU-3"],
      reason: "the reclaim thread empties the tracker, and the charge stays",
      shown: at("thread-periodic", { ...TWO, devices: 1, releaseOrder: "no-uncharge" }),
    },
    {
      when: { limitAtUnmap: "lowers-only" },
      breaks: ["LRU-1"],
      reason: "DMA_UNMAP lowers the limit and leaves the pages above it to the next fault",
      shown: at("intended", { ...HALVED, limitAtUnmap: "lowers-only" }),
    },
    {
      when: { limitAtUnmap: "lowers-only", limitKeptBy: "thread" },
      breaks: ["LRU-3"],
      reason: "after DMA_UNMAP the level is above the limit although nothing was faulted in",
      shown: at("thread-periodic", { ...HALVED, hotPages: 2, guestPages: 5, extraPages: 5 }),
    },
    {
      when: { limitAtUnmap: "keeps" },
      breaks: ["LRU-17"],
      reason:
        "the limit is computed at DMA_MAP only, and still counts memory that was unmapped (row 34 of the RFC thread)",
      shown: at("intended", { ...HALVED, limitAtUnmap: "keeps" }),
    },
    {
      when: { limitRounding: "up" },
      breaks: ["LRU-17"],
      reason: "a share of the guest that is rounded up to one page is more than the share",
      shown: at("intended", { guestPages: 15, limitRounding: "up" }),
    },
    {
      when: { lockdownTracked: true },
      breaks: ["LRU-4", "LRU-6"],
      reason: "locked-down pages are in the list that victims are taken from (I-17)",
      shown: at("intended", { lockedPages: 1, guestPages: 30, lockdownTracked: true }),
    },
    {
      when: { shortageCode: "invalid" },
      breaks: ["LRU-10"],
      reason: "to the device a limit that is reached looks like a forbidden access (D-23)",
      shown: at("intended", { guestPages: 10, shortageCode: "invalid" }),
    },
    {
      when: { limitKeptBy: "refusal" },
      breaks: ["LRU-10", "LRU-11"],
      reason: "at the limit every new page is refused, although others are idle",
      shown: at("thread-direct", { limitKeptBy: "refusal" }),
    },
    {
      when: { thrashDetector: true },
      breaks: ["LRU-11"],
      reason: "a group that would fit loses its pages to others twice, and is taken for one that does not fit (I-44)",
      shown: at("thread-direct", { devices: 2, itemPages: 1, thrashDetector: true }),
    },
    {
      when: { guestPages: 40, itemScript: "belady" },
      breaks: ["LRU-18"],
      reason: "with a limit of four pages the same accesses miss more often than with three (Belady)",
      shown: at("thread-direct", { itemScript: "belady", hotPages: 5, itemPages: 1, guestPages: 40 }),
    },
  ],
  unbroken: {},
};
