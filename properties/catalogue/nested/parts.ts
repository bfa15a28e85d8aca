/** What the claims about `nested` read, and where they apply. */
import { all, each } from "../../../checker/property.ts";
import type { Seen } from "../../../checker/property.ts";
import type { GuestFaultHandlerContext } from "../../../model/machines/guest/guest-fault-handler.ts";
import type { NestedTranslationContext } from "../../../model/machines/iommu/nested-translation.ts";
import type { FaultRegistrationContext } from "../../../model/machines/linux/iommu/io-pgfault/fault-registration.ts";
import type { Fault } from "../../../model/machines/linux/include/iommu.ts";
import type { FaultRelayContext } from "../../../model/machines/vmm/fault-relay.ts";
import type { GuestFaultQueueContext } from "../../../model/machines/linux/vfio/iopf/nested/guest-fault-queue-context.ts";
import type { StageRouterContext } from "../../../model/machines/linux/vfio/iopf/nested/stage-router.ts";
import type { NestedDesign, NestedSizes } from "../../../model/systems/studies/nested-design.ts";
import { inStudy } from "../parameters.ts";

export const where = (condition: (host: NestedDesign, bounds: NestedSizes) => boolean) =>
  inStudy<NestedDesign, NestedSizes>("nested", condition);

export type Slot = Seen<{ slot: number; instance: number; unexpected: string }>;

export const slot = each<Slot["context"]>("nested-slot");
export const slots = all<Slot["context"]>("nested-slot");
export const router = each<StageRouterContext>("stage-router");
export const routers = all<StageRouterContext>("stage-router");
export const tables = each<NestedTranslationContext>("two-stages");
export const registration = each<FaultRegistrationContext>("fault-registration");
export const enablers = all<never>("stage-enabler");
export const queue = each<GuestFaultQueueContext>("guest-fault-queue");
export const relay = each<FaultRelayContext>("fault-relay");
export const guest = each<GuestFaultHandlerContext>("guest-fault-handler");

export const KERNEL = ["threads", "hardware"] as const;
/** Also user space and guest go on: claims that need them say so. */
export const EVERYBODY = [...KERNEL, "devices", "vmm", "guest"] as const;

export const enables = where((_, { stageEnabling }) => stageEnabling);
/**
 * Without a stage 1 of its own, and with D-02, nobody asks the guest. With D-02 the guest's stage is never enabled, and
 * then no access gets as far as stage 2.
 */
export const guestIsAsked = (
  { handlerPer, secondEnable, stages }: NestedDesign,
  { stageEnabling }: NestedSizes,
): boolean => stages !== "s2" && (!stageEnabling || handlerPer === "page-table" || secondEnable !== "inverted-update");
export const asksTheGuest = where(guestIsAsked);
export const bothPossible = where(
  ({ handlerPer, secondEnable }, { stageEnabling }) =>
    stageEnabling && (handlerPer === "page-table" || secondEnable === "updates" || secondEnable === "fixed-order"),
);
/** A stalled transaction is a group of its own. */
export const hasGroups = (host: NestedDesign, { itemPages }: NestedSizes): boolean =>
  !host.faultStageVisible && itemPages > 1 && host.stages !== "s2";
export const overflows = (host: NestedDesign, { itemPages, slots: size, physicalEntries }: NestedSizes): boolean =>
  !host.faultStageVisible && itemPages * size > physicalEntries;
export const virtuallyOverflows = (
  host: NestedDesign,
  { itemPages, slots: size, virtualEntries }: NestedSizes,
): boolean => host.viommuKind === "vtd" && host.stages !== "s2" && itemPages * size > virtualEntries;

export const sameUse = (members: readonly Fault[]): boolean =>
  members.every(({ instance }) => instance === members[0]?.instance);
export const owner = (faults: readonly Seen<Slot["context"]>[], { grp, instance }: Fault): boolean =>
  faults.some(({ state, context }) => context.slot === grp && context.instance === instance && state === "waiting");
