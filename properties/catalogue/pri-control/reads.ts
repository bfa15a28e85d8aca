/** What claims about the control of page requests read, and where they apply. */
import { all, each, messages, optional, parameters } from "../../../checker/property.ts";
import type { Seen } from "../../../checker/property.ts";
import type { PageRequestQueueContext } from "../../../model/machines/iommu/page-request-queue-messages.ts";
import { looksLikeStopMarker } from "../../../model/machines/iommu/page-request-answer.ts";
import type { ControlThreadContext } from "../../../model/machines/linux/iommu/drivers/page-requests/interface-switch.ts";
import type {
  PagePortContext,
  PageResponseMessage,
} from "../../../model/machines/device/page-request-port-messages.ts";
import type { PageUserContext } from "../../../model/machines/device/page-request-user.ts";
import type { RecordMemoryContext } from "../../../model/machines/iommu/record-memory.ts";
import type { RequestServiceContext } from "../../../model/machines/linux/iommu/drivers/page-requests/request-service.ts";
import type { PriControlDesign, PriControlSizes } from "../../../model/systems/studies/pri-control-design.ts";
import type { StudyParameters } from "../../../model/systems/study.ts";
import type { PageRequest } from "../../../model/units.ts";
import { inStudy } from "../parameters.ts";

export type Condition = (host: PriControlDesign, bounds: PriControlSizes) => boolean;
export const here = (condition?: Condition) => inStudy<PriControlDesign, PriControlSizes>("pri-control", condition);
export const stops: Condition = (_, { usersStop }) => usersStop;
export const marks: Condition = ({ stopMethod }, { usersStop }) => usersStop && stopMethod === "with-marker";
export const waits: Condition = ({ stopMethod }, { usersStop }) => usersStop && stopMethod === "by-waiting";
export const restarts: Condition = (_, { interfaceRestarts }) => interfaceRestarts;
/** The interface is turned off by somebody. */
export const turnsOff: Condition = ({ configTrap }, bounds) =>
  bounds.interfaceRestarts || (bounds.guestConfigures && configTrap !== "emulated");
export const groups: Condition = (_, { itemPages }) => itemPages > 1;
/** Requests get as far as the core. */
const served: Condition = ({ requestHandling, needsPasid, pasid }) =>
  requestHandling === "served" && (pasid || !needsPasid);
/** Software collects the requests of a group. */
export const collects: Condition = (host, bounds) => groups(host, bounds) && served(host, bounds);
/** Both can have a group at a time. */
export const together: Condition = ({ requesters, priSharedPFVF }, { itemPages, creditsPerDev }) =>
  creditsPerDev > itemPages || (requesters === "functions" && !priSharedPFVF);
/** Failure is an answer that software may give, beside others. */
export const failing: Condition = (host, bounds) =>
  served(host, bounds) &&
  host.allocations === "may-fail" &&
  host.withoutMemory === "failure" &&
  host.failureCode !== "invalid";
/** So is one to a request that the driver refuses. */
const refusesWithFailure: Condition = ({ requestHandling, driverAnswers, driverRefusal, ...host }, { refusals }) =>
  requestHandling === "served" &&
  (refusals || (host.needsPasid && !host.pasid)) &&
  driverAnswers !== "none" &&
  driverRefusal === "failure" &&
  host.failureCode !== "invalid";
/** The interface may fail. */
export const fails: Condition = (host, bounds) =>
  failing(host, bounds) ||
  refusesWithFailure(host, bounds) ||
  (host.requestHandling === "denied" && host.failureCode !== "invalid") ||
  (bounds.queueRestarts && host.offLastResponse === "failure");

export const port = each<PagePortContext>("page-request-port");
export const user = each<PageUserContext>("page-request-user");
export const users = all<PageUserContext>("page-request-user");
export const service = each<RequestServiceContext>("request-service");
export const queue = each<PageRequestQueueContext>("request-queue");
export const memory = each<RecordMemoryContext>("record-memory");
export const control = each<ControlThreadContext>("control-thread");
export const guest = optional("guest-config");
export const responses = messages<PageResponseMessage>("responses");
export const built = parameters<StudyParameters<PriControlDesign, PriControlSizes>>();

/** Of which group a request is: nobody has two at a time. */
export const groupOf = ({ device, pasid, instance }: PageRequest): string => `${device} ${String(pasid)} ${instance}`;
export const told = (request: PageRequest): string =>
  looksLikeStopMarker(request)
    ? `marker of PASID ${String(request.pasid)}`
    : `device ${request.device} PASID ${String(request.pasid)} index ${request.prgi} use ${request.instance}${request.last ? " last" : ""}`;
export const isHandled = ({ state }: Seen<RequestServiceContext>): boolean =>
  state === "handling" || state === "answering";
export const isFailed = ({ context }: Seen<PagePortContext>): boolean => context.failedBy !== null;
export const outstanding = ({ groups: live }: PagePortContext): number => live.reduce((sum, { size }) => sum + size, 0);
/** Whether the user asks through this interface. */
export const asksThrough = (
  p: PagePortContext,
  { device }: PageUserContext,
  { host }: { host: PriControlDesign },
): boolean => host.requesters === "pasids" || host.priSharedPFVF || p.port === device;

export const ALL = ["threads", "hardware", "devices"] as const;
