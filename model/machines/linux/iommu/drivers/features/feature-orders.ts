/** In which order ATS, PASID and PRI of a function are enabled, disabled and restored, and which of it happens when. */
import type { Feature } from "../../../../device/feature-registers.ts";

export type FeatureStep = Feature | "lock" | "unlock";

/** AMD since c694bc8b612d and VT-d of 7.3.4 have the first, AMD before it the second, VT-d and AMD of 6.1.192 the third. */
export const FEATURE_ENABLE_ORDERS = {
  "pasid-ats-pri": ["pasid", "ats", "pri"],
  "ats-pasid-pri": ["ats", "pasid", "pri"],
  "pasid-pri-ats": ["pasid", "pri", "ats"],
} as const satisfies { readonly [order: string]: readonly Feature[] };

/** VT-d of 7.3.4 has the first, AMD the second, VT-d of 6.1.192 the third. */
export const FEATURE_DISABLE_ORDERS = {
  "pri-ats-pasid": ["pri", "ats", "pasid"],
  "ats-pasid-pri": ["ats", "pasid", "pri"],
  "ats-pri-pasid": ["ats", "pri", "pasid"],
  "pasid-ats-pri": ["pasid", "ats", "pri"],
} as const satisfies { readonly [order: string]: readonly Feature[] };

/** pci_restore_state() has the first. */
export const FEATURE_RESTORE_ORDERS = {
  "pasid-pri-ats": ["pasid", "pri", "ats"],
  "ats-pri-pasid": ["ats", "pri", "pasid"],
} as const satisfies { readonly [order: string]: readonly Feature[] };

export interface FeatureRules {
  readonly featureEnable: keyof typeof FEATURE_ENABLE_ORDERS;
  readonly featureDisable: keyof typeof FEATURE_DISABLE_ORDERS;
  /** With which calls a driver changes the features of its function. */
  readonly changesWith: "probe" | "attach" | "pasid-attach" | "pasid-with-probe" | "pasid-by-need";
  /** Whether PRI is left off where ATS is off. */
  readonly priNeedsAts: boolean;
}

type Features = ReadonlySet<Feature>;

const NONE: Features = new Set();
const ATS: Features = new Set(["ats"]);
const PRI: Features = new Set(["pri"]);
const PASID: Features = new Set(["pasid"]);
const PASID_AND_PRI: Features = new Set(["pasid", "pri"]);
const ALL: Features = new Set(["pasid", "ats", "pri"]);

/** What each call changes, by when a driver does it; the order is that of the lists above. */
const CHANGES: {
  readonly [when in FeatureRules["changesWith"]]: {
    readonly probe: Features;
    /** To a domain that has no PASIDs, and to one that has. */
    readonly plain: Features;
    readonly pasids: Features;
    readonly detach: Features;
    readonly release: Features;
  };
} = {
  probe: { probe: ALL, plain: NONE, pasids: NONE, detach: NONE, release: ALL },
  attach: { probe: NONE, plain: ALL, pasids: ALL, detach: ALL, release: NONE },
  "pasid-attach": { probe: NONE, plain: ATS, pasids: ALL, detach: ALL, release: NONE },
  "pasid-with-probe": { probe: PASID, plain: ATS, pasids: ATS, detach: ATS, release: PASID },
  "pasid-by-need": { probe: ATS, plain: NONE, pasids: PASID_AND_PRI, detach: PRI, release: ALL },
};

export type FeatureCall = keyof (typeof CHANGES)["probe"];

const turnsOn = (call: FeatureCall): boolean => call === "probe" || call === "plain" || call === "pasids";

export function stepsOf(rules: FeatureRules, call: FeatureCall): readonly Feature[] {
  const changes = CHANGES[rules.changesWith][call];
  const order: readonly Feature[] = turnsOn(call)
    ? FEATURE_ENABLE_ORDERS[rules.featureEnable]
    : FEATURE_DISABLE_ORDERS[rules.featureDisable];
  return order.filter((feature) => changes.has(feature));
}
