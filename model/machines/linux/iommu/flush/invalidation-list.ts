/**
 * Whom an unmap of a page table tells: the list of attached requesters with the tags of their IOTLB entries, and the number of
 * those with ATS.
 *
 * Models  VT-d: domain->cache_tags under domain->cache_lock, which a flush holds until its commands are done. AMD: dev_list under
 *         domain->lock, likewise. SMMUv3 of 6.12.117: smmu_domain->devices under devices_lock, which arm_smmu_atc_inv_domain()
 *         drops before it submits its commands; nr_ats_masters, the shortcut of domains without ATS. SMMUv3 of 7.3.4:
 *         smmu_domain->invs, an array under RCU. An attach publishes a new array. A detach lowers a count of users in the
 *         array that is published, and then takes its rwlock, which waits only for those who read that array.
 * Omits   A detach that publishes an array without trash (arm_smmu_invs_purge()): it replaces the array for an unmap that has
 *         loaded it and has not taken its rwlock yet, which here is one step. Users of an IOTLB tag that several requesters share: the tag is told while one of them is listed. An array without ATS,
 *         whose rwlock nobody takes: no command to a device is in it.
 */
import { assign, setup } from "xstate";
import { linux612, linuxAt, messages, whereIs } from "../../../../said.ts";

/**
 * Whom a change of the list waits for. `lock`: an addition and a removal, for every reader. `array-lock`: a removal, for those who
 * read the array that is published. `grace-period`: a removal, for every reader. `none`: nobody.
 */
export type ListFence = "lock" | "array-lock" | "grace-period" | "none";

export interface Listed {
  readonly name: string;
  readonly tag: number;
  readonly ats: boolean;
}

export interface InvalidationListContext {
  readonly fence: ListFence;
  /** Sorted by name. */
  readonly listed: readonly Listed[];
  /** Requesters with ATS, as software counts them; a count that goes wrong stays between these. */
  readonly count: number;
  /** An unmap reads the list, or the array of it that is published no more. */
  readonly reader: "none" | "this-array" | "former-array";
}

type InvalidationListEvent =
  | { readonly type: "list.adds"; readonly one: Listed }
  /** `counted`: whether the count drops. */
  | { readonly type: "list.removes"; readonly name: string; readonly counted: boolean }
  | { readonly type: "list.is-read"; readonly by: string }
  | { readonly type: "list.was-read" };

export type InvalidationListEmits = {
  readonly type: "list.tells";
  readonly by: string;
  readonly listed: readonly Listed[];
  readonly count: number;
};

const s = setup({
  types: {
    context: {} as InvalidationListContext,
    events: {} as InvalidationListEvent,
    emitted: {} as InvalidationListEmits,
    input: {} as { readonly fence: ListFence; readonly listed: readonly Listed[] },
  },
});

const mayAdd = ({ context: { fence, reader } }: { readonly context: InvalidationListContext }): boolean =>
  fence !== "lock" || reader === "none";
const mayRemove = ({ context: { fence, reader } }: { readonly context: InvalidationListContext }): boolean =>
  fence === "none" || reader === "none" || (fence === "array-lock" && reader === "former-array");
const MOST = 3;
const within = (count: number): number => Math.max(-1, Math.min(MOST, count));
const byName = (a: Listed, b: Listed): number => (a.name < b.name ? -1 : 1);

export const invalidationList = s.createMachine({
  id: "invalidation-list",
  description: "the list of whom an unmap tells",
  meta: {
    origin: whereIs(linux612("drivers/iommu/intel/cache.c", "cache_tag_flush_range"), "fence", {
      "array-lock": linuxAt("7.3.4", "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c", "arm_smmu_domain_inv_range"),
      none: linux612("drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c", "arm_smmu_atc_inv_domain"),
    }),
    lane: "the list of whom an unmap tells",
    messages: messages<InvalidationListEmits>({ "list.tells": "tells {by} who is listed" }),
  },
  context: ({ input: { fence, listed } }) => ({
    fence,
    listed: [...listed].sort(byName),
    count: listed.filter(({ ats }) => ats).length,
    reader: "none",
  }),
  on: {
    "list.adds": {
      guard: mayAdd,
      actions: assign(({ context: { listed, count, reader }, event: { one } }) => ({
        listed: [...listed.filter(({ name }) => name !== one.name), one].sort(byName),
        count: within(count + (one.ats ? 1 : 0)),
        reader: reader === "none" ? reader : "former-array",
      })),
    },
    "list.removes": {
      guard: mayRemove,
      actions: assign(({ context: { listed, count }, event: { name, counted } }) => ({
        listed: listed.filter((one) => one.name !== name),
        count: within(count - (counted ? 1 : 0)),
      })),
    },
    "list.is-read": {
      guard: mayAdd,
      actions: [
        s.emit(({ context: { listed, count }, event }) => ({
          type: "list.tells",
          by: event.type === "list.is-read" ? event.by : "",
          listed,
          count,
        })),
        assign({ reader: "this-array" }),
      ],
    },
    "list.was-read": { actions: assign({ reader: "none" }) },
  },
});
