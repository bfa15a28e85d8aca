/**
 * The part of a system that is the same for every transport and every kind of memory: the VFIO container with the thread
 * of the VMM, the translations, and the command queue.
 */
import type { Message } from "../../checker/json.ts";
import { call, send } from "../../checker/system.ts";
import { RELEASE_ORDERS } from "../hosts/host.ts";
import type { Hardware } from "../hardware/hardware.ts";
import type { PageRequestDriver } from "../machines/linux/iommu/drivers/page-request-drivers.ts";
import { responseEncoder } from "../machines/linux/iommu/drivers/response-encoder.ts";
import { mutex } from "../machines/linux/lib/mutex.ts";
import { container } from "../machines/linux/vfio/type1/container.ts";
import { pageRelease } from "../machines/linux/vfio/type1/page-release.ts";
import { vmm, vmmSteps } from "../machines/vmm/vmm.ts";
import { range, type Configuration } from "./configuration.ts";
import { field, iommuSide, translationOf } from "./iommu-side.ts";
import type { Part } from "./part.ts";

export { field, named, translationOf } from "./iommu-side.ts";
export type { Part } from "./part.ts";

const DRIVERS: { readonly [hardware: string]: PageRequestDriver } = {
  amd: "amd",
  "smmu-pri": "smmu",
  riscv: "none",
  "qemu-riscv": "none",
};
/** Whose functions the page request thread names; VT-d's have no entry. */
export const driverOf = ({ name }: Hardware): { readonly driver?: PageRequestDriver } => {
  const driver = DRIVERS[name];
  return driver ? { driver } : {};
};

export function hostSide({ hardware, host, bounds }: Configuration, transport: "pri" | "stall"): Part {
  const pages = range(bounds.pages);
  const domains = range(host.domains);
  const devices = hardware.ats === "off" ? [] : range(bounds.devices);
  const by = (message: Message): string => field(message, "by");
  const iommu = iommuSide({
    pages,
    domains,
    // One step of a release submits a command for each device or domain.
    commands: Math.max(bounds.commands, devices.length, host.domains),
  });
  return {
    components: {
      "response-encoder": {
        machine: responseEncoder,
        input: { transport, ...driverOf(hardware) },
        role: "response-encoder",
      },
      ...iommu.components,
      container: { machine: container, input: { regionOf: pages.map(() => 0) }, role: "container" },
      lock: { machine: mutex, role: "container-lock", lane: "iommu->lock" },
      release: {
        machine: pageRelease,
        input: { steps: RELEASE_ORDERS[host.releaseOrder], domains, devices },
        role: "page-release",
        events: [{ type: "release.steps" }],
      },
      vmm: {
        machine: vmm,
        input: { name: "vmm", region: 0, locks: host.vmmLocks },
        role: "vmm",
        events: bounds.unmaps ? [{ type: "vmm.maps" }, { type: "vmm.unmaps" }, ...vmmSteps] : [],
      },
    },
    channels: iommu.channels,
    routes: [
      send("response-encoder", ["command.responds", "command.resumes"], "commands"),
      send("page-release", ["command.invalidates-iotlb", "command.invalidates-atc", "command.fences"], "commands"),
      call("page-release", ["translation.unmaps"], translationOf),
      call("page-release", ["container.clears"], "container"),
      call("page-release", ["release.done"], by),
      ...iommu.routes,
      call("container", ["container.found", "container.next"], by),
      call("vmm", ["lock.acquires"], "lock", "block"),
      call("vmm", ["lock.releases"], "lock"),
      call("vmm", ["release.starts"], "release", "block"),
      call("vmm", ["container.links", "container.unlinks", "container.walks"], "container"),
    ],
    prologue: bounds.unmaps
      ? []
      : [
          { kind: "event" as const, component: "vmm", event: { type: "vmm.maps" } },
          { kind: "event" as const, component: "vmm", event: { type: "vmm.locks" } },
          { kind: "event" as const, component: "vmm", event: { type: "vmm.links" } },
          { kind: "event" as const, component: "vmm", event: { type: "vmm.unlocks" } },
        ],
  };
}

export const pageOf = (message: Message): string => `page${field(message, "page")}`;

/** The domain that a device is attached to: devices are dealt out to the domains in turn. */
export const domainOf = ({ host }: Configuration, device: number): number => device % host.domains;
