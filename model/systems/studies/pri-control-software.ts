/** The threads of `pri-control`, and the guest: who serves page requests, and who controls the interface. */
import type { Message } from "../../../checker/json.ts";
import type { Component } from "../../../checker/system.ts";
import {
  controlSteps,
  controlThread,
  type InterfaceDriver,
} from "../../machines/linux/iommu/drivers/page-requests/interface-switch.ts";
import { guestConfig, guestWrites } from "../../machines/vmm/guest-config.ts";
import {
  INTERFACE_ORDERS,
  QUEUE_ORDERS,
} from "../../machines/linux/iommu/drivers/page-requests/page-request-orders.ts";
import {
  requestService,
  serviceSteps,
  type RequestServiceRules,
} from "../../machines/linux/iommu/drivers/page-requests/request-service.ts";
import type { ControlStep } from "../../machines/linux/iommu/drivers/page-requests/page-request-steps.ts";
import { range } from "../configuration.ts";
import type { PriControlDesign, PriControlSizes } from "./pri-control-design.ts";

export const USERS = 2;
export const portsOf = ({ requesters, priSharedPFVF }: PriControlDesign): number =>
  requesters === "functions" && !priSharedPFVF ? USERS : 1;

export const responsesNeedPasid = ({ prgiScope }: PriControlDesign): boolean => prgiScope === "functionAndPasid";

/** Whether the control tells the queue to refuse requests of a device; the order is looked at only where it is used. */
export const refusesDevices = (design: PriControlDesign, { interfaceRestarts }: PriControlSizes): boolean =>
  interfaceRestarts && (INTERFACE_ORDERS[design.interfaceOrder] as readonly ControlStep[]).includes("refuse");

/** The driver whose rules the design has; the service of requests tells them apart by the same rules. */
function driverOf({ requestHandling, checksModes, withoutMemory }: PriControlDesign): InterfaceDriver {
  if (requestHandling === "denied") return "smmuv3";
  if (!checksModes) return "amd";
  return withoutMemory === "invalid" ? "vtd-6.1" : "vtd";
}

const control = (port: number, design: PriControlDesign, sizes: PriControlSizes): Component => ({
  machine: controlThread,
  input: {
    driver: driverOf(design),
    device: port,
    prpr: responsesNeedPasid(design),
    grant: sizes.creditsPerDev,
    interfaceOrder: INTERFACE_ORDERS[design.interfaceOrder],
    queueOrder: QUEUE_ORDERS[design.queueOrder],
  },
  role: "control-thread",
  events: [
    ...(sizes.interfaceRestarts ? [{ type: "control.restarts-interface" }] : []),
    ...(sizes.queueRestarts && port === 0 ? [{ type: "control.restarts-queue" }] : []),
    ...controlSteps,
  ],
});

export const hasControl = ({ interfaceRestarts, queueRestarts }: PriControlSizes): boolean =>
  interfaceRestarts || queueRestarts;

const rulesOf = (design: PriControlDesign): RequestServiceRules => ({
  requests: design.requestHandling,
  partialKey: design.partialKey === "prgi" ? "prgi" : "pasid-prgi",
  markers: design.markerRule,
  driverAnswers: design.driverAnswers,
  driverRefusal: design.driverRefusal,
  coreAnswers: design.coreAnswers,
  refusalForgets: design.refusalForgets,
  withoutMemory: design.withoutMemory,
  answersWithPasid: design.answersWithPasid,
  answerData: design.answerData,
  checksModes: design.checksModes,
  needsPasid: design.needsPasid,
  failureCode: design.failureCode,
});

function serviceEvents(design: PriControlDesign, sizes: PriControlSizes): readonly Message[] {
  const { requestHandling, checksModes, needsPasid, pasid, allocations } = design;
  const rejects = (sizes.oddModes && checksModes) || (needsPasid && !pasid);
  if (requestHandling === "denied") return serviceSteps(requestHandling);
  return [
    ...serviceSteps(requestHandling),
    ...(rejects ? [{ type: "service.rejects" }] : []),
    ...(sizes.refusals ? [{ type: "service.driver-refuses" }, { type: "service.core-refuses" }] : []),
    ...(allocations === "may-fail" ? [{ type: "service.runs-out" }] : []),
  ];
}

export function software(design: PriControlDesign, sizes: PriControlSizes): { readonly [name: string]: Component } {
  return {
    service: {
      machine: requestService,
      input: { ...rulesOf(design) },
      role: "request-service",
      events: serviceEvents(design, sizes),
    },
    ...(hasControl(sizes)
      ? Object.fromEntries(range(portsOf(design)).map((port) => [`control${port}`, control(port, design, sizes)]))
      : {}),
    ...(sizes.guestConfigures
      ? {
          guest: {
            machine: guestConfig,
            input: { trap: design.configTrap, grant: sizes.creditsPerDev },
            role: "guest-config",
            events: guestWrites(sizes.creditsPerDev + 1),
          },
        }
      : {}),
  };
}
