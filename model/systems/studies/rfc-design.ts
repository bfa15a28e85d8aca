/** The designs of the focused model `rfc`: what RFC v1, v2 and v3 did, and what its review asked for. */
import { choice, type KnobTable } from "../../knobs.ts";
import type { Tolerance } from "../../machines/device/device-access.ts";
import type { FaultReporterRules } from "../../machines/linux/iommu/io-pgfault/fault-reporter.ts";
import type { ENABLE_ORDERS, IoctlRules } from "../../machines/linux/vfio/iopf/rfc/ioctl-steps.ts";
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
    sentence:
      "The RFC with its review applied: order of enabling, references, conversion of pins, replay, mixed containers.",
    design: intended,
  },
  "rfc-v1": {
    sentence:
      "RFC v1 (2021-01-25): binding a device enables its faults, and each DMA_MAP asks whether all devices can fault.",
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
    sentence: "RFC v2 (2021-03-09): an ioctl enables the container, and registers the handlers under iommu->lock.",
    design: v2,
  },
  "rfc-v3": {
    sentence:
      "RFC v3 (2021-04-09): as RFC v2, and a fault finds the container in a global tree that holds no reference.",
    design: { ...v2, enableOrder: "node-last", handlerReference: "none" },
  },
};

const flag = { kind: "flag" } as const;

export const rfcKnobs: KnobTable<RfcDesign> = {
  enabledBy: {
    id: "row 21",
    values: choice({
      bind: "VFIO enables page faults of a device when the device is bound (RFC v1).",
      ioctl: "VFIO_IOMMU_ENABLE_IOPF enables page faults of all devices of the container (RFC v2, v3).",
    }),
    sentence: "When page faults of a device are enabled.",
  },
  enableOrder: {
    id: "D-10",
    values: choice({
      "node-first": "The lookup node is inserted before the feature is enabled and the handler registered.",
      "node-last": "Faults are reported before the device has a node in the tree that handlers search (RFC v3).",
      "node-unfilled": "A handler can find the node before it points to its container (deliberate defect).",
      "flag-first": "The device counts as enabled before its handler is registered (deliberate defect, row 43).",
      "no-node": "There is no lookup node: a fault finds its container through the group (RFC v1, v2).",
    } satisfies { readonly [name in keyof typeof ENABLE_ORDERS]: string }),
    sentence: "The steps that enable page faults of one device.",
  },
  handlerReference: {
    id: "D-11",
    values: choice({
      memory: "The handler holds the memory of the container.",
      user: "The handler holds a use of the group, and may drop the last one (RFC v1, v2).",
      none: "The handler holds nothing, and may use a node that detaching has freed (RFC v3).",
    }),
    sentence: "What the handler holds while it runs.",
  },
  registerUnder: {
    id: "D-05",
    values: choice({
      "no-lock": "Handlers are registered and unregistered without iommu->lock.",
      "container-lock": "Handlers are registered and unregistered with iommu->lock held (RFC v2, v3).",
    }),
    sentence: "Whether iommu->lock is held around iommu_register_device_fault_handler().",
  },
  unregisterBusy: {
    id: "D-12",
    values: choice({
      waits: "Detaching waits until no fault is pending.",
      ignored: "Detaching ignores -EBUSY of iommu_unregister_device_fault_handler() and goes on.",
    }),
    sentence: "What detaching does while faults are pending.",
  },
  handling: {
    id: "I-35",
    values: choice({
      synchronous: "The handler resolves the fault and responds before it returns.",
      deferred: "The handler returns, and a workqueue or the guest responds later.",
    }),
    sentence: "When the handler responds.",
  },
  enableAfterMap: {
    id: "D-13",
    values: choice({
      converts: "ENABLE unpins what DMA_MAP has pinned, so that faults map it.",
      refused: "ENABLE fails when there are mappings.",
      allowed: "ENABLE goes on and leaves the pins as they are (RFC).",
    }),
    sentence: "What VFIO_IOMMU_ENABLE_IOPF does when mappings exist.",
  },
  notifierWhen: {
    id: "I-02",
    values: choice({
      first: "ENABLE registers the MMU notifier before it drops pins.",
      last: "ENABLE registers the MMU notifier after it has dropped pins (deliberate defect).",
    }),
    sentence: "When VFIO_IOMMU_ENABLE_IOPF registers the MMU notifier.",
  },
  lateDomain: {
    id: "D-09",
    values: choice({
      replayed: "The pages that faults have mapped are mapped in the new domain as well.",
      skipped: "The new domain gets no page that faults have mapped (RFC v2, v3).",
      "pinned-again": "The pages that faults have mapped are pinned a second time for the new domain (RFC v1).",
    }),
    sentence: "What a domain that is attached later gets of the pages that faults have mapped.",
  },
  mixedContainer: {
    id: "D-15",
    values: choice({
      populates: "All pages are pinned and mapped for a device that cannot fault.",
      "per-map": "Each DMA_MAP asks whether all devices can fault, and pins if not (RFC v1).",
      refused: "ENABLE or the attach fails when a device cannot fault (RFC v2, v3).",
    }),
    sentence: "What happens to a device that cannot fault in a container with page faults.",
  },
  admission: {
    id: "row 35",
    values: choice({
      tolerance: "Only devices that are known to tolerate every fault are enabled.",
      "feature-bit": "All devices with IOMMU_DEV_FEAT_IOPF are enabled (RFC).",
    }),
    sentence: "Which devices get page faults enabled.",
  },
  enableUnwind: {
    id: "D-28",
    values: choice({
      own: "A failed ENABLE takes back the steps that it has taken.",
      counted: "A failed ENABLE disables as many devices as it has enabled, whichever those are (RFC v2, v3).",
    }),
    sentence: "What a failed VFIO_IOMMU_ENABLE_IOPF takes back.",
  },
  unrecoverableFaults: {
    id: "D-26",
    values: choice({
      refused: "The handler refuses a fault that is no page request.",
      served: "The handler maps a page for an unrecoverable fault as for a page request.",
    }),
    sentence: "What the handler does with a fault that is no page request.",
  },
  faultPins: {
    id: "row 22",
    values: choice({
      lasting: "A faulted page stays pinned until DMA_UNMAP (RFC v1).",
      transient: "A faulted page is unpinned after it is mapped, and an MMU notifier unmaps it (RFC v2, v3).",
    }),
    sentence: "How long a faulted page stays pinned.",
  },
};

export const rfcSizeKnobs: KnobTable<RfcSizes> = {
  pages: boundsKnobs.pages,
  unmaps: boundsKnobs.unmaps,
  firstDevice: {
    id: "row 36",
    values: choice({
      none: "No access of the device may fault.",
      selective: "Accesses that are not critical may fault.",
      full: "Every access may fault.",
    }),
    sentence: "Which accesses of the first device tolerate a fault.",
  },
  secondDevice: {
    id: "row 36",
    values: choice({
      none: "No access of the device may fault.",
      selective: "Accesses that are not critical may fault.",
      full: "Every access may fault.",
      absent: "There is no second device.",
    }),
    sentence: "Which accesses of the second device tolerate a fault.",
  },
  secondDomain: {
    id: "D-09",
    values: choice({
      shared: "Both devices are in one IOMMU domain.",
      own: "The second device has an IOMMU domain of its own.",
    }),
    sentence: "Which IOMMU domain the second device is in.",
  },
  foreignUser: {
    id: "I-32",
    values: flag,
    sentence: "Whether another user, such as SVA, may enable page faults of the last device.",
  },
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
      "if page faults are enabled at bind, each DMA_MAP asks for them (mixedContainer=per-map)",
    ],
    [
      design.enableOrder === "no-node" && design.handlerReference !== "user",
      "without a tree a fault finds its container through the group, and the handler holds a use of the group (handlerReference=user)",
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
