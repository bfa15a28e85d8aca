/** The machines of the focused model `selective`. */
import { hintUnpins, locksRings, mayBeHinted, pinsAllAtMap } from "./selective-choices.ts";
import type { Action, Component, SystemDefinition } from "../../../checker/system.ts";
import type { Message } from "../../../checker/json.ts";
import { RELEASE_ORDERS } from "../../hosts/host.ts";
import { ringQueue, ringQueueSteps } from "../../machines/device/ring-queue.ts";
import { commandQueue } from "../../machines/iommu/command-queue.ts";
import { translation } from "../../machines/iommu/translation.ts";
import { balloon, balloonSteps } from "../../machines/vmm/balloon.ts";
import { hostPage } from "../../machines/linux/mm/host-page.ts";
import { lockedVm } from "../../machines/linux/mm/locked-vm.ts";
import { memoryPressure } from "../../machines/linux/mm/memory-pressure.ts";
import { pageView } from "../../machines/linux/mm/page-view.ts";
import { deviceFaultFilter } from "../../machines/linux/iommu/io-pgfault/device-fault-filter.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { container } from "../../machines/linux/vfio/type1/container.ts";
import {
  faultResolver,
  faultResolverSteps,
  type FaultResolverRules,
} from "../../machines/linux/vfio/iopf/fault-resolver.ts";
import { lockdown, lockdownSteps } from "../../machines/linux/vfio/iopf/selective/lockdown.ts";
import { mediator, type MediatorRules } from "../../machines/linux/vfio/iopf/selective/mediator.ts";
import { pageRelease } from "../../machines/linux/vfio/type1/page-release.ts";
import { pinScope, type FaultFilter } from "../../machines/linux/vfio/iopf/selective/pin-scope.ts";
import { driverNotification, driverNotificationSteps } from "../../machines/linux/vfio/type1/driver-notification.ts";
import { vmm, vmmBesideDriversSteps } from "../../machines/vmm/vmm.ts";
import { reclaimSteps, reclaimThread } from "../../machines/linux/vfio/iopf/reclaim-thread.ts";
import { range } from "../configuration.ts";
import { selectiveFairness, selectiveRoutes } from "./selective-routes.ts";
import { type SelectiveDesign, type SelectiveSizes } from "./selective-design.ts";

type Components = { readonly [name: string]: Component };

/** What pins mean to the fault handler; in reading A the driver pins by other means (mediator.ts). */
const filterOf = ({ pinScope: reading }: SelectiveDesign): FaultFilter =>
  reading === "faultable" ? "all-faultable" : reading;

const resolverRules = (
  name: string,
  overLimit: FaultResolverRules["overLimit"],
  locks: boolean,
): FaultResolverRules => ({
  name,
  domains: [0],
  locks,
  overLimit,
  evictsOwnGroup: false,
  respondWhen: "after-unlock",
});

function memory(
  { guestDiscards, limit, iommuFilter, faultTolerance }: SelectiveDesign,
  sizes: SelectiveSizes,
): Components {
  const pages = range(sizes.pages);
  const perPage = (name: string, component: (page: number) => Component): Components =>
    Object.fromEntries(pages.map((page) => [`${name}${page}`, component(page)]));
  return {
    lock: { machine: mutex, role: "mutex", lane: "iommu->lock" },
    container: { machine: container, input: { regionOf: pages.map(() => 0) }, role: "container" },
    account: { machine: lockedVm, input: { limit, enforced: limit > 0 }, role: "pin-limit", lane: "mm->locked_vm" },
    /** What nobody counts. */
    uncounted: {
      machine: lockedVm,
      input: { limit: 0, enforced: false },
      role: "uncounted",
      lane: "pins that are not charged",
    },
    ...perPage("page", (page) => ({ machine: hostPage, input: { page }, role: "kept-page" })),
    ...perPage("translation", (page) => ({
      machine: translation,
      input: { page, domain: 0 },
      role: "ring-translation",
    })),
    ...(guestDiscards === "never"
      ? {}
      : {
          ...perPage("view", (page) => ({
            machine: pageView,
            role: "page-view",
            lane: `CPU and device at page ${page}`,
          })),
          balloon: {
            machine: balloon,
            input: { coordinated: guestDiscards === "coordinated" },
            role: "balloon",
            events: balloonSteps(pages),
          },
        }),
    iommu: { machine: commandQueue, role: "iommu" },
    filter: {
      machine: deviceFaultFilter,
      input: { refuses: iommuFilter === "by-device" && faultTolerance !== "all" },
      role: "device-fault-filter",
    },
    release: {
      machine: pageRelease,
      // Without ATS there is no device's cache to invalidate.
      input: { steps: RELEASE_ORDERS["no-atc-invalidation"], domains: [0], devices: [] },
      role: "eviction",
      events: [{ type: "release.steps" }],
    },
    ...(sizes.reclaims
      ? {
          pressure: { machine: memoryPressure, role: "memory-pressure" },
          reclaim: { machine: reclaimThread, role: "reclaim", events: reclaimSteps },
        }
      : {}),
  };
}

const ringsOf = ({ ringPlaces, ringPages }: SelectiveSizes): readonly (readonly number[])[] =>
  range(ringPlaces).map((first) => range(ringPages).map((k) => first + k));

function drivers(design: SelectiveDesign, sizes: SelectiveSizes): Components {
  const pages = range(sizes.pages);
  return {
    pins: {
      machine: pinScope,
      input: {
        filter: filterOf(design),
        spares: !design.evictsPinned,
        counts: design.sharedRingPages === "counted",
        most: sizes.rings + 1,
        pages: sizes.pages,
      },
      role: "pin-scope",
    },
    lockdown: {
      machine: lockdown,
      input: {
        api: design.pinApi,
        charges: design.pinCharges,
        unwinds: design.lockdownUndo !== "keeps-pages-so-far",
        undoesPin: design.lockdownUndo !== "keeps-refused-pin",
      },
      role: "lockdown",
      events: [
        ...lockdownSteps,
        ...(design.unpinLoop === "may-end-early" ? [{ type: "lockdown.stops-half-way" }] : []),
      ],
    },
    filler: {
      machine: faultResolver,
      input: { ...resolverRules("filler", design.lockdownOverLimit, false) },
      role: "filler",
      lane: "the steps of the fault handler, inside vfio_pin_pages()",
      events: faultResolverSteps,
    },
    vmm: {
      machine: vmm,
      input: {
        name: "vmm",
        region: 0,
        locks: true,
        drivers: {
          pages,
          whilePinned: design.unmapWhilePinned,
          hintUnpins: hintUnpins(design),
          pinsAll: pinsAllAtMap(design),
        },
      },
      role: "notifying-vmm",
      events: [
        { type: "vmm.maps" },
        ...(sizes.unmaps ? [{ type: "vmm.unmaps" }] : []),
        ...(mayBeHinted(design) ? [{ type: "vmm.is-hinted" }] : []),
        ...vmmBesideDriversSteps,
      ],
    },
    notification: {
      machine: driverNotification,
      input: {
        name: "notification",
        lock: "lock",
        list: "",
        drivers: sizes.rings,
        retryBound: sizes.retryBound,
        notifies: "unlocked",
        // No driver comes or goes.
        listLock: "none",
      },
      role: "driver-notification",
      events: driverNotificationSteps({ listLock: "none" }),
    },
  };
}

function queues(design: SelectiveDesign, sizes: SelectiveSizes): Components {
  const pages = range(sizes.pages);
  const unseen = design.registerPath === "also-mapped";
  const places = (type: string): readonly Message[] => ringsOf(sizes).map((ring) => ({ type, pages: ring }));
  const rules = (queue: number): MediatorRules => ({
    name: `mediator${queue}`,
    queue,
    pages,
    programs: design.ringOrder,
    stops: design.ringStop,
    hands: design.pinsWhat,
    inverse: design.pinScope === "faultable",
    forwardsAnyway: design.lockdownRefused === "forwards-anyway",
    takesBack: design.lockdownUndo !== "keeps-after-rejection",
    callback: design.unmapCallback,
    admitsDuringUnmap: design.ringsDuringUnmap === "admitted",
  });
  const one = (queue: number): readonly (readonly [string, Component])[] => [
    [
      `queue${queue}`,
      {
        machine: ringQueue,
        input: { queue, tolerance: design.faultTolerance },
        role: "ring-queue",
        events: [...ringQueueSteps(pages), ...(unseen ? places("guest.programs-unseen") : [])],
      },
    ],
    [
      `mediator${queue}`,
      {
        machine: mediator,
        input: { rules: { ...rules(queue) }, locksDown: locksRings(design) },
        role: "mediator",
        events: [
          ...places("guest.programs"),
          { type: "guest.disables" },
          { type: "mediator.steps" },
          ...(sizes.rejects ? [{ type: "mediator.is-rejected" }] : []),
        ],
      },
    ],
    [
      `resolver${queue}`,
      {
        machine: faultResolver,
        input: { ...resolverRules(`resolver${queue}`, "evict", true) },
        role: "ring-resolver",
        events: faultResolverSteps,
      },
    ],
  ];
  return Object.fromEntries(range(sizes.rings).flatMap(one));
}

const steps = (component: string, prefix: string, names: readonly string[]): readonly Action[] =>
  names.map((name) => ({ kind: "event", component, event: { type: `${prefix}.${name}` } }));

/** Unless mapping is a part of the question, the guest's memory is mapped when it starts, and pinned where it has to be. */
function prologue(design: SelectiveDesign, { unmaps, pages }: SelectiveSizes): readonly Action[] {
  const { limit } = design;
  const pinsAll = pinsAllAtMap(design);
  if (unmaps || (pinsAll && limit > 0 && limit < pages)) return [];
  const onePage = [
    ...steps("lockdown", "lockdown", ["fills"]),
    ...steps("filler", "resolver", ["locks", "finds", "pins", "charges", "maps", "marks", "unlocks"]),
    ...steps("lockdown", "lockdown", ["adds"]),
  ];
  return [
    ...steps("vmm", "vmm", ["maps", "locks", "links"]),
    ...(pinsAll ? [...steps("vmm", "vmm", ["takes"]), ...range(pages).flatMap(() => onePage)] : []),
    ...steps("vmm", "vmm", ["unlocks"]),
  ];
}

export function selectiveWiring(
  design: SelectiveDesign,
  sizes: SelectiveSizes,
): Omit<SystemDefinition, "name" | "parameters" | "properties"> {
  const components = { ...queues(design, sizes), ...drivers(design, sizes), ...memory(design, sizes) };
  return {
    components,
    routes: selectiveRoutes(design, sizes),
    fairness: selectiveFairness(components),
    deadlock: "forbidden",
    prologue: prologue(design, sizes),
  };
}
