/**
 * The study `rfc`: the life of I/O page faults in the RFC of 2021, from enabling to the last reference, with devices that
 * access memory whenever they like.
 */
import { call, takesSteps } from "../../../checker/system.ts";
import { mutex } from "../../machines/kernel/mutex.ts";
import { faultTree } from "../../machines/vfio/fault-tree.ts";
import { vfioDma } from "../../machines/vfio/vfio-dma.ts";
import { range } from "../configuration.ts";
import { field } from "../host-side.ts";
import type { Study, Wiring } from "../study.ts";
import { container, hasTree, ofDevice, vmm } from "./rfc-components.ts";
import {
  domainsOf,
  rfcContradiction,
  rfcHosts,
  rfcKnobs,
  rfcSizeKnobs,
  tolerancesOf,
  type RfcDesign,
  type RfcSizes,
} from "./rfc-design.ts";

const at =
  (name: string) =>
  (message: { readonly [name: string]: unknown }): string =>
    `${name}${String(message["device"])}`;

function compose(design: RfcDesign, sizes: RfcSizes): Wiring {
  const tolerances = tolerancesOf(sizes);
  const devices = [...tolerances.keys()];
  const pages = range(sizes.pages);
  const page = (message: { readonly [name: string]: unknown }): string => `page${String(message["page"])}`;
  const by = (message: Parameters<typeof field>[0]): string => field(message, "by");
  const lock = (message: Parameters<typeof field>[0]): string => field(message, "lock");
  const onDevice = [
    "device.enables-feature",
    "device.disables-feature",
    "device.registers",
    "device.unregisters",
  ] as const;
  const onTree = ["tree.inserts", "tree.publishes", "tree.fills", "tree.removes"] as const;
  const onContainer = ["container.readies", "container.unreadies", "container.leaves"] as const;
  return {
    components: {
      vmm: vmm(design, sizes),
      container: container(design, sizes),
      L: { machine: mutex, role: "mutex" },
      ...(hasTree(design) && {
        tree: { machine: faultTree, input: { devices: devices.length }, role: "fault-tree" },
        G: { machine: mutex, role: "mutex" },
      }),
      ...Object.fromEntries(
        pages.map((each) => [
          `page${each}`,
          {
            machine: vfioDma,
            input: {
              page: each,
              domains: Math.max(...domainsOf(sizes)) + 1,
              lasting: design.faultPins === "lasting",
              knowsPinned: design.enabledBy === "ioctl" && design.enableAfterMap !== "allowed",
            },
            role: "vfio-dma",
          },
        ]),
      ),
      ...Object.assign({}, ...tolerances.map((tolerance, device) => ofDevice(design, tolerance, device, sizes))),
    },
    routes: [
      ...["vmm", "group-detach"].flatMap((name) => {
        const role = name === "vmm" ? "ioctl-thread" : name;
        return [
          call(role, ["lock.acquires"], lock, "block"),
          call(role, ["lock.releases"], lock),
          call(role, onDevice, at("device"), "block"),
          call(role, onTree, "tree"),
          call(role, onContainer, "container"),
        ];
      }),
      call(
        "ioctl-thread",
        [
          "joins",
          "replays",
          "maps",
          "unmaps",
          "populates",
          "converts",
          "subscribes",
          "unsubscribes",
          "enables",
          "puts",
        ].map((verb) => `container.${verb}`),
        "container",
      ),
      call("ioctl-thread", ["detach.starts"], at("detach")),
      call("ioctl-thread", ["access.disowned"], () => devices.map((device) => `access${device}`)),
      call("ioctl-thread", ["access.judged"], at("access")),
      call("group-detach", ["detach.done"], by),
      call("device-access", ["access.asks"], "vmm"),
      call("device-access", ["access.translates"], "container"),
      call("device-access", ["access.misses"], at("device")),
      call("device-access", ["fault.records"], at("reporter"), "block"),
      call("iopf-device", ["access.stalled", "access.aborted"], at("access")),
      call("iopf-device", ["device.told"], at("reporter")),
      call("iopf-device", ["device.refused"], by),
      call("fault-reporter", ["lock.acquires"], lock, "block"),
      call("fault-reporter", ["lock.releases"], lock),
      call("fault-reporter", ["device.asks", "device.pends"], at("device")),
      call("fault-reporter", ["tree.finds"], "tree"),
      call("fault-reporter", ["container.gets"], "container"),
      call("fault-reporter", ["handler.starts"], at("handler"), "block"),
      call("fault-reporter", ["access.answered"], at("access")),
      call("fault-tree", ["tree.found"], at("reporter")),
      call("fault-tree", ["pointer.dangles"], at("handler"), "drop"),
      call("iopf-container", ["container.got"], at("reporter")),
      call("iopf-container", ["container.put"], by),
      call("iopf-container", ["pointer.dangles"], at("handler"), "drop"),
      call("iopf-container", ["access.missed"], at("access")),
      call("iopf-container", ["ioctl.refused", "container.freed"], "vmm"),
      call(
        "iopf-container",
        ["maps", "unmaps", "resolves", "replays", "populates", "converts", "loses-domain", "translates"].map(
          (verb) => `dma.${verb}`,
        ),
        page,
        // What is not linked, or not pinned, is passed over.
        "drop",
      ),
      call("vfio-dma", ["dma.resolved"], by),
      call("vfio-dma", ["access.granted", "access.missed"], at("access")),
      call("vfio-dma", ["ioctl.refused"], "vmm"),
      call("rfc-handler", ["lock.acquires"], lock, "block"),
      call("rfc-handler", ["lock.releases"], lock),
      call("rfc-handler", ["container.resolves", "container.puts"], "container"),
      call("rfc-handler", ["access.answered"], at("access")),
      call("rfc-handler", ["device.answers"], at("device")),
      call("rfc-handler", ["handler.done"], at("reporter")),
      call("rfc-handler", ["detach.starts"], at("detach"), "block"),
    ],
    fairness: fairness(devices),
  };
}

/** A mutex of Linux is handed to whoever has waited longest: steps that wait for one are not passed over for ever. */
const fairness = (devices: readonly number[]): NonNullable<Wiring["fairness"]> => {
  const waiting = [
    takesSteps("vmm", "strong", ["vmm.steps", "vmm.unwinds"]),
    ...devices.flatMap((device) => [
      takesSteps(`reporter${device}`, "strong", ["report.locks", "report.locks-tree"]),
      takesSteps(`handler${device}`, "strong", ["handler.locks"]),
      takesSteps(`detach${device}`, "strong"),
    ]),
  ];
  return {
    threads: [
      ...devices.flatMap((device) => [takesSteps(`reporter${device}`), takesSteps(`handler${device}`)]),
      ...waiting,
    ],
    hardware: [],
    devices: devices.map((device) => takesSteps(`access${device}`, "weak", ["device.looks-up", "device.recovers"])),
    lock: [],
  };
};

export const rfc: Study<RfcDesign, RfcSizes> = {
  name: "rfc",
  sentence:
    "The life of page faults in RFC v1, v2 and v3: enable, map, attach, detach and free, with a fault at any point.",
  cut: [
    "Cut below the container and above the IOMMU: a device's access, the walk of its domain and the use of the page are one",
    "step, and so is all that a handler does under the container's lock (F4 to F9), because whoever else changes the",
    "container needs the same lock (VFIO facts 1.1, 1.2). IOTLBs, device caches, queues and their overflow, one page's pin",
    "and charge as two steps, and what the host does to unpinned pages are left to the page fault systems. It hides races",
    "of hardware with DMA_UNMAP, stalls of other devices by the event queue's own lock, and ioctls of two threads.",
  ].join(" "),
  hosts: rfcHosts,
  knobs: rfcKnobs,
  sizeKnobs: rfcSizeKnobs,
  bounds: {
    small: {
      pages: 1,
      firstDevice: "full",
      secondDevice: "absent",
      secondDomain: "shared",
      foreignUser: false,
      unmaps: true,
    },
    default: {
      pages: 2,
      firstDevice: "full",
      secondDevice: "none",
      secondDomain: "shared",
      foreignUser: false,
      unmaps: true,
    },
    deep: { pages: 2, firstDevice: "full", secondDevice: "full", secondDomain: "own", foreignUser: true, unmaps: true },
  },
  contradiction: rfcContradiction,
  compose,
};
