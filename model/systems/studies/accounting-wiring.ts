/** The machines of the focused model of pins and charges, container by container, and who calls whom. */
import { call, takesSteps, type Component, type Route } from "../../../checker/system.ts";
import type { Message } from "../../../checker/json.ts";
import { hostPage } from "../../machines/linux/mm/host-page.ts";
import { lockedVm } from "../../machines/linux/mm/locked-vm.ts";
import { process, processSteps } from "../../machines/vmm/container-owner.ts";
import { userMm } from "../../machines/linux/mm/user-mm.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { accountedDma } from "../../machines/linux/vfio/type1/accounting/accounted-dma.ts";
import { accountedFault, accountedFaultSteps } from "../../machines/linux/vfio/type1/accounting/accounted-fault.ts";
import { driverNotification, driverNotificationSteps } from "../../machines/linux/vfio/type1/driver-notification.ts";
import { mdevCallback, mdevCallbackSteps } from "../../machines/linux/vfio/type1/accounting/mdev-callback.ts";
import { mdevPinner, mdevPinnerSteps } from "../../machines/linux/vfio/type1/accounting/mdev-pinner.ts";
import { pagePinning, pinningSteps, type PageKind } from "../../machines/linux/vfio/type1/accounting/page-pinning.ts";
import { pagePutting, puttingSteps } from "../../machines/linux/vfio/type1/accounting/page-putting.ts";
import { type Request } from "../../machines/linux/vfio/type1/accounting/type1-plan.ts";
import { type1User, type1UserSteps } from "../../machines/linux/vfio/type1/accounting/type1-user.ts";
import { range } from "../configuration.ts";
import { field, pageOf } from "../host-side.ts";
import type { Wiring } from "../study.ts";
import type { AccountingDesign, AccountingSizes } from "./accounting-design.ts";

type Part = { readonly [name: string]: Component };

/** Steps that nobody has to take: user space, guests and devices begin when they like, memory is short when it is. */
const ENVIRONMENT: ReadonlySet<string> = new Set([
  "user.begins",
  "user.opens",
  "pinner.pins",
  "pinner.unpins",
  "pinner.opens",
  "pinner.closes",
  "pinner.stops",
  "pinning.fails",
  "device.accesses",
]);
/** Steps that wait for a lock; a mutex is handed to whoever has waited longest. */
const LOCKING = /\.(locks|takes-list|takes-cache)$/;
/** Those that are taken while another lock is held: that one becomes free only if they come to their turn. */
const NESTED = /^(callback\.(locks|takes-cache)|pinner\.(locks|takes-list)|notification\.takes-list)$/;

/** The number that follows the letters of a component's name: its container. */
const containerOf = (sender: string): string => /\d+/.exec(sender)![0];
const sibling = (role: string) => (_: Message, sender: string) => `${role}${containerOf(sender)}`;
const by = (message: Message): string => field(message, "by");

/** What user space asks for at these sizes. */
function requests({ groups, closes, vaddrUpdates }: AccountingSizes): readonly Request[] {
  return [
    "map",
    "unmap",
    ...(groups === "both" ? (["attach", "detach"] as const) : []),
    ...(vaddrUpdates ? (["invalidate", "repair"] as const) : []),
    ...(closes ? (["release"] as const) : []),
  ];
}

function kindsOf({ pages, oddPage }: AccountingSizes): readonly PageKind[] {
  return range(pages).map((page) => (page === pages - 1 ? oddPage : "ram"));
}

const driversOf = ({ groups, mdevDrivers }: AccountingSizes): readonly number[] =>
  range(groups === "iommu" ? 0 : mdevDrivers);

/** Threads of user space, and what tells drivers for each of them. */
const threadsOf = (c: number | string, { unmappers }: AccountingSizes): readonly string[] => [
  `user${c}`,
  ...(unmappers > 1 ? [`user${c}.1`] : []),
];
const notificationOf = (user: string): string => user.replace("user", "notification");

function users(c: number, design: AccountingDesign, sizes: AccountingSizes): Part {
  const rules = {
    container: c,
    lock: `lock${c}`,
    design,
    drivers: driversOf(sizes).length,
  };
  const begins = (request: Request) => ({ type: "user.begins", request });
  return {
    [`user${c}`]: {
      machine: type1User,
      input: { ...rules, name: `user${c}` } as never,
      role: "type1-user",
      lane: `a thread of the VMM that uses container ${c}`,
      events: [...requests(sizes).map(begins), ...type1UserSteps, ...(sizes.closes ? [{ type: "user.opens" }] : [])],
    },
    ...(sizes.unmappers > 1 && {
      [`user${c}.1`]: {
        machine: type1User,
        input: { ...rules, name: `user${c}.1` } as never,
        role: "type1-user",
        lane: `a second thread of the VMM that uses container ${c}`,
        events: [begins("unmap"), ...type1UserSteps],
      },
    }),
  };
}

function drivers(c: number, design: AccountingDesign, sizes: AccountingSizes): Part {
  const all = driversOf(sizes);
  if (all.length === 0) return {};
  const caches = all.map((d) => `cache${c}.${d}`);
  const { notifies, listLock } = design;
  return {
    ...Object.fromEntries(
      threadsOf(c, sizes).map((user): readonly [string, Component] => [
        notificationOf(user),
        {
          machine: driverNotification,
          input: {
            name: notificationOf(user),
            lock: `lock${c}`,
            list: `list-lock${c}`,
            drivers: all.length,
            retryBound: sizes.retryBound,
            notifies,
            listLock,
          },
          role: "driver-notification",
          lane: `vfio_notify_dma_unmap() of ${user}`,
          events: driverNotificationSteps({ listLock }),
        },
      ]),
    ),
    [`list-lock${c}`]: { machine: mutex, role: "mutex", lane: `iommu->device_list_lock of container ${c}` },
    ...Object.fromEntries(
      caches.map((cache, d) => [cache, { machine: mutex, role: "mutex", lane: `vgpu->cache_lock of driver ${d}` }]),
    ),
    ...Object.fromEntries(
      all.map((d) => [
        `pinner${c}.${d}`,
        {
          machine: mdevPinner,
          input: {
            name: `pinner${c}.${d}`,
            lock: `lock${c}`,
            list: `list-lock${c}`,
            cache: caches[d]!,
            pages: sizes.pages,
            repins: sizes.repins,
            closes: sizes.closes,
            design,
          } as never,
          role: "mdev-pinner",
          lane: `mdev driver ${d}, which pins pages in container ${c}`,
          events: mdevPinnerSteps({ closes: sizes.closes, fails: design.unpinFails === "half-way" }),
        },
      ]),
    ),
    [`callback${c}`]: {
      machine: mdevCallback,
      input: { name: `callback${c}`, lock: `lock${c}`, caches, pages: sizes.pages, reaction: design.reaction },
      role: "mdev-callback",
      events: mdevCallbackSteps,
    },
  };
}

function container(c: number, design: AccountingDesign, sizes: AccountingSizes): Part {
  const kinds = kindsOf(sizes);
  const faults = design.pinsAt === "fault" && sizes.groups !== "mdev";
  const rules = { container: c, kinds, design };
  return {
    [`lock${c}`]: { machine: mutex, role: "mutex", lane: `iommu->lock of container ${c}` },
    [`dma${c}`]: {
      machine: accountedDma,
      input: { container: c, ram: kinds.map((kind) => kind === "ram"), attached: sizes.groups === "iommu" },
      role: "accounted-dma",
    },
    [`pinning${c}`]: {
      machine: pagePinning,
      input: { ...rules, name: `pinning${c}` } as never,
      role: "page-pinning",
      events: pinningSteps(sizes.recordFails, design.chargeTest === "before-charge"),
    },
    [`putting${c}`]: {
      machine: pagePutting,
      input: { ...rules, name: `putting${c}` } as never,
      role: "page-putting",
      events: puttingSteps,
    },
    ...users(c, design, sizes),
    ...drivers(c, design, sizes),
    ...(faults && {
      [`fault${c}`]: {
        machine: accountedFault,
        input: { name: `fault${c}`, lock: `lock${c}`, design } as never,
        role: "accounted-fault",
        events: accountedFaultSteps(range(sizes.pages)),
      },
    }),
  };
}

/** The process, its address spaces and its pages. */
function host(design: AccountingDesign, sizes: AccountingSizes): Part {
  const moves = sizes.fate === "execs" || sizes.fate === "forks";
  const beforehand = design.chargeTest === "before-charge";
  return {
    process: { machine: process, role: "process", events: processSteps(sizes.fate) },
    ...Object.fromEntries(
      range(moves ? 2 : 1).flatMap((mm): [string, Component][] => [
        [`mm${mm}`, { machine: userMm, input: { mm, checks: design.checksMm }, role: "user-mm" }],
        [
          `account${mm}`,
          {
            machine: lockedVm,
            // Tested beforehand, it is full at one page less than what it may come to.
            input: { limit: beforehand ? sizes.rlimit - 1 : sizes.rlimit, enforced: !beforehand },
            role: "mm-account",
            lane: `locked_vm of mm ${mm}, limit ${beforehand ? sizes.rlimit - 1 : sizes.rlimit}`,
          },
        ],
      ]),
    ),
    ...Object.fromEntries(
      range(sizes.pages).map((page) => [`page${page}`, { machine: hostPage, input: { page }, role: "pinned-page" }]),
    ),
  };
}

const mm = (message: Message): string => `mm${field(message, "mm")}`;
const account = (message: Message): string => `account${field(message, "mm")}`;
const lockOf = (message: Message): string => field(message, "lock");

function routes(sizes: AccountingSizes): readonly Route[] {
  const all = range(sizes.containers);
  const pinners = (c: string) => driversOf(sizes).map((d) => `pinner${c}.${d}`);
  const notifications = (c: string) => (driversOf(sizes).length > 0 ? threadsOf(c, sizes).map(notificationOf) : []);
  const locks = ["type1-user", "driver-notification", "mdev-pinner", "mdev-callback", "accounted-fault"].flatMap(
    (role) => [call(role, ["lock.acquires"], lockOf, "block"), call(role, ["lock.releases"], lockOf)],
  );
  return [
    ...locks,
    call("process", ["mm.dies"], mm),
    call("process", ["dma.switches"], () => all.map((c) => `dma${c}`)),
    call("user-mm", ["host.pins"], pageOf),
    call("user-mm", ["account.charges", "account.uncharges", "account.compares"], account),
    call("user-mm", ["dma.discharges"], (message) => `dma${field(message, "container")}`),
    call("user-mm", ["mm.gone"], by),
    call("pinned-page", ["host.pinned"], by),
    call("mm-account", ["account.charged", "account.refused", "account.level"], by),
    call("accounted-dma", ["dma.found", "dma.told"], by),
    call("accounted-dma", ["dma.is-new"], (_, sender) => notifications(containerOf(sender))),
    call("page-pinning", ["dma.finds", "dma.maps", "dma.lists", "dma.charges"], sibling("dma")),
    call("page-pinning", ["mm.gets", "mm.charges", "mm.measures", "mm.uncharges"], mm),
    call("page-pinning", ["host.unpins"], pageOf),
    call("page-pinning", ["pinning.done"], by),
    call("page-putting", ["dma.finds", "dma.unmaps", "dma.unlists"], sibling("dma")),
    call("page-putting", ["host.unpins"], pageOf),
    call("page-putting", ["mm.uncharges"], mm),
    call("page-putting", ["putting.done"], by),
    call("type1-user", ["dma.links", "dma.unlinks", "dma.attaches", "dma.detaches", "dma.removes"], sibling("dma")),
    call("type1-user", ["dma.invalidates", "dma.repairs", "dma.sizes", "dma.asks", "dma.charges"], sibling("dma")),
    call("type1-user", ["mm.charges", "mm.hands-over"], mm),
    call("type1-user", ["pinning.starts"], sibling("pinning")),
    call("type1-user", ["putting.starts"], sibling("putting")),
    call("type1-user", ["notification.starts", "unmap.ends"], (_, sender) => notificationOf(sender)),
    call("driver-notification", ["notification.done", "notification.bug"], by),
    call("driver-notification", ["callback.starts"], sibling("callback"), "block"),
    call("type1-user", ["driver.leaves"], (_, sender) => pinners(containerOf(sender)), "block"),
    call("type1-user", ["driver.resumes"], (_, sender) => pinners(containerOf(sender))),
    call("mdev-pinner", ["dma.finds"], sibling("dma")),
    call("mdev-pinner", ["pinning.starts"], sibling("pinning")),
    call("mdev-pinner", ["putting.starts"], sibling("putting")),
    call("mdev-pinner", ["driver.told"], by),
    call(
      "mdev-callback",
      ["driver.asked", "driver.forgets"],
      (message, sender) => `pinner${containerOf(sender)}.${field(message, "driver")}`,
    ),
    call("mdev-callback", ["putting.starts"], sibling("putting")),
    call("mdev-callback", ["callback.done"], by),
    call("accounted-fault", ["dma.finds"], sibling("dma")),
    call("accounted-fault", ["pinning.starts"], sibling("pinning")),
  ];
}

export function composeAccounting(design: AccountingDesign, sizes: AccountingSizes): Wiring {
  const containers = range(sizes.containers).map((c) => container(c, design, sizes));
  const components: Part = Object.assign({}, ...containers, host(design, sizes));
  const classes = (kind: "weak" | "strong", belongs: (type: string) => boolean) =>
    Object.entries(components).flatMap(([name, { events = [] }]) => {
      const types = [...new Set(events.map(({ type }) => type))].filter(
        (type) => !ENVIRONMENT.has(type) && !type.startsWith("process.") && belongs(type),
      );
      return types.length > 0 ? [takesSteps(name, kind, types)] : [];
    });
  return {
    components,
    routes: routes(sizes),
    fairness: {
      threads: [...classes("weak", () => true), ...classes("strong", (type) => NESTED.test(type))],
      hardware: [],
      devices: [],
      lock: classes("strong", (type) => LOCKING.test(type)),
    },
  };
}
