/** What the claims about the fault queue of iommufd read, and where they apply. */
import { all, each, parameters } from "../../../checker/property.ts";
import type { GroupIndexContext } from "../../../model/machines/device/group-index.ts";
import type { FaultParamContext } from "../../../model/machines/linux/iommu/io-pgfault/6.12/fault-groups.ts";
import type { ControlContext } from "../../../model/machines/linux/iommu/iommufd/fault/control-messages.ts";
import type { FaultHandlerContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-handler.ts";
import type { FaultQueueContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-queue.ts";
import type { FaultReaderContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-reader-messages.ts";
import type { FaultWriterContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-writer.ts";
import type { IommufdDesign, IommufdSizes } from "../../../model/systems/studies/iommufd-design.ts";
import type { StudyParameters } from "../../../model/systems/study.ts";
import { inStudy } from "../parameters.ts";

export type Condition = (host: IommufdDesign, bounds: IommufdSizes) => boolean;
export const here = (condition?: Condition) => inStudy<IommufdDesign, IommufdSizes>("iommufd", condition);
export const isDemand: Condition = ({ faultUser }) => faultUser === "demand-pinner";
export const isFree: Condition = (host, bounds) => !isDemand(host, bounds);
export const moves: Condition = (host, { deviceDetaches }) => deviceDetaches && isFree(host, {} as IommufdSizes);

export const reads: Condition = (_, { readGroups }) => readGroups > 0;
/** Two groups may wait to be read. */
export const queuesUp: Condition = (host, bounds) => reads(host, bounds) && bounds.slots > 1;
export const canBeAnswered: Condition = (host, bounds) =>
  isDemand(host, bounds) || bounds.deviceDetaches || (bounds.writeCookies > 0 && bounds.readGroups > 0);

export const index = each<GroupIndexContext>("group-index");
export const queue = each<FaultQueueContext>("fault-queue");
export const queues = all<FaultQueueContext>("fault-queue");
export const param = each<FaultParamContext>("fault-param");
export const handler = each<FaultHandlerContext>("fault-handler");
export const reader = each<FaultReaderContext>("fault-reader");
export const writer = each<FaultWriterContext>("fault-writer");
export const control = each<ControlContext>("control-thread");
export const sizes = parameters<StudyParameters<IommufdDesign, IommufdSizes>>();

export const KERNEL = ["threads", "lock"] as const;
/** States of the handler in which it alone knows a group that it has taken off the pending list. */
export const IN_NO_LIST = ["locking", "appending"];
