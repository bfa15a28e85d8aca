/** What claims about pins and charges read, and the words that they share. */
import { all, each, optional, parameters } from "../../../checker/property.ts";
import type { Seen } from "../../../checker/property.ts";
import type { HostPageContext } from "../../../model/machines/linux/mm/host-page.ts";
import type { LockedVmContext } from "../../../model/machines/linux/mm/locked-vm.ts";
import type { UserMmContext } from "../../../model/machines/linux/mm/user-mm.ts";
import type { AccountedDmaContext } from "../../../model/machines/linux/vfio/type1/accounting/accounted-dma.ts";
import type { AccountedFaultContext } from "../../../model/machines/linux/vfio/type1/accounting/accounted-fault.ts";
import type { MdevPinnerContext } from "../../../model/machines/linux/vfio/type1/accounting/mdev-pinner.ts";
import type { PagePinningContext, PageKind } from "../../../model/machines/linux/vfio/type1/accounting/page-pinning.ts";
import type { Type1UserContext } from "../../../model/machines/linux/vfio/type1/accounting/type1-user.ts";
import type { DriverNotificationContext } from "../../../model/machines/linux/vfio/type1/driver-notification.ts";
import type { AccountingDesign, AccountingSizes } from "../../../model/systems/studies/accounting-design.ts";
import type { StudyParameters } from "../../../model/systems/study.ts";
import { inStudy } from "../parameters.ts";

export const where = (condition?: (host: AccountingDesign, bounds: AccountingSizes) => boolean) =>
  inStudy<AccountingDesign, AccountingSizes>("accounting", condition);
export const built = parameters<StudyParameters<AccountingDesign, AccountingSizes>>();

export const dma = each<AccountedDmaContext>("accounted-dma");
export const dmas = all<AccountedDmaContext>("accounted-dma");
export const page = each<HostPageContext>("pinned-page");
export const pages = all<HostPageContext>("pinned-page");
export const mms = all<UserMmContext>("user-mm");
export const account = each<LockedVmContext>("mm-account");
export const accounts = all<LockedVmContext>("mm-account");
export const pinnings = all<PagePinningContext>("page-pinning");
export const puttings = all<never>("page-putting");
export const users = all<Type1UserContext>("type1-user");
export const user = each<Type1UserContext>("type1-user");
export const notification = each<DriverNotificationContext>("driver-notification");
export const pinner = each<MdevPinnerContext>("mdev-pinner");
export const pinners = optional<MdevPinnerContext>("mdev-pinner");
export const callbacks = optional<never>("mdev-callback");
export const fault = each<AccountedFaultContext>("accounted-fault");

/** What belongs to the same container, or to the same mm. */
export const number = ({ name }: { readonly name: string }): string => /\d+/.exec(name)![0];
export const near = <T extends { readonly name: string }>(
  list: readonly T[],
  to: { readonly name: string },
): readonly T[] => list.filter((one) => number(one) === number(to));
export const areIdle = (...lists: readonly (readonly { readonly state: string }[])[]): boolean =>
  lists.every((list) => list.every(({ state }) => state === "idle"));
export const isAlive = (list: readonly Seen<UserMmContext>[], mm: number): boolean =>
  list.some(({ state, context }) => context.mm === mm && state === "alive");

export const isHeld = (d: AccountedDmaContext, p: number): boolean => d.entries[p]! || d.refs[p]! > 0;
export const holders = (d: AccountedDmaContext, p: number): number => Number(d.entries[p]!) + Number(d.refs[p]! > 0);
export const charged = (d: AccountedDmaContext): number => d.charges.reduce((sum, charge) => sum + charge, 0);
export const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
/** Charges that each page should have. */
export const due = (d: AccountedDmaContext, kinds: readonly PageKind[]): readonly number[] =>
  d.entries.map((_, p) => (kinds[p] === "ram" && isHeld(d, p) ? 1 : 0));
/** The account is what it says while nobody is in the middle of a page, and its mm lives. */
export interface Accounted {
  readonly dma: Seen<AccountedDmaContext>;
  readonly pinnings: readonly Seen<PagePinningContext>[];
  readonly puttings: readonly Seen<never>[];
  readonly mms: readonly Seen<UserMmContext>[];
}
export const isSettled = ({ dma: d, pinnings: get, puttings: put, mms: all_ }: Accounted): boolean =>
  areIdle(near(get, d), near(put, d)) && isAlive(all_, d.context.owner);
export const shown = ({ dma: { context: d }, pinnings: get }: Accounted) => ({
  charges: d.charges,
  due: due(d, get[0]!.context.rules.kinds),
});

export const isUnmapping = ({ context: { phase } }: Seen<Type1UserContext>): boolean =>
  phase === "unmap" || phase === "remove";
/** A driver pins all pages of the mapping or none: where one is MMIO, none. */
const pinsAll = ({ mmioPins }: AccountingDesign, { oddPage }: AccountingSizes): boolean =>
  oddPage !== "mmio" || mmioPins === "as-ram";
export const drives = (host: AccountingDesign, bounds: AccountingSizes): boolean =>
  bounds.groups !== "iommu" && pinsAll(host, bounds);
export const mixes = (host: AccountingDesign, bounds: AccountingSizes): boolean =>
  bounds.groups === "both" && pinsAll(host, bounds);
export const ALL = ["threads", "hardware", "devices", "lock"];
