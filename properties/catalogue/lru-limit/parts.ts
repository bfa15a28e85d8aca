/** What the claims of LRU read, and of which designs and sizes they are made. */
import { all, each, type Seen } from "../../../checker/property.ts";
import type { WorkItemContext } from "../../../model/machines/device/work-item.ts";
import type { TranslationContext } from "../../../model/machines/iommu/translation.ts";
import type { ContainerContext } from "../../../model/machines/linux/vfio/type1/container.ts";
import type { FaultLimitContext } from "../../../model/machines/linux/vfio/iopf/limit/fault-limit.ts";
import type { FaultResolverContext } from "../../../model/machines/linux/vfio/iopf/fault-resolver.ts";
import type { FaultServiceContext } from "../../../model/machines/linux/vfio/iopf/limit/fault-service.ts";
import type { LockedPagesContext } from "../../../model/machines/linux/vfio/iopf/limit/locked-pages.ts";
import type { MappingHistoryContext } from "../../../model/machines/linux/vfio/iopf/limit/mapping-history.ts";
import type { PageReleaseContext } from "../../../model/machines/linux/vfio/type1/page-release.ts";
import {
  fits,
  highestLimit,
  lowestLimit,
  usedPages,
  type LruDesign,
  type LruSizes,
} from "../../../model/systems/studies/lru-limit-design.ts";
import { inStudy } from "../parameters.ts";

export const lru = (condition?: (host: LruDesign, bounds: LruSizes) => boolean) => inStudy("lru-limit", condition);

export const lock = each<{ owner: string | null }>("mutex");
export const account = each<FaultLimitContext>("fault-limit");
export const box = each<ContainerContext>("container");
export const history = each<MappingHistoryContext>("mapping-history");
export const release = each<PageReleaseContext>("page-release");
export const service = each<FaultServiceContext>("fault-service");
export const resolver = each<FaultResolverContext>("fault-resolver");
export const lockdown = each<LockedPagesContext>("locked-pages");
export const item = each<WorkItemContext>("work-item");
export const translations = all<TranslationContext>("translation");
export const reclaim = each<never>("reclaim-thread");
export const vmm = each<never>("vmm");

export const byThread = ({ limitKeptBy }: LruDesign): boolean => limitKeptBy === "thread";
export const byHandler = ({ limitKeptBy }: LruDesign): boolean =>
  limitKeptBy === "handler" || limitKeptBy === "refusal";
/** Whether pages are ever taken back for the limit. */
export const evicts = (host: LruDesign, bounds: LruSizes): boolean =>
  ["handler", "thread"].includes(host.limitKeptBy) && isTight(host, bounds);
/** Whether more pages are used, or locked down, than the limit allows. */
export const isTight = (host: LruDesign, bounds: LruSizes): boolean => lowestLimit(host, bounds) < usedPages(bounds);
export const runsDuringDma = (host: LruDesign, bounds: LruSizes): boolean =>
  bounds.devices > 1 || byThread(host) || host.expires !== "never";
export const refusesSome = (host: LruDesign, bounds: LruSizes): boolean =>
  byHandler(host) && isTight(host, bounds) && (host.limitKeptBy === "refusal" || !fits(host, bounds));
export const takesBack = (host: LruDesign, bounds: LruSizes): boolean =>
  evicts(host, bounds) || host.expires !== "never" || bounds.extraPages > 0;
/** Whether the limit never leaves room. */
export const isNothing = (host: LruDesign, bounds: LruSizes): boolean =>
  highestLimit(host, bounds) <= bounds.lockedPages;
/** Whether a fault maps anything. */
export const canMap = (host: LruDesign, bounds: LruSizes): boolean => !byHandler(host) || !isNothing(host, bounds);
/** User space unmaps nothing. */
export const staysMapped = (_: LruDesign, { extraPages }: LruSizes): boolean => extraPages === 0;

/** Pages of the group that is being answered: its handler is at work on them, or about to answer. */
/** Of one worker. */
const isOf = (s: Seen<FaultServiceContext>, r: Seen<FaultResolverContext>): boolean =>
  r.name === s.name.replace("service", "resolver");
export const inService = (s: Seen<FaultServiceContext>, r: Seen<FaultResolverContext>): readonly number[] =>
  s.state === "responding" || (s.state === "resolving" && isOf(s, r) && r.state !== "locking")
    ? s.context.request!.pages
    : [];
/** What was locked down before the first fault is above every limit that is lower. */
export const allowed = ({ limit }: FaultLimitContext, locked: LockedPagesContext): number =>
  Math.max(limit, locked.pages.length);
export const levels = ({ charged, limit }: FaultLimitContext) => ({ charged, limit });
export const SERVED = ["threads", "hardware", "devices", "lock"] as const;

/** Of the references of Belady's example, with three pages. */
export const BELADY_FAULTS = 9;
