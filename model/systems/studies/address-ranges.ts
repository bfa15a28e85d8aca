/** DMA_MAP, DMA_UNMAP, pins and faults over ranges of addresses of a width. */
import { longestRange, partsOf, refusedPages, reservedPages, spaceOf } from "./address-ranges-space.ts";
import type { Message } from "../../../checker/json.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { pagesIn, rangeOf } from "../../machines/linux/vfio/type1/ranges/address.ts";
import { attachProbe, attachProbeSteps } from "../../machines/linux/vfio/type1/ranges/attach-probe.ts";
import { dmaList } from "../../machines/linux/vfio/type1/ranges/dma-list.ts";
import { iovaDomain } from "../../machines/iommu/iova-domain.ts";
import { pageAccess, pageAccessSteps } from "../../machines/linux/vfio/type1/ranges/page-access.ts";
import { cacheDriverSteps, pageCacheDriver } from "../../machines/linux/vfio/type1/ranges/page-cache-driver.ts";
import { pinLoop, pinLoopSteps } from "../../machines/linux/vfio/type1/ranges/pin-loop.ts";
import { processMemory } from "../../machines/linux/vfio/type1/ranges/process-memory.ts";
import { rangeDevice } from "../../machines/device/range-device.ts";
import { rangeFaultHandler, rangeHandlerSteps } from "../../machines/linux/vfio/type1/ranges/range-fault-handler.ts";
import { rangeUser, rangeUserSteps } from "../../machines/linux/vfio/type1/ranges/range-user.ts";
import { unpinLoop, unpinLoopSteps } from "../../machines/linux/vfio/type1/ranges/unpin-loop.ts";
import { watchingDevice } from "../../machines/device/watching-device.ts";
import { range } from "../configuration.ts";
import type { Study } from "../study.ts";
import {
  addressRangesBounds,
  addressRangesHosts,
  contradictionOf,
  type AddressRangesDesign,
  type AddressRangesSizes,
} from "./address-ranges-design.ts";
import { addressRangesKnobs, addressRangesSizeKnobs } from "./address-ranges-knobs.ts";
import { fairnessOf, routesOf, type Components } from "./address-ranges-wiring.ts";

const CUT =
  "The memory of the process does not change, and the device accesses one page at a time. Charges and limits, " +
  "failures half way, the IOTLB between unmap and unpin, permissions and the IOPF core are in other systems. Ranges " +
  "begin and end at halves or quarters of the address space; none covers all of it, because its size would be 0 and " +
  "the ioctl refuses that. Hidden: memory that changes, several containers, mappings of many thousand pages, of " +
  "which only the proportion to a batch counts, and unmap_unpin_slow(), which unpins run by run.";

const LOCK = "container-lock";
type Pages = { readonly page: number; readonly pages: number };
/** The bottom quarter, and all but the other quarter at an edge. */
const isOfEdge = ({ page, pages }: Pages, longest: number): boolean =>
  pages === longest || (page === 0 && pages === longest / 3);
/** Not all of the address space: its size does not fit. */
function ranges(sizes: AddressRangesSizes): readonly Pages[] {
  const [parts, longest] = [partsOf(sizes), longestRange(sizes)];
  const unit = pagesIn(spaceOf(sizes)) / parts;
  return range(parts)
    .flatMap((first) => range(parts - first).map((more) => ({ page: first * unit, pages: (more + 1) * unit })))
    .filter((one) => one.pages <= longest && (sizes.rangeUnit !== "edge" || isOfEdge(one, longest)));
}

function userEvents({ mapMode }: AddressRangesDesign, sizes: AddressRangesSizes): readonly Message[] {
  const modes = [...(mapMode === "lazy" ? [] : [false]), ...(mapMode !== "eager" && sizes.rangeFaults ? [true] : [])];
  return [
    ...modes.flatMap((lazy) => ranges(sizes).map((pages) => ({ type: "user.maps", ...pages, lazy }))),
    ...ranges(sizes).map((pages) => ({ type: "user.unmaps", ...pages })),
    ...(sizes.pageAccess ? [{ type: "user.detaches" }] : []),
    ...rangeUserSteps,
  ];
}

const container = (design: AddressRangesDesign, sizes: AddressRangesSizes): Components => {
  const space = spaceOf(sizes);
  const pages = pagesIn(space);
  return {
    [LOCK]: { machine: mutex, role: "mutex", lane: "iommu->lock" },
    memory: {
      machine: processMemory,
      input: { layout: sizes.memoryLayout, pages, pfnmapFrame: design.pfnmapFrame },
      role: "process-memory",
    },
    domain: { machine: iovaDomain, input: { pages }, role: "iova-domain" },
    list: {
      machine: dmaList,
      input: {
        space: { ...space },
        rangeEnd: design.rangeEnd,
        reserved: refusedPages(sizes).map((page) => ({ ...rangeOf(page, 1, space) })),
        most: sizes.mappingsMost,
      },
      role: "dma-list",
    },
  };
};

const loopRules = (design: AddressRangesDesign, { batchPages }: AddressRangesSizes) => ({
  lock: LOCK,
  batchPages,
  leftover: design.leftoverPage,
  yieldsAfter: design.mapYieldsAfter,
});

const user = (design: AddressRangesDesign, sizes: AddressRangesSizes): Components => ({
  user: {
    machine: rangeUser,
    input: { name: "user", lock: LOCK, space: { ...spaceOf(sizes) }, lazyPins: design.pinsOfFaults === "kept" },
    role: "range-user",
    events: userEvents(design, sizes),
  },
  "map-loop": {
    machine: pinLoop,
    input: { ...loopRules(design, sizes), name: "map-loop", keepsLock: design.mapKeepsLock, putsMapped: false },
    role: "pin-loop",
    events: pinLoopSteps,
  },
  "unmap-loop": {
    machine: unpinLoop,
    input: {
      name: "unmap-loop",
      accesses: sizes.pageAccess,
      carry: design.carryEntry,
      ends: design.unmapWalk,
      space: { ...spaceOf(sizes) },
    },
    role: "unpin-loop",
    events: unpinLoopSteps,
  },
});

const faults = (design: AddressRangesDesign, sizes: AddressRangesSizes): Components => ({
  device: {
    machine: rangeDevice,
    input: { name: "device" },
    role: "range-device",
    events: [
      ...range(pagesIn(spaceOf(sizes))).map((page) => ({ type: "device.touches", page })),
      { type: "device.retries" },
    ],
  },
  handler: {
    machine: rangeFaultHandler,
    input: {
      name: "handler",
      lock: LOCK,
      space: { ...spaceOf(sizes) },
      faultUnit: design.faultUnit,
      mapsAhead: design.mapsAhead,
    },
    role: "range-fault-handler",
    events: rangeHandlerSteps,
  },
  "fault-loop": {
    machine: pinLoop,
    input: {
      ...loopRules(design, sizes),
      name: "fault-loop",
      keepsLock: true,
      putsMapped: design.pinsOfFaults === "put-when-mapped",
    },
    role: "pin-loop",
    events: pinLoopSteps,
  },
});

const driver = (design: AddressRangesDesign, sizes: AddressRangesSizes): Components => {
  const pages = pagesIn(spaceOf(sizes));
  const guestPages = range(pages).flatMap((page) => [1, 2].map((size) => ({ page, pages: size })));
  return {
    driver: {
      machine: pageCacheDriver,
      input: {
        name: "driver",
        lock: LOCK,
        space: { ...spaceOf(sizes) },
        shiftBits: design.shiftBits,
        cacheHit: design.cacheHit,
      },
      role: "page-cache-driver",
      events: [
        ...guestPages
          .filter(({ page, pages: size }) => page % size === 0)
          .map((one) => ({ type: "driver.maps", ...one })),
        ...cacheDriverSteps,
      ],
    },
  };
};

/** Of a page with others before it and behind it. */
const access = (sizes: AddressRangesSizes): Components => ({
  access: {
    machine: pageAccess,
    input: { name: "access", lock: LOCK, page: pagesIn(spaceOf(sizes)) / 2 - 1 },
    role: "page-access",
    events: [{ type: "access.begins" }, { type: "access.ends" }, ...pageAccessSteps],
  },
});

const probe = ({ probesAt }: AddressRangesDesign, sizes: AddressRangesSizes): Components => {
  const pages = pagesIn(spaceOf(sizes));
  const reserved = reservedPages(sizes);
  return {
    attach: {
      machine: attachProbe,
      input: { name: "attach", lock: LOCK, pages, reserved, probesAt },
      role: "attach-probe",
      events: [{ type: "attach.begins" }, { type: "attach.ends" }, ...attachProbeSteps],
    },
    "new-domain": {
      machine: iovaDomain,
      input: { pages },
      role: "iova-domain",
      lane: "the page table of the domain that is attached",
    },
    "new-device": { machine: watchingDevice, input: { reserved }, role: "watching-device" },
  };
};

const componentsOf = (design: AddressRangesDesign, sizes: AddressRangesSizes): Components => ({
  ...container(design, sizes),
  ...user(design, sizes),
  ...(sizes.rangeFaults && faults(design, sizes)),
  ...(sizes.cacheDriver && driver(design, sizes)),
  ...(sizes.pageAccess && access(sizes)),
  ...(sizes.attachProbe && probe(design, sizes)),
});

export const addressRanges: Study<AddressRangesDesign, AddressRangesSizes> = {
  name: "address-ranges",
  sentence: "Ranges of IOVA: the top of the address space, batches of pages, memory of a device, reserved windows.",
  cut: CUT,
  hosts: addressRangesHosts,
  knobs: addressRangesKnobs,
  sizeKnobs: addressRangesSizeKnobs,
  bounds: addressRangesBounds,
  contradiction: contradictionOf,
  compose: (design, sizes) => {
    const components = componentsOf(design, sizes);
    return { components, routes: routesOf(components), fairness: fairnessOf(components) };
  },
};
