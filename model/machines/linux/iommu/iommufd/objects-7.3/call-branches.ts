/**
 * The places where a call of iommufd goes on in one of several ways: by the kind of an object, or by the last answer. Each
 * gives the steps that come next.
 *
 * Models  Linux 7.3, drivers/iommu/iommufd: the destroy and abort operations of iommufd_object_ops[], iommufd_hwpt_alloc(),
 *         iommufd_device_change_pt(), iommufd_device_auto_get_domain(), iommufd_hw_pagetable_put(),
 *         iommufd_device_remove_vdev(), iommufd_fops_release() (J3, J6, J24 to J27).
 *         An automatic HWPT that does not fit is passed over, and a new one is made, which may not fit either.
 * Omits   Several automatic HWPTs of an IOAS: they fit the same devices, so that the first is tried alone.
 */
import { EBUSY, EFAULT, EINVAL, ENOMEM, EOPNOTSUPP, OK } from "../../../include/iommu.ts";
import { DESTROY_BRANCHES, type Known } from "./call-destroys.ts";
import {
  allocate,
  ask,
  asksSoftly,
  askTold,
  branch,
  destroyed,
  leave,
  lock,
  owns,
  publish,
  put,
  refuse,
  unref,
  type Branch,
  type Step,
} from "./call-steps.ts";
import type { ObjectKind } from "./object-messages.ts";

/** What the thread keeps of an answer that there is no group left. */
export const NO_GROUP = -1;

/** A new handle, and the driver switches. */
const SWITCH: readonly Step[] = [
  ask("device.makes-handle", "device", ENOMEM),
  askTold("driver.attaches", "device", ENOMEM),
];
/** iommufd_hw_pagetable_attach(), after its checks. */
const JOINS: readonly Step[] = [
  ...SWITCH,
  ask("handle.inserts", "device"),
  ask("device.stores", "device"),
  owns("hwpt"),
];
/** iommufd_hw_pagetable_attach() of the HWPT at hand. */
const ATTACH: readonly Step[] = [
  ask("object.describes", "hwpt"),
  // There may be no memory for struct iommufd_attach, before anything is checked.
  ask("device.checks-attach", "device", ENOMEM),
  ...JOINS,
];
/** iommufd_device_do_replace() by the HWPT at hand. */
const REPLACE: readonly Step[] = [
  ask("object.describes", "hwpt"),
  ask("device.checks-replace", "device"),
  branch("replaces", "hwpt"),
];

/** iommufd_auto_response_faults() for the handle that has gone, which is freed then. */
const letsGo = ({ found }: Known): readonly Step[] => [
  ...(found["old-fault"]
    ? [ask("answers.gathers", "old-fault"), ask("answers.takes-next", "old-fault"), branch("answers", "old-fault")]
    : []),
  ask("handle.frees", "device"),
];

/** iommufd_device_auto_get_domain(): EINVAL of one automatic HWPT makes the call try another, which is new. */
function fits({ answer, facts }: Known, of: string): readonly Step[] {
  const isAttach = of === "attach";
  if (answer === OK) return [...(isAttach ? JOINS : facts["same"] === 1 ? [] : REPLACED), put("hwpt")];
  if (answer !== EINVAL) return [refuse(answer)];
  return [put("hwpt"), ...(isAttach ? NEW_FOR_ATTACH : NEW_FOR_REPLACE)];
}

/** A paging HWPT that the kernel makes by itself for an IOAS. */
const newAuto = (...before: readonly Step[]): readonly Step[] => [
  allocate("hwpt", "hwpt-paging", "own"),
  ask("hwpt.begins", "hwpt"),
  owns("ioas"),
  ask("driver.allocates-domain", "device", ENOMEM, EFAULT),
  ...before,
];

const NEW_FOR_ATTACH: readonly Step[] = [...newAuto(...ATTACH), ask("ioas.lists", "pt"), publish("hwpt")];
const NEW_FOR_REPLACE: readonly Step[] = [...newAuto(ask("ioas.lists", "pt")), ...REPLACE, publish("hwpt")];
/** iommufd_hwpt_replace_device(), after its checks. */
const REPLACED: readonly Step[] = [
  ...SWITCH,
  ask("handle.replaces", "device"),
  branch("lets-go", "old"),
  ask("device.stores", "device"),
  owns("hwpt"),
];

const changes = (known: Known, of: string, change: readonly Step[], auto: Branch): readonly Step[] => {
  const kind = known.found[of]?.kind;
  if (kind === "ioas") return [ask("ioas.picks", of), branch(auto, of)];
  return kind === "hwpt-paging" || kind === "hwpt-nested" ? change : [refuse(EINVAL)];
};

function allocatesHwpt({ args, found }: Known): readonly Step[] {
  const { nestParent = 0 } = args;
  const kind = found["pt"]?.kind;
  const hwpt = (of: ObjectKind): readonly Step[] => [
    allocate("hwpt", of, "own"),
    ask("hwpt.begins", "hwpt"),
    owns("pt"),
    ask("driver.allocates-domain", "device", ENOMEM, EFAULT),
  ];
  if (kind === "ioas")
    return nestParent === 1 && args["fault"] !== undefined
      ? [refuse(EOPNOTSUPP)]
      : [...hwpt("hwpt-paging"), ask("ioas.lists", "pt")];
  if (kind !== "hwpt-paging" && kind !== "viommu") return [refuse(EINVAL)];
  if (nestParent === 1) return [refuse(EOPNOTSUPP)];
  return [...(kind === "viommu" ? [] : [ask("hwpt.checks-parent", "pt")]), ...hwpt("hwpt-nested")];
}

const BRANCHES: { readonly [name in Branch]: (known: Known, of: string) => readonly Step[] } = {
  ...DESTROY_BRANCHES,
  "attach-to": (known, of) => changes(known, of, ATTACH, "auto-attach"),
  "replace-by": (known, of) => changes(known, of, REPLACE, "auto-replace"),
  "auto-attach": ({ found }) => (found["hwpt"] ? [lock("hwpt"), branch("locked", "attach")] : NEW_FOR_ATTACH),
  "auto-replace": ({ found }) => (found["hwpt"] ? [lock("hwpt"), branch("locked", "replace")] : NEW_FOR_REPLACE),
  /** An automatic HWPT that is being destroyed is passed over. */
  locked: ({ answer }, of) => {
    if (answer !== OK) return of === "attach" ? NEW_FOR_ATTACH : NEW_FOR_REPLACE;
    const checks = of === "attach" ? "device.checks-attach" : "device.checks-replace";
    return [ask("object.describes", "hwpt"), asksSoftly(checks, "device"), branch("checks-fit", of)];
  },
  "checks-fit": fits,
  /** The same HWPT again: nothing happens. */
  replaces: ({ facts }) => (facts["same"] === 1 ? [] : REPLACED),
  "lets-go": letsGo,
  /** One group after the other, until none is left. */
  answers: ({ facts }, of) =>
    facts["group"] === NO_GROUP
      ? []
      : [ask("group.responds", of), ask("group.frees", of), ask("answers.takes-next", of), branch("answers", of)],
  "checks-hwpt": ({ found }, of) => {
    const kind = found[of]?.kind;
    return kind === "hwpt-paging" || kind === "hwpt-nested" ? [ask("device.checks-pasid", "device")] : [refuse(EINVAL)];
  },
  "puts-hwpt": ({ found }, of) => (found[of] ? [ask("object.describes", of), branch("tries-destroy", of)] : []),
  /** An automatic HWPT goes with its last user. */
  "tries-destroy": ({ facts, answer }, of) =>
    facts["auto"] === 1 ? [leave(of, { waited: false }), branch("destroys", of)] : answer === OK ? [unref(of)] : [],
  detaches: (known) =>
    known.found["old"]
      ? [
          ask("driver.blocks", "device"),
          ask("handle.erases", "device"),
          ...letsGo(known),
          ask("device.unstores", "device"),
          branch("puts-hwpt", "old"),
          unref("device"),
        ]
      : [],
  "allocates-hwpt": allocatesHwpt,
  invalidates: ({ found }) =>
    found["pt"]?.kind === "viommu" ? [ask("driver.invalidates", "pt", ENOMEM, EFAULT)] : [refuse(EINVAL)],
  "ends-context": ({ facts }) => (facts["references"] === 0 ? [{ do: "sweep", after: 0, found: false }] : []),
};

export const stepsAt = (name: Branch, of: string, known: Known): readonly Step[] => BRANCHES[name](known, of);

/** The next steps of the end of a context: the object that was found is destroyed, and the sweep goes on behind it. */
export function sweptSteps(
  sweep: Extract<Step, { readonly do: "sweep" }>,
  answer: number,
  id: number,
): readonly Step[] {
  if (answer === OK) return [...destroyed("swept"), { ...sweep, after: id, found: true }];
  return answer === EBUSY && sweep.found ? [{ ...sweep, after: 0, found: false }] : [];
}
