/** What the LFC sentences read, and the words that they share. */
import { all, each, optional, parameters, type Seen } from "../../../checker/property.ts";
import type { DeviceAccessContext } from "../../../model/machines/device/device-access.ts";
import type { FaultReporterContext } from "../../../model/machines/linux/iommu/io-pgfault/fault-reporter.ts";
import type { FaultTreeContext } from "../../../model/machines/linux/vfio/iopf/rfc/fault-tree.ts";
import type { GroupDetachContext } from "../../../model/machines/linux/vfio/iopf/rfc/group-detach.ts";
import type { IoctlThreadContext } from "../../../model/machines/linux/vfio/iopf/rfc/ioctl-thread.ts";
import type { IopfContainerContext } from "../../../model/machines/linux/vfio/iopf/rfc/iopf-container.ts";
import type { IopfDeviceContext } from "../../../model/machines/linux/vfio/iopf/rfc/iopf-device.ts";
import type { RfcHandlerContext } from "../../../model/machines/linux/vfio/iopf/rfc/rfc-handler.ts";
import type { VfioDmaContext } from "../../../model/machines/linux/vfio/iopf/rfc/vfio-dma.ts";
import type { RfcDesign, RfcSizes } from "../../../model/systems/studies/rfc-design.ts";
import type { StudyParameters } from "../../../model/systems/study.ts";
import { inStudy } from "../parameters.ts";

export const dma = each<VfioDmaContext>("vfio-dma");
export const dmas = all<VfioDmaContext>("vfio-dma");
export const container = each<IopfContainerContext>("iopf-container");
export const device = each<IopfDeviceContext>("iopf-device");
export const access = each<DeviceAccessContext>("device-access");
export const reporter = each<FaultReporterContext>("fault-reporter");
export const handler = each<RfcHandlerContext>("rfc-handler");
export const handlers = all<RfcHandlerContext>("rfc-handler");
export const trees = optional<FaultTreeContext>("fault-tree");
export const detaches = all<GroupDetachContext>("group-detach");
export const vmm = each<IoctlThreadContext>("ioctl-thread");
export const locks = all<never>("mutex");
export const built = parameters<StudyParameters<RfcDesign, RfcSizes>>();

export const where = (condition: (host: RfcDesign, bounds: RfcSizes) => boolean) =>
  inStudy<RfcDesign, RfcSizes>("rfc", condition);
export const isFree = (mutexes: readonly Seen<never>[]): boolean =>
  mutexes.find(({ name }) => name === "L")?.state === "free";
export const onMapping = (
  vfio: readonly Seen<VfioDmaContext>[],
  page: number | null,
): Seen<VfioDmaContext>["context"] | undefined => vfio.find(({ context }) => context.rules.page === page)?.context;
export const isDetaching = (groups: readonly Seen<GroupDetachContext>[], of: number): boolean =>
  groups.some(({ state, context }) => context.device === of && state !== "idle");
export const canFind = (
  trees: readonly Seen<FaultTreeContext>[],
  { users }: IopfContainerContext,
  of: number,
): boolean => (trees.length > 0 ? trees.every(({ context }) => context.nodes[of] !== "absent") : users[of]! > 0);
/** No ioctl and no teardown is under way. */
export const isQuiet = (thread: Seen<IoctlThreadContext>, groups: readonly Seen<GroupDetachContext>[]): boolean =>
  thread.state === "idle" && groups.every(({ state }) => state === "idle");
export const vfioIn = ({ feature, handler: registered }: IopfDeviceContext): boolean =>
  feature === "vfio" || registered === "vfio";
export const shownDma = ({ context: { linked, bit, pinned, pins, entries } }: Seen<VfioDmaContext>) => ({
  linked,
  bit,
  pinned,
  pins,
  "entries by domain": entries,
});

export const ALL = ["threads", "hardware", "devices", "lock"];
