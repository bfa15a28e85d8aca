/** The designs of the study `rfc`: what RFC v1, v2 and v3 did, and what its review asked for. */
import type { KnobTable } from "../../knobs.ts";
import type { Tolerance } from "../../machines/device/device-access.ts";
import type { FaultReporterRules } from "../../machines/linux/iommu/io-pgfault/fault-reporter.ts";
import { ENABLE_ORDERS, type IoctlRules } from "../../machines/linux/vfio/iopf/rfc/ioctl-steps.ts";
import { boundsKnobs } from "../bounds.ts";

export interface RfcDesign {
  readonly name: string;
  /** Row 21. */
  readonly enabledBy: IoctlRules["enabledBy"];
  readonly enableOrder: IoctlRules["enableOrder"];
  readonly handlerReference: "memory" | "user" | "none";
  readonly registerUnder: IoctlRules["registerUnder"];
  readonly unregisterBusy: "waits" | "ignored";
  readonly handling: FaultReporterRules["handling"];
  readonly enableAfterMap: IoctlRules["enableAfterMap"];
  readonly notifierWhen: IoctlRules["notifierWhen"];
  readonly lateDomain: "replayed" | "skipped" | "pinned-again";
  readonly mixedContainer: IoctlRules["mixedContainer"];
  readonly admission: "tolerance" | "feature-bit";
  readonly enableUnwind: IoctlRules["enableUnwind"];
  readonly unrecoverableFaults: FaultReporterRules["unrecoverable"];
  /** Row 22: whether what a fault maps stays pinned. */
  readonly faultPins: "lasting" | "transient";
}

export interface RfcSizes {
  readonly name: string;
  readonly pages: number;
  readonly firstDevice: Tolerance;
  readonly secondDevice: Tolerance | "absent";
  readonly secondDomain: "shared" | "own";
  readonly foreignUser: boolean;
  readonly unmaps: boolean;
}

type Designs = { readonly [host: string]: { readonly sentence: string; readonly design: Omit<RfcDesign, "name"> } };

const intended = {
  enabledBy: "ioctl",
  enableOrder: "node-first",
  handlerReference: "memory",
  registerUnder: "no-lock",
  unregisterBusy: "waits",
  handling: "synchronous",
  enableAfterMap: "converts",
  notifierWhen: "first",
  lateDomain: "replayed",
  mixedContainer: "populates",
  admission: "tolerance",
  enableUnwind: "own",
  unrecoverableFaults: "refused",
  faultPins: "transient",
} as const satisfies Omit<RfcDesign, "name">;

const v2 = {
  ...intended,
  enableOrder: "no-node",
  handlerReference: "user",
  registerUnder: "container-lock",
  unregisterBusy: "ignored",
  enableAfterMap: "allowed",
  lateDomain: "skipped",
  mixedContainer: "refused",
  admission: "feature-bit",
  enableUnwind: "counted",
} as const satisfies Omit<RfcDesign, "name">;

export const rfcHosts: Designs = {
  intended: {
    sentence: "The RFC with its review applied: orders, references, conversion, replay, and mixed containers.",
    design: intended,
  },
  "rfc-v1": {
    sentence: "2021-01-25: VFIO enables devices when they are bound; each DMA_MAP asks whether all devices fault.",
    design: {
      ...intended,
      enabledBy: "bind",
      enableOrder: "no-node",
      handlerReference: "user",
      unregisterBusy: "ignored",
      enableAfterMap: "allowed",
      lateDomain: "pinned-again",
      mixedContainer: "per-map",
      admission: "feature-bit",
      faultPins: "lasting",
    },
  },
  "rfc-v2": {
    sentence: "2021-03-09: an ioctl enables the container; handlers are registered and removed under its lock.",
    design: v2,
  },
  "rfc-v3": {
    sentence: "2021-04-09: as v2, and faults find the container through a global tree that holds no reference.",
    design: { ...v2, enableOrder: "node-last", handlerReference: "none" },
  },
};

const flag = { kind: "flag" } as const;
const choice = <const T extends string>(...of: readonly T[]) => ({ kind: "choice", of }) as const;

export const rfcKnobs: KnobTable<RfcDesign> = {
  enabledBy: {
    id: "row 21",
    values: choice("bind", "ioctl"),
    sentence: "Whether a device is enabled when it is bound (RFC v1), or by an ioctl on the container.",
  },
  enableOrder: {
    id: "D-10",
    values: choice(...(Object.keys(ENABLE_ORDERS) as (keyof typeof ENABLE_ORDERS)[])),
    sentence: "Whether faults are reported before (D-10, B-37) or after they can find their container.",
  },
  handlerReference: {
    id: "D-11",
    values: choice("memory", "user", "none"),
    sentence: "What a handler holds: the memory of the container, a use of the group (D-17), or nothing (D-11).",
  },
  registerUnder: {
    id: "D-05",
    values: choice("no-lock", "container-lock"),
    sentence: "Whether handlers are registered and unregistered with the container's lock held.",
  },
  unregisterBusy: {
    id: "D-12",
    values: choice("waits", "ignored"),
    sentence: "Whether unregistering waits for pending faults, or detaching goes on when it is refused.",
  },
  handling: {
    id: "I-35",
    values: choice("synchronous", "deferred"),
    sentence: "Whether the handler answers before it returns, or has it done later (workqueue, guest).",
  },
  enableAfterMap: {
    id: "D-13",
    values: choice("converts", "refused", "allowed"),
    sentence: "What ENABLE does with pages that are pinned already.",
  },
  notifierWhen: {
    id: "I-02",
    values: choice("first", "last"),
    sentence: "Whether ENABLE registers the MMU notifier before or after it drops pins.",
  },
  lateDomain: {
    id: "D-09",
    values: choice("replayed", "skipped", "pinned-again"),
    sentence: "What a domain that comes later learns of the pages that faults have mapped.",
  },
  mixedContainer: {
    id: "D-15",
    values: choice("populates", "per-map", "refused"),
    sentence:
      "A device that cannot be faulted: all is pinned for it, only what is mapped from now on, or it is refused.",
  },
  admission: {
    id: "row 35",
    values: choice("tolerance", "feature-bit"),
    sentence: "Which devices are enabled: those known to tolerate every fault, or all with FEAT_IOPF.",
  },
  enableUnwind: {
    id: "D-28",
    values: choice("own", "counted"),
    sentence: "Whether a failed ENABLE takes back what it did, or as many devices as it had enabled.",
  },
  unrecoverableFaults: {
    id: "D-26",
    values: choice("refused", "served"),
    sentence: "What becomes of a fault that is no page request.",
  },
  faultPins: {
    id: "row 22",
    values: choice("lasting", "transient"),
    sentence: "Whether a faulted page stays pinned until DMA_UNMAP.",
  },
};

export const rfcSizeKnobs: KnobTable<RfcSizes> = {
  pages: boundsKnobs.pages,
  unmaps: boundsKnobs.unmaps,
  firstDevice: {
    id: "row 36",
    values: choice("none", "selective", "full"),
    sentence: "Which accesses of the first device can be faulted.",
  },
  secondDevice: {
    id: "row 36",
    values: choice("none", "selective", "full", "absent"),
    sentence: "Which accesses of the second device can be faulted, if there is one.",
  },
  secondDomain: {
    id: "D-09",
    values: choice("shared", "own"),
    sentence: "Whether the second device has an IOMMU domain of its own.",
  },
  foreignUser: { id: "I-32", values: flag, sentence: "Whether somebody else may enable faults of the last device." },
};

/** Why these choices do not fit each other, or undefined. */
export function rfcContradiction(design: RfcDesign): string | undefined {
  const rules: readonly (readonly [boolean, string])[] = [
    [
      design.handling === "deferred" && design.handlerReference === "user",
      "a handler that defers keeps memory, not a use of the group (handlerReference)",
    ],
    [
      design.enabledBy === "bind" && design.mixedContainer !== "per-map",
      "what is enabled when it is bound is asked for at each DMA_MAP (mixedContainer=per-map)",
    ],
    [
      design.enableOrder === "no-node" && design.handlerReference !== "user",
      "without a tree a fault comes to its container through the group, and the handler has that use to give back (handlerReference=user)",
    ],
  ];
  return rules.find(([broken]) => broken)?.[1];
}

/** Which accesses of each device can be faulted: the truth, which software does not see. */
export const tolerancesOf = ({ firstDevice, secondDevice }: RfcSizes): readonly Tolerance[] =>
  secondDevice === "absent" ? [firstDevice] : [firstDevice, secondDevice];

/** The domain of each device. */
export const domainsOf = (sizes: RfcSizes): readonly number[] =>
  tolerancesOf(sizes).map((_, device) => (device === 1 && sizes.secondDomain === "own" ? 1 : 0));

/** Whether enabling the device can succeed at all: the feature bit, or what is known of it besides (rows 35, 38). */
export const isCapable = ({ admission }: RfcDesign, tolerance: Tolerance): boolean =>
  admission === "feature-bit" ? tolerance !== "none" : tolerance === "full";

/** Whether any device can be enabled, so that faults are served at all. */
export const canFault = (design: RfcDesign, sizes: RfcSizes): boolean =>
  tolerancesOf(sizes).some((tolerance) => isCapable(design, tolerance));
