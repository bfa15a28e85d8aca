/**
 * How objects of iommufd are destroyed: what each kind gives back, by whom, and in which order.
 *
 * Models  Linux 7.3, drivers/iommu/iommufd: the destroy and abort operations of iommufd_object_ops[], iommufd_object_remove(),
 *         iommufd_device_remove_vdev() (J2, J3, J24 to J27). An abort runs under the lock that destroy takes, which the ioctl
 *         holds. call-rules.ts says which of it a design may choose.
 * Omits   The time-out of 60 s of a kernel-side destroy.
 */
import { ENOENT, OK } from "../../../include/iommu.ts";
import type { Facts, Names } from "./call-messages.ts";
import { DESTROY_ACCESS, DETACH, UNBIND, type Args } from "./call-plans.ts";
import type { CallRules } from "./call-rules.ts";
import {
  ask,
  askOf,
  awaits,
  branch,
  destroyed,
  drop,
  dropWait,
  leave,
  lookUp,
  owns,
  put,
  refuse,
  take,
  tryUsers,
  unref,
  type Branch,
  type Step,
} from "./call-steps.ts";
import type { ObjectKind } from "./object-messages.ts";

/** What a call knows at a branch. */
export interface Known {
  readonly args: Args;
  readonly found: Names;
  readonly facts: Facts;
  readonly rules: CallRules;
  /** What the last question was answered with. */
  readonly answer: number;
}

/** Drops the user of an object, if the call knows one in this role. */
const unrefKnown = ({ found }: Known, ...roles: readonly string[]): readonly Step[] =>
  roles.filter((role) => found[role]).map((role) => unref(role));

/** What the destroy operation of each kind gives back, after the object was asked what it holds. */
const RELEASED: { readonly [kind in ObjectKind]?: (known: Known, of: string) => readonly Step[] } = {
  "hwpt-paging": (known, of) => [
    askOf("ioas.unlists", "ioas", { hwpt: of }),
    ...unrefKnown(known, "fault"),
    unref("ioas"),
  ],
  "hwpt-nested": (known) => unrefKnown(known, "fault", known.found["viommu"] ? "viommu" : "parent"),
  viommu: (_, of) => [ask("driver.drops-viommu", of), unref("parent")],
  vdevice: ({ rules }, of) => [
    take("igroup->lock", "device"),
    ...abandonedVdevice(of),
    drop("igroup->lock", "device"),
    ...(rules.vdeviceHolds === "device" ? [put("device")] : []),
  ],
  veventq: ({ rules }, of) =>
    rules.veventqPut === "in-abort"
      ? [take("veventqs_rwsem", "viommu"), ...abandonedVeventq(of), drop("veventqs_rwsem", "viommu")]
      : [take("veventqs_rwsem", "viommu"), leavesQueues(of), drop("veventqs_rwsem", "viommu"), unref("viommu")],
  "hw-queue": ({ found }, of) =>
    found["viommu"]
      ? [
          askOf("driver.drops-hw-queue", "viommu", { "hw-queue": of }),
          ask("ioas.unpins", "ioas"),
          unref("ioas"),
          ...DESTROY_ACCESS,
          unref("viommu"),
        ]
      : [],
  selftest: () => [...DETACH, ...UNBIND],
  fault: (_, of) => [ask("answers.takes-next", of), branch("answers", of), ask("queue.destroys", of)],
};

const released = (known: Known, kind: ObjectKind | undefined, of: string): readonly Step[] =>
  (kind && RELEASED[kind]?.(known, of)) ?? [];

const abandonedVdevice = (of: string): readonly Step[] => [
  askOf("viommu.clears", "viommu", { vdevice: of }),
  unref("viommu"),
  ask("device.forgets-vdevice", "device"),
];

const leavesQueues = (of: string): Step => askOf("viommu.drops-queue", "viommu", { veventq: of });
/** iommufd_veventq_abort() drops the user first. */
const abandonedVeventq = (of: string): readonly Step[] => [unref("viommu"), leavesQueues(of)];

/** The abort operation: the ioctl holds the lock that destroy takes, and a vDEVICE leaves its device to the ioctl. */
const ABANDONED: { readonly [kind in ObjectKind]?: (of: string) => readonly Step[] } = {
  vdevice: abandonedVdevice,
  veventq: abandonedVeventq,
};
const abandoned = (known: Known, kind: ObjectKind | undefined, of: string): readonly Step[] =>
  (kind && ABANDONED[kind]?.(of)) ?? released(known, kind, of);

/** IOMMU_DESTROY. */
const BY_ID: readonly Step[] = [
  { do: "remove", as: "target" },
  dropWait("target"),
  awaits("target"),
  ...destroyed("target"),
];
/** IOMMU_DESTROY before the fix of CVE-2023-53795: a user of its own, which looks to others like somebody who depends on the object. */
const BY_REFERENCE: readonly Step[] = [
  lookUp("target", null, ENOENT),
  { do: "put-wait", of: "target" },
  leave("target", { waited: false }),
  branch("left-by-reference", "target"),
];
/** iommufd_object_tombstone_user() of the vDEVICE. */
const removesVdevice = ({ rules }: Known): readonly Step[] => [
  drop("igroup->lock", "device"),
  dropWait("vdevice"),
  awaits("vdevice"),
  leave("vdevice", { tombstone: rules.deadId === "tombstone" }),
  branch("left", "vdevice"),
];

type Way = (known: Known, of: string) => readonly Step[];

/** The branches of a destroy. */
export const DESTROY_BRANCHES = {
  release: (known, of) => released(known, known.found[of]?.kind, of),
  abandoned: (known, of) => abandoned(known, known.found[of]?.kind, of),
  /** An object that is still used stays until the context ends. */
  left: ({ answer }, of) => (answer === OK ? destroyed(of) : []),
  destroys: ({ answer }, of) => (answer === OK ? [dropWait(of), awaits(of), ...destroyed(of)] : []),
  "pre-destroys": ({ answer }) =>
    answer === OK
      ? []
      : [take("igroup->lock", "device"), ask("device.ends", "device"), branch("finds-vdevice", "device")],
  "finds-vdevice": (known) => {
    if (!known.found["vdevice"]) return [drop("igroup->lock", "device")];
    return known.rules.unbindFinds === "takes-users"
      ? [owns("vdevice"), ...removesVdevice(known)]
      : [tryUsers("vdevice"), branch("tombstones", "vdevice")];
  },
  /** A destroy by user space that took it out of the table first goes on by itself. */
  tombstones: (known) => {
    if (known.answer === OK) return removesVdevice(known);
    return [...(known.rules.unbindFinds === "under-lock" ? [awaits("device")] : []), drop("igroup->lock", "device")];
  },
  "destroys-target": ({ rules }) => (rules.destroyNames === "id" ? BY_ID : BY_REFERENCE),
  "left-by-reference": ({ answer }, of) =>
    answer === OK ? [dropWait(of), awaits(of), ...destroyed(of)] : [refuse(answer)],
  "keeps-device": ({ rules }, of) => (rules.vdeviceHolds === "device" ? [] : [put(of)]),
} satisfies { readonly [name in Branch]?: Way };
