/**
 * The steps of each ioctl of a container, for each design. The steps are data, so that a design that leaves a step out or
 * swaps two is another list.
 *
 * Models  attach, detach and VFIO_IOMMU_ENABLE_IOPF of RFC v1 to v3 (VFIO facts 1.0, 1.2; row 32: the ioctl that enables
 *         IOPF for type1), with their defects: D-05 (detach takes iommu->lock, then dev->iommu->lock), D-10 (faults are
 *         reported before the lookup node is there), D-13 (ENABLE after mappings exist), D-28 (the unwind counts devices)
 *         and B-37 (an object is visible before it is initialised).
 */
import type { DeviceStep } from "./device-steps.ts";

export interface IoctlRules {
  readonly pages: readonly number[];
  /** RFC v1: with the vfio_device, before its group is attached; later versions: an ioctl on the container. */
  readonly enabledBy: "bind" | "ioctl";
  readonly enableOrder: keyof typeof ENABLE_ORDERS;
  /** Whether devices are enabled and disabled under iommu->lock. */
  readonly registerUnder: "no-lock" | "container-lock";
  readonly enableAfterMap: "converts" | "refused" | "allowed";
  readonly notifierWhen: "first" | "last";
  /** What follows if a device cannot be enabled. */
  readonly mixedContainer: "populates" | "per-map" | "refused";
  readonly enableUnwind: "own" | "counted";
  /** Whether a handler may hold the last reference of the group. */
  readonly reference: "memory" | "user" | "none";
}

/** How a device is enabled; the first is right, `node-last` is RFC v3, `no-node` RFC v1 and v2. */
export const ENABLE_ORDERS = {
  "node-first": ["inserts", "enables-feature", "registers", "readies"],
  /** D-10: faults are reported before the container can be found. */
  "node-last": ["enables-feature", "registers", "inserts", "readies"],
  /** B-37: the node is found before it points to its container. */
  "node-unfilled": ["publishes", "enables-feature", "registers", "fills", "readies"],
  /** The device counts as enabled before its handler is registered (row 43: iopf_enabled comes last). */
  "flag-first": ["readies", "inserts", "enables-feature", "registers"],
  "no-node": ["enables-feature", "registers", "readies"],
} as const satisfies { readonly [order: string]: readonly DeviceStep[] };

export interface IoctlStep {
  readonly does:
    | DeviceStep
    | "locks"
    | "unlocks"
    | "joins"
    | "leaves"
    | "replays"
    | "populates"
    | "converts"
    | "maps"
    | "unmaps"
    | "subscribes"
    | "unsubscribes"
    | "enables"
    | "puts"
    | "detaches"
    | "unwinds";
  /** A device or a page; 0 where there is neither. */
  readonly at: number;
}

const step = (does: IoctlStep["does"], at = 0): IoctlStep => ({ does, at });
const locked = (steps: readonly IoctlStep[]): readonly IoctlStep[] => [step("locks"), ...steps, step("unlocks")];

const enabling = ({ enableOrder }: IoctlRules, device: number): readonly IoctlStep[] =>
  ENABLE_ORDERS[enableOrder].map((does) => step(does, device));

export const mapping = (page: number): readonly IoctlStep[] => locked([step("maps", page)]);
export const unmapping = (page: number): readonly IoctlStep[] => locked([step("unmaps", page)]);

/** Attaching the group of a device; `enabled`: the container is. */
export function attaching(rules: IoctlRules, device: number, enabled: boolean): readonly IoctlStep[] {
  const joins = [step("joins", device), step("replays", device)];
  if (rules.enabledBy === "bind") return [...enabling(rules, device), ...locked(joins)];
  if (!enabled) return locked(joins);
  if (rules.registerUnder === "container-lock") return locked([...joins, ...enabling(rules, device)]);
  const populates = rules.mixedContainer === "populates" ? rules.pages.map((page) => step("populates", page)) : [];
  return [...locked(joins), ...enabling(rules, device), ...locked(populates)];
}

/** The steps of VFIO_IOMMU_ENABLE_IOPF. */
export function enablingAll(rules: IoctlRules, attached: readonly number[]): readonly IoctlStep[] {
  const devices = attached.flatMap((device) => enabling(rules, device));
  const converts = rules.enableAfterMap === "converts" ? rules.pages.map((page) => step("converts", page)) : [];
  const subscribes = [step("subscribes")];
  const [first, last] = rules.notifierWhen === "first" ? [subscribes, []] : [[], subscribes];
  const rest = [...converts, step("enables"), ...last];
  return rules.registerUnder === "container-lock"
    ? locked([...first, ...devices, ...rest])
    : [...first, ...devices, ...locked(rest)];
}

export const detaching = (rules: IoctlRules, device: number): readonly IoctlStep[] => [
  step(rules.reference === "user" ? "puts" : "detaches", device),
  // The handler of RFC v1 lives as long as the vfio_device.
  ...(rules.enabledBy === "bind" ? [step("unregisters", device), step("disables-feature", device)] : []),
];

/** The step that takes a step of enabling back. */
const UNDO: { readonly [does in IoctlStep["does"]]?: IoctlStep["does"] } = {
  inserts: "removes",
  publishes: "removes",
  "enables-feature": "disables-feature",
  registers: "unregisters",
  readies: "unreadies",
};

const count = (done: readonly IoctlStep[], what: IoctlStep["does"]): number =>
  done.filter(({ does }) => does === what).length;

const undoing = (done: readonly IoctlStep[]): readonly IoctlStep[] =>
  done.toReversed().flatMap(({ does, at }) => (UNDO[does] ? [step(UNDO[does], at)] : []));

/**
 * The steps that are left after a step on a device was refused: go on without the device, or give up and unwind, by a list
 * of the steps that were done or by a count of the devices.
 */
export function afterRefusal(
  rules: IoctlRules,
  done: readonly IoctlStep[],
  left: readonly IoctlStep[],
  device: number,
): readonly IoctlStep[] {
  const isOf = ({ does, at }: IoctlStep): boolean => does in UNDO && at === device;
  const own = undoing(done.filter(isOf));
  if (rules.mixedContainer !== "refused")
    return [...own, ...left.filter((one) => !isOf(one) && !(one.does === "fills" && one.at === device))];
  const others = done.filter((one) => !isOf(one));
  const unwound =
    rules.enableUnwind === "own"
      ? undoing(others)
      : Array.from({ length: count(others, "readies") }, () => step("unwinds"));
  const took = (does: IoctlStep["does"]): boolean => done.some((one) => one.does === does);
  const held = count(done, "locks") > count(done, "unlocks");
  const leaves = took("joins") ? [step("leaves", device)] : [];
  return [
    ...own,
    ...unwound,
    ...(took("subscribes") ? [step("unsubscribes")] : []),
    ...(held ? [...leaves, step("unlocks")] : leaves.length > 0 ? locked(leaves) : []),
  ];
}
