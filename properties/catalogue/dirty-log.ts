/** DRT: the dirty log of type1. */
import { all, always, canAlways, each, leadsTo, optional, sometimes } from "../../checker/property.ts";
import type { DirtyContainerContext } from "../../model/machines/linux/vfio/type1/dirty/dirty-container.ts";
import type { LogPinnerContext } from "../../model/machines/linux/vfio/type1/dirty/log-pinner.ts";
import type { LogUserContext } from "../../model/machines/linux/vfio/type1/dirty/log-user.ts";
import type { LoggedDeviceContext } from "../../model/machines/device/logged-device.ts";
import type { LoggedPageContext } from "../../model/machines/linux/vfio/type1/dirty/logged-page.ts";
import type { DirtyLogDesign, DirtyLogSizes } from "../../model/systems/studies/dirty-log-design.ts";
import { inStudy } from "./parameters.ts";
import { vfioRule } from "./sources.ts";

const where = (condition?: (host: DirtyLogDesign, bounds: DirtyLogSizes) => boolean) =>
  inStudy<DirtyLogDesign, DirtyLogSizes>("dirty-log", condition);

const page = each<LoggedPageContext>("logged-page");
const pages = all<LoggedPageContext>("logged-page");
const container = each<DirtyContainerContext>("dirty-container");
const user = each<LogUserContext>("log-user");
const pinner = each<LogPinnerContext>("log-pinner");
const pinners = optional<LogPinnerContext>("log-pinner");
const device = each<LoggedDeviceContext>("logged-device");
const lock = each<{ owner: string | null }>("mutex");

const hasGroups = (_: DirtyLogDesign, { iommuGroups }: DirtyLogSizes): boolean => iommuGroups > 0;
const pins = (_: DirtyLogDesign, { driverPins, mediated, iommuGroups }: DirtyLogSizes): boolean =>
  mediated || (driverPins && iommuGroups > 0);
/** Groups that may write everything. */
const unconfined = ({ attached, pinnedScope }: DirtyContainerContext): number =>
  attached.filter((is, group) => is && !pinnedScope[group]).length;
const IN_TURN = ["threads", "hardware", "devices", "lock"];

export const drt = [
  always({
    id: "DRT-1",
    name: "written-page-reported",
    statement: "A page that was written since the last report, and before this one begins, is in this report.",
    source: vfioRule("I-20"),
    witness: "DRT-10",
    applies: where(),
    reads: { page },
    holds: ({ page: { context: p } }) => !p.missed,
    values: ({ page: { name, context: p } }) => ({ [`${name} was missed`]: p.missed }),
  }),
  always({
    id: "DRT-2",
    name: "full-dirty-groups-counted",
    statement: "num_non_pinned_groups counts each attached group that may write everything, and counts it once.",
    source: vfioRule("I-45"),
    witness: "DRT-12",
    applies: where(hasGroups),
    reads: { container },
    holds: ({ container: { context: c } }) => c.nonPinned === unconfined(c),
    values: ({ container: { context: c } }) => ({ counted: c.nonPinned, "may write everything": unconfined(c) }),
  }),
  always({
    id: "DRT-3",
    name: "dirty-count-not-negative",
    statement: "num_non_pinned_groups is not negative.",
    source: vfioRule("I-45"),
    witness: "DRT-13",
    applies: where((host, bounds) => hasGroups(host, bounds) && bounds.driverPins),
    reads: { container },
    holds: ({ container: { context: c } }) => c.nonPinned >= 0,
  }),
  always({
    id: "DRT-4",
    name: "bitmap-while-logging",
    statement: "A mapping has one bitmap while the log is on and none while it is off, even after a failed START.",
    source: vfioRule("2.5, B-01"),
    witness: "DRT-10",
    applies: where(),
    reads: { container, lock },
    given: { "the lock is free": ({ lock: l }) => l.state === "free" },
    parts: {
      "each mapping has one bitmap while tracking, and none otherwise": ({ container: { context: c } }) =>
        c.bitmaps.every((count, mapping) => count === Number(c.tracking && c.linked[mapping]!)),
    },
    values: ({ container: { context: c } }) => ({ tracking: c.tracking, linked: c.linked, bitmaps: c.bitmaps }),
  }),
  always({
    id: "DRT-5",
    name: "pinned-page-dirty",
    statement: "A page is dirty as long as it is pinned while the log is on.",
    source: vfioRule("2.5, I-20"),
    witness: "DRT-14",
    applies: where(pins),
    reads: { container, page, lock },
    given: {
      "the lock is free": ({ lock: l }) => l.state === "free",
      "dirty pages are tracked": ({ container: { context: c } }) => c.tracking,
      "a driver has the page pinned": ({ container: { context: c }, page: { context: p } }) => c.pins[p.page] !== 0,
    },
    parts: { "the page is marked dirty": ({ page: { context: p } }) => p.bit },
  }),
  leadsTo({
    id: "DRT-6",
    name: "dirty-ioctls-return",
    statement: "START, GET, STOP and the calls that change the container return, however much is written.",
    source: vfioRule("I-38, 2.5"),
    witness: "DRT-10",
    applies: where(),
    reads: { user },
    when: ({ user: u }) => u.state !== "idle",
    eventually: ({ user: u }) => u.state === "idle",
    assumes: IN_TURN,
  }),
  leadsTo({
    id: "DRT-7",
    name: "dirty-driver-call-returns",
    statement: "A driver's call returns.",
    source: vfioRule("I-38"),
    witness: "DRT-14",
    applies: where(pins),
    reads: { pinner },
    when: ({ pinner: p }) => p.state !== "idle",
    eventually: ({ pinner: p }) => p.state === "idle",
    assumes: IN_TURN,
  }),
  leadsTo({
    id: "DRT-8",
    name: "faulting-device-continues",
    statement: "A device that faulted continues.",
    source: vfioRule("I-34"),
    witness: "DRT-16",
    applies: where((host, bounds) => hasGroups(host, bounds) && host.pinsAt === "fault"),
    reads: { device },
    when: ({ device: d }) => d.state !== "running",
    eventually: ({ device: d }) => d.state === "running",
    assumes: IN_TURN,
  }),
  canAlways({
    id: "DRT-9",
    name: "log-can-be-clean",
    statement: "The log can always reach a state in which it is on and no page is left to report.",
    source: vfioRule("2.5"),
    witness: "DRT-10",
    applies: where(),
    reads: { container, pages },
    parts: {
      "the log is on": ({ container: { context: c } }) => c.tracking,
      "no page is left to report": ({ pages: list }) => list.every(({ context }) => context.owed === "nothing"),
    },
  }),
  sometimes({
    id: "DRT-10",
    name: "written-page-waits",
    statement: "A written page waits for its report.",
    source: vfioRule("I-20"),
    applies: where(),
    reads: { page },
    holds: ({ page: { context: p } }) => p.owed !== "nothing",
  }),
  sometimes({
    id: "DRT-11",
    name: "unwritten-page-reported",
    statement: "A page that was not written is reported.",
    source: vfioRule("2.5"),
    applies: where(),
    reads: { page },
    holds: ({ page: { context: p } }) => p.reported && p.owed === "nothing" && p.logged,
  }),
  sometimes({
    id: "DRT-12",
    name: "full-dirty-group-attached",
    statement: "A group that may write everything is attached.",
    source: vfioRule("2.5"),
    applies: where(hasGroups),
    reads: { container },
    holds: ({ container: { context: c } }) => unconfined(c) > 0,
  }),
  sometimes({
    id: "DRT-13",
    name: "page-left-out",
    statement: "A group that keeps to pinned pages is attached, and a mapped page is left out of a report.",
    source: vfioRule("row 73"),
    applies: where((host, bounds) => bounds.driverPins && hasGroups(host, bounds) && bounds.groupDevices === 1),
    reads: { container, page, user },
    holds: ({ container: { context: c }, page: { context: p }, user: u }) =>
      c.pinnedScope.includes(true) &&
      p.entry &&
      !p.bit &&
      u.context.request === "get" &&
      u.context.steps[0]?.type === "log.copies" &&
      u.context.steps[0].mapping === p.mapping,
  }),
  sometimes({
    id: "DRT-14",
    name: "pinned-while-logging",
    statement: "A page is pinned while the log is on.",
    source: vfioRule("2.5"),
    applies: where(pins),
    reads: { container },
    holds: ({ container: { context: c } }) => c.tracking && c.pins.some((count) => count > 0),
  }),
  sometimes({
    id: "DRT-15",
    name: "start-out-of-memory",
    statement: "START finds no memory and frees the bitmaps it had made.",
    source: vfioRule("B-01"),
    applies: where((_, { allocationFails, mappings }) => allocationFails && mappings > 1),
    reads: { user },
    holds: ({ user: u }) => u.context.request === "start" && u.context.steps[0]?.type === "log.frees",
  }),
  sometimes({
    id: "DRT-16",
    name: "fault-while-logging",
    statement: "A fault maps a page while the log is on.",
    source: vfioRule("D-07"),
    applies: where((host, bounds) => hasGroups(host, bounds) && host.pinsAt === "fault"),
    reads: { container, device },
    holds: ({ container: { context: c }, device: d }) => c.tracking && d.state === "mapping",
  }),
  sometimes({
    id: "DRT-17",
    name: "cpu-writes-pages",
    statement: "A driver writes pages with the CPU (vfio_dma_rw()), and the pages wait to be marked.",
    source: vfioRule("2.2 dma_rw"),
    applies: where((_, { mediated }) => mediated),
    reads: { pinners },
    holds: ({ pinners: list }) => list.some(({ state }) => state === "marking"),
  }),
] as const;
