/**
 * When is memory pinned for devices: at the start, on the guest's calls, by a table that guest and host share, or on a
 * fault? The same claims are made of each answer.
 */
import { hasFaults } from "./policies-faults.ts";
import type { Component } from "../../../checker/system.ts";
import { dmaSlot, dmaSlotSteps } from "../../machines/device/dma-slot.ts";
import { commandQueue } from "../../machines/iommu/command-queue.ts";
import { translation } from "../../machines/iommu/translation.ts";
import { hostPage } from "../../machines/linux/mm/host-page.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { backupRing, RING_STEPS } from "../../machines/policies/backup-ring.ts";
import { coiommuDriver } from "../../machines/policies/coiommu-driver.ts";
import { coiommuEntry, GUEST_LIES } from "../../machines/policies/coiommu-entry.ts";
import { coiommuUnpin, unpinSteps } from "../../machines/policies/coiommu-unpin.ts";
import { demandPin } from "../../machines/policies/demand-pin.ts";
import { guestDriver, guestSteps } from "../../machines/policies/guest-driver.ts";
import { hostPressure, PRESSURE_STEPS } from "../../machines/policies/host-pressure.ts";
import { pageHold, type HoldStep } from "../../machines/policies/page-hold.ts";
import { pinAll } from "../../machines/policies/pin-all.ts";
import { presenceEntry } from "../../machines/device/presence-entry.ts";
import { ringSnoop, SNOOP_STEPS } from "../../machines/policies/ring-snoop.ts";
import { viommu } from "../../machines/policies/viommu.ts";
import { WORK_STEPS, workThread } from "../../machines/policies/work-thread.ts";
import { container } from "../../machines/linux/vfio/type1/container.ts";
import { pageRelease, type ReleaseStep } from "../../machines/linux/vfio/type1/page-release.ts";
import { range } from "../configuration.ts";
import type { Study, Wiring } from "../study.ts";
import {
  HOLD_ORDERS,
  policiesHosts,
  TAKE_BACK,
  withdrawn,
  type PoliciesDesign,
  type PoliciesSizes,
} from "./policies-design.ts";
import { policiesKnobs, policiesSizeKnobs } from "./policies-knobs.ts";
import { fairnessOf, queuesOf, routesOf, type Components, type PoliciesBounds } from "./policies-wiring.ts";

/** One component for each number. */
const each = (name: string, numbers: readonly number[], component: (number: number) => Component): Components =>
  Object.fromEntries(numbers.map((number) => [`${name}${number}`, component(number)]));

/** Guest, devices, memory and pressure: the same for every policy. */
const surroundings = (design: PoliciesDesign, { pages, drivers, lies }: PoliciesBounds): Components => ({
  ...each("guest", drivers, (driver) => ({
    machine: guestDriver,
    input: { name: `guest${driver}` },
    role: "policy-guest",
    events: guestSteps(pages, lies),
  })),
  ...each("device", drivers, (device) => ({
    machine: dmaSlot,
    input: { device, onFault: design.deviceFault },
    role: "policy-device",
    events: dmaSlotSteps,
  })),
  ...each("translation", pages, (page) => ({
    machine: translation,
    input: { page, domain: 0 },
    role: "policy-translation",
  })),
  ...each("page", pages, (page) => ({ machine: hostPage, input: { page }, role: "policy-page" })),
  ...each("pressure", pages, (page) => ({
    machine: hostPressure,
    input: { page, on: hasFaults(design) ? design.pressureOn : "any" },
    role: "policy-pressure",
    events: PRESSURE_STEPS,
  })),
});

const holdSteps = ({ policy, holdOrder, bitOrder }: PoliciesDesign): readonly HoldStep[] => {
  const order = HOLD_ORDERS[holdOrder];
  if (policy !== "coiommu" && policy !== "vpri") return order;
  const bit: HoldStep = policy === "coiommu" ? "set-bit" : "set-presence";
  return bitOrder === "before-map" ? [bit, ...order] : [...order, bit];
};

const releaseSteps = ({ policy, takeBack, withdraws }: PoliciesDesign): readonly ReleaseStep[] =>
  policy === "vpri" ? withdrawn(withdraws, TAKE_BACK[takeBack]) : TAKE_BACK[takeBack];

/** The lock, what it protects, and the threads that take it. */
const threads = (design: PoliciesDesign): Components => ({
  lock: { machine: mutex, role: "mutex", lane: "iommu->lock" },
  container: { machine: container, input: { regionOf: [] }, role: "policy-container" },
  iommu: { machine: commandQueue, role: "policy-command-queue" },
  hold: {
    machine: pageHold,
    input: { steps: holdSteps(design) },
    role: "policy-hold",
    events: [{ type: "hold.steps" }],
  },
  release: {
    machine: pageRelease,
    input: { steps: releaseSteps(design), domains: [0], devices: [] },
    role: "policy-release",
    events: [{ type: "release.steps" }],
  },
  server: workThreadNamed("server", design),
  ...(hasFaults(design) && { reclaimer: workThreadNamed("reclaimer", design) }),
});

const workThreadNamed = (name: string, { policy, trustsTable }: PoliciesDesign): Component => ({
  machine: workThread,
  input: { name, trusts: policy === "coiommu" && trustsTable },
  role: "policy-thread",
  events: WORK_STEPS,
});

function policyOf(design: PoliciesDesign, { pages, drivers, lies }: PoliciesBounds): Components {
  switch (design.policy) {
    case "pin-all":
      return {
        policy: {
          machine: pinAll,
          input: { name: "policy", pages },
          role: "policy",
          events: [{ type: "policy.maps-next" }],
        },
      };
    case "viommu":
      return {
        policy: { machine: viommu, input: { pages: pages.length, waits: design.trapWaits }, role: "policy-viommu" },
      };
    case "vpri":
      return {
        policy: { machine: demandPin, role: "policy" },
        ...each("presence", pages, (page) => ({ machine: presenceEntry, input: { page }, role: "policy-presence" })),
      };
    case "snoop":
      return {
        policy: {
          machine: ringSnoop,
          input: { waits: design.snoopWaits, spares: design.snoopSpares },
          role: "policy",
          events: SNOOP_STEPS,
        },
      };
    case "demand":
      return {
        policy: { machine: demandPin, role: "policy" },
        ...(design.deviceFault === "divert" && {
          ring: {
            machine: backupRing,
            input: { slots: design.backupSlots },
            role: "backup-ring",
            events: RING_STEPS,
          },
        }),
      };
    case "coiommu":
      return {
        ...each("driver", drivers, (driver) => ({
          machine: coiommuDriver,
          input: { name: `driver${driver}`, waits: design.driverWaits },
          role: "policy-driver",
          events: [{ type: "driver.notifies" }],
        })),
        ...each("entry", pages, (page) => ({
          machine: coiommuEntry,
          input: { page },
          role: "policy-entry",
          events: lies ? GUEST_LIES : [],
        })),
        unpin: {
          machine: coiommuUnpin,
          input: {
            by: design.unpinBy,
            locks: design.unpinLocks,
            restores: design.restoresBit,
            trusts: design.trustsTable,
          },
          role: "policy-unpin",
          events: unpinSteps(pages),
        },
      };
    default:
      return design.policy satisfies never;
  }
}

function compose(design: PoliciesDesign, sizes: PoliciesSizes): Wiring {
  const bounds: PoliciesBounds = { pages: range(sizes.pages), drivers: range(sizes.drivers), lies: sizes.guestLies };
  const components = { ...surroundings(design, bounds), ...threads(design), ...policyOf(design, bounds) };
  const queues = queuesOf(design, bounds);
  return {
    components,
    channels: Object.fromEntries(
      queues.map((name) => [
        name,
        {
          to: "policy",
          role: "policy-faults",
          capacity: bounds.drivers.length,
          whenFull: "block" as const,
          unhandled: "block" as const,
        },
      ]),
    ),
    routes: routesOf(design),
    fairness: fairnessOf(components, queues, bounds),
  };
}

export const policies: Study<PoliciesDesign, PoliciesSizes> = {
  name: "policies",
  sentence:
    "Pinning at the start, on calls of the guest, by a shared table, on a fault, or before the device reads its ring.",
  cut:
    "A fault report waits in one queue and gets one response; the path that carries it is in the other systems (VFIO facts 4.4: " +
    "policies stand behind beforeDma, onFault and onPressure). Hidden: what overflow, groups and credits do to a " +
    "policy, and how long a driver or device waits. How often they wait is visible.",
  hosts: policiesHosts,
  knobs: policiesKnobs,
  sizeKnobs: policiesSizeKnobs,
  bounds: {
    small: { pages: 1, drivers: 2, guestLies: false },
    default: { pages: 2, drivers: 2, guestLies: false },
    deep: { pages: 3, drivers: 2, guestLies: false },
  },
  contradiction: ({ policy, deviceFault }, { guestLies }) => {
    if ((policy === "demand") === (deviceFault === "abort"))
      return "the IOMMU's faults are handled only with policy=demand, and there the device must not abort (deviceFault)";
    return policy === "snoop" && guestLies
      ? "a device that reads the shadow ring takes no work from the guest, which cannot lie to it (guestLies)"
      : undefined;
  },
  compose,
};
