/**
 * The calls of iommufd of Linux 7.3 as lists of steps, in the order of the source. A step that fails ends the call, and the
 * steps before it are undone, the latest first.
 *
 * Models  drivers/iommu/iommufd/viommu.c, eventq.c, hw_pagetable.c, device.c, main.c, ioas.c, selftest.c: one list for each
 *         ioctl, mmap() and close() (J2, J5, J10 to J16, J20 to J25, J40, J60 to J65).
 * Omits   Invalidation through a nested HWPT, which goes to its domain. Several IOMMU instances, which three ioctls compare
 *         (J15, J20). Of the locks those of attaching and of areas: igroup->lock of an attach,
 *         a replace and a detach, and ioas->mutex.
 */
import { EFAULT, EINVAL, ENOENT, ENOMEM, EOPNOTSUPP, EOVERFLOW } from "../../../include/iommu.ts";
import { EPERM } from "./errors.ts";
import {
  allocate,
  ask,
  asksFor,
  awaitsReport,
  askTold,
  branch,
  copyIn,
  drop,
  dropWait,
  awaits,
  keeps,
  leave,
  lookUp,
  owns,
  publish,
  put,
  ref,
  refuse,
  respond,
  take,
  undoneBy,
  unref,
  type Step,
} from "./call-steps.ts";

/** What the caller hands over, by name. */
export type Args = { readonly [name: string]: number };

const VEVENTQ_MAX_DEPTH = 2 ** 19;
const ALL_64_BITS = 2 ** 64;

/** The first check that refuses the call ends it. */
const refusedIf = (...checks: readonly (readonly [boolean, number])[]): readonly Step[] =>
  checks
    .filter(([is]) => is)
    .slice(0, 1)
    .map(([, error]) => refuse(error));

/** A queue gets its file, which holds a user of it and a reference to the context. */
const opensFile = (of: string): readonly Step[] => [
  undoneBy(ask("file.opens", of, ENOMEM), ask("file.closes", of), unref(of), ask("context.puts", "context")),
  ask("context.gets", "context"),
  owns(of),
];

/** iommufd_device_detach(), as the selftest and VFIO call it. */
export const DETACH: readonly Step[] = [ask("device.looks", "device"), branch("detaches", "device")];
/** iommufd_device_unbind(): the vDEVICE goes first, if there is one. */
export const UNBIND: readonly Step[] = [
  dropWait("device"),
  branch("pre-destroys", "device"),
  awaits("device"),
  leave("device"),
  branch("left", "device"),
];
/** The internal access of a hardware queue: iommufd_access_destroy_internal(). */
export const DESTROY_ACCESS: readonly Step[] = [
  dropWait("access"),
  awaits("access"),
  leave("access"),
  branch("left", "access"),
];

const attaches = (on: "attach-to" | "replace-by"): readonly Step[] => [
  lookUp("pt", null, ENOENT),
  branch(on, "pt"),
  put("pt"),
];

/** A test ioctl on a device, which its object of the selftest names. */
const ofDevice = (...steps: readonly Step[]): readonly Step[] => [
  lookUp("selftest", "selftest", ENOENT),
  ask("object.describes", "selftest"),
  ...steps,
  put("selftest"),
];

const CALLS = {
  "viommu-alloc": ({ flags = 0, ofType = 0 }) => [
    ...refusedIf([flags !== 0 || ofType === 0, EOPNOTSUPP]),
    lookUp("device", "device", ENOENT),
    ask("driver.sizes-viommu", "device"),
    lookUp("parent", "hwpt-paging", ENOENT),
    ask("hwpt.checks-parent", "parent"),
    allocate("viommu", "viommu", "ucmd"),
    ask("viommu.begins", "viommu"),
    owns("parent"),
    ask("driver.inits-viommu", "viommu", ENOMEM, EFAULT),
    respond,
    put("parent"),
    put("device"),
    publish("viommu"),
  ],
  "vdevice-alloc": () => [
    lookUp("viommu", "viommu", ENOENT),
    lookUp("device", "device", ENOENT),
    take("igroup->lock", "device"),
    ask("device.claims", "device"),
    allocate("vdevice", "vdevice", "own"),
    ask("vdevice.begins", "vdevice"),
    owns("viommu"),
    ask("device.names-vdevice", "device"),
    ask("viommu.reserves", "viommu", ENOMEM),
    ask("viommu.stores", "viommu"),
    respond,
    publish("vdevice"),
    drop("igroup->lock", "device"),
    branch("keeps-device", "device"),
    put("viommu"),
  ],
  "ioas-alloc": () => [allocate("ioas", "ioas", "ucmd"), respond, publish("ioas")],
  "fault-alloc": () => [
    allocate("fault", "fault", "ucmd"),
    ask("queue.creates", "fault"),
    ...opensFile("fault"),
    respond,
    publish("fault"),
  ],
  "veventq-alloc": ({ flags = 0, ofType = 0, depth = 0 }) => [
    ...refusedIf([flags !== 0 || ofType === 0, EOPNOTSUPP], [depth === 0 || depth > VEVENTQ_MAX_DEPTH, EINVAL]),
    lookUp("viommu", "viommu", ENOENT),
    take("veventqs_rwsem", "viommu"),
    ask("viommu.checks-queue", "viommu"),
    allocate("veventq", "veventq", "own"),
    ask("veventq.begins", "veventq"),
    owns("viommu"),
    ask("viommu.adds-queue", "viommu"),
    ...opensFile("veventq"),
    respond,
    publish("veventq"),
    drop("veventqs_rwsem", "viommu"),
    put("viommu"),
  ],
  "hw-queue-alloc": ({ flags = 0, ofType = 0, length = 0, iova = 0 }) => [
    ...refusedIf(
      [flags !== 0 || ofType === 0, EOPNOTSUPP],
      [length === 0, EINVAL],
      [iova > ALL_64_BITS - length, EOVERFLOW],
    ),
    lookUp("viommu", "viommu", ENOENT),
    ask("driver.sizes-hw-queue", "viommu"),
    allocate("hw-queue", "hw-queue", "ucmd"),
    asksFor("object.describes", "viommu", "parent"),
    asksFor("object.describes", "parent", "ioas"),
    undoneBy(allocate("access", "access", "own"), ...DESTROY_ACCESS),
    owns("access"),
    publish("access"),
    ref("ioas"),
    undoneBy(ask("ioas.pins", "ioas", EINVAL, EFAULT, ENOMEM), ask("ioas.unpins", "ioas")),
    ask("ioas.checks-contiguous", "ioas"),
    keeps("hw-queue.begins", "hw-queue"),
    owns("viommu"),
    ask("driver.inits-hw-queue", "viommu"),
    respond,
    put("viommu"),
    publish("hw-queue"),
  ],
  "hwpt-alloc": ({ fault }) => [
    lookUp("device", "device", ENOENT),
    lookUp("pt", null, EINVAL),
    branch("allocates-hwpt", "pt"),
    ...(fault === undefined
      ? []
      : [lookUp("fault", "fault", ENOENT), ask("hwpt.takes-fault", "hwpt"), owns("fault"), put("fault")]),
    respond,
    publish("hwpt"),
    put("pt"),
    put("device"),
  ],
  "device-new": () => [
    undoneBy(allocate("selftest", "selftest", "own"), { do: "abort", of: "selftest" }),
    undoneBy(allocate("device", "device", "own")),
    ask("device.begins", "device"),
    owns("device"),
    undoneBy(publish("device"), ...UNBIND),
    ...attaches("attach-to"),
    ref("device", ...DETACH),
    respond,
    publish("selftest"),
  ],
  "device-replace": () => ofDevice(...attaches("replace-by"), branch("puts-hwpt", "old"), respond),
  "device-attach": () => ofDevice(...attaches("attach-to"), ref("device", ...DETACH), respond),
  "device-detach": () => ofDevice(...DETACH),
  "device-check": ({ detached = 0 }) =>
    detached === 1
      ? ofDevice(ask("device.checks-pasid", "device"))
      : ofDevice(lookUp("pt", null, ENOENT), branch("checks-hwpt", "pt"), put("pt")),
  "fault-report": () => [
    lookUp("device", "device", ENOENT),
    awaitsReport("driver.reports-fault", "device"),
    put("device"),
  ],
  "object-destroy": () => [branch("destroys-target", "target")],
  "event-report": () => [
    lookUp("device", "device", ENOENT),
    askTold("driver.reports-event", "device", ENOMEM),
    put("device"),
  ],
  "cache-check": () => [lookUp("device", "device", ENOENT), ask("driver.checks-cache", "device"), put("device")],
  "cache-invalidate": () => [lookUp("pt", null, ENOENT), branch("invalidates", "pt"), put("pt")],
  "ioas-map": () => [
    lookUp("ioas", "ioas", ENOENT),
    ask("ioas.maps", "ioas", EINVAL, EFAULT, ENOMEM),
    respond,
    put("ioas"),
  ],
  "ioas-unmap": () => [lookUp("ioas", "ioas", ENOENT), ask("ioas.unmaps", "ioas", ENOMEM), respond, put("ioas")],
  "page-map": ({ shared = 1, executable = 0 }) => [
    ...refusedIf([shared === 0, EINVAL], [executable === 1, EPERM]),
    ask("context.finds-mmap", "context", ENOMEM),
    ref("viommu"),
    ask("context.gets", "context"),
  ],
  "page-unmap": () => [
    ask("context.finds-mmap", "context", ENOMEM),
    unref("viommu"),
    ask("context.puts", "context"),
    branch("ends-context", "context"),
  ],
  "file-close": () => [
    ask("file.closes", "queue"),
    unref("queue"),
    ask("context.puts", "context"),
    branch("ends-context", "context"),
  ],
  "device-unbind": () => UNBIND,
  "context-close": () => [ask("context.puts", "context"), branch("ends-context", "context")],
} satisfies { readonly [call: string]: (args: Args) => readonly Step[] };

export type CallName = keyof typeof CALLS;

/** Calls that are no ioctl: nothing is copied from user space. */
const NO_IOCTL: readonly CallName[] = ["page-map", "page-unmap", "file-close", "context-close", "device-unbind"];

/** The steps of the call. */
export const planOf = (call: CallName, args: Args): readonly Step[] => [
  ...(NO_IOCTL.includes(call) ? [] : [copyIn]),
  ...CALLS[call](args),
];
