/** What the sentences about the focused model `selective` read, and when they apply. */
import { hintUnpins, locksRings, mayBeHinted, pinsAllAtMap } from "../../../model/systems/studies/selective-choices.ts";
import { all, each, parameters } from "../../../checker/property.ts";
import type { Seen } from "../../../checker/property.ts";
import type { RingQueueContext } from "../../../model/machines/device/ring-queue.ts";
import type { TranslationContext } from "../../../model/machines/iommu/translation.ts";
import type { HostPageContext } from "../../../model/machines/linux/mm/host-page.ts";
import type { ContainerContext } from "../../../model/machines/linux/vfio/type1/container.ts";
import type { MediatorContext } from "../../../model/machines/linux/vfio/iopf/selective/mediator.ts";
import type { VmmContext } from "../../../model/machines/vmm/vmm-messages.ts";
import type { PageReleaseContext } from "../../../model/machines/linux/vfio/type1/page-release.ts";
import { isKept, type PinScopeContext } from "../../../model/machines/linux/vfio/iopf/selective/pin-scope.ts";
import { type SelectiveDesign, type SelectiveSizes } from "../../../model/systems/studies/selective-design.ts";
import type { Fairness } from "../../../model/systems/fairness.ts";
import type { StudyParameters } from "../../../model/systems/study.ts";
import { inStudy } from "../parameters.ts";

export const queue = each<RingQueueContext>("ring-queue");
export const mediator = each<MediatorContext>("mediator");
export const mediators = all<MediatorContext>("mediator");
export const pins = each<PinScopeContext>("pin-scope");
export const translation = each<TranslationContext>("ring-translation");
export const lock = each<{ owner: string | null }>("mutex");
export const vmm = each<VmmContext>("notifying-vmm");
export const release = each<PageReleaseContext>("eviction");
export const container = each<ContainerContext>("container");
export const design = parameters<StudyParameters<SelectiveDesign, SelectiveSizes>>();

export const here = (condition?: (host: SelectiveDesign, bounds: SelectiveSizes) => boolean) =>
  inStudy<SelectiveDesign, SelectiveSizes>("selective", condition);

/** Whether the device has to be kept from faults on its rings. */
export const needsRings = ({ faultTolerance }: SelectiveDesign): boolean => faultTolerance !== "all";
/** Whether rings are counted in the pin list: reading A keeps them by other means, and a tolerant device needs none. */
export const listsRings = (host: SelectiveDesign): boolean =>
  host.pinScope !== "faultable" && (locksRings(host) || mayBeHinted(host));
/** Whether some memory is ever faultable. */
export const mayFault = (host: SelectiveDesign): boolean =>
  !pinsAllAtMap(host) || hintUnpins(host) || host.pinScope === "faultable";
/** Whether each page that a device may want finds room beside the rings (VFIO facts 4.2: Lim - R >= 1). */
export const hasRoom = ({ limit }: SelectiveDesign, { rings, ringPages }: SelectiveSizes): boolean =>
  limit === 0 || limit > rings * ringPages;

/** Otherwise the device is also stopped by ways that are left out here. */
export const isTrapped = ({ registerPath }: SelectiveDesign): boolean => registerPath === "trapped";
/** Whether the limit can refuse a lockdown: it is smaller than the ring, or nothing is evicted for it. */
export const isRefusedSometimes = (
  host: SelectiveDesign,
  { rings, ringPages, ringPlaces, pages }: SelectiveSizes,
): boolean =>
  host.limit > 0 &&
  host.pinApi === "pins-and-maps" &&
  (host.limit < ringPages || (host.lockdownOverLimit === "refuse" && host.limit < pages && ringPlaces + rings > 2));

/** The device knows a ring that lies on the page. */
export const knows = ({ context }: Seen<RingQueueContext>, page: number): boolean => context.ring.includes(page);
/** The step that the mediator waits for. */
export const waitsFor = ({ state, context: { plan, done } }: Seen<MediatorContext>): string | undefined =>
  state === "waiting" ? plan[done - 1] : undefined;
export const holders = (list: readonly Seen<MediatorContext>[], page: number): number =>
  list.filter(({ context }) => context.holds && context.ring.includes(page)).length;
export const reaches = ({ present, cached, users }: TranslationContext): boolean => present || cached || users > 0;
export const kept = (context: PinScopeContext): readonly number[] =>
  context.refs.flatMap((_, page) => (isKept(context, page) ? [page] : []));

/** What has to be charged: rings, and where faults are charged also what they mapped. */
export const charges = (host: SelectiveDesign, { refs }: PinScopeContext, { mapped }: ContainerContext): number =>
  refs.filter((count, page) => count > 0 || (!host.pinCharges && mapped.includes(page))).length;
/** A mapping is one pin; today's call takes one of its own for each page in the list. */
export const pinsOf = (
  host: SelectiveDesign,
  { refs }: PinScopeContext,
  { mapped }: ContainerContext,
  page: number,
): number => (mapped.includes(page) ? 1 : 0) + (host.pinApi === "pins-only" && refs[page]! > 0 ? 1 : 0);
export const pinned = (pages: readonly Seen<HostPageContext>[]): number =>
  pages.filter(({ context }) => context.pins > 0).length;
export const isBusy = ({ state }: Seen<MediatorContext>): boolean => state === "working" || state === "waiting";

export const ALL: readonly Fairness[] = ["threads", "hardware", "devices", "lock"];
