/**
 * The IOMMU of the searched systems, with its devices and its software outside: in the recordings the recorder is both.
 * The queue of page requests keeps the positions of its registers, and ATC invalidations have ITags.
 */
import { call, defineSystem, type System } from "../../../checker/system.ts";
import { outside } from "../../../model/machines/linux/iommu/io-pgfault/outside.ts";
import { pageRequestQueue, type PageRequestQueueKnobs } from "../../../model/machines/iommu/page-request-queue.ts";
import { iommuSide, postedToDevices } from "../../../model/systems/iommu-side.ts";

/** The page table that the devices use, and one that none uses. */
export const USED = 0;
export const UNUSED = 1;

export interface Setting {
  readonly knobs: PageRequestQueueKnobs;
  readonly entries: number;
  readonly itags: number;
  readonly devices: readonly number[];
  readonly pages: readonly number[];
  /** Most commands that wait at a time. */
  readonly commands: number;
}

export function riscvSystem({ knobs, entries, itags, devices, pages, commands }: Setting): System {
  const iommu = iommuSide({ pages, domains: [USED, UNUSED], commands, queue: { itags } });
  const posted = postedToDevices({ devices, answers: commands + 1, invalidations: itags }, () => ({
    completions: "devices",
    responses: "devices",
    invalidations: "devices",
  }));
  return defineSystem({
    name: "recorded-riscv",
    parameters: {},
    components: {
      ...iommu.components,
      prq: {
        machine: pageRequestQueue({ ...knobs, pqEntries: entries }, { devices: [], positions: true }),
        role: "prq",
      },
      devices: { machine: outside, role: "devices", lane: "the devices" },
      software: { machine: outside, role: "software", lane: "software" },
    },
    channels: { ...iommu.channels, ...posted.channels },
    routes: [
      ...iommu.routes,
      ...posted.routes,
      call("translation", ["access.granted", "access.faults"], "devices"),
      call("command-queue", ["atc.completion-unexpected"], "devices"),
      call("command-queue", ["configuration.invalidates"], () => []),
      call("prq", ["prq.record", "prq.empty", "prq.registers", "prq.interrupt", "prq.early-warning"], "software"),
      call("prq", ["iotlb.implicit-invalidation"], "devices"),
    ],
    properties: [],
  });
}
