/** Deliberate defects of `selective`: what its design leaves out, and what software may take a device for. */
import { ANY_HARDWARE, type Request } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

const at = (set: Settings): Request => ({
  system: "selective",
  hardware: ANY_HARDWARE,
  host: "intended",
  bounds: "small",
  set,
});

const departs = (when: Settings, breaks: readonly string[], reason: string, set: Settings = {}): Departure => ({
  when,
  breaks,
  reason,
  shown: at({ ...when, ...set }),
});

/** A ring of two pages beside one page of buffers. */
const longRing = { pages: 3, ringPages: 2 } as const;
const noRoom = { ...longRing, limit: 1 } as const;

const beliefs: readonly Departure[] = [
  departs(
    { tableEntry: "claims-all" },
    ["SEL-1", "SEL-4"],
    "the table says that the device tolerates every fault (row 38 of the RFC thread)",
  ),
  departs(
    { knowledge: "feature-bit" },
    ["SEL-1", "SEL-4"],
    "the feature bit says that faults can be routed, and not which accesses tolerate them (row 35 of the RFC thread)",
  ),
  departs(
    { knowledge: "pf-hint", beforeHint: "faultable" },
    ["SEL-1", "SEL-4"],
    "the hint comes after the first DMA, or never (row 49 of the RFC thread)",
  ),
  departs(
    { mediatorPlace: "none" },
    ["SEL-1", "SEL-4"],
    "no hint says where the ring lies, and it is not locked down (row 39 of the RFC thread)",
  ),
  departs(
    { registerPath: "also-mapped" },
    ["SEL-1", "SEL-4", "SEL-13"],
    "the guest programs a ring through a mapped page, and the mediator sees no access (VFIO facts 3.1)",
  ),
  departs(
    { iommuFilter: "by-device" },
    ["SEL-7", "SEL-27"],
    "a filter in the IOMMU driver cannot tell a ring from a buffer, and refuses both (row 44 of the RFC thread)",
    { reclaims: false },
  ),
];

const readings: readonly Departure[] = [
  departs(
    { pinScope: "faultable" },
    ["SEL-1", "SEL-4"],
    "only pages that the driver pins may fault, and it pins its ring (reading A, row 66)",
  ),
  departs(
    { pinsWhat: "buffers" },
    ["SEL-1", "SEL-4"],
    "the driver pins what may fault, where pinned means not faultable (M12 against M13)",
  ),
  departs(
    { pinScope: "only-faultable" },
    ["SEL-7", "SEL-27"],
    "faults are served inside the pinned ranges only: buffers are refused (D-19, row 68)",
    { reclaims: false },
  ),
  departs(
    { pinScope: "not-faultable-literal" },
    ["SEL-7"],
    "a buffer that faulted before another ring was locked down on its page is refused, although it is mapped by now",
    { rings: 2, ringPlaces: 2, reclaims: false },
  ),
  departs(
    { pinApi: "pins-only" },
    ["SEL-1", "SEL-5", "SEL-6", "SEL-20"],
    "the pin API maps nothing, and charges nothing where there is a domain (D-20, row 72)",
  ),
  departs(
    { pinApi: "pins-only", pinCharges: false },
    ["SEL-21"],
    "pages pinned without a charge exceed the limit (VFIO facts 2.2)",
    noRoom,
  ),
];

const registrations: readonly Departure[] = [
  departs({ ringOrder: "forward-first" }, ["SEL-1", "SEL-4"], "the device fetches before the lockdown (I-24)"),
  departs(
    { lockdownRefused: "forwards-anyway" },
    ["SEL-1", "SEL-4"],
    "the write is forwarded although the lockdown was refused (I-24)",
    noRoom,
  ),
  departs(
    { lockdownUndo: "keeps-pages-so-far" },
    ["SEL-9"],
    "the first page stays when the second is refused (I-19)",
    noRoom,
  ),
  departs(
    { lockdownUndo: "keeps-after-rejection" },
    ["SEL-9"],
    "the device rejects the write, and its ring stays locked down (B-23)",
    { rejects: true },
  ),
  departs(
    { lockdownUndo: "keeps-refused-pin", pinApi: "pins-only" },
    ["SEL-22"],
    "a page that could not be charged is not unpinned (the pattern of D-01 and B-09)",
    { ...noRoom, pinCharges: true },
  ),
];

const releases: readonly Departure[] = [
  departs(
    { unpinLoop: "may-end-early" },
    ["SEL-9"],
    "the loop in vfio_unpin_pages() ends half way and returns success (D-21)",
    longRing,
  ),
  departs(
    { ringStop: "before-quiesce" },
    ["SEL-1", "SEL-4", "SEL-13"],
    "the ring is evicted while the queue still fetches (I-25)",
  ),
  departs(
    { ringStop: "quiesce-under-lock" },
    ["LCK-10", "LCK-11", "SEL-23", "SEL-24", "SEL-25", "DEADLOCK"],
    "the queue becomes idle after the response to its fault, and the response needs the lock that is held (I-38)",
  ),
  departs(
    { sharedRingPages: "uncounted" },
    ["SEL-1", "SEL-4", "SEL-8"],
    "the first ring that is released unpins the page of the second (I-08)",
    { rings: 2 },
  ),
  departs(
    { evictsPinned: true },
    ["SEL-1", "SEL-5", "SEL-6", "SEL-10", "SEL-20"],
    "eviction takes a page that is locked down (I-17, I-22)",
  ),
  departs(
    { guestDiscards: "uncoordinated" },
    ["SEL-14"],
    "a discarded page gives the CPU another frame than the device keeps (I-21, B-43)",
  ),
];

const BUG = ["LCK-10", "LCK-11", "SEL-12", "SEL-23", "SEL-24", "SEL-25", "SEL-26", "DEADLOCK"];

const unmaps: readonly Departure[] = [
  departs({ unmapCallback: "ignored" }, BUG, "the driver does not unpin, and DMA_UNMAP reaches BUG_ON() (B-26)", {
    unmaps: true,
  }),
  departs(
    { ringsDuringUnmap: "admitted" },
    BUG,
    "the guest registers the ring again in each round of DMA_UNMAP, until that reaches BUG_ON() (B-25)",
    { unmaps: true },
  ),
  departs(
    { unmapCallback: "ignored", unmapWhilePinned: "removes-anyway" },
    ["SEL-1", "SEL-5", "SEL-6", "SEL-10", "SEL-11", "SEL-20"],
    "memory is unmapped and released while it is locked down (I-16)",
    { unmaps: true },
  ),
];

export const selectiveBreakages: Breakages = {
  departures: [...beliefs, ...readings, ...registrations, ...releases, ...unmaps],
  unbroken: {},
};
