/**
 * The software that changes one page table entry, for an unmap, a protection change or a page fault: what it writes,
 * invalidates, waits for and frees, and in which order.
 *
 * Models  the hardware facts: I4 (a narrower permission is invalidated and waited for), I7 (the order table, IOTLB, device
 *         caches), I2 (a first mapping needs an invalidation only in caching mode), I3 (a wider permission needs none for
 *         devices with page faults), I9 (a response follows the write). The page table page of an entry without permission
 *         is unlinked, its walk caches are flushed, and it is freed: B44 (stale walk caches of a freed page).
 *         After a time-out of an ATC invalidation bus mastering is cleared before memory is freed: I6 (which ATCs are stale
 *         is unknown). A page fault widens a permission that is too narrow for it.
 * Omits   locks (one thread takes all steps) and refusals. A new mapping takes the frame that the last one did not use, so
 *         that the two differ. linux/vfio/type1 and drivers/taking-back.ts have the callers, domains and devices.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import { atWill, clause, linux, linux612, messages } from "../../../../said.ts";
import { allows, type Access, type Entry, type Permission } from "../../../iommu/permission.ts";

export type EditStep =
  | "set-table"
  /** With a wait for its completion. */
  | "invalidate-iotlb"
  | "invalidate-atc"
  /** A deliberate defect: no wait for the device, against I7 (the order of an unmap with ATS). */
  | "send-atc"
  /** The page table page of the entry: unlinked from the level above, flushed from the walk caches, freed. */
  | "unlink-table"
  | "flush-walks"
  | "free-table";

export interface EditorRules {
  /** The steps of a change that is invalidated. */
  readonly order: readonly EditStep[];
  /** B44 (stale walk caches of a freed page table page): the steps that free the page. */
  readonly tableFree: readonly EditStep[];
  /** K15 (upgradeWithoutInv): whether a permission is widened without an invalidation. */
  readonly skipsWidening: boolean;
  /** I2 (caching mode): whether a first mapping is invalidated too. */
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
  /** The entry after the change in progress. */
  readonly entry: Entry;
  /** Ghost: what the device may still use. A narrower permission counts from the end of the change. */
  readonly granted: Entry;
  /** The device did not complete an invalidation. Without bus mastering no ATC invalidation is sent to it. */
  readonly isolated: boolean;
  /** Remaining steps of the change. */
  readonly steps: readonly EditStep[];
  /** The access of the page fault in service. */
  readonly serves: Access | null;
  /** Ghost: consecutive faults on an entry that already allows the access, at most 2. */
  readonly inVain: number;
}

export const EDITOR_STEPS: readonly Message[] = [
  ...(["none", "read", "write"] as const).map((permission) => ({ type: "editor.changes", permission })),
  { type: "editor.serves" },
  { type: "editor.steps" },
  { type: "editor.answers" },
  { type: "editor.readmits" },
];

const IOMMU = "drivers/iommu/iommu.c";
const PCI = "drivers/pci/pci.c";
const SYNC = linux("include/linux/iommu.h", "iommu_iotlb_sync");

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

/** The steps that change the entry to this permission. */
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
  description: "the software that changes one page table entry",
  meta: {
    origin: linux(IOMMU, "iommu_map", "iommu_unmap"),
    lane: "the thread that maps, unmaps and serves page faults",
    messages: messages<PermissionEditorEmits>({
      "table.sets": {
        says: "writes {permission} and frame {frame}",
        origin: clause("vtd", "paging-structure entry"),
      },
      "iotlb.invalidates": { says: "invalidates the IOTLB", origin: SYNC },
      "tables.unlinks": { says: "unlinks the page table page", origin: linux(IOMMU, "iommu_unmap_fast") },
      "walks.flushes": { says: "flushes the paging-structure caches", origin: SYNC },
      "tables.frees": { says: "frees the page table page", origin: SYNC },
      "atc.submits": { says: "submits an ATC invalidation", origin: SYNC },
      "device.loses-bus": { says: "clears bus mastering of the device", origin: linux(PCI, "pci_clear_master") },
      "device.returns": { says: "sets bus mastering of the device", origin: linux(PCI, "pci_set_master") },
      "page.response": {
        says: "responds to the page fault",
        origin: linux612("drivers/iommu/io-pgfault.c", "iopf_group_response"),
      },
    }),
  },
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
    // After "send-atc" no step waits for the fence.
    "fence.passed": { actions: [] },
    "fence.failed": { actions: [] },
  },
  states: {
    idle: {
      description: "no change is in progress",
      on: {
        "editor.changes": {
          description: "begins to change the permission to {permission}",
          meta: { origin: atWill("the owner of the mapping") },
          guard: ({ context, event }) => context.entry.permission !== event.permission,
          target: "changing",
          actions: assign(({ context, event }) => change(context, event.permission)),
        },
        "editor.readmits": {
          description: "sets bus mastering of the device again",
          meta: { origin: linux(PCI, "pci_set_master") },
          guard: ({ context }) => context.isolated,
          actions: [assign({ isolated: false, inVain: 0 }), emit({ type: "device.returns" })],
        },
        "request.recorded": { target: "serving", actions: assign({ serves: ({ event }) => event.access }) },
      },
    },
    serving: {
      description: "has a page fault to serve",
      on: {
        "editor.serves": [
          {
            description: "finds that the entry already allows the {serves}",
            guard: ({ context: { entry, serves } }) => allows(entry.permission, serves!),
            target: "answering",
            actions: assign({ inVain: ({ context }) => Math.min(2, context.inVain + 1) }),
          },
          {
            description: "begins to change the permission for the {serves}",
            target: "changing",
            actions: assign(({ context }) => change(context, context.serves!)),
          },
        ],
      },
    },
    changing: {
      description: "changes the page table entry and invalidates caches",
      on: {
        "editor.steps": [
          {
            description: "takes the next step of the change of the page table entry",
            meta: { listed: true },
            guard: ({ context: { steps } }) => steps.length > 0 && waitsForIommu.includes(steps[0]!),
            target: "awaiting-iotlb",
            actions: takesStep,
          },
          {
            description: "sends no ATC invalidation to a device without bus mastering",
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
            description: "has served the page fault",
            guard: ({ context: { serves } }) => serves !== null,
            target: "answering",
            actions: assign({ granted: ({ context }) => context.entry }),
          },
          {
            description: "has changed the permission",
            target: "idle",
            actions: assign({ granted: ({ context }) => context.entry }),
          },
        ],
      },
    },
    "awaiting-iotlb": {
      description: "waits for the IOTLB invalidation",
      on: { "iotlb.invalidated": { target: "changing" } },
    },
    "awaiting-atc": {
      description: "waits for the ATC invalidation",
      on: {
        "fence.passed": { target: "changing" },
        "fence.failed": {
          target: "changing",
          actions: [assign({ isolated: true }), emit({ type: "device.loses-bus" })],
        },
      },
    },
    answering: {
      description: "has served a page fault and not responded",
      on: {
        "editor.answers": {
          description: "responds to the page fault",
          meta: { origin: linux612("drivers/iommu/io-pgfault.c", "iopf_group_response") },
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
