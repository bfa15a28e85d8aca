/** What the host's memory management does to pages that a device reaches without pins, and a handler that must follow. */
import { call, delivers, send, takesSteps, type Component, type Route } from "../../../checker/system.ts";
import type { Message } from "../../../checker/json.ts";
import { dmaSlot, dmaSlotSteps } from "../../machines/device/dma-slot.ts";
import { commandQueue } from "../../machines/iommu/command-queue.ts";
import { translation } from "../../machines/iommu/translation.ts";
import { addressSpace } from "../../machines/linux/mm/notifier/address-space.ts";
import { mmOperation, OPERATION_STEPS, type OperationRules } from "../../machines/linux/mm/notifier/mm-operation.ts";
import { operationSteps } from "../../machines/linux/mm/notifier/operation-steps.ts";
import {
  kernelSteps,
  kernelThread,
  mmProcess,
  processSteps,
  vaddrState,
} from "../../machines/linux/mm/notifier/process.ts";
import { mmPage } from "../../machines/linux/mm/mm-page.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { container } from "../../machines/linux/vfio/type1/container.ts";
import { queuedFaultWorker, queuedFaultWorkerSteps } from "../../machines/linux/vfio/iopf/queued-fault-worker.ts";
import {
  unpinnedResolver,
  unpinnedResolverSteps,
  type UnpinnedResolverRules,
} from "../../machines/linux/vfio/iopf/unpinned-resolver.ts";
import { unmapThread } from "../../machines/linux/vfio/iopf/unmap-thread.ts";
import { range } from "../configuration.ts";
import { field, pageOf, translationOf } from "../host-side.ts";
import type { Study, Wiring } from "../study.ts";
import { HAPPENINGS, mmEventsHosts, type MmEventsDesign, type MmEventsSizes } from "./mm-events-design.ts";
import { mmEventsKnobs, mmEventsSizeKnobs } from "./mm-events-knobs.ts";

type Components = { readonly [name: string]: Component };

const named = (name: string, numbers: readonly number[], component: (number: number) => Component): Components =>
  Object.fromEntries(numbers.map((number) => [`${name}${number}`, component(number)]));

const operationRules = (
  design: MmEventsDesign,
  pages: readonly number[],
  mm: number,
  dmaUnmaps: boolean,
): OperationRules => ({
  name: `operation${mm}`,
  steps: operationSteps({
    callback: design.callback,
    watched: design.watches === "every-mm" || mm === 0,
    hearsExit: design.hearsExit,
    checksVaddr: design.vaddrInCallback === "waits",
    forcesFlush: design.forcesFlush,
    looks: dmaUnmaps ? design.callbackLooks : "never",
  }),
  domains: [0, 1],
  devices: [],
  superpage: design.unmapReturns === "larger" ? pages : null,
  firstWriteBit: pages.length,
  onMismatch: design.onMismatch,
  refuses: design.nonBlockable === "refuses",
  errorKeepsLock: design.waitError === "keeps-lock",
});

/** Each page has two entries: domain 0 for reading, domain 1 for writing. */
const handlerRules = (design: MmEventsDesign, pages: number): UnpinnedResolverRules => ({
  name: "handler",
  domains: { read: [0], write: [0, 1] },
  firstWriteBit: pages,
  retries: design.callback === "start-end",
  compares: design.sequenceCompared,
  readMaps: design.readMaps,
  bitPer: design.bitPer,
  whileWithheld: design.whileWithheld,
  takesReference: design.takesReference,
  premap: 1,
});

/** One process and the kernel's threads, for each address space. */
function memoryOf(design: MmEventsDesign, { pages, mms, happens, dmaUnmaps }: MmEventsSizes): Components {
  const all = range(pages);
  const ofMm = (mm: number): readonly number[] => all.filter((page) => page % mms === mm);
  const { process, kernel, updates } = HAPPENINGS[happens];
  return {
    ...named("page", all, (page) => ({ machine: mmPage, input: { page }, role: "mm-event-page" })),
    ...named("mm", range(mms), (mm) => ({
      machine: addressSpace,
      input: { mm, pages: ofMm(mm) },
      role: "address-space",
    })),
    ...named("operation", range(mms), (mm) => ({
      machine: mmOperation,
      input: { ...operationRules(design, all, mm, dmaUnmaps) },
      role: "mm-operation",
      events: OPERATION_STEPS,
    })),
    ...named("process", range(mms), (mm) => ({
      machine: mmProcess,
      input: { name: `process${mm}` },
      role: "mm-process",
      events: processSteps(ofMm(mm), process, updates && mm === 0),
    })),
    ...named("kernel", range(mms), (mm) => ({
      machine: kernelThread,
      input: { name: `kernel${mm}` },
      role: "mm-kernel",
      events: kernelSteps(ofMm(mm), kernel),
    })),
  };
}

const deviceSide = (design: MmEventsDesign, { pages, happens, dmaUnmaps }: MmEventsSizes): Components => ({
  device0: {
    machine: dmaSlot,
    input: { device: 0, onFault: "stall" },
    role: "mm-event-device",
    // Reading differs from writing only where pages are shared, or mapped for reading.
    events: [
      ...range(pages).flatMap((page) =>
        (happens === "copies" || happens === "everything" ? [false, true] : [true]).map((write) => ({
          type: "device.posts",
          page,
          write,
        })),
      ),
      ...dmaSlotSteps,
    ],
  },
  ...named("translation0.", range(pages), (page) => ({
    machine: translation,
    input: { page, domain: 0 },
    role: "mm-event-translation",
  })),
  ...named("translation1.", range(pages), (page) => ({
    machine: translation,
    input: { page, domain: 1 },
    role: "mm-event-translation",
  })),
  iommu: { machine: commandQueue, role: "mm-event-commands" },
  container: {
    machine: container,
    input: { regionOf: range(2 * pages).map(() => 0), linked: [0] },
    role: "mm-event-container",
  },
  lock: { machine: mutex, role: "mutex", lane: "iommu->lock" },
  vaddr: { machine: vaddrState, input: { exitWakes: design.exitWakes }, role: "vaddr-state" },
  handler: {
    machine: unpinnedResolver,
    input: { ...handlerRules(design, pages) },
    role: "mm-event-handler",
    events: unpinnedResolverSteps([], { withheld: true }),
  },
  worker: {
    machine: queuedFaultWorker,
    input: { name: "worker" },
    role: "mm-event-worker",
    events: queuedFaultWorkerSteps,
  },
  ...(dmaUnmaps
    ? {
        vmm: {
          machine: unmapThread,
          input: {
            name: "vmm",
            order: design.dmaUnmapOrder,
            pages: range(pages),
            domains: [0, 1],
            firstWriteBit: pages,
          },
          role: "mm-unmap",
          events: [{ type: "unmap.begins" }, { type: "unmap.steps" }, { type: "unmap.maps" }],
        },
      }
    : {}),
});

function routesOf(mms: number, dmaUnmaps: boolean): readonly Route[] {
  const by = (message: Message): string => field(message, "by");
  const mmOf = (message: Message): string => `mm${Number(message["page"]) % mms}`;
  const operationOf = (message: Message): string =>
    `operation${Number((message["pages"] as readonly number[])[0]) % mms}`;
  /** The entry that the access needs. */
  const entryOf = (message: Message): string =>
    `translation${message["write"] === true ? 1 : 0}.${field(message, "page")}`;
  const locking = ["mm-operation", "mm-event-handler", "mm-process", ...(dmaUnmaps ? ["mm-unmap"] : [])].flatMap(
    (role) => [call(role, ["lock.acquires"], "lock", "block"), call(role, ["lock.releases"], "lock")],
  );
  return [
    ...locking,
    ...["mm-process", "mm-kernel"].map((role) => call(role, ["space.asks"], mmOf, "block")),
    call("mm-process", ["vaddr.withheld", "vaddr.repaired"], "vaddr"),
    ...["address-space", "mm-event-handler"].map((role) => call(role, ["operation.starts"], operationOf, "block")),
    call("address-space", ["mm.gets"], pageOf),
    call("address-space", ["mm.puts"], pageOf),
    call("address-space", ["mm.failed", "mm.shared"], by),
    // Only the first process withholds addresses.
    call("address-space", ["mm.died"], (_, sender) => (sender === "mm0" ? "vaddr" : [])),
    call("mm-event-page", ["mm.sampled", "mm.got", "mm.compared"], by),
    call(
      "mm-operation",
      ["mm.invalidation-begins", "mm.invalidation-ends", "mm.clears", "mm.installs", "mm.frees"],
      pageOf,
      "block",
    ),
    call(
      "mm-operation",
      ["space.unmaps", "space.shares", "space.unshares", "space.moves", "space.settles", "space.dies"],
      mmOf,
      "block",
    ),
    call("mm-operation", ["vaddr.reads"], "vaddr"),
    call("mm-operation", ["vaddr.awaits"], "vaddr", "block"),
    call("mm-operation", ["translation.unmaps"], translationOf),
    call("mm-operation", ["command.invalidates-iotlb"], "iommu"),
    call("mm-operation", ["command.fences"], "iommu", "block"),
    call("mm-operation", ["container.clears", "container.overlaps"], "container"),
    ...(dmaUnmaps
      ? [
          call("mm-unmap", ["translation.unmaps"], translationOf),
          call("mm-unmap", ["command.invalidates-iotlb"], "iommu"),
          call("mm-unmap", ["command.fences"], "iommu", "block"),
          call("mm-unmap", ["container.clears", "container.links", "container.unlinks"], "container"),
        ]
      : []),
    call("mm-operation", ["operation.done"], by),
    call("mm-event-commands", ["iotlb.invalidates"], translationOf),
    call("mm-event-commands", ["fence.completed"], (message) => field(message, "owner")),
    call("mm-event-translation", ["iotlb.invalidated"], "iommu"),
    call("mm-event-translation", ["access.granted", "access.faults"], (message) => `device${field(message, "device")}`),
    call("mm-event-container", ["container.found"], by),
    call("vaddr-state", ["vaddr.read"], by),
    call("mm-event-handler", ["container.finds", "container.marks"], "container"),
    call("mm-event-handler", ["vaddr.reads"], "vaddr"),
    call("mm-event-handler", ["vaddr.awaits"], "vaddr", "block"),
    call("mm-event-handler", ["mm.samples", "mm.compares"], pageOf, "block"),
    call("mm-event-handler", ["mm.gets"], mmOf, "block"),
    call("mm-event-handler", ["mm.puts"], mmOf),
    call("mm-event-handler", ["translation.maps"], translationOf),
    call("mm-event-handler", ["resolver.done"], "worker"),
    call("mm-event-worker", ["resolver.starts"], "handler"),
    call("mm-event-worker", ["fault.answered"], by),
    call("mm-event-device", ["access.begins", "access.retires"], entryOf),
    // The host spares no page.
    call("mm-event-device", ["page.awaited", "page.settled"], () => []),
    send("mm-event-device", ["fault.reports"], "faults"),
  ];
}

function compose(design: MmEventsDesign, sizes: MmEventsSizes): Wiring {
  const operations = range(sizes.mms).map((mm) => `operation${mm}`);
  return {
    components: { ...memoryOf(design, sizes), ...deviceSide(design, sizes) },
    channels: { faults: { to: "worker", capacity: 1, whenFull: "block", unhandled: "block" } },
    routes: routesOf(sizes.mms, sizes.dmaUnmaps),
    fairness: {
      /** What has begun goes on; that it fails, or refuses, is nobody's duty. */
      threads: [
        takesSteps("handler"),
        takesSteps("worker"),
        ...operations.map((name) => takesSteps(name, "weak", ["operation.steps", "operation.wakes"])),
        ...(sizes.dmaUnmaps ? [takesSteps("vmm", "strong", ["unmap.steps"])] : []),
      ],
      hardware: [delivers("faults")],
      devices: [takesSteps("device0", "weak", ["device.begins", "device.retires", "device.gives-up"])],
      /** Locks are handed over in turn, and a page that is being moved comes to rest. */
      lock: [
        takesSteps("handler", "strong", ["resolver.locks"]),
        takesSteps("handler", "strong", ["resolver.gets"]),
        takesSteps("handler", "strong", ["resolver.samples"]),
        ...operations.map((name) => takesSteps(name, "strong", ["operation.steps"])),
      ],
    },
  };
}

export const mmEvents: Study<MmEventsDesign, MmEventsSizes> = {
  name: "mm-events",
  sentence: "Copy-on-write, unmapping, migration, exit and withheld addresses against a handler that holds no pins.",
  cut:
    "There are one device, one fault queue, one handler, and address spaces in which anything may happen at any time. " +
    "Notifier, handler and DMA_UNMAP meet only in iommu->lock, the page tables and the pages (VFIO facts 1.3 and 4.3). Hidden: ranges of " +
    "several pages, and several devices that share the handler.",
  hosts: mmEventsHosts,
  knobs: mmEventsKnobs,
  sizeKnobs: mmEventsSizeKnobs,
  bounds: {
    small: { pages: 1, mms: 1, happens: "discards", dmaUnmaps: false },
    default: { pages: 1, mms: 1, happens: "everything", dmaUnmaps: false },
    deep: { pages: 2, mms: 2, happens: "everything", dmaUnmaps: false },
  },
  contradiction: ({ unmapReturns }, { pages, mms }) =>
    mms > pages
      ? "each process needs a page (pages, mms)"
      : unmapReturns === "larger" && mms > 1
        ? "a superpage lies in one process (unmapReturns=larger, mms=1)"
        : undefined,
  compose,
};
