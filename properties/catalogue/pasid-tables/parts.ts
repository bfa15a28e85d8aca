/** What the claims about `pasid-tables` read, and where they apply. */
import { each, type Seen } from "../../../checker/property.ts";
import type { GroupIndexContext } from "../../../model/machines/device/group-index.ts";
import type { IopfCountContext } from "../../../model/machines/linux/iommu/drivers/iopf-count.ts";
import type { PasidIntakeContext } from "../../../model/machines/linux/iommu/drivers/pasid-intake.ts";
import {
  attachHandle,
  type AttachHandle,
  type AttachHandlesContext,
} from "../../../model/machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import type { FaultParamContext } from "../../../model/machines/linux/iommu/io-pgfault/6.12/fault-groups.ts";
import type { ReporterContext } from "../../../model/machines/linux/iommu/io-pgfault/6.12/reporter-messages.ts";
import { isOf } from "../../../model/machines/linux/iommu/iommufd/fault/fault-entries.ts";
import type { FaultHandlerContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-handler.ts";
import type { FaultQueueContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-queue.ts";
import type { PasidThreadContext } from "../../../model/machines/linux/iommu/iommufd/pasids/pasid-thread.ts";
import type { PasidTablesDesign, PasidTablesSizes } from "../../../model/systems/studies/pasid-tables-design.ts";
import { inStudy } from "../parameters.ts";

type Condition = (host: PasidTablesDesign, bounds: PasidTablesSizes) => boolean;
export const here = (condition?: Condition) => inStudy<PasidTablesDesign, PasidTablesSizes>("pasid-tables", condition);
export const replacesQueues: Condition = (_, { queueTables }) => queueTables > 1;
export const severalPasids: Condition = (_, { pasidCount }) => pasidCount > 1;
export const fails: Condition = (_, { tableCallsFail }) => tableCallsFail;
export const countsBoth: Condition = (host, bounds) =>
  replacesQueues(host, bounds) && (host.iopfCounts === "new-first" || host.iopfCounts === "kept");
/** A handle is taken away while requests of its page table can be reported. */
const UNDRAINED = ["linux-7.3.4-vtd", "linux-7.3.4-smmuv3", "set-first", "store-first", "no-drain"];
export const leavesReports: Condition = (host, bounds) =>
  (replacesQueues(host, bounds) && UNDRAINED.includes(host.pasidReplace)) ||
  host.pasidDetach === "linux-7.3.4-smmuv3" ||
  host.pasidDetach === "no-drain";
export const isRead: Condition = (host, bounds) => replacesQueues(host, bounds) && bounds.userAnswers;

export const thread = each<PasidThreadContext>("pasid-thread");
export const intake = each<PasidIntakeContext>("pasid-intake");
export const count = each<IopfCountContext>("iopf-count");
export const param = each<FaultParamContext>("fault-param");
export const handles = each<AttachHandlesContext>("attach-handles");
export const queue = each<FaultQueueContext>("fault-queue");
export const handler = each<FaultHandlerContext>("fault-handler");
export const reporter = each<ReporterContext>("reporter");
export const index = each<GroupIndexContext>("group-index");
export const user = each<{ group: number | null }>("answering-user");

export const KERNEL = ["threads", "lock"] as const;
export const IDLE = {
  "no call is under way": ({ thread: t }: { readonly thread: Seen<PasidThreadContext> }) => t.state === "idle",
};

/** Whether the handle is the one that is stored for its PASID. */
export const isStored = ({ attached }: AttachHandlesContext, handle: AttachHandle): boolean =>
  attached.some((one) => isOf(attachHandle(0, one))({ handle }));
export const isAttached = ({ attached }: AttachHandlesContext, pasid: number | null): boolean =>
  attached.some((one) => one.pasid === pasid);
export const withQueue = ({ domains }: PasidThreadContext, hwpt: number | null): boolean =>
  hwpt !== null && domains[hwpt]!.handler !== null;
/** Between two page tables with the fault queue. */
export const movesFaults = ({ call, old, hwpt, ...rest }: PasidThreadContext): boolean =>
  call === "replace" && withQueue({ call, old, hwpt, ...rest }, old) && withQueue({ call, old, hwpt, ...rest }, hwpt);
/** PASID and page table of the request whose group this is. */
export const requestOf = ({ groups }: FaultParamContext, group: number | null) =>
  groups.find(({ id }) => id === group)?.members[0];
