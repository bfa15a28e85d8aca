/** The dirty log of type1: who may write what, and whether it is in the next report. */
import { call, takesSteps, type Component } from "../../../checker/system.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { dirtyContainer } from "../../machines/linux/vfio/type1/dirty/dirty-container.ts";
import { loggedDevice, loggedDeviceSteps } from "../../machines/device/logged-device.ts";
import { loggedPage } from "../../machines/linux/vfio/type1/dirty/logged-page.ts";
import { logPinner, logPinnerSteps } from "../../machines/linux/vfio/type1/dirty/log-pinner.ts";
import { logUser, logUserSteps, type LogRequest } from "../../machines/linux/vfio/type1/dirty/log-user.ts";
import { range } from "../configuration.ts";
import { field, pageOf } from "../host-side.ts";
import type { Study, Wiring } from "../study.ts";
import type { DirtyLogDesign, DirtyLogSizes } from "./dirty-log-design.ts";
import { dirtyLogKnobs, dirtyLogSizeKnobs } from "./dirty-log-knobs.ts";

type Part = { readonly [name: string]: Component };

/** Steps that nobody has to take. */
const ENVIRONMENT: ReadonlySet<string> = new Set([
  "user.begins",
  "user.allocation-fails",
  "pinner.pins",
  "pinner.unpins",
  "pinner.writes",
  "device.writes",
  "device.faults",
]);
/** Steps that wait for the lock. */
const LOCKING: ReadonlySet<string> = new Set(["user.locks", "pinner.locks", "fault.locks"]);

const mappingsOf = ({ pages, mappings }: DirtyLogSizes): readonly number[] =>
  range(pages).map((page) => Math.floor((page * mappings) / pages));

function requests({ mappings, iommuGroups }: DirtyLogSizes) {
  const to = (requested: readonly LogRequest[], targets: number) =>
    requested.flatMap((request) => range(targets).map((target) => ({ type: "user.begins", request, target })));
  return [
    ...to(["start", "get", "stop"], 1),
    ...to(["map", "unmap"], mappings),
    ...to(["attach", "detach"], iommuGroups),
  ];
}

function drivers(design: DirtyLogDesign, sizes: DirtyLogSizes): Part {
  const mappingOf = mappingsOf(sizes);
  const pages = range(sizes.pages);
  const pinner = (name: string, group: number | null, writes: readonly (readonly number[])[]): Component => ({
    machine: logPinner,
    input: { name, group, mappingOf, writeMarks: design.writeMarks },
    role: "log-pinner",
    events: logPinnerSteps(pages, writes),
  });
  /** A write of two bytes: inside the last page, or across an edge inside a mapping. */
  const edges = pages.filter((page) => mappingOf[page] === mappingOf[page + 1]).map((page) => [page, page + 1]);
  return {
    ...(sizes.driverPins && sizes.iommuGroups > 0 && { pinner0: pinner("pinner0", 0, []) }),
    ...(sizes.mediated && { pinner: pinner("pinner", null, [[sizes.pages - 1], ...edges]) }),
  };
}

function devices(design: DirtyLogDesign, sizes: DirtyLogSizes): Part {
  const pages = range(sizes.pages);
  const device = (name: string, group: number | null, confined: boolean): [string, Component] => [
    name,
    {
      machine: loggedDevice,
      input: { name, group, confined },
      role: "logged-device",
      events: loggedDeviceSteps(pages, design.pinsAt === "fault" && group !== null),
    },
  ];
  const isConfined = (group: number, k: number): boolean =>
    sizes.driverPins && !sizes.earlyWrites && group === 0 && k === 0;
  return Object.fromEntries([
    ...range(sizes.iommuGroups).flatMap((group) =>
      range(sizes.groupDevices).map((k) => device(`device${group}.${k}`, group, isConfined(group, k))),
    ),
    ...(sizes.mediated ? [device("mediated-device", null, true)] : []),
  ]);
}

function compose(design: DirtyLogDesign, sizes: DirtyLogSizes): Wiring {
  const mappingOf = mappingsOf(sizes);
  const components: Part = {
    lock: { machine: mutex, role: "mutex", lane: "iommu->lock" },
    container: {
      machine: dirtyContainer,
      input: { design, mappingOf, groupDevices: sizes.groupDevices, groups: sizes.iommuGroups } as never,
      role: "dirty-container",
    },
    ...Object.fromEntries(
      mappingOf.map((mapping, page) => [
        `page${page}`,
        { machine: loggedPage, input: { page, mapping }, role: "logged-page" },
      ]),
    ),
    user: {
      machine: logUser,
      input: { name: "user", design } as never,
      role: "log-user",
      events: [...requests(sizes), ...logUserSteps(sizes.allocationFails)],
    },
    ...drivers(design, sizes),
    ...devices(design, sizes),
  };
  const classes = (kind: "weak" | "strong", belongs: (type: string) => boolean) =>
    Object.entries(components).flatMap(([name, { events = [] }]) => {
      const types = [...new Set(events.map(({ type }) => type))].filter(
        (type) => !ENVIRONMENT.has(type) && belongs(type),
      );
      return types.length > 0 ? [takesSteps(name, kind, types)] : [];
    });
  const locks = ["log-user", "log-pinner", "logged-device"].flatMap((role) => [
    call(role, ["lock.acquires"], "lock", "block"),
    call(role, ["lock.releases"], "lock"),
  ]);
  return {
    components,
    routes: [
      ...locks,
      call(
        "log-user",
        ["log.asks", "log.allocates", "log.frees", "log.fills", "log.copies", "log.clears"],
        "container",
      ),
      call("log-user", ["log.remarks", "log.links", "log.unlinks", "log.maps", "log.unmaps"], "container"),
      call("log-user", ["log.report-begins", "log.report-ends", "log.turns"], "container"),
      call("log-user", ["log.attaches", "log.detaches"], "container"),
      call("log-pinner", ["log.asks", "log.pins", "log.unpins", "log.writes-by-cpu", "log.marks"], "container"),
      call("log-pinner", ["log.narrows"], "container"),
      call("log-pinner", ["device.is-confined"], (message) => `device${field(message, "group")}.0`),
      call("logged-device", ["device.wrote", "log.faults"], "container"),
      call("dirty-container", ["log.told"], (message) => field(message, "by")),
      call("dirty-container", ["page.maps", "page.unmaps", "page.marks", "page.clears", "page.logs"], pageOf),
      call("dirty-container", ["page.written", "page.report-begins", "page.reports", "page.report-ends"], pageOf),
      call("dirty-container", ["page.leaves"], pageOf),
    ],
    fairness: {
      threads: classes("weak", () => true),
      hardware: [],
      devices: [],
      lock: classes("strong", (type) => LOCKING.has(type)),
    },
  };
}

const linux: Omit<DirtyLogDesign, "name"> = {
  pinsAt: "map",
  fullWhen: "mapped",
  detachFills: true,
  narrowFills: false,
  narrows: "singletons",
  scopeCounts: "once",
  startMarks: true,
  pinMarks: true,
  unpinKeeps: true,
  getOrder: "clear-then-remark",
  unmapReports: true,
  startUnwinds: "previous",
  failedStart: "unlocks",
  writeMarks: "all",
};

const SIZES: Omit<DirtyLogSizes, "name"> = {
  pages: 1,
  mappings: 1,
  iommuGroups: 1,
  groupDevices: 1,
  driverPins: true,
  mediated: false,
  earlyWrites: false,
  allocationFails: false,
};

export const dirtyLog: Study<DirtyLogDesign, DirtyLogSizes> = {
  name: "dirty-log",
  sentence: "The dirty log of type1: whether every written page is in the next report.",
  cut:
    "A device writes through an entry of the IOMMU, or where its driver has pinned a page, in one step. The caches of " +
    "the IOMMU and faults on their way are left out, because the dirty log of type1 reads only mappings, pins and " +
    "groups. Charges, and the wait for drivers in DMA_UNMAP, are in accounting; pinned pages are not unmapped here. " +
    "Hidden: a write in flight while its page is unmapped.",
  hosts: {
    "linux-6.1.192": {
      sentence: "type1 of Linux 6.1.192: every page is dirty unless every group writes only to pinned pages.",
      design: linux,
    },
    "rfc-v1": {
      sentence:
        "RFC v1: faults map pages, and the full report still covers only what DMA_MAP has mapped (missed pages).",
      design: { ...linux, pinsAt: "fault" },
    },
    "rfc-v2": {
      sentence: "RFC v2: the dirty log is that of RFC v1.",
      design: { ...linux, pinsAt: "fault" },
    },
    "rfc-v3": {
      sentence: "RFC v3: with page faults enabled every page is dirty, mapped or not.",
      design: { ...linux, pinsAt: "fault", fullWhen: "mapped-or-faulting" },
    },
    intended: {
      sentence: "As RFC v3, and every page is marked when a group's dirty scope becomes pinned pages.",
      design: { ...linux, pinsAt: "fault", fullWhen: "mapped-or-faulting", narrowFills: true },
    },
  },
  knobs: dirtyLogKnobs,
  sizeKnobs: dirtyLogSizeKnobs,
  bounds: {
    small: SIZES,
    default: { ...SIZES, pages: 2 },
    deep: { ...SIZES, pages: 2, iommuGroups: 2 },
  },
  contradiction: (_, { pages, mappings, iommuGroups, earlyWrites, driverPins, mediated }) => {
    if (mappings > pages) return "each mapping has a page (mappings, pages)";
    if (iommuGroups === 0 && !mediated) return "a device or a driver must write (iommuGroups, mediated)";
    return earlyWrites && !driverPins
      ? "early writes come before a driver pins (earlyWrites=true needs driverPins=true)"
      : undefined;
  },
  compose,
};
