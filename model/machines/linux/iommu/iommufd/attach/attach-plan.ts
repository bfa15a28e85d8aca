/**
 * The steps of attaching, detaching and replacing an HWPT, as lists, and the error path when one of them fails.
 *
 * Models  iopf-core 3.2 (attach, detach, replace) and 1.1 (G3: page faults are enabled in the driver's attach). Linux 6.16,
 *         drivers/iommu/iommufd/device.c: iommufd_hw_pagetable_attach(), iommufd_hw_pagetable_detach(),
 *         iommufd_device_do_replace(); iommu.c: __iommu_group_set_domain_internal(), __iommu_set_group_pasid(); the attach
 *         operations of VT-d and SMMUv3. Rules make the deliberate defects: B23 (replace by a device that is not attached),
 *         B28 and B29 (the error path undoes too much or too little), B45 (detach of a PASID that was not attached), D8 (no
 *         queue is joined), D9 (page faults of one device of the group).
 *         The HWPT is counted first and the list of devices changes last. In Linux the caller's own reference covers the time
 *         before the count, and list and count change under igroup->lock, so no other call sees the difference.
 * Omits   Reserved regions and MSI.
 *         The place of the handle: it is stored after every device was switched, as iommu_replace_group_handle() of
 *         6.12.117 does. iommu_attach_group_handle() inserts it before; a fault in between is refused here and handled
 *         there. linux/iommu/iommufd/fault/control-orders.ts has both orders (B27: handle and switch out of step).
 *         A way back that fails. arm_smmu_attach_commit() and intel_iommu_attach_device() of 7.3.4 disable page faults for the
 *         old HWPT at each device, before the next device is switched and the handle is stored, and the core attaches the old
 *         HWPT again if a later device fails. Here the old HWPT is left after all devices were switched.
 *         The order of the way back among devices: Linux goes through the list of the group from its start. In 6.12 it also
 *         attaches the old HWPT to the device that failed.
 *         With failedSwitch "blocks", 7.3.4 leaks more: a detach finds no domain at the device that was blocked
 *         (info->domain), and does not drop its count.
 *         The time between igroup->lock and the last reference of a detach or a replace, which Linux drops after it.
 */
import type { Slot } from "../../../../../units.ts";

export interface AttachRules {
  /** Whose page faults an attach enables: of each device, or of the one that the ioctl names; D9 (one for the group). */
  readonly enabledOn: "each-device" | "first-and-last";
  /** D8 (SMMUv3 of 6.12): the driver sets a flag, and the device joins no queue. */
  readonly enable: "joins-queue" | "flag-only";
  /** B28 (unwind of what was not enabled): whether devices that handle their own faults are left alone. */
  readonly enabledFor: "devices-with-pri" | "every-device" | "every-device-on-unwind";
  /** What the error path undoes: everything, or all but one step; B29 (attach state is kept). */
  readonly wayBack: "undoes-all" | "keeps-state" | "keeps-reference" | "keeps-lock";
  /** Who may replace the HWPT of the group; B23 (a device that was not attached). */
  readonly replacedBy: "attached-devices" | "any-device";
  /** When an attach counts itself as a user of the HWPT: before it hands it to a driver, or after (a defect). */
  readonly counts: "first" | "last";
  /** The HWPT whose faults a replace answers; B13 (the new one in place of the old one). */
  readonly answers: "old-queue" | "new-queue";
  /**
   * When a detach reads which HWPT it detaches. "before-lock": iommufd_hw_pagetable_detach() of 6.12 reads igroup->hwpt before
   * it takes igroup->lock, so that another device of the group may have replaced it since.
   */
  readonly detachReads: "under-lock" | "before-lock";
  /**
   * What a device uses after its own switch has failed. "blocks" (7.3.4): intel_iommu_attach_device() blocks the translation
   * before it knows whether the domain fits, and the core no longer attaches the old domain to the device that failed.
   */
  readonly failedSwitch: "keeps-old" | "blocks";
  /**
   * Whether a replace drops the count for the old HWPT. "kept" (7.3.4): intel_nested_attach_dev() counts the new domain, and
   * leaves the old one counted; intel_iommu_attach_device() drops it.
   */
  readonly replacedCount: "dropped" | "kept";
  /**
   * When a detach disables page faults of a device. "before-block" (7.3.4): blocking_domain_attach_dev() removes it from the
   * IOPF queue while it still uses the HWPT, and its page requests stay on.
   */
  readonly disables: "after-block" | "before-block";
  /**
   * When a replace disables page faults for the old HWPT. "before-switch" (VT-d of 7.3.4, for a PASID): iopf_for_domain_replace()
   * removes the device from its IOPF queue while it still uses the old HWPT, if the new one has no fault queue.
   */
  readonly replaceDisables: "after-switch" | "before-switch";
  /** Which devices a failed attach of a PASID detaches; B45 (also those that were not attached). */
  readonly pasidRevert: "those-attached" | "every-device";
}

export type StepName =
  | "get"
  | "put"
  | "prepare"
  | "release"
  | "join"
  | "turn-on"
  | "count"
  | "uncount"
  | "turn-off"
  | "leave"
  | "switch"
  | "store"
  | "add"
  | "remove"
  | "answer";

export interface Step {
  readonly do: StepName;
  readonly device: number | null;
  readonly hwpt: number | null;
}

/** The group, and the request. */
export interface Asked {
  readonly rules: AttachRules;
  readonly slot: Slot;
  /** The device of the request; null for the PASID, which is attached to the whole group. */
  readonly self: number | null;
  readonly devices: readonly number[];
  /** Devices with PRI, which do not handle faults themselves. */
  readonly withPri: readonly number[];
  readonly faulting: readonly number[];
  /** The HWPT that the call has read. */
  readonly old: number | null;
  /** The HWPT of the group. */
  readonly current: number | null;
  readonly members: readonly number[];
}

/** A refusal, or the steps. */
export type Plan = { readonly refused: true } | { readonly refused: false; readonly steps: readonly Step[] };

/** Steps that can fail: memory is missing, or hardware refuses. */
export const FALLIBLE: ReadonlySet<StepName> = new Set(["prepare", "join", "turn-on", "switch"]);

const step = (does: StepName, device: number | null, hwpt: number | null = null): Step => ({
  do: does,
  device,
  hwpt,
});
const times = (count: number, what: Step): readonly Step[] => Array.from({ length: count }, () => what);
const REFUSED: Plan = { refused: true };
const steps = (...parts: readonly (readonly Step[])[]): Plan => ({ refused: false, steps: parts.flat() });

const needs = ({ faulting }: Asked, hwpt: number | null): boolean => hwpt !== null && faulting.includes(hwpt);
const byEach = ({ rules, slot }: Asked): boolean => slot === "pasid" || rules.enabledOn === "each-device";
const isEnabled = ({ rules, withPri }: Asked, device: number): boolean =>
  rules.enabledFor === "every-device" || withPri.includes(device);

const enable = ({ rules }: Asked, device: number): readonly Step[] => [
  ...(rules.enable === "joins-queue" ? [step("join", device)] : []),
  step("turn-on", device),
  step("count", device),
];
const disable = ({ rules }: Asked, device: number): readonly Step[] => [
  step("uncount", device),
  step("turn-off", device),
  ...(rules.enable === "joins-queue" ? [step("leave", device)] : []),
];

/** 6.12: iommufd enables the device that it attaches, or replaces, if the page table before it had no faults. */
const enableFirst = (asked: Asked, hwpt: number | null): readonly Step[] =>
  !byEach(asked) && needs(asked, hwpt) && !needs(asked, asked.old) ? enable(asked, asked.self!) : [];
const disableLast = (asked: Asked, hwpt: number | null): readonly Step[] =>
  !byEach(asked) && needs(asked, asked.old) && !needs(asked, hwpt) ? disable(asked, asked.self!) : [];

const keepsCount = ({ rules }: Asked, hwpt: number | null): boolean => rules.replacedCount === "kept" && hwpt !== null;

/** Every device of the group is switched: enabled for the new HWPT before, disabled for the old one after all. */
function moves(asked: Asked, hwpt: number | null): { readonly to: readonly Step[]; readonly from: readonly Step[] } {
  const { devices, current, rules, slot } = asked;
  const enables = (device: number) => byEach(asked) && isEnabled(asked, device);
  const disables = (device: number) =>
    needs(asked, current) && enables(device) && !keepsCount(asked, hwpt) ? disable(asked, device) : [];
  const early =
    hwpt === null ? slot === "rid" && rules.disables === "before-block" : rules.replaceDisables === "before-switch";
  return {
    to: [
      ...enableFirst(asked, hwpt),
      ...devices.flatMap((device) => [
        ...(hwpt === null ? [] : [step("prepare", device, hwpt)]),
        ...(needs(asked, hwpt) && enables(device) ? enable(asked, device) : []),
        ...(early ? disables(device).filter((one) => one.do !== "turn-off") : []),
        step("switch", device, hwpt),
        ...(early ? disables(device).filter((one) => one.do === "turn-off") : []),
      ]),
    ],
    from: [
      ...devices.flatMap((device) => [
        ...(early ? [] : disables(device)),
        ...(current === null ? [] : [step("release", device, current)]),
      ]),
      ...disableLast(asked, hwpt),
    ],
  };
}

export function attachPlan(asked: Asked, hwpt: number): Plan {
  const { old, self } = asked;
  if (old !== null && (old !== hwpt || self === null)) return REFUSED;
  const joins = self === null ? [] : [step("add", self)];
  if (old !== null) return steps([step("get", null, hwpt)], joins);
  const get = [step("get", null, hwpt)];
  const { to } = moves(asked, hwpt);
  return steps(...(asked.rules.counts === "first" ? [get, to] : [to, get]), [step("store", self, hwpt)], joins);
}

export function replacePlan(asked: Asked, hwpt: number): Plan {
  const { old, self, members, rules } = asked;
  if (old === null || (rules.replacedBy === "attached-devices" && !members.includes(self!))) return REFUSED;
  if (old === hwpt) return steps();
  const { to, from } = moves(asked, hwpt);
  return steps(
    times(members.length, step("get", null, hwpt)),
    to,
    [step("store", self, hwpt), step("answer", null, rules.answers === "old-queue" ? old : hwpt)],
    from,
    times(members.length, step("put", null, old)),
  );
}

export function detachPlan(asked: Asked): Plan {
  const { old, self, members } = asked;
  if (old === null) return steps();
  const put = step("put", null, old);
  if (members.some((member) => member !== self)) return steps([step("remove", self), put]);
  const { to, from } = moves(asked, null);
  const leaves = self === null ? [] : [step("remove", self)];
  return steps(to, [step("store", self, null), step("answer", null, old)], from, leaves, [put]);
}

/** The error path from `failed`: undoes what was done, the latest first. */
export function wayBack(asked: Asked, done: readonly Step[], failed: Step): readonly Step[] {
  const undone = [...done].reverse().flatMap((one) => undo(asked, one, failed));
  return [...blocked(asked, failed), ...undone, ...unwindOfAll(asked, failed), ...revertOfAll(asked, done, failed)];
}

/** Steps that are undone by another step of the same device. */
const OPPOSITE: { readonly [name in StepName]?: StepName } = {
  join: "leave",
  "turn-on": "turn-off",
  count: "uncount",
  leave: "join",
  "turn-off": "turn-on",
  uncount: "count",
};

/** B29 (attach state is kept): enabling fails, and the state that was prepared for it stays. */
const isKept = ({ rules }: Asked, device: number | null, failed: Step): boolean =>
  rules.wayBack === "keeps-state" && failed.device === device && (failed.do === "join" || failed.do === "turn-on");

function undo(asked: Asked, { do: does, device, hwpt }: Step, failed: Step): readonly Step[] {
  const opposite = OPPOSITE[does];
  if (opposite) return [step(opposite, device)];
  if (does === "get") return asked.rules.wayBack === "keeps-reference" ? [] : [step("put", null, hwpt)];
  if (does === "prepare") return isKept(asked, device, failed) ? [] : [step("release", device, hwpt)];
  return does === "switch" ? [...again(asked, device), step("switch", device, asked.old)] : [];
}

/** The driver makes its state for the old HWPT again: a device that was blocked before has none. */
const again = ({ rules, slot, old }: Asked, device: number | null): readonly Step[] =>
  rules.failedSwitch === "blocks" && slot === "rid" && old !== null
    ? [step("release", device, old), step("prepare", device, old)]
    : [];

/** The device that failed has no page table. Its page faults stay counted for the old one. */
const blocked = ({ rules, slot, old }: Asked, { device }: Step): readonly Step[] =>
  rules.failedSwitch === "blocks" && slot === "rid" && device !== null && old !== null
    ? [step("switch", device, null), step("release", device, old)]
    : [];

/** B28 (unwind of what was not enabled): devices without PRI are disabled. */
const unwindOfAll = (asked: Asked, { do: does, hwpt }: Step): readonly Step[] =>
  asked.rules.enabledFor === "every-device-on-unwind" && does === "switch" && needs(asked, hwpt)
    ? asked.devices.filter((device) => !asked.withPri.includes(device)).flatMap((device) => disable(asked, device))
    : [];

/** B45 (detach of what was not attached): the core detaches the PASID from every device of the group. */
const revertOfAll = ({ rules, slot, devices }: Asked, done: readonly Step[], failed: Step): readonly Step[] =>
  rules.pasidRevert === "every-device" && slot === "pasid" && failed.hwpt !== null
    ? devices
        .filter((device) => !done.some((one) => one.do === "switch" && one.device === device))
        .map((device) => step("release", device, failed.hwpt))
    : [];
