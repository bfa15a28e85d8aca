/** Deliberate defects in the wiring of the page fault systems, and one whose input no knob names. */
import { ANY_HARDWARE, type Request } from "../build.ts";
import { madeTwice, neverMade, withInput } from "./changes.ts";
import type { Miswiring } from "./miswiring.ts";

const at = (system: string, hardware: string, set: Request["set"] = {}): Request => ({
  system,
  hardware,
  host: "rfc-v1-on-groups",
  bounds: "small",
  set,
});
const overflow = at("pri-overflow", "vtd");
const unmapStall = at("unmap-race", "smmu-stall", { core: "6.12", reclaim: "none", commands: 4 });

export const pageFaultMiswirings: readonly Miswiring[] = [
  {
    name: "a group is answered twice",
    request: at("pri-flat", "vtd", { instances: 2 }),
    change: madeTwice("fault-param", "driver.page-response"),
    breaks: ["RSP-1", "RSP-2", "RSP-3", "RSP-4"],
  },
  {
    name: "a group is never answered",
    request: at("pri-flat", "vtd"),
    change: neverMade("fault-param", "driver.page-response"),
    breaks: ["RSP-8", "RSP-12", "LIV-1", "LIV-8", "DEADLOCK"],
  },
  {
    name: "a group whose pages are over the limit is never answered",
    request: at("pin-limit", "vtd"),
    change: neverMade("fault-param", "driver.page-response"),
    breaks: ["RSP-8", "RSP-12", "LIV-2", "DEADLOCK"],
  },
  {
    name: "a worker is never told that its pages are resolved",
    request: at("pri-flat", "vtd"),
    change: neverMade("fault-resolver", "resolver.done"),
    breaks: ["RSP-8", "LIV-1", "LIV-7", "LIV-8", "DEADLOCK"],
  },
  {
    name: "a group of Linux 6.1 is never answered",
    request: at("pri-overflow", "vtd", { core: "6.1" }),
    change: neverMade("device-fault-data", "driver.page-response"),
    breaks: ["RSP-8", "RSP-12", "DEADLOCK"],
  },
  {
    name: "Linux 6.1 is asked to answer twice",
    request: at("pri-overflow", "vtd", { core: "6.1" }),
    change: madeTwice("responder", "page.responds"),
    breaks: ["GRP-12", "RSP-8", "DEADLOCK"],
  },
  {
    name: "a stall is resumed twice",
    request: unmapStall,
    change: madeTwice("fault-param", "driver.page-response"),
    breaks: ["STL-1", "STL-2", "STL-3", "STL-7"],
  },
  {
    name: "a stall is never resumed",
    request: at("stall-flat", "smmu-stall", { core: "6.12", slots: 2 }),
    change: neverMade("fault-param", "driver.page-response"),
    breaks: ["STL-5", "STL-7", "LIV-3", "LIV-9", "DEADLOCK"],
  },
  {
    name: "credits come back twice",
    request: overflow,
    change: madeTwice("prg-slot", "pri.returns-credits"),
    breaks: ["CRD-1", "CRD-2"],
  },
  {
    name: "a device has more credits than it was granted",
    request: at("pri-overflow", "smmu-pri", { creditsPerDev: 1, slots: 2, itemPages: 1 }),
    change: withInput("pri0", { allocation: 2 }),
    breaks: ["PRQ-4"],
  },
  {
    name: "a group is freed twice",
    request: at("pri-flat", "vtd"),
    change: madeTwice("responder", "group.frees"),
    breaks: ["MEM-1", "MEM-2"],
  },
  {
    name: "the fault handler keeps the container's lock",
    request: at("pri-flat", "vtd"),
    change: neverMade("fault-resolver", "lock.releases"),
    breaks: ["LCK-7", "GRP-6", "LIV-6"],
  },
  {
    name: "an invalidation never completes",
    request: unmapStall,
    change: neverMade("translation", "iotlb.invalidated"),
    breaks: ["CMD-4", "PIN-6", "MAP-5", "LCK-7", "LIV-5", "LIV-6"],
  },
  {
    name: "the bit of a page is set twice",
    request: unmapStall,
    change: madeTwice("fault-resolver", "container.marks"),
    breaks: ["MAP-3"],
  },
  {
    name: "the bit of a page is never set",
    request: unmapStall,
    change: neverMade("fault-resolver", "container.marks"),
    breaks: ["MAP-1", "PIN-6", "PIN-9"],
  },
  {
    name: "a region is linked twice",
    request: unmapStall,
    change: madeTwice("vmm", "container.links"),
    breaks: ["MAP-6"],
  },
  {
    name: "a charge is given back twice",
    request: unmapStall,
    change: madeTwice("page-release", "account.uncharges"),
    breaks: ["PIN-4", "PIN-5", "PIN-9"],
  },
  {
    name: "a transient pin is never dropped",
    request: { ...at("mmu-notifier", "smmu-stall"), host: "rfc-v2" },
    change: neverMade("unpinned-resolver", "mm.puts"),
    breaks: ["NTF-7"],
  },
  {
    name: "a handler without lasting pins takes no lock",
    request: { ...at("mmu-notifier", "smmu-stall"), host: "hmm" },
    change: neverMade("unpinned-resolver", "lock.acquires"),
    breaks: ["LCK-8"],
  },
  {
    name: "a fence does not wait for the invalidations before it",
    request: unmapStall,
    change: withInput("iommu", { fencesWait: false }),
    breaks: ["CMD-1", "SAFE-1"],
  },
  {
    name: "the comparison with the limit is off by one",
    request: at("pin-limit", "vtd"),
    change: withInput("account", { beyond: 1 }),
    breaks: ["PIN-1"],
  },
  {
    name: "the handler returns Success where there is no room for a page",
    request: at("pin-limit", "vtd"),
    change: withInput("resolver0", { shortage: "success" }),
    breaks: ["RSP-8", "RSP-9", "RSP-10"],
  },
  {
    name: "the IOPF core puts the last request of a group before the others",
    request: overflow,
    change: withInput("param0", { rules: { collects: "last-first" } }),
    breaks: ["GRP-8"],
  },
  {
    name: "the IOPF core leaves the last request of a group among the partial faults",
    request: overflow,
    change: withInput("param0", { rules: { collects: "last-stays-partial" } }),
    breaks: ["GRP-1", "GRP-3", "GRP-9"],
  },
  {
    name: "the IOMMU keeps its entry of a page when it accepts a request for it",
    request: { system: "translation-caches", hardware: ANY_HARDWARE, host: "linux-6.12.117", bounds: "small", set: {} },
    change: withInput("walker", { dropsOnRequest: false }),
    breaks: ["TLB-5", "TLB-6", "TLB-18"],
  },
];
