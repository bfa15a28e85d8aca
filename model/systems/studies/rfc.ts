/**
 * The focused model `rfc`: I/O page faults in the RFC of 2021, from enabling to the last reference, with devices that
 * access memory whenever they like.
 */
import type { Message } from "../../../checker/json.ts";
import { call, takesSteps, type Route } from "../../../checker/system.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { faultTree } from "../../machines/linux/vfio/iopf/rfc/fault-tree.ts";
import { range } from "../configuration.ts";
import { field } from "../host-side.ts";
import type { Study, Wiring } from "../study.ts";
import { container, hasTree, mapping, ofDevice, vmm } from "./rfc-components.ts";
import {
  rfcContradiction,
  rfcHosts,
  rfcKnobs,
  rfcSizeKnobs,
  tolerancesOf,
  type RfcDesign,
  type RfcSizes,
} from "./rfc-design.ts";

const by = (message: Message): string => field(message, "by");
const lock = (message: Message): string => field(message, "lock");
const page = (message: Message): string => `page${field(message, "page")}`;
/** The component of this kind that belongs to the device that the message names. */
const of =
  (kind: string) =>
  (message: Message): string =>
    `${kind}${field(message, "device")}`;
const named = (prefix: string, ...verbs: readonly string[]): readonly string[] =>
  verbs.map((verb) => `${prefix}.${verb}`);

const locking = (role: string): readonly Route[] => [
  call(role, ["lock.acquires"], lock, "block"),
  call(role, ["lock.releases"], lock),
];

/** What an ioctl and a teardown call; unregistering may have to wait for a pending fault. */
const ofThreads = (devices: readonly number[]): readonly Route[] => [
  ...["ioctl-thread", "group-detach", "fault-reporter", "rfc-handler"].flatMap(locking),
  call(
    "ioctl-thread",
    named("device", "enables-feature", "disables-feature", "registers", "unregisters"),
    of("device"),
    "block",
  ),
  call("ioctl-thread", named("tree", "inserts", "publishes", "fills", "removes"), "tree"),
  call("ioctl-thread", named("container", "readies", "unreadies", "joins", "leaves", "replays"), "container"),
  call("ioctl-thread", named("container", "maps", "unmaps", "populates", "converts"), "container"),
  call("ioctl-thread", named("container", "subscribes", "unsubscribes", "enables", "puts"), "container"),
  call("ioctl-thread", ["detach.starts"], of("detach")),
  call("ioctl-thread", ["access.disowned"], () => devices.map((device) => `access${device}`)),
  call("ioctl-thread", ["access.judged"], of("access")),
  call("group-detach", named("device", "disables-feature", "unregisters"), of("device"), "block"),
  call("group-detach", ["tree.removes"], "tree"),
  call("group-detach", ["container.leaves"], "container"),
  call("group-detach", ["detach.done"], by),
];

const ofFaults: readonly Route[] = [
  call("device-access", ["access.asks"], "vmm"),
  call("device-access", ["access.translates"], "container"),
  call("device-access", ["access.misses"], of("device")),
  call("device-access", ["fault.records"], of("reporter"), "block"),
  call("iopf-device", ["access.stalled", "access.aborted"], of("access")),
  call("iopf-device", ["device.told"], of("reporter")),
  call("iopf-device", ["device.refused"], by),
  call("fault-reporter", ["device.asks", "device.pends"], of("device")),
  call("fault-reporter", ["tree.finds"], "tree"),
  call("fault-reporter", ["container.gets"], "container"),
  call("fault-reporter", ["handler.starts"], of("handler"), "block"),
  call("fault-reporter", ["access.answered"], of("access")),
  call("fault-tree", ["tree.found"], of("reporter")),
  call("fault-tree", ["pointer.dangles"], of("handler"), "drop"),
  call("rfc-handler", ["container.resolves", "container.puts"], "container"),
  call("rfc-handler", ["access.answered"], of("access")),
  call("rfc-handler", ["device.answers"], of("device")),
  call("rfc-handler", ["handler.done"], of("reporter")),
  call("rfc-handler", ["detach.starts"], of("detach"), "block"),
];

const ofContainer: readonly Route[] = [
  call("iopf-container", ["container.got"], of("reporter")),
  call("iopf-container", ["container.put"], by),
  call("iopf-container", ["pointer.dangles"], of("handler"), "drop"),
  call("iopf-container", ["access.missed"], of("access")),
  call("iopf-container", ["ioctl.refused", "container.freed"], "vmm"),
  call("iopf-container", named("dma", "maps", "resolves", "loses-domain", "translates"), page),
  // What is not linked, or not pinned, is passed over.
  call("iopf-container", named("dma", "unmaps", "replays", "populates", "converts"), page, "drop"),
  call("vfio-dma", ["dma.resolved"], by),
  call("vfio-dma", ["access.granted", "access.missed"], of("access")),
];

function compose(design: RfcDesign, sizes: RfcSizes): Wiring {
  const tolerances = tolerancesOf(sizes);
  const devices = [...tolerances.keys()];
  const mappings = range(sizes.pages).map((each) => [`page${each}`, mapping(design, sizes, each)] as const);
  return {
    components: {
      vmm: vmm(design, sizes),
      container: container(design, sizes),
      L: { machine: mutex, role: "mutex", lane: "iommu->lock" },
      ...(hasTree(design) && {
        tree: { machine: faultTree, input: { devices: devices.length }, role: "fault-tree" },
        G: { machine: mutex, role: "mutex", lane: "iopf_group_list_lock, around the tree of devices" },
      }),
      ...Object.fromEntries(mappings),
      ...Object.assign({}, ...tolerances.map((tolerance, device) => ofDevice(design, tolerance, device, sizes))),
    },
    routes: [...ofThreads(devices), ...ofFaults, ...ofContainer],
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
  sentence: "Page faults in RFC v1, v2 and v3: enable, map, attach, detach and free, with a fault at any point.",
  cut:
    "A device's access, the walk of its domain and the use of the page are one step. Everything that a handler does " +
    "under iommu->lock is one step too, because every other change of the container needs the same lock " +
    "(VFIO facts 1.1, 1.2). IOTLBs, device caches, queues and their overflow, pin and charge as two steps, and " +
    "reclaim of unpinned pages are in the page fault systems. Hidden: races of hardware with DMA_UNMAP, stalls of " +
    "other devices by the event queue's lock, and ioctls of two threads.",
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
