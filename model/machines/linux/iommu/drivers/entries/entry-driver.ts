/**
 * The driver that changes the table entry of a device: a PASID table entry of VT-d, or STE and CD of SMMUv3. It takes one call
 * at a time.
 *
 * Models  a list of intel/entry-orders.ts says which steps a call takes. arm-smmu-v3: arm_smmu_make_s2_domain_ste() and
 *         arm_smmu_make_s1_cd() set the stall fields to what the SMMU can do: B40 (stall settings that the SMMU rejects).
 *         The end of a drain on VT-d: intel_iommu_drain_pasid_prq() of 6.12.117 returns early without PRI
 *         (info->pri_enabled). It does not read info->ats_enabled, and submits a device TLB invalidation.
 *         devtlb_invalidation_with_pasid(), earlier in the same teardown, reads it. After a time-out (ITE)
 *         qi_check_fault() returns -EAGAIN while the device is present, and qi_submit_sync() submits again. In 6.1
 *         the teardown of a RID never drains: intel_pasid_tear_down_entry() has no drain, and only intel_svm_unbind_mm()
 *         calls intel_svm_drain_prq().
 *         SMMUv3 takes the steps of intended orders here: its STE is made invalid and synced before a word changes
 *         (arm_smmu_write_entry()), and the list of masters of a domain stands for the tags.
 * Omits   errors of its steps (iommufd/attach has them) and the lock that excludes other calls. A device that is removed when
 *         its invalidation times out: qi_check_fault() then returns -ETIMEDOUT, and the teardown goes on. The loops of a
 *         drain, which wait for records and for overflow (drivers/teardown).
 */
import { assign, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import {
  type AttachPath,
  ENTRY_ATTACH_ORDERS,
  ENTRY_DETACH_ORDERS,
  ENTRY_REPLACE_ORDERS,
  type EntryAttachOrder,
  type EntryDetachOrder,
  type EntryReplaceOrder,
  type EntryStep,
} from "../../intel/entry-orders.ts";
import { ATTACH, DETACH, entryDriverSays, type EntryDriverEmits } from "./entry-messages.ts";
import type { CacheTag } from "./paging-domain.ts";
import type { StallModel } from "../../../../iommu/translating-stream.ts";

/** Whether the stall fields of both stages follow the SMMU: stall if it can, terminate if it cannot. */
export type StallSettings = "mirrored" | "first-stage-only" | "always";

/** Whether the drain invalidates the device TLB only while ATS is on, or always. */
export type DrainInvalidates = "with-ats" | "always";

/** Whose functions its steps name. */
export type EntryOwner = "vtd" | "smmuv3";

export interface EntryDriverInput {
  readonly owner: EntryOwner;
  readonly attachOrder: EntryAttachOrder;
  readonly detachOrder: EntryDetachOrder;
  readonly replaceOrder: EntryReplaceOrder;
  readonly stallSettings: StallSettings;
  readonly stallModel: StallModel;
  /** The device has ATS; then the SMMU does not stall it. */
  readonly hasAts: boolean;
  /** The device has PRI, and PRI is on. */
  readonly hasPri: boolean;
  readonly path: AttachPath;
  readonly drainInvalidates: DrainInvalidates;
}

export interface EntryDriverContext extends EntryDriverInput {
  readonly attached: number | null;
  readonly ats: boolean;
  /** The page table of the next steps of the call, and the one that a replace leaves. */
  readonly table: number | null;
  readonly old: number | null;
  readonly left: readonly (EntryStep | "old" | "new")[];
}

const s = setup({
  types: {
    context: {} as EntryDriverContext,
    events: {} as
      | { readonly type: "driver.attaches" | "driver.replaces"; readonly table: number }
      | { readonly type: "driver.detaches" | "driver.steps" }
      | { readonly type: "drain.completes" | "drain.times-out" },
    emitted: {} as EntryDriverEmits,
    input: {} as EntryDriverInput,
  },
  guards: {
    isDetached: ({ context }) => context.attached === null,
    isAttached: ({ context }) => context.attached !== null,
    isAnother: ({ context, event }) =>
      context.attached !== null && event.type === "driver.replaces" && event.table !== context.attached,
    isLast: ({ context }) => context.left.length === 1,
    submits: ({ context: { left, drainInvalidates, ats } }) =>
      left[0] === "drain-prq" && (ats || drainInvalidates === "always"),
  },
});

/** Without the steps that a device without PRI does not take, and those that leave ATS as it is on this path. */
function planned(input: EntryDriverInput, steps: EntryDriverContext["left"]): EntryDriverContext["left"] {
  const takes = { "drain-prq": input.hasPri, "ats-on": turnsOn(input), "ats-off": turnsOff(input) };
  return steps.filter((step) => !Object.hasOwn(takes, step) || takes[step as keyof typeof takes]);
}
const turnsOn = ({ hasAts, path }: EntryDriverInput): boolean => hasAts && path === "rid";
const turnsOff = ({ hasAts, path }: EntryDriverInput): boolean => hasAts && path !== "pasid";

/** Page table 0 is of the first stage, page table 1 of the second. */
function stalls({ stallSettings, stallModel, hasAts }: EntryDriverContext, table: number): boolean {
  if (stallSettings === "always") return true;
  if (stallSettings === "first-stage-only" && table !== 0) return false;
  return stallModel !== "terminate-only" && !hasAts;
}

function messagesOf(step: EntryStep, context: EntryDriverContext): readonly EntryDriverEmits[] {
  const { ats, old } = context;
  const table = context.table!;
  const tags: readonly CacheTag[] = ats ? ["iotlb", "devtlb"] : ["iotlb"];
  switch (step) {
    case "drop":
      return [{ type: "table.drops", table }];
    case "ats-on":
      return [{ type: "ats.turns-on" }];
    case "ats-off":
      return [{ type: "ats.turns-off" }];
    case "assign-tags":
      return tags.map((tag) => ({ type: "tag.assigns", table, tag }));
    case "unassign-tags":
      return tags.map((tag) => ({ type: "tag.unassigns", table, tag }));
    case "write-first":
      return [{ type: "entry.writes-first", word: { present: true, table } }];
    case "write-second":
      return [{ type: "entry.writes-second", word: { table, stalls: stalls(context, table) } }];
    case "clear-present":
      return [{ type: "entry.clears-present" }];
    case "zero-first":
      return [{ type: "entry.writes-first", word: { present: false, table: null } }];
    case "zero-second":
      return [{ type: "entry.writes-second", word: null }];
    case "invalidate":
      return [{ type: "entry.invalidates", table: old ?? table }];
    case "drain-prq":
      return [];
  }
}

const acts = s.enqueueActions(({ context, enqueue }) => {
  const [step, ...left] = context.left;
  enqueue.assign({ left });
  if (step === "old") enqueue.assign({ table: context.old });
  else if (step === "new") enqueue.assign({ table: context.attached });
  else for (const message of messagesOf(step!, context)) enqueue.emit(message);
  if (step === "ats-on") enqueue.assign({ ats: true });
  if (step === "ats-off") enqueue.assign({ ats: false });
});
const takes = s.emit(({ event }) => ({
  type: "table.takes" as const,
  table: (event as unknown as { readonly table: number }).table,
}));
const ends = s.assign({ table: null, old: null });

export const entryDriver = s.createMachine({
  id: "entry-driver",
  description: "the driver that changes the table entry of a device",
  meta: {
    origin: ATTACH,
    lane: "the IOMMU driver, for the table entry of the device",
    messages: entryDriverSays,
  },
  context: ({ input }) => ({
    ...input,
    attached: null,
    ats: input.hasAts && input.path === "pasid",
    table: null,
    old: null,
    left: [],
  }),
  initial: "idle",
  states: {
    idle: {
      description: "no call is in progress",
      on: {
        "driver.attaches": {
          description: "begins to attach the device to page table {table}",
          meta: { origin: ATTACH },
          guard: "isDetached",
          target: "working",
          actions: [
            takes,
            assign(({ context, event: { table } }) => ({
              attached: table,
              table,
              left: planned(context, ENTRY_ATTACH_ORDERS[context.attachOrder]),
            })),
          ],
        },
        "driver.replaces": {
          description: "begins to replace the page table of the device by page table {table}",
          meta: { origin: ATTACH },
          guard: "isAnother",
          target: "working",
          actions: [
            takes,
            assign(({ context, event: { table } }) => ({
              attached: table,
              table,
              old: context.attached,
              left: planned(context, ENTRY_REPLACE_ORDERS[context.replaceOrder]),
            })),
          ],
        },
        "driver.detaches": {
          description: "begins to detach the device from page table {attached}",
          meta: { origin: DETACH },
          guard: "isAttached",
          target: "working",
          actions: assign(({ context }) => ({
            attached: null,
            table: context.attached,
            left: planned(context, ENTRY_DETACH_ORDERS[context.detachOrder]),
          })),
        },
      },
    },
    working: {
      description: "is in attach, replace or detach",
      on: {
        "driver.steps": [
          {
            description: "takes the next step of attach, replace or detach",
            meta: { listed: true },
            guard: "submits",
            target: "submitting",
            actions: s.emit({ type: "drain.submits" }),
          },
          { guard: "isLast", target: "idle", actions: [acts, ends] },
          { actions: acts },
        ],
      },
    },
    submitting: {
      description: "is inside qi_submit_sync() of the drain",
      on: {
        "drain.completes": [
          { guard: "isLast", target: "idle", actions: [acts, ends] },
          { target: "working", actions: acts },
        ],
        "drain.times-out": { target: "working" },
      },
    },
  },
});

export const entryDriverSteps: readonly Message[] = [{ type: "driver.steps" }];
