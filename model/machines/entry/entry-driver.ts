/**
 * The driver that changes the entry of a device: one call at a time, in the steps of entry-orders.ts.
 *
 * Models  see entry-orders.ts; arm-smmu-v3: arm_smmu_make_s2_domain_ste() and arm_smmu_make_s1_cd(), where the settings
 *         for stalls follow what the SMMU can (B40).
 * Omits   failures of its steps (the study attachments), and the lock that keeps other calls out.
 */
import { assign, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import {
  ENTRY_ATTACH_ORDERS,
  ENTRY_DETACH_ORDERS,
  ENTRY_REPLACE_ORDERS,
  type EntryAttachOrder,
  type EntryDetachOrder,
  type EntryReplaceOrder,
  type EntryStep,
} from "./entry-orders.ts";
import type { CacheTag } from "./paging-domain.ts";
import type { FirstWord, SecondWord } from "./table-entry.ts";
import type { StallModel } from "./translating-stream.ts";

/** Whether the settings of both stages follow what the SMMU can: stall if it does, do not if it cannot. */
export type StallSettings = "mirrored" | "first-stage-only" | "always";

export interface EntryDriverInput {
  readonly attachOrder: EntryAttachOrder;
  readonly detachOrder: EntryDetachOrder;
  readonly replaceOrder: EntryReplaceOrder;
  readonly stallSettings: StallSettings;
  readonly stallModel: StallModel;
  /** The device can use ATS; one that does is never stalled. */
  readonly hasAts: boolean;
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
  | { readonly type: "ats.turns-on" | "ats.turns-off" | "entry.clears-present" }
  | { readonly type: "tag.assigns" | "tag.unassigns"; readonly table: number; readonly tag: CacheTag }
  | { readonly type: "entry.writes-first"; readonly word: FirstWord }
  | { readonly type: "entry.writes-second"; readonly word: SecondWord };

const s = setup({
  types: {
    context: {} as EntryDriverContext,
    events: {} as
      | { readonly type: "driver.attaches" | "driver.replaces"; readonly table: number }
      | { readonly type: "driver.detaches" | "driver.steps" },
    emitted: {} as EntryDriverEmits,
    input: {} as EntryDriverInput,
  },
  guards: {
    isDetached: ({ context }) => context.attached === null,
    isAttached: ({ context }) => context.attached !== null,
    isAnother: ({ context, event }) =>
      context.attached !== null && event.type === "driver.replaces" && event.table !== context.attached,
    isLast: ({ context }) => context.left.length === 1,
  },
});

/** Table 0 is of the first stage, table 1 of the second. */
function stalls({ stallSettings, stallModel, hasAts }: EntryDriverContext, table: number): boolean {
  if (stallSettings === "always") return true;
  if (stallSettings === "first-stage-only" && table !== 0) return false;
  return stallModel !== "terminate-only" && !hasAts;
}

function messages(step: EntryStep, context: EntryDriverContext): readonly EntryDriverEmits[] {
  const { ats, hasAts, old } = context;
  const table = context.table!;
  const tags: readonly CacheTag[] = ats ? ["iotlb", "devtlb"] : ["iotlb"];
  switch (step) {
    case "drop":
      return [{ type: "table.drops", table }];
    case "ats-on":
      return hasAts ? [{ type: "ats.turns-on" }] : [];
    case "ats-off":
      return hasAts ? [{ type: "ats.turns-off" }] : [];
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
  }
}

const acts = s.enqueueActions(({ context, enqueue }) => {
  const [step, ...left] = context.left;
  enqueue.assign({ left });
  if (step === "old") enqueue.assign({ table: context.old });
  else if (step === "new") enqueue.assign({ table: context.attached });
  else for (const message of messages(step!, context)) enqueue.emit(message);
  if (step === "ats-on") enqueue.assign({ ats: context.hasAts });
  if (step === "ats-off") enqueue.assign({ ats: false });
});
const takes = s.emit(({ event }) => ({
  type: "table.takes" as const,
  table: (event as unknown as { readonly table: number }).table,
}));
const ends = s.assign({ table: null, old: null });

export const entryDriver = s.createMachine({
  id: "entry-driver",
  context: ({ input }) => ({ ...input, attached: null, ats: false, table: null, old: null, left: [] }),
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
              left: ENTRY_ATTACH_ORDERS[context.attachOrder],
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
              left: ENTRY_REPLACE_ORDERS[context.replaceOrder],
            })),
          ],
        },
        "driver.detaches": {
          guard: "isAttached",
          target: "working",
          actions: assign(({ context }) => ({
            attached: null,
            table: context.attached,
            left: ENTRY_DETACH_ORDERS[context.detachOrder],
          })),
        },
      },
    },
    working: {
      on: { "driver.steps": [{ guard: "isLast", target: "idle", actions: [acts, ends] }, { actions: acts }] },
    },
  },
});

export const entryDriverSteps: readonly Message[] = [{ type: "driver.steps" }];
