/** VFIO_IOMMU_UNMAP_DMA of type1 that calls drivers, beside one other call on the same container: two locks, and two bugs more. */
import { call, takesSteps, type Component, type Route } from "../../../checker/system.ts";
import type { Message } from "../../../checker/json.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { rwSemaphore } from "../../machines/linux/lib/rw-semaphore.ts";
import { driverNotification, driverNotificationSteps } from "../../machines/linux/vfio/type1/driver-notification.ts";
import { callRound, callRoundSteps } from "../../machines/linux/vfio/type1/unmap/call-round.ts";
import { listedDevice } from "../../machines/linux/vfio/type1/unmap/listed-device.ts";
import { pinnedMapping } from "../../machines/linux/vfio/type1/unmap/pinned-mapping.ts";
import {
  IOMMU_LOCK,
  LIST_LOCK,
  type Operation,
  type Type1Rules,
} from "../../machines/linux/vfio/type1/unmap/type1-calls.ts";
import { type1Thread, type1ThreadSteps } from "../../machines/linux/vfio/type1/unmap/type1-thread.ts";
import { range } from "../configuration.ts";
import { field } from "../host-side.ts";
import type { Study, Wiring } from "../study.ts";
import {
  type1UnmapHosts,
  type1UnmapKnobs,
  type1UnmapSizeKnobs,
  type Against,
  type Type1UnmapDesign,
  type Type1UnmapSizes,
} from "./type1-unmap-design.ts";

/** Locks by component: what they are in the kernel. */
const LANES: Readonly<Record<string, string>> = {
  [IOMMU_LOCK]: "iommu->lock",
  [LIST_LOCK]: "iommu->device_list_lock",
};

/** The lock of a driver: of vfio_ap, which has one for all devices, of vfio_ccw, or of i915. */
function driverLane({ driverLock, callbackUnpins }: Type1UnmapDesign, name: string): string {
  if (driverLock === "all-devices") return "matrix_dev->mdevs_lock";
  const device = name.replace("driver-lock", "");
  return callbackUnpins === "check-then-unpin-all"
    ? `private->io_mutex of device ${device}`
    : `vgpu->cache_lock of device ${device}`;
}

/** The ranges of the program: one with a pin that is unmapped, another with a pin, and one that no driver uses. */
const R0 = 0;
const R1 = 1;
const R2 = 2;

interface Race {
  /** Thread A unmaps R0; these are B and, where there is one, C. */
  readonly beside: readonly Operation[];
  /** Mapped before; `map` maps R2 itself. */
  readonly mapped: readonly number[];
  /** Which device has a page of which range pinned before. */
  readonly pins: readonly { readonly device: number; readonly range: number }[];
  /** A device that is opened during the race. */
  readonly opens?: number;
}

function raceOf(against: Against, last: number): Race {
  const pin = (device: number, of: number) => ({ device, range: of });
  const own = { mapped: [R0], pins: [pin(0, R0)] };
  switch (against) {
    case "close-same":
      return { ...own, beside: [{ call: "close", device: 0 }] };
    case "close-other":
      return { ...own, beside: [{ call: "close", device: last }] };
    case "open-other":
      return { ...own, beside: [{ call: "open", device: last }], opens: last };
    case "unmap-same":
      return { mapped: [R0], pins: [pin(last, R0)], beside: [{ call: "unmap", range: R0 }] };
    case "unmap-other-pinned":
      return { mapped: [R0, R1], pins: [pin(0, R0), pin(last, R1)], beside: [{ call: "unmap", range: R1 }] };
    case "unmap-unpinned":
      return { mapped: [R0, R2], pins: [pin(0, R0)], beside: [{ call: "unmap", range: R2 }] };
    case "map":
      return { ...own, beside: [{ call: "map", range: R2 }] };
    case "pin":
      return { ...own, mapped: [R0, R1], beside: [{ call: "pin", device: 0, range: R1, again: false }] };
    case "pin-again":
      return { ...own, beside: [{ call: "pin", device: 0, range: R0, again: true }] };
    case "pin-refused":
      return { ...own, beside: [{ call: "pin-refused", device: 0, range: R0 }] };
    case "three-threads":
      return {
        mapped: [R0, R1],
        pins: [pin(last, R0)],
        beside: [
          { call: "close", device: last },
          { call: "pin", device: 0, range: R1, again: false },
        ],
      };
    case "unmap-same-and-unpin":
      return {
        mapped: [R0],
        pins: [pin(last, R0)],
        beside: [
          { call: "unmap", range: R0 },
          { call: "unpin", device: last, range: R0 },
        ],
      };
  }
}

const NEEDS_ANOTHER: ReadonlySet<Against> = new Set(["close-other", "open-other", "three-threads"]);

/** "a-unmap0": thread A in an UNMAP of range 0; its walk over the devices is "a-walk". */
const nameOf = (operation: Operation, k: number): string =>
  `${"abc"[k]}-${operation.call}${"range" in operation ? operation.range : operation.device}`;
/** What a thread is in the kernel: the call that it is in. */
const CALLS: { readonly [call in Operation["call"]]: string } = {
  unmap: "VFIO_IOMMU_UNMAP_DMA of range",
  map: "VFIO_IOMMU_MAP_DMA of range",
  pin: "vfio_pin_pages() of a page in range",
  "pin-refused": "vfio_pin_pages() of a page that the device refuses, in range",
  unpin: "vfio_unpin_pages() of a page in range",
  open: "the first open of device",
  close: "the last close of device",
};
const threadLane = (operation: Operation, k: number): string =>
  `thread ${"ABC"[k]}, in ${CALLS[operation.call]} ${"range" in operation ? operation.range : operation.device}`;
const walkOf = (thread: string): string => `${thread[0]}-walk`;
const deviceOf = (message: Message): string => `device${field(message, "device")}`;
const mappingOf = (message: Message): string => `dma${field(message, "range")}`;
const by = (message: Message): string => field(message, "by");
const walkBy = (message: Message): string => walkOf(by(message));

function compose(design: Type1UnmapDesign, sizes: Type1UnmapSizes): Wiring {
  const devices = range(sizes.devices);
  const race = raceOf(sizes.against, sizes.devices - 1);
  const operations: readonly Operation[] = [{ call: "unmap", range: R0 }, ...race.beside];
  const ranges = [R0, R1, R2].filter(
    (r) => race.mapped.includes(r) || operations.some((operation) => "range" in operation && operation.range === r),
  );
  const driverLocks = devices.map((d) => (design.driverLock === "all-devices" ? "driver-lock" : `driver-lock${d}`));
  const rules: Type1Rules = {
    driver: design.callbackUnpins,
    listLock: design.deviceListLock === "outside" ? "outside" : "inside",
    driverLocks,
    ranges: ranges.filter((r) => r !== R2),
    refusedPin: design.refusedPin,
    pinnedPage: sizes.pinnedPage,
  };
  const threads = operations.map((operation, k) => ({ name: nameOf(operation, k), operation }));
  const walkers = threads.filter(({ operation }) => operation.call === "unmap");
  const listLock = rules.listLock === "inside" ? "inside" : "apart";
  const writers = threads.filter((one) => !walkers.includes(one)).map(({ name }) => name);
  const components: { readonly [name: string]: Component } = {
    ...Object.fromEntries(
      threads.map(({ name, operation }, k): [string, Component] => [
        name,
        {
          machine: type1Thread,
          input: { name, operation, rules } as never,
          role: "type1-thread",
          lane: threadLane(operation, k),
          events: type1ThreadSteps(operation, rules),
        },
      ]),
    ),
    ...Object.fromEntries(
      walkers.map(({ name }): [string, Component] => [
        walkOf(name),
        {
          machine: driverNotification,
          input: {
            name,
            lock: IOMMU_LOCK,
            list: LIST_LOCK,
            drivers: sizes.devices,
            retryBound: sizes.retryBound,
            notifies: "unlocked",
            listLock,
          },
          role: "device-walk",
          events: driverNotificationSteps({ listLock }),
        },
      ]),
    ),
    ...Object.fromEntries(
      ranges.map((r): [string, Component] => [
        `dma${r}`,
        {
          machine: pinnedMapping,
          input: {
            range: r,
            first: { mapped: race.mapped.includes(r), pins: race.pins.filter((one) => one.range === r).length },
          },
          role: "pinned-mapping",
        },
      ]),
    ),
    ...Object.fromEntries(
      devices.map((device): [string, Component] => [
        `device${device}`,
        {
          machine: listedDevice,
          input: {
            device,
            mappingInWalk: design.mappingInWalk,
            first: {
              listed: race.opens !== device,
              pins: race.pins.filter((one) => one.device === device).map((one) => one.range),
            },
          },
          role: "listed-device",
        },
      ]),
    ),
    ...Object.fromEntries(
      [IOMMU_LOCK, LIST_LOCK, ...new Set(driverLocks)].map((name) => [
        name,
        {
          machine: mutex,
          role: "mutex",
          lane: LANES[name] ?? driverLane(design, name),
        },
      ]),
    ),
    ...(design.deviceListLock === "inside-shared" && {
      [LIST_LOCK]: { machine: rwSemaphore, input: { writers }, role: "rw-semaphore", lane: LANES[LIST_LOCK]! },
    }),
    round: { machine: callRound, role: "call-round", events: callRoundSteps },
  };
  /** list_add() puts the device that was opened last first. */
  const called = (message: Message): string => `device${sizes.devices - 1 - Number(message["driver"])}`;
  const others = [
    ...threads.map(({ name }) => name),
    ...ranges.map((r) => `dma${r}`),
    ...devices.map((d) => `device${d}`),
  ];
  const unmaps = (message: Message): string => {
    const { operation } = threads.find(({ name }) => name === by(message))!;
    return `dma${operation.call === "unmap" ? operation.range : R0}`;
  };
  const routes: readonly Route[] = [
    ...["type1-thread", "device-walk"].flatMap((role) => [
      call(role, ["lock.acquires"], (message) => field(message, "lock"), "block"),
      call(role, ["lock.releases"], (message) => field(message, "lock")),
    ]),
    call("type1-thread", ["mapping.asked", "mapping.maps", "mapping.removes"], mappingOf),
    call("type1-thread", ["mapping.pins", "mapping.unpins"], mappingOf),
    call("type1-thread", ["device.asked", "device.records", "device.forgets"], deviceOf),
    call("type1-thread", ["device.lists", "device.unlists"], deviceOf),
    call("type1-thread", ["notification.starts", "callback.done", "unmap.ends"], walkBy),
    call("device-walk", ["notification.done", "notification.bug"], by),
    call("device-walk", ["callback.starts"], called),
    call("listed-device", ["callback.begins"], by),
    call("listed-device", ["callback.done"], walkBy),
    call("listed-device", ["mapping.read"], unmaps),
    call("listed-device", ["device.told"], by),
    call("pinned-mapping", ["mapping.found", "pin.done"], by),
    call("call-round", ["round.begins"], () => others, "block"),
  ];
  return {
    components,
    routes,
    fairness: {
      /** A mutex is handed to whoever has waited longest. */
      threads: [
        ...threads.map(({ name }) => takesSteps(name, "strong")),
        ...walkers.map(({ name }) => takesSteps(walkOf(name), "strong")),
      ],
      hardware: [],
      devices: [],
      lock: [],
    },
  };
}

export const type1Unmap: Study<Type1UnmapDesign, Type1UnmapSizes> = {
  name: "type1-unmap",
  sentence:
    "The two locks of VFIO_IOMMU_UNMAP_DMA when it calls drivers beside a close, an open, another UNMAP, a MAP or a pin.",
  cut:
    "A mapping has pins or none; accounting has the pages and their charges. One UNMAP of one mapping runs beside one " +
    "or two calls on the same container, and the program starts again when all have returned. Hidden: an UNMAP over " +
    "several mappings, two containers, and more than three calls at a time.",
  hosts: type1UnmapHosts,
  knobs: type1UnmapKnobs,
  sizeKnobs: type1UnmapSizeKnobs,
  bounds: {
    small: { against: "unmap-other-pinned", devices: 1, pinnedPage: "first", retryBound: 1 },
    default: { against: "unmap-other-pinned", devices: 1, pinnedPage: "first", retryBound: 3 },
    deep: { against: "unmap-other-pinned", devices: 2, pinnedPage: "first", retryBound: 10 },
  },
  contradiction: (_, { against, devices }) =>
    NEEDS_ANOTHER.has(against) && devices < 2 ? `${against} needs another device (devices=2)` : undefined,
  compose,
};
