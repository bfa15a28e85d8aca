/**
 * The software that changes one page table entry, on request of others and for page faults: what is written, invalidated,
 * waited for and freed, in which order.
 *
 * Models  hardware facts I2-I4, I6, I7, I9: narrowing is always invalidated, in the order table, IOTLB, device caches;
 *         the table page of an entry that allows nothing is unlinked, its walk caches are flushed, and it is freed (B44);
 *         widening a permission, or the first mapping, only where the hardware needs it and the driver knows; after an
 *         error the device is cut off before anything is freed. A page fault widens what is too narrow for it, and is
 *         answered after the entry was written.
 * Omits   locks (one thread does all), refusals, and the choice of a frame: a new mapping takes the frame that was not
 *         used last, so that the old one can be told from the new one.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import { allows, type Access, type Entry, type Permission } from "../../../iommu/permission.ts";

export type EditStep =
  | "set-table"
  /** And wait for it. */
  | "invalidate-iotlb"
  | "invalidate-atc"
  /** A departure: go on without waiting (I7). */
  | "send-atc"
  /** The table page that holds the entry: out of the level above, out of the walk caches (waited for), to the allocator. */
  | "unlink-table"
  | "flush-walks"
  | "free-table";

export interface EditorRules {
  /** The steps of a change that is invalidated. */
  readonly order: readonly EditStep[];
  /** B44. What follows when nothing is permitted any more, and the table page can go. */
  readonly tableFree: readonly EditStep[];
  /** K15. Whether a permission is widened without invalidating. */
  readonly skipsWidening: boolean;
  /** I2. Whether a first mapping is invalidated too. */
  readonly invalidatesNew: boolean;
}

export type PermissionEditorEvent =
  | { readonly type: "editor.changes"; readonly permission: Permission }
  | { readonly type: "editor.serves" | "editor.steps" | "editor.answers" | "editor.readmits" }
  | { readonly type: "request.recorded"; readonly access: Access }
  | { readonly type: "iotlb.invalidated" | "fence.passed" | "fence.failed" };

export type PermissionEditorEmits =
  | ({ readonly type: "table.sets" } & Entry)
  | { readonly type: "iotlb.invalidates" | "tables.unlinks" | "walks.flushes" | "tables.frees" }
  | { readonly type: "atc.submits" | "device.loses-bus" | "device.returns" | "page.response" };

export interface PermissionEditorContext {
  readonly rules: EditorRules;
  /** What the table says, or will when this change is done. */
  readonly entry: Entry;
  /** Ghost: what the device may still use; a narrowing ends with the change, and only then a frame is free. */
  readonly granted: Entry;
  /** The device did not complete an invalidation, and was cut off: nothing is invalidated in it until it is let in again. */
  readonly isolated: boolean;
  /** Steps that are left of a change. */
  readonly steps: readonly EditStep[];
  /** The page fault that is served, if one is. */
  readonly serves: Access | null;
  /** Ghost: faults in a row that found nothing to do, at most 2. */
  readonly inVain: number;
}

export const EDITOR_STEPS: readonly Message[] = [
  ...(["none", "read", "write"] as const).map((permission) => ({ type: "editor.changes", permission })),
  { type: "editor.serves" },
  { type: "editor.steps" },
  { type: "editor.answers" },
  { type: "editor.readmits" },
];

const s = setup({
  types: {
    context: {} as PermissionEditorContext,
    events: {} as PermissionEditorEvent,
    emitted: {} as PermissionEditorEmits,
    input: {} as EditorRules,
  },
});

const STRENGTH: readonly Permission[] = ["none", "read", "write"];
const widens = (from: Permission, to: Permission): boolean => STRENGTH.indexOf(to) > STRENGTH.indexOf(from);

/** What must be done to change the entry to this permission. */
function change({ rules, entry, granted }: PermissionEditorContext, permission: Permission) {
  const isNew = entry.permission === "none";
  const next: Entry = { permission, frame: isNew ? 1 - entry.frame : entry.frame };
  const wide = widens(entry.permission, permission);
  const skips = wide && (isNew ? !rules.invalidatesNew : rules.skipsWidening);
  return {
    entry: next,
    granted: wide ? next : granted,
    steps: [...(skips ? (["set-table"] as const) : rules.order), ...(permission === "none" ? rules.tableFree : [])],
    inVain: 0,
  };
}

const takesStep = s.enqueueActions(({ context: { steps, entry }, enqueue }) => {
  const [step, ...rest] = steps;
  enqueue.assign({ steps: rest });
  if (step === "set-table") enqueue.emit({ type: "table.sets", ...entry });
  if (step === "invalidate-iotlb") enqueue.emit({ type: "iotlb.invalidates" });
  if (step === "invalidate-atc" || step === "send-atc") enqueue.emit({ type: "atc.submits" });
  if (step === "unlink-table") enqueue.emit({ type: "tables.unlinks" });
  if (step === "flush-walks") enqueue.emit({ type: "walks.flushes" });
  if (step === "free-table") enqueue.emit({ type: "tables.frees" });
});

const waitsForIommu: readonly EditStep[] = ["invalidate-iotlb", "flush-walks"];

export const permissionEditor = s.createMachine({
  id: "permission-editor",
  context: ({ input }) => ({
    rules: input,
    entry: { permission: "none", frame: 0 },
    granted: { permission: "none", frame: 0 },
    isolated: false,
    steps: [],
    serves: null,
    inVain: 0,
  }),
  initial: "idle",
  on: {
    // Of an invalidation that nobody waited for.
    "fence.passed": { actions: [] },
    "fence.failed": { actions: [] },
  },
  states: {
    idle: {
      on: {
        "editor.changes": {
          guard: ({ context, event }) => context.entry.permission !== event.permission,
          target: "changing",
          actions: assign(({ context, event }) => change(context, event.permission)),
        },
        "editor.readmits": {
          guard: ({ context }) => context.isolated,
          actions: [assign({ isolated: false, inVain: 0 }), emit({ type: "device.returns" })],
        },
        "request.recorded": { target: "serving", actions: assign({ serves: ({ event }) => event.access }) },
      },
    },
    serving: {
      on: {
        "editor.serves": [
          {
            guard: ({ context: { entry, serves } }) => allows(entry.permission, serves!),
            target: "answering",
            actions: assign({ inVain: ({ context }) => Math.min(2, context.inVain + 1) }),
          },
          { target: "changing", actions: assign(({ context }) => change(context, context.serves!)) },
        ],
      },
    },
    changing: {
      on: {
        "editor.steps": [
          {
            guard: ({ context: { steps } }) => steps.length > 0 && waitsForIommu.includes(steps[0]!),
            target: "awaiting-iotlb",
            actions: takesStep,
          },
          {
            guard: ({ context: { steps, isolated } }) => isolated && steps[0] === "invalidate-atc",
            actions: assign({ steps: ({ context }) => context.steps.slice(1) }),
          },
          {
            guard: ({ context: { steps } }) => steps[0] === "invalidate-atc",
            target: "awaiting-atc",
            actions: takesStep,
          },
          { guard: ({ context: { steps } }) => steps.length > 0, actions: takesStep },
          {
            guard: ({ context: { serves } }) => serves !== null,
            target: "answering",
            actions: assign({ granted: ({ context }) => context.entry }),
          },
          { target: "idle", actions: assign({ granted: ({ context }) => context.entry }) },
        ],
      },
    },
    "awaiting-iotlb": { on: { "iotlb.invalidated": { target: "changing" } } },
    "awaiting-atc": {
      on: {
        "fence.passed": { target: "changing" },
        "fence.failed": {
          target: "changing",
          actions: [assign({ isolated: true }), emit({ type: "device.loses-bus" })],
        },
      },
    },
    answering: {
      on: {
        "editor.answers": {
          target: "idle",
          actions: enqueueActions(({ enqueue }) => {
            enqueue.assign({ serves: null });
            enqueue.emit({ type: "page.response" });
          }),
        },
      },
    },
  },
});
