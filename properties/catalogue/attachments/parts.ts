/** What the claims about `attachments` read, and where they apply. */
import { all, each, parameters, type Seen } from "../../../checker/property.ts";
import type { AttachStatesContext } from "../../../model/machines/linux/iommu/iommufd/attach/attach-states.ts";
import type { AttachThreadContext } from "../../../model/machines/linux/iommu/iommufd/attach/attach-thread.ts";
import type { FaultReportsContext } from "../../../model/machines/vmm/fault-reports.ts";
import type { FaultingDeviceContext } from "../../../model/machines/device/faulting-device.ts";
import type { GroupContext } from "../../../model/machines/linux/iommu/iommufd/attach/iommufd-group.ts";
import type { PageTableContext } from "../../../model/machines/linux/iommu/iommufd/attach/page-table.ts";
import type { AttachmentsDesign, AttachmentsSizes } from "../../../model/systems/studies/attachments-design.ts";
import type { StudyParameters } from "../../../model/systems/study.ts";
import { inStudy } from "../parameters.ts";

type Condition = (host: AttachmentsDesign, bounds: AttachmentsSizes) => boolean;
export const here = (condition?: Condition) => inStudy<AttachmentsDesign, AttachmentsSizes>("attachments", condition);
export const several: Condition = (_, { groupDevices }) => groupDevices > 1;
/** Of some device the core is told, and a handler of user space. */
export const queues: Condition = ({ iopfEnable }, { groupDevices, deviceOwnFaults }) =>
  iopfEnable === "joins-queue" && (groupDevices > 1 || !deviceOwnFaults);
export const bothFault: Condition = (host, bounds) =>
  queues(host, bounds) && several(host, bounds) && !bounds.deviceOwnFaults;
export const unbinds: Condition = (_, { groupDevices, devicesUnbind }) => groupDevices > 1 && devicesUnbind;
export const fails: Condition = (_, { attachFails }) => attachFails;
export const failsToJoin: Condition = (host, bounds) => fails(host, bounds) && host.iopfEnable === "joins-queue";
export const tablesGo: Condition = (_, sizes) => sizes.tablesGo;

export const group = each<GroupContext>("iommufd-group");
export const table = each<PageTableContext>("page-table");
export const tables = all<PageTableContext>("page-table");
export const device = each<FaultingDeviceContext>("faulting-device");
export const devices = all<FaultingDeviceContext>("faulting-device");
export const allStates = all<AttachStatesContext>("attach-states");
export const reports = each<FaultReportsContext>("fault-reports");
export const thread = each<AttachThreadContext>("attach-thread");
export const threads = all<AttachThreadContext>("attach-thread");
export const lock = each<{ owner: string | null }>("mutex");
export const sizes = parameters<StudyParameters<AttachmentsDesign, AttachmentsSizes>>();

export const KERNEL = ["threads", "lock"] as const;

/** Attachments through which a device needs page faults of its IOMMU; one that handles its own needs none. */
export const needed = ({ context }: Seen<FaultingDeviceContext>, bounds: AttachmentsSizes): number => {
  const own = bounds.deviceOwnFaults && context.device === bounds.groupDevices - 1;
  const slots = own ? [] : [context.rid, context.pasid];
  return slots.filter((hwpt) => hwpt !== null && context.faulting.includes(hwpt)).length;
};
