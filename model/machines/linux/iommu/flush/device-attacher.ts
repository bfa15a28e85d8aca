/**
 * Attaches one device, or one PASID, to the page table whose page is unmapped, takes it out again or moves it to another, and
 * blocks it around a reset.
 *
 * Models  The steps are lists of attach-orders.ts. SMMUv3: arm_smmu_attach_prepare() lists the device and turns its ATS off where the
 *         new entry has none, arm_smmu_install_ste_for_dev() writes entries and syncs, arm_smmu_attach_commit() invalidates
 *         the ATC, turns ATS on, and takes the device off the old list. In 6.12.117 it
 *         sets master->ats_enabled last, without which arm_smmu_atc_inv_domain() passes over a device on the list: here it
 *         is listed then ("flag-last"). VT-d, RID: dmar_domain_attach_device() writes entries
 *         first; device_block_translation() removes cache tags first. VT-d, PASID: domain_add_dev_pasid() assigns tags first;
 *         tags are removed before the entry in 6.12.117, and after it in 7.3.4. AMD, RID: attach_device() turns ATS on before
 *         it lists the device, writes the entry, and invalidates the ATC (device_flush_dte()); detach_device() turns ATS off
 *         first, so that neither device_flush_dte() nor amd_iommu_domain_flush_all() invalidates the ATC.
 *         With aliases each entry is written by itself (pci_for_each_dma_alias()).
 *         pci_dev_reset_iommu_prepare() and _done() of 7.3.4: out of all page tables, the reset, back in, whether or not it
 *         succeeded. Since v3 of the series on quarantine: only after it has succeeded; and a device that is marked as
 *         broken is attached without ATS.
 * Omits   Errors. Two devices of one group, whose lock lets one of them be changed at a time: here two of different groups.
 *         arm_smmu_asid_lock, which does the same for all devices: it takes orders away.
 */
import { assign, setup } from "xstate";
import { atWill } from "../../../../said.ts";
import type { Entry } from "../../../device/requester.ts";
import { LISTING_ORDERS, UNLISTING_ORDERS, type AttachRules, type AttachStep } from "./attach-orders.ts";
import {
  ATTACH,
  DETACH,
  deviceAttacherSays,
  DONE,
  PREPARE,
  QUARANTINE,
  type DeviceAttacherEmits,
} from "./device-attacher-messages.ts";
import type { TimeoutDoes } from "./unmap-orders.ts";

export interface AttacherRules extends AttachRules {
  readonly timeoutDoes: TimeoutDoes;
}

export interface DeviceAttacherInput {
  readonly name: string;
  readonly rules: AttacherRules;
  /** The requester itself, then its aliases; all with this tag. */
  readonly requesters: readonly string[];
  readonly tag: number;
  /** A PASID: ATS of its device is on, and stays. */
  readonly keepsAts: boolean;
  readonly attached: boolean;
}

/** A step for one requester. */
interface Planned {
  readonly step: AttachStep;
  readonly on: string;
}

export interface DeviceAttacherContext extends DeviceAttacherInput {
  /** Where its entry is, or will be after the steps that are left. */
  readonly target: Entry;
  /** What it had before. */
  readonly old: Entry;
  /** Its ATS enable bit, as software last wrote it. */
  readonly ats: boolean;
  readonly left: readonly Planned[];
  /** An Invalidate Request has timed out. */
  readonly broken: boolean;
  /** Out of all page tables, until a reset. */
  readonly blocked: boolean;
  /** Its last reset has failed. */
  readonly resetFailed: boolean;
}

const s = setup({
  types: {
    context: {} as DeviceAttacherContext,
    events: {} as
      | { readonly type: "attacher.attaches" | "attacher.leaves"; readonly ats: boolean }
      | { readonly type: "attacher.steps" | "attacher.resets" | "attacher.blocks" }
      | { readonly type: "reset.succeeds" | "reset.fails" }
      | { readonly type: "device.is-broken" }
      | { readonly type: "atc.answers"; readonly on: string; readonly timedOut: boolean },
    emitted: {} as DeviceAttacherEmits,
    input: {} as DeviceAttacherInput,
  },
});

const NOWHERE: Entry = { at: "none", ats: false };

/** The steps of a list that have something to do; those on entries for each requester. */
function planned(
  { requesters, rules, ats, keepsAts, target: old }: DeviceAttacherContext,
  target: Entry,
  steps: readonly AttachStep[],
): readonly Planned[] {
  const [device] = requesters as readonly [string, ...string[]];
  const idle: { readonly [step in AttachStep]?: boolean } = {
    "ats-off": keepsAts || !ats || target.ats,
    "ats-on": keepsAts || ats || !target.ats,
    "flush-atc": !old.ats && !target.ats,
  };
  return steps.flatMap((step): readonly Planned[] => {
    if (idle[step]) return [];
    if (step === "write-entry") return requesters.map((on) => ({ step, on }));
    if (step !== "flush-copy") return [{ step, on: device }];
    return requesters.map((on) => ({ step, on: rules.aliasFlush === "own-id" ? on : device }));
  });
}
const stepsTo = (context: DeviceAttacherContext, target: Entry): readonly Planned[] =>
  planned(
    context,
    target,
    target.at === "here" ? LISTING_ORDERS[context.rules.attachOrder] : UNLISTING_ORDERS[context.rules.detachOrder],
  );

const withAts = ({ broken, rules }: DeviceAttacherContext, ats: boolean): boolean =>
  ats && !(broken && rules.brokenAttach === "without-ats");

const goesTo = (target: (context: DeviceAttacherContext, event: { readonly ats?: boolean }) => Entry) =>
  s.assign(({ context, event }) => {
    const { at, ats } = target(context, event as { readonly ats?: boolean });
    const goal: Entry = { at, ats: withAts(context, ats) };
    return { target: goal, old: context.target, left: stepsTo(context, goal) };
  });

const acts = s.enqueueActions(({ context, enqueue }) => {
  const { name, left, target, old, tag, requesters, rules } = context;
  const [{ step, on }, ...rest] = left as readonly [Planned, ...Planned[]];
  enqueue.assign({ left: rest });
  // An alias has no ATC.
  const entry: Entry = { ...target, ats: withAts(context, target.ats) && on === requesters[0] };
  if (step === "list") enqueue.emit({ type: "list.adds", one: { name: on, tag, ats: target.ats } });
  if (step === "unlist") {
    const counted = rules.countDrops === "old-state" ? old.ats : rules.countDrops === "new-state" && target.ats;
    enqueue.emit({ type: "list.removes", name: on, counted });
  }
  if (step === "write-entry") enqueue.emit({ type: "entry.is-written", on, entry });
  if (step === "flush-copy") enqueue.emit({ type: "copy.is-flushed", on });
  if (step === "flush-iotlb") enqueue.emit({ type: "iotlb.is-flushed", tags: [tag], own: false });
  if (step === "flush-atc") enqueue.emit({ type: "atc.is-flushed", on, by: name });
  if (step === "ats-off") {
    enqueue.assign({ ats: false });
    enqueue.emit({ type: "ats.turns-off", on });
  }
  if (step === "ats-on" && entry.ats) {
    enqueue.assign({ ats: true });
    enqueue.emit({ type: "ats.turns-on", on });
  }
});

/** As an unmap does after a time-out. */
const notices = s.enqueueActions(({ context: { rules, left }, event, enqueue }) => {
  if (event.type !== "atc.answers" || !event.timedOut || !rules.attachNotices) return;
  const { on } = event;
  const { timeoutDoes } = rules;
  if (timeoutDoes === "retries") enqueue.assign({ left: [{ step: "flush-atc", on }, ...left] });
  if (timeoutDoes === "ignored" || timeoutDoes === "retries") return;
  enqueue.assign({ broken: true });
  if (timeoutDoes === "reports") return;
  const device = timeoutDoes === "blocks-ats";
  if (device) enqueue.assign({ ats: false });
  enqueue.emit({ type: "ats.is-blocked", on, device });
});

const isDone = ({ context }: { readonly context: DeviceAttacherContext }): boolean => context.left.length === 0;
const isFree = ({ context: { blocked, rules } }: { readonly context: DeviceAttacherContext }): boolean =>
  !blocked || rules.blockedAttach === "allowed";
/** Where it was before the reset. */
const restored = (context: DeviceAttacherContext): Partial<DeviceAttacherContext> => {
  const cleared = { ...context, broken: context.broken && !context.rules.resetClears };
  const target: Entry = { at: "here", ats: withAts(cleared, true) };
  return { target, old: NOWHERE, blocked: false, broken: cleared.broken, left: stepsTo(cleared, target) };
};

const mends = s.enqueueActions(({ context: { requesters }, enqueue }) => {
  enqueue.assign({ resetFailed: false });
  enqueue.emit({ type: "device.is-reset", on: requesters[0]! });
});

export const deviceAttacher = s.createMachine({
  id: "device-attacher",
  description: "the IOMMU core and driver, for the attachment of one device or PASID",
  meta: {
    origin: ATTACH,
    lane: "{name}: the IOMMU core and driver",
    messages: deviceAttacherSays,
  },
  context: ({ input }) => ({
    ...input,
    target: input.attached ? { at: "here", ats: true } : NOWHERE,
    old: NOWHERE,
    ats: input.attached || input.keepsAts,
    left: [],
    broken: false,
    blocked: false,
    resetFailed: false,
  }),
  initial: "idle",
  states: {
    idle: {
      description: "no call is in progress",
      on: {
        "attacher.attaches": {
          description: "begins to attach it",
          meta: { origin: ATTACH },
          guard: ({ context }) => isFree({ context }) && context.target.at !== "here",
          target: "working",
          actions: [goesTo((_, { ats }) => ({ at: "here", ats: ats === true })), assign({ blocked: false })],
        },
        "attacher.leaves": {
          description: "begins to detach it, or to move it to another page table with ATS",
          meta: { origin: DETACH },
          guard: ({ context }) => isFree({ context }) && context.target.at === "here",
          target: "working",
          actions: goesTo((_, { ats }) => (ats === true ? { at: "elsewhere", ats } : NOWHERE)),
        },
        "attacher.resets": [
          {
            description: "begins to reset the device",
            meta: { origin: PREPARE },
            guard: ({ context }) => context.target.at === "here",
            target: "preparing",
            actions: goesTo(() => NOWHERE),
          },
          { guard: ({ context }) => context.blocked, target: "resetting" },
        ],
        /** Where a worker does it (`timeoutDoes`): the event is not listed elsewhere. */
        "attacher.blocks": {
          description: "begins to block the device, because it was reported",
          meta: { origin: QUARANTINE },
          guard: ({ context }) => context.broken && isFree({ context }) && context.target.at === "here",
          target: "working",
          actions: [goesTo(() => NOWHERE), assign({ blocked: true })],
        },
        "device.is-broken": { actions: assign({ broken: true }) },
      },
    },
    working: {
      description: "attaching or detaching",
      on: {
        "attacher.steps": [
          {
            description: "takes the next step",
            meta: { listed: true },
            guard: ({ context }) => context.left.length > 0,
            actions: acts,
          },
          { description: "returns", target: "idle" },
        ],
        "atc.answers": { actions: notices },
        "device.is-broken": { actions: assign({ broken: true }) },
      },
    },
    preparing: {
      description: "blocking the device before its reset",
      meta: { origin: PREPARE },
      on: {
        "attacher.steps": [
          { description: "takes the next step", meta: { listed: true }, guard: (it) => !isDone(it), actions: acts },
          { description: "begins the reset", target: "resetting" },
        ],
        "atc.answers": { actions: notices },
        "device.is-broken": { actions: assign({ broken: true }) },
      },
    },
    resetting: {
      description: "the device is in reset",
      meta: { origin: atWill("a reset of the device") },
      on: {
        "reset.succeeds": [
          {
            description: "ends the reset, and the device is as new",
            meta: { origin: DONE },
            guard: ({ context }) => context.rules.resetRestores !== "never",
            target: "working",
            actions: [mends, s.assign(({ context }) => restored(context))],
          },
          {
            target: "idle",
            actions: [mends, assign({ blocked: true })],
          },
        ],
        "reset.fails": [
          {
            description: "ends the reset, which has failed",
            meta: { origin: DONE },
            guard: ({ context }) => context.rules.resetRestores === "always",
            target: "working",
            actions: assign(({ context }) => ({ ...restored(context), resetFailed: true })),
          },
          { target: "idle", actions: assign({ blocked: true, resetFailed: true }) },
        ],
      },
    },
  },
});
