/** Deliberate defects in the model of address ranges. */
import { ANY_HARDWARE, type Request } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

const at = (set: Settings, host: string): Request => ({
  system: "address-ranges",
  hardware: ANY_HARDWARE,
  host,
  bounds: "small",
  set,
});

const broken = (
  when: Settings,
  breaks: readonly string[],
  reason: string,
  besides: Settings = {},
  host = "intended",
): Departure => ({ when, breaks, reason, shown: at({ ...when, ...besides }, host) });

const FAULTS = { rangeFaults: true };
const DRIVER = { cacheDriver: true };

export const addressRangesBreakages: Breakages = {
  departures: [
    broken(
      { rangeEnd: "wraps" },
      ["RNG-3", "RNG-7", "RNG-8", "RNG-10", "RNG-12", "RNG-13"],
      "the end of a mapping at the top is 0, so that UNMAP and MAP do not find it (B-19)",
      { mappingsMost: 2, memoryLayout: "ram" },
    ),
    broken(
      { rangeEnd: "wraps", rangeFaults: true },
      ["RNG-7", "RNG-8", "RNG-13", "RNG-31"],
      "a fault at the top of the address space is refused, though it is mapped (B-19)",
    ),
    broken(
      { rangeEnd: "wraps", aperture: "below-the-top" },
      ["RNG-7", "RNG-8"],
      "the end of a range to the top is 0, so that UNMAP is over before its first mapping, wherever the aperture ends (B-19)",
      { memoryLayout: "ram" },
    ),
    broken(
      { unmapWalk: "compared", cacheDriver: true },
      ["LCK-10", "LCK-11", "RNG-13", "RNG-14", "RNG-37"],
      "an unmap to the last address goes on at 0, and never ends",
    ),
    broken(
      { unmapWalk: "compared", rangeFaults: true },
      ["LCK-10", "LCK-11", "RNG-13", "RNG-14", "RNG-33"],
      "faults wait for the lock of an unmap that never ends",
    ),
    broken(
      { unmapWalk: "below-end" },
      ["RNG-3", "RNG-8", "RNG-13"],
      "the end of a range at the top is 0, the unmap is over before it begins, and what is unlinked stays translated (B-19)",
      { memoryLayout: "ram" },
    ),
    broken(
      { carryEntry: "not-counted" },
      ["RNG-3", "RNG-13"],
      "the next page overwrites the entry of the pages that are carried over, and they are never put (B-39)",
      { pageAccess: true, addressBits: 4, memoryLayout: "scattered" },
      "iommufd",
    ),
    broken(
      { pfnmapFrame: "vma-offset" },
      ["RNG-1"],
      "the frame of a page of a device is computed from the offset of its VMA, which its driver changed (B-12)",
    ),
    broken(
      { leftoverPage: "left" },
      ["RNG-1", "RNG-3", "RNG-5", "RNG-13"],
      "a page of a device at the end of a batch leaves a page of an earlier batch to be mapped, and put, again (D-25)",
    ),
    broken(
      { leftoverPage: "left", pinsOfFaults: "put-when-mapped" },
      ["RNG-1", "RNG-5"],
      "as in RFC v2, whose fault handler maps ahead and puts what it mapped (D-25)",
      { mapMode: "lazy", mapsAhead: 4, rangeFaults: true },
    ),
    broken(
      { mapYieldsAfter: "run" },
      ["RNG-24"],
      "physically contiguous memory is pinned as a whole before any other thread can run (B-18)",
    ),
    broken(
      { mapKeepsLock: true, rangeFaults: true },
      ["RNG-26"],
      "a fault waits until all of a mapping is pinned, however often the thread lets others run",
    ),
    broken(
      { faultUnit: "page-number" },
      ["RNG-28", "RNG-30", "RNG-31"],
      "a page number is taken for an address, so that another page is mapped or a legal fault is refused (B36)",
      FAULTS,
    ),
    broken(
      { shiftBits: "one-less" },
      ["RNG-35"],
      "a page number is shifted in a 32-bit register, and the wrong page is pinned (B-11)",
      DRIVER,
    ),
    broken(
      { cacheHit: "page" },
      ["RNG-34"],
      "the entry of a small page is used for a large one, of which only the first part is pinned (B-21)",
      DRIVER,
    ),
    broken(
      { probesAt: "zero" },
      ["RNG-20", "RNG-22"],
      "the probe maps at address 0, which is reserved, and the device stops (B-15)",
      { attachProbe: true, reservedWindow: "bottom" },
    ),
  ],
  unbroken: {},
};
