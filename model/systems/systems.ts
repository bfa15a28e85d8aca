/**
 * The systems by name: what each one is for, on which hardware it makes sense, and how large it is at each bound.
 * To add a system, add an entry; to add a part, see compose.ts.
 */
import type { HardwareName } from "../hardware/presets.ts";
import type { Hardware } from "../hardware/hardware.ts";
import type { Host } from "../hosts/host.ts";
import type { HostName } from "../hosts/presets.ts";
import type { Bounds } from "./bounds.ts";

import type { BoundsName } from "./study.ts";

export interface SystemEntry {
  readonly name: string;
  readonly sentence: string;
  /** The first is used when none is named. */
  readonly hardware: readonly HardwareName[];
  /** Only with page requests, or only with stalls; default: either. */
  readonly transport?: "pri" | "stall";
  /** Only with lasting pins, or only with MMU notifiers; default: either. */
  readonly memory?: "pinned" | "notified";
  /** What the system needs of the hardware and of the design in place of what their presets say; a knob set by hand wins. */
  readonly fit?: (hardware: Hardware) => Partial<Hardware>;
  readonly host?: Partial<Host>;
  /** Why it needs that: reports say it. */
  readonly needs?: string;
  /** Designs that it makes sense for; the first is used when none is named. */
  readonly hosts: readonly HostName[];
  readonly bounds: { readonly [name in BoundsName]: Partial<Bounds> };
}

/** Every bound that an entry does not name. */
export const BASE_BOUNDS: Omit<Bounds, "name"> = {
  devices: 1,
  slots: 1,
  pasids: 1,
  pages: 2,
  itemPages: 1,
  instances: 2,
  commands: 2,
  unmaps: false,
  reclaims: false,
};

const PRI: readonly HardwareName[] = ["vtd", "smmu-pri", "amd", "riscv", "qemu-vtd", "qemu-riscv"];

/** The RFC's handler where requests come in groups, and where each stalled transaction is a fault of its own. */
const ON_GROUPS: readonly HostName[] = ["rfc-v1-on-groups", "rfc-v1"];
const AS_POSTED: readonly HostName[] = ["rfc-v1", "rfc-v1-on-groups"];

/** One usable slot for two requests of one group: the smallest queue that overflows. */
const oneUsableSlot = ({ pqUsable }: Hardware): Partial<Hardware> => ({
  pqEntries: pqUsable === "N" ? 1 : 2,
  creditsPerDev: 2,
  creditPolicy: "oversubscribed",
  groupMax: 2,
});

export const systems: readonly SystemEntry[] = [
  {
    name: "pri-flat",
    sentence: "A device with PRI and one stage of translation: the way of a fault from the device to VFIO and back.",
    transport: "pri",
    hardware: PRI,
    hosts: ON_GROUPS,
    bounds: {
      small: { instances: 1 },
      default: { slots: 2, instances: 1 },
      deep: { slots: 2, itemPages: 2, instances: 1 },
    },
  },
  {
    name: "stall-flat",
    sentence: "A device whose faulting transactions the SMMU stalls: the transport of the RFC's test board.",
    transport: "stall",
    hardware: ["smmu-stall"],
    hosts: AS_POSTED,
    bounds: {
      small: { pages: 1 },
      default: { slots: 2, pages: 3, itemPages: 2 },
      deep: { slots: 2, pages: 2, itemPages: 2, unmaps: true },
    },
  },
  {
    name: "pri-overflow",
    sentence:
      "Page request groups of two in a queue with one usable slot: partial groups, automatic responses, index reuse.",
    transport: "pri",
    hardware: PRI,
    hosts: ON_GROUPS,
    fit: oneUsableSlot,
    needs: "one usable slot for two requests of one group is the smallest queue that overflows",
    bounds: {
      small: { itemPages: 2 },
      default: { pages: 3, itemPages: 2 },
      deep: { devices: 2, itemPages: 2 },
    },
  },
  {
    name: "unmap-race",
    sentence: "DMA, faults, DMA_UNMAP and reclaim of the same pages at the same time.",
    memory: "pinned",
    hardware: ["vtd", "smmu-stall", "smmu-pri", "amd", "riscv"],
    hosts: ON_GROUPS,
    host: { reclaim: "periodic", limit: 1 },
    needs: "a limit of one page keeps the pins bounded, and a thread that reclaims races with DMA_UNMAP",
    bounds: {
      small: { pages: 1, unmaps: true },
      default: { unmaps: true, reclaims: true },
      deep: { itemPages: 2, unmaps: true, reclaims: true },
    },
  },
  {
    name: "mmu-notifier",
    sentence:
      "Faulted pages that are not pinned: the MMU notifier unmaps them when the host reclaims them, and races with faults.",
    memory: "notified",
    hardware: ["smmu-stall", "vtd"],
    hosts: ["rfc-v2", "hmm"],
    bounds: {
      small: { instances: 1, commands: 1 },
      default: {},
      deep: { slots: 2 },
    },
  },
  {
    name: "pin-limit",
    sentence: "More pages wanted than may be pinned: refused, evicted by the handler, or reclaimed by a thread.",
    memory: "pinned",
    hardware: ["vtd", "smmu-stall", "smmu-pri", "amd", "riscv"],
    hosts: ON_GROUPS,
    host: { limit: 1 },
    needs: "the system is about more pages than may be pinned",
    bounds: {
      small: { instances: 1 },
      default: { slots: 2, instances: 1 },
      deep: { slots: 2 },
    },
  },
];
