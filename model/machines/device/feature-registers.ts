/**
 * The enable bits of a function with ATS, PASID and PRI, and of a virtual function that shares two of them; what the PCI core
 * has noted of each bit, and whether an ATC holds translations of a PASID.
 *
 * Models  hardware facts 1.4 (PCIe: behaviour is undefined if PASID Enable changes while ATS Enable is set; ATS Enable 0->1 and an
 *         FLR empty the ATC). drivers/pci/ats.c: a virtual function has an ATS capability of its own, and shares PASID and PRI of
 *         its physical function: pci_enable_pasid() and pci_enable_pri() of it fail where that has them off, and do nothing
 *         where it has them on. pci_restore_state() writes what was noted.
 * Omits   What a device does after its behaviour became undefined. Page requests (page-request-port.ts). STU, allocations and
 *         Stopped, for which pci_enable_pri() may fail. The write of a bit and its note are one step.
 */
import { assign, setup } from "xstate";
import { clause, linux, messages } from "../../said.ts";

export type Feature = "pasid" | "ats" | "pri";

/** Bits by function; PASID and PRI are those of the physical function. */
export interface Bits {
  readonly pasid: boolean;
  readonly pri: boolean;
  /** The functions whose ATS is on. */
  readonly ats: readonly string[];
}

export interface FeatureRegistersContext {
  readonly physical: string;
  readonly bits: Bits;
  readonly noted: Bits;
  /** The functions whose ATC holds translations of a PASID. */
  readonly cached: readonly string[];
  /** PASID Enable has changed while ATS of the physical function was on. */
  readonly undefined: boolean;
}

type Of = { readonly feature: Feature; readonly on: string };

export type FeatureRegistersEmits = Of & {
  readonly type: "feature.answered";
  readonly by: string;
  readonly is: boolean;
};

const NOTHING: Bits = { pasid: false, pri: false, ats: [] };

const without = (list: readonly string[], one: string): readonly string[] => list.filter((name) => name !== one);
const withOne = (list: readonly string[], one: string): readonly string[] => [...without(list, one), one].toSorted();

function written(bits: Bits, { feature, on }: Of, is: boolean): Bits {
  if (feature === "ats") return { ...bits, ats: is ? withOne(bits.ats, on) : without(bits.ats, on) };
  return { ...bits, [feature]: is };
}

/** One write of a register, and what it does to the device. */
function changed(context: FeatureRegistersContext, of: Of, is: boolean): Partial<FeatureRegistersContext> {
  const { bits, cached, undefined: before, physical } = context;
  const { feature, on } = of;
  if (feature === "ats" && is && !bits.ats.includes(on)) {
    return { bits: written(bits, of, is), cached: without(cached, on) };
  }
  const breaks = feature === "pasid" && bits.pasid !== is && bits.ats.includes(physical);
  return { bits: written(bits, of, is), undefined: before || breaks };
}

const s = setup({
  types: {
    context: {} as FeatureRegistersContext,
    events: {} as
      | { readonly type: "device.uses-pasid"; readonly on: string }
      | (Of & { readonly type: `${Feature}.turns-on`; readonly by: string })
      | (Of & { readonly type: `${Feature}.turns-off` })
      | { readonly type: "device.is-reset" }
      | { readonly type: "feature.restores"; readonly feature: Feature },
    emitted: {} as FeatureRegistersEmits,
    input: {} as { readonly physical: string },
  },
});

const turnsOn = s.enqueueActions(({ context, event, enqueue }) => {
  if (!("by" in event)) return;
  const { feature, on, by } = event;
  const shared = feature !== "ats" && on !== context.physical;
  if (!shared) enqueue.assign({ ...changed(context, event, true), noted: written(context.noted, event, true) });
  enqueue.emit({ type: "feature.answered", feature, on, by, is: shared ? context.noted[feature] : true });
});

/** PASID and PRI of a virtual function stay as they are. */
const turnsOff = s.assign(({ context, event }) => {
  if (!("feature" in event) || !("on" in event)) return {};
  if (event.feature !== "ats" && event.on !== context.physical) return {};
  return { ...changed(context, event, false), noted: written(context.noted, event, false) };
});

const restores = s.assign(({ context, event }) => {
  if (event.type !== "feature.restores") return {};
  const { noted, physical } = context;
  const { feature } = event;
  const was = feature === "ats" ? noted.ats.includes(physical) : noted[feature];
  return was ? changed(context, { feature, on: physical }, true) : {};
});

export const featureRegisters = s.createMachine({
  id: "feature-registers",
  description: "the enable bits of ATS, PASID and PRI of a device",
  meta: {
    origin: clause("pcie", "10.5 (ATS, PASID and PRI capabilities)"),
    lane: "the device",
    messages: messages<FeatureRegistersEmits>({
      "feature.answered": {
        says: "{feature} of {on} is enabled: {is}",
        origin: linux("drivers/pci/ats.c", "pci_enable_pasid", "pci_enable_ats", "pci_enable_pri"),
      },
    }),
  },
  context: ({ input: { physical } }) => ({
    physical,
    bits: NOTHING,
    noted: NOTHING,
    cached: [],
    undefined: false,
  }),
  on: {
    "device.uses-pasid": {
      description: "translates with a PASID for {on}, and keeps the translation in its ATC",
      meta: { origin: clause("pcie", "10.2.2") },
      guard: ({ context: { bits, cached }, event: { on } }) =>
        bits.pasid && bits.ats.includes(on) && !cached.includes(on),
      actions: assign({ cached: ({ context: { cached }, event }) => withOne(cached, event.on) }),
    },
    "pasid.turns-on": { actions: turnsOn },
    "ats.turns-on": { actions: turnsOn },
    "pri.turns-on": { actions: turnsOn },
    "pasid.turns-off": { actions: turnsOff },
    "ats.turns-off": { actions: turnsOff },
    "pri.turns-off": { actions: turnsOff },
    "device.is-reset": { actions: assign({ bits: NOTHING, cached: [] }) },
    "feature.restores": { actions: restores },
  },
});
