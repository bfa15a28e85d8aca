/** The components of the focused model `rfc`, and what a design makes of each. */
import type { Component } from "../../../checker/system.ts";
import { deviceAccess, deviceAccessSteps, type Tolerance } from "../../machines/device/device-access.ts";
import { faultReporter, faultReporterSteps } from "../../machines/linux/iommu/io-pgfault/fault-reporter.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { groupDetach, type DetachStep } from "../../machines/linux/vfio/iopf/rfc/group-detach.ts";
import { ioctlBeginnings, ioctlSteps, ioctlThread } from "../../machines/linux/vfio/iopf/rfc/ioctl-thread.ts";
import { iopfContainer } from "../../machines/linux/vfio/iopf/rfc/iopf-container.ts";
import { iopfDevice } from "../../machines/linux/vfio/iopf/rfc/iopf-device.ts";
import { rfcHandler, rfcHandlerSteps } from "../../machines/linux/vfio/iopf/rfc/rfc-handler.ts";
import { vfioDma } from "../../machines/linux/vfio/iopf/rfc/vfio-dma.ts";
import { range } from "../configuration.ts";
import { domainsOf, isCapable, tolerancesOf, type RfcDesign, type RfcSizes } from "./rfc-design.ts";

export const hasTree = ({ enableOrder }: RfcDesign): boolean => enableOrder !== "no-node";

function detachSteps(design: RfcDesign): readonly DetachStep[] {
  if (design.enabledBy === "bind") return ["locks", "leaves", "unlocks"];
  const disabling: readonly DetachStep[] = [
    ...(hasTree(design) ? (["removes"] as const) : []),
    "unregisters",
    "disables-feature",
  ];
  return design.registerUnder === "container-lock"
    ? ["locks", ...disabling, "leaves", "unlocks"]
    : [...disabling, "locks", "leaves", "unlocks"];
}

export const container = (design: RfcDesign, sizes: RfcSizes): Component => ({
  machine: iopfContainer,
  input: {
    domainOf: domainsOf(sizes),
    pages: range(sizes.pages),
    lazyWhen: design.enabledBy === "bind" ? "devices" : design.mixedContainer === "refused" ? "container" : "both",
    lateDomain: design.lateDomain,
    bitmaps: design.enabledBy === "bind" ? "all" : "lazy",
    unmapsEarly: design.enableAfterMap === "allowed" && design.enabledBy === "ioctl",
  },
  role: "iopf-container",
});

export const mapping = (design: RfcDesign, sizes: RfcSizes, page: number): Component => ({
  machine: vfioDma,
  input: {
    page,
    domains: Math.max(...domainsOf(sizes)) + 1,
    lasting: design.faultPins === "lasting",
    knowsPinned: design.enabledBy === "ioctl" && design.enableAfterMap !== "allowed",
  },
  role: "vfio-dma",
});

export const vmm = (design: RfcDesign, sizes: RfcSizes): Component => {
  const devices = [...tolerancesOf(sizes).keys()];
  const pages = range(sizes.pages);
  const { enabledBy, enableOrder, registerUnder, enableAfterMap, notifierWhen, mixedContainer, enableUnwind } = design;
  return {
    machine: ioctlThread,
    input: {
      pages,
      enabledBy,
      enableOrder,
      registerUnder,
      enableAfterMap,
      notifierWhen,
      mixedContainer,
      enableUnwind,
      reference: design.handlerReference,
    },
    role: "ioctl-thread",
    events: [
      ...ioctlBeginnings(devices, pages, { enable: enabledBy === "ioctl", unmap: sizes.unmaps }),
      ...ioctlSteps(devices),
    ],
  };
};

export const ofDevice = (design: RfcDesign, tolerance: Tolerance, device: number, sizes: RfcSizes) => ({
  [`access${device}`]: {
    machine: deviceAccess,
    input: { device },
    role: "device-access",
    events: deviceAccessSteps(range(sizes.pages), tolerance),
  },
  [`device${device}`]: {
    machine: iopfDevice,
    input: { device, capable: isCapable(design, tolerance), busy: design.unregisterBusy },
    role: "iopf-device",
    events:
      sizes.foreignUser && device === tolerancesOf(sizes).length - 1
        ? [{ type: "foreign.enables" }, { type: "foreign.disables" }]
        : [],
  },
  [`reporter${device}`]: {
    machine: faultReporter,
    input: {
      name: `reporter${device}`,
      device,
      lookup: hasTree(design) ? "tree" : "group",
      usesGroup: design.handlerReference === "user",
      handling: design.handling,
      unrecoverable: design.unrecoverableFaults,
    },
    role: "fault-reporter",
    events: faultReporterSteps,
  },
  [`handler${device}`]: {
    machine: rfcHandler,
    input: {
      name: `handler${device}`,
      device,
      reference: design.handlerReference,
      enabledBy: design.enabledBy,
      synchronous: design.handling === "synchronous",
    },
    role: "rfc-handler",
    events: rfcHandlerSteps(design.handlerReference),
  },
  [`detach${device}`]: {
    machine: groupDetach,
    input: { device, steps: detachSteps(design) },
    role: "group-detach",
    events: [{ type: "detach.steps" }],
  },
  [`P${device}`]: { machine: mutex, role: "mutex", lane: `dev->iommu->lock of device ${device}` },
});
