/**
 * An IOMMU driver, for one function: it enables and disables ATS, PASID and PRI as the function is probed, attached, detached and
 * released.
 *
 * Models  pdev_enable_caps() and pdev_disable_caps() (amd/iommu.c), which attach_device() and detach_device() call;
 *         intel_iommu_probe_finalize() and intel_iommu_release_device() of 7.3.4, which do the same at probe and release;
 *         VT-d and SMMUv3 of 6.12.117, which enable PASID at probe and ATS at attach. The lists are in feature-orders.ts.
 *         What a driver has enabled it notes, and disables nothing else. AMD leaves PRI off where ATS could not be enabled.
 *         The lock is group->mutex, in systems with resets. A call without steps of its own ends with its last one, "unlock".
 * Omits   Domains, caches, and the queue of page requests (invalidation-list.ts, device-remover.ts). Errors of PASID and of PRI,
 *         without which the others go on. A reset beside a probe: here both take group->mutex, and probe_finalize() is called
 *         without it.
 */
import { assign, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { atWill, linux, linux61, linuxAt, messages } from "../../../../../said.ts";
import type { Feature, FeatureRegistersEmits } from "../../../../device/feature-registers.ts";
import { mutexSays } from "../../../lib/mutex.ts";
import { stepsOf, type FeatureCall, type FeatureRules, type FeatureStep } from "./feature-orders.ts";

export interface FeatureOwnerInput {
  readonly name: string;
  readonly on: string;
  readonly rules: FeatureRules;
  /** Whether it takes the lock of the group. */
  readonly locks: boolean;
}

export interface FeatureOwnerContext extends FeatureOwnerInput {
  readonly attached: "absent" | "blocked" | "plain" | "pasids";
  readonly call: FeatureCall | null;
  readonly left: readonly FeatureStep[];
  /** What it has noted as enabled. */
  readonly enabled: readonly Feature[];
}

type Of = { readonly feature: Feature; readonly on: string };

export type FeatureOwnerEmits =
  | (Of & { readonly type: `${Feature}.turns-on`; readonly by: string })
  | (Of & { readonly type: `${Feature}.turns-off` })
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string };

const ATS = "drivers/pci/ats.c";
const CORE = atWill("the IOMMU core");

const s = setup({
  types: {
    context: {} as FeatureOwnerContext,
    events: {} as
      | { readonly type: "owner.probes" | "owner.detaches" | "owner.releases" | "owner.steps" | "owner.fails" }
      | { readonly type: "owner.blocks" | "owner.restores" }
      | { readonly type: "owner.attaches"; readonly pasids: boolean }
      | FeatureRegistersEmits,
    emitted: {} as FeatureOwnerEmits,
    input: {} as FeatureOwnerInput,
  },
  guards: {
    isLast: ({ context }) => context.left.length === 1,
    isAbsent: ({ context }) => context.attached === "absent",
    isBlocked: ({ context }) => context.attached === "blocked",
    isAttached: ({ context }) => context.attached === "plain" || context.attached === "pasids",
    enablesAts: ({ context: { left, call } }) =>
      left[0] === "ats" && (call === "probe" || call === "plain" || call === "pasids"),
  },
});

const AFTER: { readonly [call in FeatureCall]: FeatureOwnerContext["attached"] } = {
  probe: "blocked",
  plain: "plain",
  pasids: "pasids",
  detach: "blocked",
  release: "absent",
};

const begun = ({ rules, locks }: FeatureOwnerInput, call: FeatureCall) => {
  const steps = stepsOf(rules, call);
  return { call, left: locks ? (["lock", ...steps, "unlock"] as const) : ([...steps, "unlock"] as const) };
};
const begins = (call: FeatureCall) => s.assign(({ context }) => begun(context, call));

const notes = s.assign(({ context: { enabled }, event }) =>
  event.type === "feature.answered" && event.is ? { enabled: [...enabled, event.feature].toSorted() } : {},
);

/** What a reset has done with group->mutex held: all steps of a detach or an attach, as one. */
const doesAtOnce = s.enqueueActions(({ context, event, enqueue }) => {
  const { name: by, on, rules, attached, enabled } = context;
  if (attached !== "plain" && attached !== "pasids") return;
  if (event.type === "owner.blocks") {
    const steps = stepsOf(rules, "detach").filter((feature) => enabled.includes(feature));
    enqueue.assign({ enabled: enabled.filter((feature) => !steps.includes(feature)) });
    for (const feature of steps) enqueue.emit({ type: `${feature}.turns-off`, feature, on });
    return;
  }
  for (const feature of stepsOf(rules, attached).filter((one) => !enabled.includes(one)))
    enqueue.emit({ type: `${feature}.turns-on`, feature, on, by });
});

const steps = s.enqueueActions(({ context, enqueue }) => {
  const { name, on, rules, locks, call, left, enabled } = context;
  const [step, ...rest] = left as readonly [FeatureStep, ...FeatureStep[]];
  enqueue.assign({ left: rest });
  if (step === "lock") enqueue.emit({ type: "lock.acquires", owner: name });
  else if (step === "unlock") {
    enqueue.assign({ attached: AFTER[call!], call: null });
    if (locks) enqueue.emit({ type: "lock.releases", owner: name });
  } else if (call === "detach" || call === "release") {
    if (!enabled.includes(step)) return;
    enqueue.assign({ enabled: enabled.filter((feature) => feature !== step) });
    enqueue.emit({ type: `${step}.turns-off`, feature: step, on });
  } else if (!enabled.includes(step) && !(step === "pri" && rules.priNeedsAts && !enabled.includes("ats")))
    enqueue.emit({ type: `${step}.turns-on`, feature: step, on, by: name });
});

export const featureOwner = s.createMachine({
  id: "feature-owner",
  description: "an IOMMU driver, for the features of one function",
  meta: {
    origin: linuxAt("7.3.4", "drivers/iommu/intel/iommu.c", "intel_iommu_probe_finalize"),
    lane: "{name}: the IOMMU driver, for {on}",
    messages: messages<FeatureOwnerEmits>({
      "pasid.turns-on": { says: "enables PASID of {on}", origin: linux(ATS, "pci_enable_pasid") },
      "ats.turns-on": { says: "enables ATS of {on}", origin: linux(ATS, "pci_enable_ats") },
      "pri.turns-on": { says: "enables PRI of {on}", origin: linux(ATS, "pci_enable_pri") },
      "pasid.turns-off": { says: "disables PASID of {on}", origin: linux(ATS, "pci_disable_pasid") },
      "ats.turns-off": { says: "disables ATS of {on}", origin: linux(ATS, "pci_disable_ats") },
      "pri.turns-off": { says: "disables PRI of {on}", origin: linux(ATS, "pci_disable_pri") },
      ...mutexSays("group->mutex"),
    }),
  },
  context: ({ input }) => ({ ...input, attached: "absent", call: null, left: [], enabled: [] }),
  initial: "idle",
  states: {
    idle: {
      description: "no call is in progress",
      on: {
        "owner.probes": {
          description: "probes {on}",
          meta: { origin: CORE },
          guard: "isAbsent",
          target: "working",
          actions: begins("probe"),
        },
        "owner.attaches": {
          description: "attaches {on} to a domain, with PASIDs: {pasids}",
          meta: { origin: atWill("a user of the IOMMU") },
          guard: "isBlocked",
          target: "working",
          actions: assign(({ context, event: { pasids } }) => begun(context, pasids ? "pasids" : "plain")),
        },
        "owner.detaches": {
          description: "detaches {on}",
          meta: { origin: atWill("a user of the IOMMU") },
          guard: "isAttached",
          target: "working",
          actions: begins("detach"),
        },
        "owner.blocks": { actions: doesAtOnce },
        "owner.restores": { actions: doesAtOnce },
        /** Of a reset. */
        "feature.answered": { actions: notes },
        "owner.releases": {
          description: "releases {on}",
          meta: { origin: CORE },
          guard: "isBlocked",
          target: "working",
          actions: begins("release"),
        },
      },
    },
    working: {
      description: "changes features of {on}",
      on: {
        "owner.steps": [
          {
            description: "returns",
            meta: { origin: CORE, listed: true },
            guard: "isLast",
            target: "idle",
            actions: steps,
          },
          { description: "takes the next step of the call", meta: { listed: true }, actions: steps },
        ],
        "owner.fails": {
          description: "fails to enable ATS, and goes on",
          meta: { origin: linux61("drivers/iommu/intel/iommu.c", "iommu_enable_pci_caps") },
          guard: "enablesAts",
          actions: assign({ left: ({ context }) => context.left.slice(1) }),
        },
        "feature.answered": { actions: notes },
        /** Of a reset, for whose end this call waits. */
        "owner.blocks": { actions: doesAtOnce },
        "owner.restores": { actions: doesAtOnce },
      },
    },
  },
});

export const featureOwnerSteps: readonly Message[] = [{ type: "owner.steps" }];
