/**
 * A thread that unmaps a page and tells those who may have cached it, while no lock keeps devices from being attached and
 * detached. Then it maps another page in its place.
 *
 * Models  iommu_unmap() of iommufd, which does not take the lock of a group. SMMUv3 of 7.3.4: arm_smmu_domain_inv_range(): smp_mb()
 *         between the store to the page table and the load of the array, IOTLB by each tag, CMD_SYNC, then ATCs. SMMUv3 of
 *         6.12.117: the IOTLB by the domain's own tag, then arm_smmu_atc_inv_domain(): smp_mb(), nr_ats_masters, the list.
 *         Without a barrier the processor may read the list before what stands before it (weakly ordered loads).
 *         VT-d: cache_tag_flush_range() holds the lock of the list until all is done.
 *         What becomes of an Invalidate Request that times out: SMMUv3 repeats the CMD_SYNC (__arm_smmu_cmdq_skip_err()), VT-d
 *         submits it again while the device is present, and a series of 2026 blocks ATS of the device ("Quarantine device
 *         upon ATC invalidation timeout", v3 to v6).
 * Omits   Batches: which device of a batch has timed out is known. Two unmaps at a time. The queue itself (`flushers`).
 */
import { assign, setup } from "xstate";
import type { RequesterEvent } from "../../../device/requester.ts";
import { atWill, linux, linux612, linuxAt, messages, proposal, whereIs } from "../../../../said.ts";
import type { InvalidationListEmits } from "./invalidation-list.ts";
import { UNMAP_ORDERS, type UnmapRules, type UnmapStep } from "./unmap-orders.ts";

export interface UnmapThreadInput {
  readonly name: string;
  readonly rules: UnmapRules;
  /** It takes the lock of the list before it reads it. */
  readonly locks: boolean;
  /** All tags of the domain. */
  readonly tags: readonly number[];
}

export interface UnmapThreadContext extends UnmapThreadInput {
  readonly left: readonly UnmapStep[];
  /** Those it tells still, and the tags that were listed. */
  readonly toTell: readonly string[];
  readonly found: readonly number[];
  /** A device has not answered. */
  readonly timedOut: boolean;
}

export type UnmapThreadEmits =
  | { readonly type: "page.is-cleared" | "page.is-freed" | "page.is-mapped" | "store.waits" | "list.was-read" }
  | { readonly type: "list.is-read"; readonly by: string }
  | { readonly type: "iotlb.is-flushed"; readonly tags: readonly number[]; readonly own: true }
  | { readonly type: "device.is-broken"; readonly on: string }
  | Extract<RequesterEvent, { readonly type: "atc.is-flushed" | "ats.is-blocked" }>;

const SMMU = "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c";
const VTD = linux612("drivers/iommu/intel/cache.c", "cache_tag_flush_range");
const ARRAY = linuxAt("7.3.4", SMMU, "arm_smmu_domain_inv_range");
/** VT-d and AMD hold the lock of their list, and differ in what they do after a time-out. */
const FLUSHES = whereIs(ARRAY, "locks", {
  true: whereIs(ARRAY, "rules.timeoutDoes", {
    retries: VTD,
    ignored: linuxAt("7.3.4", "drivers/iommu/amd/iommu.c", "amd_iommu_domain_flush_pages"),
  }),
  false: whereIs(ARRAY, "rules.unmapOrder", { "iotlb-first": linux612(SMMU, "arm_smmu_atc_inv_domain") }),
});
const QUARANTINE = proposal("Quarantine device upon ATC invalidation timeout, v4: a time-out turns ATS off");

const s = setup({
  types: {
    context: {} as UnmapThreadContext,
    events: {} as
      | { readonly type: "unmap.begins" | "unmap.steps" | "unmap.reads-early" | "unmap.maps" }
      | { readonly type: "atc.answers"; readonly on: string; readonly timedOut: boolean }
      | InvalidationListEmits,
    emitted: {} as UnmapThreadEmits,
    input: {} as UnmapThreadInput,
  },
});

const acts = s.enqueueActions(({ context, enqueue }) => {
  const { name, left, toTell, found, tags } = context;
  const [step, ...rest] = left;
  const [next] = toTell;
  if (step === "atc" && next !== undefined) {
    // One at a time: the step stays until all were told.
    enqueue.assign({ toTell: toTell.slice(1) });
    enqueue.emit({ type: "atc.is-flushed", on: next, by: name });
    return;
  }
  enqueue.assign({ left: rest });
  if (step === "clear") enqueue.emit({ type: "page.is-cleared" });
  if (step === "barrier") enqueue.emit({ type: "store.waits" });
  if (step === "read") enqueue.emit({ type: "list.is-read", by: name });
  if (step === "iotlb" && found.length > 0) enqueue.emit({ type: "iotlb.is-flushed", tags: found, own: true });
  if (step === "all-iotlb") enqueue.emit({ type: "iotlb.is-flushed", tags, own: true });
  if (step === "end-read") enqueue.emit({ type: "list.was-read" });
  if (step === "free") enqueue.emit({ type: "page.is-freed" });
});

/** A load goes before what the program has before it, up to a barrier or a lock. */
const readsEarly = s.enqueueActions(({ context: { name, left }, enqueue }) => {
  enqueue.assign({ left: left.filter((step) => step !== "read") });
  enqueue.emit({ type: "list.is-read", by: name });
});
const mayReadEarly = ({ context: { left, locks } }: { readonly context: UnmapThreadContext }): boolean => {
  const before = left.slice(0, Math.max(left.indexOf("read"), 0));
  return !locks && before.length > 0 && !before.includes("barrier");
};

const remembers = s.assign(({ context, event }) => {
  if (event.type !== "list.tells") return {};
  const { listed, count } = event;
  const withAts = listed.filter(({ ats }) => ats).map(({ name }) => name);
  const skips = context.rules.skipsAtc === "count-zero" && count === 0;
  return {
    toTell: skips ? [] : withAts,
    found: [...new Set(listed.map(({ tag }) => tag))].sort((a, b) => a - b),
  };
});

const notices = s.enqueueActions(({ context: { rules, toTell }, event, enqueue }) => {
  if (event.type !== "atc.answers" || !event.timedOut) return;
  const { on } = event;
  enqueue.assign({ timedOut: true });
  if (rules.timeoutDoes === "retries") enqueue.assign({ toTell: [on, ...toTell] });
  if (rules.timeoutDoes === "blocks-ats" || rules.timeoutDoes === "clears-eats")
    enqueue.emit({ type: "ats.is-blocked", on, device: rules.timeoutDoes === "blocks-ats" });
  if (rules.timeoutDoes !== "ignored" && rules.timeoutDoes !== "retries")
    enqueue.emit({ type: "device.is-broken", on });
});

export const unmapThread = s.createMachine({
  id: "unmap-thread",
  description: "a thread that unmaps a page, and tells who may have cached it",
  meta: {
    origin: FLUSHES,
    lane: "{name}: a thread that unmaps the page",
    messages: messages<UnmapThreadEmits>({
      "page.is-cleared": { says: "clears the page table entry", origin: linux("drivers/iommu/iommu.c", "iommu_unmap") },
      "store.waits": { says: "waits in a barrier until the IOMMU can see it", origin: FLUSHES },
      "list.is-read": { says: "reads whom to tell", origin: FLUSHES },
      "list.was-read": { says: "has done with the list", origin: FLUSHES },
      "iotlb.is-flushed": { says: "invalidates the IOTLB, and waits", origin: FLUSHES },
      "atc.is-flushed": { says: "invalidates the ATC of {on}, and waits", origin: FLUSHES },
      "ats.is-blocked": { says: "turns ATS of {on} off after the time-out", origin: QUARANTINE },
      "device.is-broken": { says: "marks {on} as broken", origin: QUARANTINE },
      "page.is-freed": {
        says: "returns, and the page is freed",
        origin: linux("drivers/iommu/iommu.c", "iommu_unmap"),
      },
      "page.is-mapped": { says: "maps another page there", origin: linux("drivers/iommu/iommu.c", "iommu_map") },
    }),
  },
  context: ({ input }) => ({ ...input, left: [], toTell: [], found: [], timedOut: false }),
  initial: "idle",
  states: {
    idle: {
      description: "outside of an unmap, with the page mapped",
      on: {
        "unmap.begins": {
          description: "begins to unmap the page",
          meta: { origin: atWill("user space") },
          target: "unmapping",
          actions: assign({ left: ({ context }) => UNMAP_ORDERS[context.rules.unmapOrder], timedOut: false }),
        },
      },
    },
    unmapping: {
      description: "unmapping the page",
      meta: { origin: FLUSHES },
      on: {
        "unmap.steps": [
          {
            description: "takes the next step of the unmap",
            meta: { listed: true },
            guard: ({ context }) => context.left.length > 1,
            actions: acts,
          },
          {
            description: "takes the last step of the unmap",
            meta: { listed: true },
            target: "unmapped",
            actions: [acts, assign({ found: [] })],
          },
        ],
        "unmap.reads-early": {
          description: "reads whom to tell before earlier steps are done, as no barrier is between",
          guard: mayReadEarly,
          actions: readsEarly,
        },
        "list.tells": { actions: remembers },
        "atc.answers": { actions: notices },
      },
    },
    unmapped: {
      description: "outside of an unmap, with no page mapped",
      on: {
        "unmap.maps": {
          description: "maps another page",
          meta: { origin: atWill("user space") },
          target: "idle",
          actions: s.emit({ type: "page.is-mapped" }),
        },
      },
    },
  },
});
