/**
 * The driver that changes the entry of a device: one call at a time, in the steps of entry-orders.ts.
 *
 * Models  see entry-orders.ts; arm-smmu-v3: arm_smmu_make_s2_domain_ste() and arm_smmu_make_s1_cd(), where the settings
 *         for stalls follow what the SMMU can (B40).
 *         The end of a drain on VT-d: intel_iommu_drain_pasid_prq() of 6.12.117 returns early without PRI
 *         (info->pri_enabled), does not look at info->ats_enabled, and submits a device-TLB invalidation among its
 *         descriptors; devtlb_invalidation_with_pasid(), earlier in the same teardown, does look. On a time-out (ITE)
 *         qi_check_fault() returns -EAGAIN while the device is present, and qi_submit_sync() submits again. In 6.1
 *         the teardown of a RID never drains: intel_pasid_tear_down_entry() has no drain, and only intel_svm_unbind_mm()
 *         calls intel_svm_drain_prq().
 * Omits   failures of its steps (the study attachments), and the lock that keeps other calls out. A device that is gone
 *         when its invalidation times out: qi_check_fault() then returns -ETIMEDOUT and the teardown goes on. The waits of
 *         a drain for records and for overflow (the study teardown).
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
import type { CacheTag } from "./paging-domain.ts";
import type { FirstWord, SecondWord } from "../../../../iommu/table-entry.ts";
import type { StallModel } from "../../../../iommu/translating-stream.ts";

/** Whether the settings of both stages follow what the SMMU can: stall if it does, do not if it cannot. */
export type StallSettings = "mirrored" | "first-stage-only" | "always";

/** Whether the drain invalidates the device's cache only while its ATS is on, or always. */
export type DrainInvalidates = "with-ats" | "always";

export interface EntryDriverInput {
  readonly attachOrder: EntryAttachOrder;
  readonly detachOrder: EntryDetachOrder;
  readonly replaceOrder: EntryReplaceOrder;
  readonly stallSettings: StallSettings;
  readonly stallModel: StallModel;
  /** The device can use ATS; one that does is never stalled. */
  readonly hasAts: boolean;
  /** The device has PRI, and it is on. */
  readonly hasPri: boolean;
  readonly path: AttachPath;
  readonly drainInvalidates: DrainInvalidates;
}

export interface EntryDriverContext extends EntryDriverInput {
  readonly attached: number | null;
  readonly ats: boolean;
  /** Of the call: the table that its next steps are about, and the one that it leaves for another. */
  readonly table: number | null;
  readonly old: number | null;
  readonly left: readonly (EntryStep | "old" | "new")[];
}

export type EntryDriverEmits =
  | { readonly type: "table.takes" | "table.drops" | "entry.invalidates"; readonly table: number }
  | { readonly type: "ats.turns-on" | "ats.turns-off" | "entry.clears-present" | "drain.submits" }
  | { readonly type: "tag.assigns" | "tag.unassigns"; readonly table: number; readonly tag: CacheTag }
  | { readonly type: "entry.writes-first"; readonly word: FirstWord }
  | { readonly type: "entry.writes-second"; readonly word: SecondWord };

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

const planned = ({ hasPri }: EntryDriverInput, steps: EntryDriverContext["left"]): EntryDriverContext["left"] =>
  hasPri ? steps : steps.filter((step) => step !== "drain-prq");
const turnsOn = ({ hasAts, path }: EntryDriverInput): boolean => hasAts && path === "rid";
const turnsOff = ({ hasAts, path }: EntryDriverInput): boolean => hasAts && path !== "pasid";

/** Table 0 is of the first stage, table 1 of the second. */
function stalls({ stallSettings, stallModel, hasAts }: EntryDriverContext, table: number): boolean {
  if (stallSettings === "always") return true;
  if (stallSettings === "first-stage-only" && table !== 0) return false;
  return stallModel !== "terminate-only" && !hasAts;
}

function messages(step: EntryStep, context: EntryDriverContext): readonly EntryDriverEmits[] {
  const { ats, old } = context;
  const table = context.table!;
  const tags: readonly CacheTag[] = ats ? ["iotlb", "devtlb"] : ["iotlb"];
  switch (step) {
    case "drop":
      return [{ type: "table.drops", table }];
    case "ats-on":
      return turnsOn(context) ? [{ type: "ats.turns-on" }] : [];
    case "ats-off":
      return turnsOff(context) ? [{ type: "ats.turns-off" }] : [];
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
  else for (const message of messages(step!, context)) enqueue.emit(message);
  if (step === "ats-on" && turnsOn(context)) enqueue.assign({ ats: true });
  if (step === "ats-off" && turnsOff(context)) enqueue.assign({ ats: false });
});
const takes = s.emit(({ event }) => ({
  type: "table.takes" as const,
  table: (event as unknown as { readonly table: number }).table,
}));
const ends = s.assign({ table: null, old: null });

export const entryDriver = s.createMachine({
  id: "entry-driver",
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
      on: {
        "driver.attaches": {
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
      on: {
        "driver.steps": [
          { guard: "submits", target: "submitting", actions: s.emit({ type: "drain.submits" }) },
          { guard: "isLast", target: "idle", actions: [acts, ends] },
          { actions: acts },
        ],
      },
    },
    /** Inside qi_submit_sync(). */
    submitting: {
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
