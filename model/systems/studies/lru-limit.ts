/** The focused model lru-limit: a limit of what faults keep mapped, and who brings the level down. */
import { takesSteps, type Action, type Component } from "../../../checker/system.ts";
import { RELEASE_ORDERS } from "../../hosts/host.ts";
import { workItem, workItemSteps } from "../../machines/device/work-item.ts";
import { commandQueue } from "../../machines/iommu/command-queue.ts";
import { translation } from "../../machines/iommu/translation.ts";
import { hostPage } from "../../machines/linux/mm/host-page.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { container } from "../../machines/linux/vfio/type1/container.ts";
import { expirySteps, expiryThread } from "../../machines/linux/vfio/iopf/limit/expiry-thread.ts";
import { faultLimit } from "../../machines/linux/vfio/iopf/limit/fault-limit.ts";
import { faultResolver, faultResolverSteps } from "../../machines/linux/vfio/iopf/fault-resolver.ts";
import { faultService, faultServiceSteps } from "../../machines/linux/vfio/iopf/limit/fault-service.ts";
import { groupGrants } from "../../machines/linux/vfio/iopf/limit/group-grants.ts";
import { lockedPages } from "../../machines/linux/vfio/iopf/limit/locked-pages.ts";
import { mappingHistory } from "../../machines/linux/vfio/iopf/limit/mapping-history.ts";
import { pageRelease } from "../../machines/linux/vfio/type1/page-release.ts";
import { reclaimSteps, reclaimThread } from "../../machines/linux/vfio/iopf/reclaim-thread.ts";
import { unmapTrim } from "../../machines/linux/vfio/iopf/limit/unmap-trim.ts";
import { vmm, vmmSteps } from "../../machines/vmm/vmm.ts";
import { range } from "../configuration.ts";
import type { Study, Wiring } from "../study.ts";
import { mostAnswers, ruleOf, type LruDesign, type LruSizes } from "./lru-limit-design.ts";
import { lruKnobs, lruSizeKnobs } from "./lru-limit-knobs.ts";
import { lruHosts } from "./lru-limit-hosts.ts";
import { lruRoutes, workerName } from "./lru-limit-routes.ts";

/** Belady's example: with three pages nine faults, with four pages ten. */
const BELADY = [0, 1, 2, 3, 0, 1, 4, 0, 1, 2, 3, 4].map((page) => [page]);
/** Times that pages may be mapped in vain where somebody counts. */
const PATIENCE = 2;

/** All ascending sequences of `length` of the values. */
const choices = (values: readonly number[], length: number): readonly (readonly number[])[] =>
  length === 0
    ? [[]]
    : values.flatMap((first, at) => choices(values.slice(at + 1), length - 1).map((rest) => [first, ...rest]));

const remembers = ({ sparesUnused, thrashDetector, expires }: LruDesign): boolean =>
  sparesUnused || thrashDetector || expires === "used-page";

/** The region of each page: the last hot page lies in the mapping that comes and goes. */
const regionsOf = ({ hotPages, lockedPages: locked, extraPages }: LruSizes): readonly number[] =>
  range(hotPages + locked).map((page) => (extraPages > 0 && page === hotPages - 1 ? 1 : 0));

/** The page beside each, in an aligned pair of the same region. */
function pairsOf(sizes: LruSizes): readonly (number | null)[] {
  const { hotPages } = sizes;
  const regions = regionsOf(sizes);
  return regions.map((region, page) => {
    const other = page % 2 === 0 ? page + 1 : page - 1;
    return page < hotPages && other < hotPages && regions[other] === region ? other : null;
  });
}

function devices(sizes: LruSizes) {
  const { devices: count, hotPages, itemPages, itemAccess, itemScript, itemsEach } = sizes;
  const script = itemScript === "belady" ? BELADY : null;
  const items = choices(range(hotPages), script ? 1 : itemPages).map((pages) => ({ type: "item.starts", pages }));
  const left = script ? script.length : itemsEach === 0 ? null : itemsEach;
  return Object.fromEntries(
    range(count).map((device): readonly [string, Component] => [
      `device${device}`,
      {
        machine: workItem,
        input: { device, access: itemAccess, script, left, mostRounds: mostAnswers(sizes) + 1 },
        role: "work-item",
        events: [...items, ...workItemSteps],
      },
    ]),
  );
}

function service(design: LruDesign, sizes: LruSizes): { readonly [name: string]: Component } {
  const pairs = pairsOf(sizes);
  const each = (number: number): { readonly [name: string]: Component } => ({
    [workerName("service", number)]: {
      machine: faultService,
      input: {
        name: workerName("service", number),
        shortage: design.shortageCode,
        grants: remembers(design),
        pairs: design.premap === "none" ? pairs.map(() => null) : pairs,
      },
      role: "fault-service",
      events: faultServiceSteps,
    },
    [workerName("resolver", number)]: {
      machine: faultResolver,
      input: {
        name: workerName("resolver", number),
        domains: [0],
        locks: true,
        overLimit: design.limitKeptBy === "handler" ? "evict" : "refuse",
        evictsOwnGroup: design.evictsOwnGroup,
        respondWhen: design.respondWhen,
        shortage: design.shortageCode,
      },
      role: "fault-resolver",
      events: faultResolverSteps,
    },
  });
  return {
    ...Object.assign({}, ...range(design.workers).map(each)),
    grants: {
      machine: groupGrants,
      input: {
        waits: design.sparesUnused,
        patience: design.thrashDetector ? PATIENCE : 0,
        devices: sizes.devices,
        pages: sizes.hotPages,
      },
      role: "group-grants",
    },
  };
}

function memory(design: LruDesign, sizes: LruSizes): { readonly [name: string]: Component } {
  const regionOf = regionsOf(sizes);
  const pages = range(regionOf.length);
  return {
    ...Object.fromEntries(
      pages.flatMap((page): readonly (readonly [string, Component])[] => [
        [`page${page}`, { machine: hostPage, input: { page }, role: "host-page" }],
        [`translation0.${page}`, { machine: translation, input: { page, domain: 0 }, role: "translation" }],
      ]),
    ),
    iommu: { machine: commandQueue, role: "invalidation-queue" },
    lock: { machine: mutex, role: "mutex", lane: "iommu->lock" },
    container: {
      machine: container,
      input: { regionOf, secondChance: design.victims === "not-used-since" },
      role: "container",
    },
    account: {
      machine: faultLimit,
      input: {
        rule: { ...ruleOf(design, sizes) },
        enforced: design.limitKeptBy === "refusal" || design.limitKeptBy === "handler",
      },
      role: "fault-limit",
    },
    release: {
      machine: pageRelease,
      input: { steps: RELEASE_ORDERS[design.releaseOrder], domains: [0], devices: [] },
      role: "page-release",
      events: [{ type: "release.steps" }],
    },
    history: {
      machine: mappingHistory,
      input: { most: regionOf.length, counts: design.limitKeptBy === "thread" },
      role: "mapping-history",
    },
    lockdown: {
      machine: lockedPages,
      input: { pages: pages.slice(sizes.hotPages), tracked: design.lockdownTracked },
      role: "locked-pages",
    },
  };
}

/** Who else takes pages back. */
function takers(design: LruDesign, sizes: LruSizes): { readonly [name: string]: Component } {
  return {
    ...(design.limitKeptBy === "thread" && {
      reclaim: { machine: reclaimThread, input: {}, role: "reclaim-thread", events: reclaimSteps },
    }),
    ...(design.expires !== "never" && {
      expiry: {
        machine: expiryThread,
        input: { sparesUnused: design.expires === "used-page" },
        role: "expiry-thread",
        events: expirySteps(range(sizes.hotPages)),
      },
    }),
    ...(sizes.extraPages > 0 && {
      vmm: {
        machine: vmm,
        input: { name: "vmm", region: 1, locks: true },
        role: "vmm",
        events: [{ type: "vmm.maps" }, { type: "vmm.unmaps" }, ...vmmSteps],
      },
      trim: { machine: unmapTrim, role: "unmap-trim" },
    }),
  };
}

const FREE: ReadonlySet<string> = new Set(["item.starts", "vmm.maps", "vmm.unmaps", "reclaim.locks", "expiry.fires"]);
const THREADS = ["service", "service1", "resolver", "resolver1", "release", "reclaim", "expiry", "vmm"];

/** Whose steps claims may rest on; what is free to begin is left out. */
function fairness(components: { readonly [name: string]: Component }) {
  const stepsOf = (name: string, belongs: (type: string) => boolean) =>
    [...new Set((components[name]!.events ?? []).map(({ type }) => type))].filter(belongs);
  const names = Object.keys(components);
  const weakly = (name: string) =>
    takesSteps(
      name,
      "weak",
      stepsOf(name, (type) => !FREE.has(type)),
    );
  const waiting = ["resolver", "resolver1", "vmm"].filter((name) => name in components);
  return {
    threads: THREADS.filter((name) => name in components).map(weakly),
    hardware: [],
    devices: names.filter((name) => components[name]!.role === "work-item").map(weakly),
    /** A mutex of Linux is handed to whoever has waited longest. */
    lock: waiting.map((name) => takesSteps(name, "strong", [`${name.replace(/\d$/, "")}.locks`])),
  };
}

const event = (component: string, type: string, fields: { readonly [field: string]: number } = {}): Action => ({
  kind: "event",
  component,
  event: { type, ...fields },
});

function compose(design: LruDesign, sizes: LruSizes): Wiring {
  const components = {
    ...devices(sizes),
    ...service(design, sizes),
    ...takers(design, sizes),
    ...memory(design, sizes),
  };
  return {
    components,
    routes: lruRoutes(design, pairsOf(sizes)),
    prologue: [
      event("container", "container.links", { region: 0 }),
      event("account", "container.links", { region: 0 }),
      event("lockdown", "lockdown.locks"),
    ],
    fairness: fairness(components),
    deadlock: sizes.itemScript === "any" && sizes.itemsEach === 0 ? "forbidden" : "allowed",
  };
}

const BASE: Omit<LruSizes, "name"> = {
  devices: 1,
  itemPages: 2,
  itemAccess: "at-once",
  itemScript: "any",
  itemsEach: 0,
  hotPages: 3,
  lockedPages: 0,
  guestPages: 20,
  extraPages: 0,
};

export const lruLimit: Study<LruDesign, LruSizes> = {
  name: "lru-limit",
  sentence:
    "Faulted pages within a limit that is a share of the guest: evictions, and progress of devices and threads.",
  cut:
    "A fault report takes no room and gets one response, as pri-flat and stall-flat show. Of the IOMMU there are the " +
    "page table entries, the IOTLB and the wait for DMA in flight; devices have no caches. A design that needs to " +
    "know when a device has used its pages learns it at once. Hidden: overflow of the queues while an eviction is " +
    "slow (VFIO facts 4.2), lost responses, and with one worker that it takes a later group first.",
  hosts: lruHosts,
  knobs: lruKnobs,
  sizeKnobs: lruSizeKnobs,
  bounds: {
    small: BASE,
    default: { ...BASE, devices: 2 },
    deep: { ...BASE, devices: 2, hotPages: 4, lockedPages: 1, guestPages: 30 },
  },
  contradiction: ({ lockdownTracked, workers }, { itemPages, hotPages, itemScript, lockedPages, devices: count }) =>
    [
      itemPages > hotPages && "an item has at most as many pages as devices use (itemPages, hotPages)",
      itemScript === "belady" && hotPages !== 5 && "Belady's example needs five pages (hotPages=5)",
      itemScript === "belady" && count !== 1 && "Belady's example is that of one device (devices=1)",
      workers > count && "a device has one group at a time, and needs no second worker (workers, devices)",
      workers > 2 && "there are at most two devices, and a worker for each (workers)",
      lockdownTracked && lockedPages === 0 && "no page is locked down that could be tracked (lockedPages)",
    ].find((reason) => reason !== false),
  compose,
};
