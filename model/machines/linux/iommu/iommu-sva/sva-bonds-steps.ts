/** What the steps of a bind and an unbind make of mm->iommu_mm and of the bonds: functions of what they were before. */
import type { Bond, BondCall, MmData, SvaBondsContext, SvaDomain } from "./sva-bonds-messages.ts";

type Data = Pick<SvaBondsContext, "mms" | "bonds">;

/** IOMMU_FIRST_GLOBAL_PASID. */
const FIRST_PASID = 1;

export const dataOf = ({ mms }: Pick<SvaBondsContext, "mms">, mm: number): MmData | undefined =>
  mms.find((data) => data.mm === mm);

export const bondOf = (
  { groups, bonds }: SvaBondsContext,
  { device, mm }: { readonly device: number; readonly mm: number },
): Bond | undefined => bonds.find((bond) => bond.iommuGroup === groups[device] && bond.mm === mm);

/** iommu_alloc_global_pasid(); undefined: none is free. */
export function lowestFreePasid({ mms, maxPasids }: SvaBondsContext): number | undefined {
  let pasid = FIRST_PASID;
  while (mms.some((data) => data.pasid === pasid)) pasid += 1;
  return pasid < maxPasids ? pasid : undefined;
}

export function unusedDomain(domains: readonly SvaDomain[]): number {
  let id = 0;
  while (domains.some((domain) => domain.id === id)) id += 1;
  return id;
}

const withMm = (mms: readonly MmData[], data: MmData): readonly MmData[] =>
  [...mms.filter(({ mm }) => mm !== data.mm), data].sort((a, b) => a.mm - b.mm);

/** Without its last reference an mm is freed, and its PASID with it: mm_pasid_drop(). */
const kept = (mms: readonly MmData[]): readonly MmData[] =>
  mms.filter(({ exited, domains }) => !exited || domains.length > 0);

const ofBond =
  ({ iommuGroup, pasid }: Bond) =>
  (other: Bond): boolean =>
    other.iommuGroup === iommuGroup && other.pasid === pasid;

const withUsers = (bonds: readonly Bond[], bond: Bond, users: number): readonly Bond[] =>
  bonds.flatMap((other) => (!ofBond(bond)(other) ? [other] : users > 0 ? [{ ...bond, users }] : []));

export const added = ({ mms }: Data, mm: number, pasid: number): readonly MmData[] =>
  withMm(mms, { mm, pasid, domains: [], exited: false });

export const exits = ({ mms }: Data, mm: number): readonly MmData[] =>
  kept(mms.map((data) => (data.mm === mm ? { ...data, exited: true } : data)));

/** One more bind, or one less, of a bond that stays. */
export const counted = ({ bonds }: Data, bond: Bond, by: 1 | -1): readonly Bond[] =>
  withUsers(bonds, bond, bond.users + by);

/** The domain of the call is attached: a new bond uses it, and a new domain is the first of its list. */
export function bound(context: SvaBondsContext, { device, mm, pasid, domain }: BondCall): Data {
  const data = dataOf(context, mm)!;
  const known = data.domains.some(({ id }) => id === domain);
  const domains = known
    ? data.domains.map(({ id, users }) => ({ id, users: id === domain ? users + 1 : users }))
    : [{ id: domain!, users: 1 }, ...data.domains];
  const bond: Bond = { iommuGroup: context.groups[device]!, mm, pasid, domain: domain!, users: 1 };
  return {
    mms: withMm(context.mms, { ...data, domains }),
    bonds: [...context.bonds, bond].sort((a, b) => a.iommuGroup - b.iommuGroup || a.pasid - b.pasid),
  };
}

/** The bond is gone: its domain is freed with the last bond that uses it. */
export function unbound(context: SvaBondsContext, bond: Bond): Data {
  const data = dataOf(context, bond.mm)!;
  const domains = data.domains
    .map(({ id, users }) => ({ id, users: id === bond.domain ? users - 1 : users }))
    .filter(({ users }) => users > 0);
  return {
    mms: kept(withMm(context.mms, { ...data, domains })),
    bonds: withUsers(context.bonds, bond, 0),
  };
}
