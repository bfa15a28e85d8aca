/** What the claims about ranges read, and the truth that they compare it with. */
import { all, each, optional, parameters, type Seen } from "../../../checker/property.ts";
import {
  lastOf,
  overlap,
  pageOf,
  rangeOf,
  type AddressRange,
  type AddressSpace,
} from "../../../model/machines/linux/vfio/type1/ranges/address.ts";
import type { DmaListContext, ListedDma } from "../../../model/machines/linux/vfio/type1/ranges/dma-list.ts";
import type { IovaDomainContext } from "../../../model/machines/iommu/iova-domain.ts";
import type { PageAccessContext } from "../../../model/machines/linux/vfio/type1/ranges/page-access.ts";
import type { CacheDriverContext } from "../../../model/machines/linux/vfio/type1/ranges/page-cache-driver.ts";
import type { PinLoopContext } from "../../../model/machines/linux/vfio/type1/ranges/pin-loop.ts";
import {
  frameAt,
  kindOf,
  type ProcessMemoryContext,
} from "../../../model/machines/linux/vfio/type1/ranges/process-memory.ts";
import type { RangeDeviceContext } from "../../../model/machines/device/range-device.ts";
import type { RangeHandlerContext } from "../../../model/machines/linux/vfio/type1/ranges/range-fault-handler.ts";
import type { RangeUserContext } from "../../../model/machines/linux/vfio/type1/ranges/range-user.ts";
import type { AddressRangesDesign, AddressRangesSizes } from "../../../model/systems/studies/address-ranges-design.ts";
import type { StudyParameters } from "../../../model/systems/study.ts";
import { inStudy } from "../parameters.ts";

export const inRanges = (condition?: (host: AddressRangesDesign, bounds: AddressRangesSizes) => boolean) =>
  inStudy<AddressRangesDesign, AddressRangesSizes>("address-ranges", condition);

export const built = parameters<StudyParameters<AddressRangesDesign, AddressRangesSizes>>();
export const lock = each<{ readonly owner: string | null }>("mutex");
export const memory = each<ProcessMemoryContext>("process-memory");
export const list = each<DmaListContext>("dma-list");
export const user = each<RangeUserContext>("range-user");
export const handler = each<RangeHandlerContext>("range-fault-handler");
export const device = each<RangeDeviceContext>("range-device");
export const driver = each<CacheDriverContext>("page-cache-driver");
export const loop = each<PinLoopContext>("pin-loop");
export const loops = all<PinLoopContext>("pin-loop");
export const domains = all<IovaDomainContext>("iova-domain");
export const drivers = optional<CacheDriverContext>("page-cache-driver");
export const accesses = optional<PageAccessContext>("page-access");

/** Of the container: the first domain. The other is the one that is probed. */
export const framesOf = (all: readonly Seen<IovaDomainContext>[]): readonly (number | null)[] => all[0]!.context.frames;

export const extentOf = ({ first, done }: ListedDma): AddressRange => ({ first, size: done });

/** Whether some mapping has the page. */
export const covers = ({ rules, dmas }: DmaListContext, page: number): boolean =>
  dmas.some((dma) => overlap(extentOf(dma), rangeOf(page, 1, rules.space), rules.space));

export const pagesOf = (range: AddressRange, space: AddressSpace): readonly number[] =>
  Array.from({ length: pageOf(range.size, space) }, (_, at) => pageOf(range.first, space) + at);

export const reachesTop = (range: AddressRange, { bits }: AddressSpace): boolean => lastOf(range) === 2 ** bits - 1;

/** Nobody works on the container: its lock is free, and no loop has stopped half way. */
export const isQuiet = (mutex: Seen, all: readonly Seen<PinLoopContext>[]): boolean =>
  mutex.state === "free" && all.every(({ state }) => state === "idle");

/** By page: the pins that the holders of it should have, one for each. */
export function owed(
  { rules }: ProcessMemoryContext,
  frames: readonly (number | null)[],
  holders: {
    readonly drivers: readonly Seen<CacheDriverContext>[];
    readonly accesses: readonly Seen<PageAccessContext>[];
  },
): readonly number[] {
  return frames.map((frame, page) => {
    if (kindOf(rules, page) !== "ram") return 0;
    const held = frameAt(rules, page);
    const ofDrivers = holders.drivers.flatMap(({ context }) => context.holds).filter((one) => one.frame === held);
    const ofAccesses = holders.accesses.filter(({ context }) => context.alone && context.frame === held);
    return (frame === null ? 0 : 1) + ofDrivers.length + ofAccesses.length;
  });
}
