/** The message of each step of a call, and what each question to an object says. */
import type { Json } from "../../../../../../checker/json.ts";
import type { Fault } from "../../../include/iommu.ts";
import { attachHandle, type AttachHandle, type Attachment } from "../../io-pgfault/6.12/attach-handles.ts";
import type { Ask, Asked, CallThreadEmits, Facts, Names } from "./call-messages.ts";
import type { Args } from "./call-plans.ts";
import type { Step } from "./call-steps.ts";
import type { Named, ObjectKind } from "./object-messages.ts";

type JsonObject = { readonly [field: string]: Json };

interface Asking {
  readonly name: string;
  readonly call: string;
  readonly args: Args;
  readonly facts: Facts;
  readonly found: Names;
  readonly ids: { readonly [role: string]: number };
}

/** By question: numbers that it says, and objects that it names. */
const FIELDS: { readonly [what in Ask]?: { readonly says?: readonly string[]; readonly names?: readonly string[] } } = {
  "hwpt.begins": { says: ["nestParent", "pasidCompat", "auto"], names: ["pt"] },
  "hwpt.takes-fault": { names: ["fault"] },
  "ioas.lists": { says: ["auto"], names: ["hwpt"] },
  "ioas.unlists": { names: ["hwpt"] },
  "ioas.maps": { says: ["iova", "length", "frame", "stride"] },
  "ioas.unmaps": { says: ["iova", "length"] },
  "ioas.pins": { says: ["iova", "length"] },
  "ioas.checks-contiguous": { says: ["iova", "length"] },
  "ioas.unpins": { says: ["iova", "length"] },
  "device.begins": { says: ["maxPasids"] },
  "device.names-vdevice": { names: ["vdevice"] },
  "device.checks-attach": { says: ["pasid", "pasidCompat"], names: ["hwpt"] },
  "device.checks-replace": { says: ["pasid", "pasidCompat"], names: ["hwpt"] },
  "device.stores": { says: ["pasid", "pasidCompat", "nested"], names: ["hwpt", "fault"] },
  "device.checks-pasid": { says: ["pasid"], names: ["pt"] },
  "handle.erases": { says: ["pasid"] },
  "device.looks": { says: ["pasid"] },
  "device.unstores": { says: ["pasid"] },
  "driver.attaches": { says: ["pasid", "nested"], names: ["hwpt", "viommu", "fault"] },
  "driver.blocks": { says: ["pasid"] },
  "driver.sizes-viommu": { says: ["ofType"] },
  "driver.inits-viommu": { says: ["page"] },
  "driver.sizes-hw-queue": { says: ["ofType"] },
  "driver.inits-hw-queue": { says: ["index"], names: ["hw-queue"] },
  "driver.drops-hw-queue": { says: ["index"], names: ["hw-queue"] },
  "driver.invalidates": { says: ["virt", "cache"] },
  "driver.checks-cache": { says: ["cache", "cleared"] },
  "viommu.begins": { names: ["parent"] },
  "viommu.reserves": { says: ["virt"] },
  "viommu.stores": { says: ["virt"], names: ["vdevice", "device"] },
  "viommu.clears": { says: ["virt"], names: ["vdevice"] },
  "viommu.checks-queue": { says: ["ofType"] },
  "viommu.adds-queue": { says: ["ofType"], names: ["veventq"] },
  "viommu.drops-queue": { names: ["veventq"] },
  "vdevice.begins": { says: ["virt"], names: ["viommu", "device"] },
  "veventq.begins": { says: ["depth"], names: ["viommu"] },
  "hw-queue.begins": { says: ["iova", "length", "index"], names: ["viommu", "ioas", "access"] },
  "context.finds-mmap": { says: ["offset", "whole"] },
};

/** The kernel makes an automatic HWPT for a device, and an ioctl one for user space. */
const numberOf = ({ args, facts, call }: Asking, name: string): number =>
  name === "auto" ? Number(call.startsWith("device-")) : (args[name] ?? facts[name] ?? 0);

function question(asking: Asking, step: Extract<Step, { readonly do: "ask" }>): Asked {
  const { what, of, roles = {} } = step;
  const { says = [], names = [] } = FIELDS[what] ?? {};
  const { kind, at }: { readonly kind: ObjectKind | "context"; readonly at: number } =
    of === "context" ? { kind: "context", at: 0 } : asking.found[of]!;
  const fields: [string, Json][] = [
    ...says.map((name): [string, Json] => [name, numberOf(asking, name)]),
    ...names.map((name): [string, Json] => [name, asking.found[roles[name] ?? name] ?? null]),
  ];
  return { type: what, by: asking.name, kind, at, ...Object.fromEntries(fields), ...ofFaults(asking, step, at) };
}

/** struct iommufd_attach_handle of the HWPT in this role, "" for the one at hand. */
function attachment(asking: Asking, role: "" | "old-"): Attachment {
  const { found } = asking;
  const hwpt = found[role === "" ? "hwpt" : "old"]!;
  const fault = found[`${role}fault`] ?? null;
  return {
    pasid: numberOf(asking, "pasid"),
    domain: {
      handler: fault === null ? null : { hwpt: hwpt.at, queue: fault.at, parent: false },
      nested: numberOf(asking, `${role}nested`) === 1,
    },
    idev: found["device"]!.at,
  };
}

const oldHandle = (asking: Asking): AttachHandle =>
  attachHandle(asking.found["device"]!.at, attachment(asking, "old-"));

/** What a request of the device carries. */
const faultOf = ({ args }: Asking, device: number): Fault => ({
  device,
  pasid: args["pasid"] === 0 ? null : (args["pasid"] ?? null),
  grp: args["grp"] ?? 0,
  page: args["page"] ?? 0,
  perm: args["perm"] ?? 0,
  last: args["last"] === 1,
});

/** What is said to the IOPF core and to a fault queue, whose machines 6.12 has, too. */
function ofFaults(asking: Asking, { what, of }: Extract<Step, { readonly do: "ask" }>, at: number): JsonObject {
  const { facts } = asking;
  const group = { device: facts["faulted"] ?? 0, group: facts["group"] ?? 0 };
  const isOld = of === "old-fault";
  if (what === "handle.inserts" || what === "handle.replaces") return { ...attachment(asking, "") };
  if (what === "handle.frees") return { ...attachment(asking, "old-") };
  if (what === "answers.gathers") return { queue: at, handle: oldHandle(asking) };
  if (what === "answers.takes-next")
    return isOld
      ? { queue: at, handle: oldHandle(asking), first: "newest", only: "all", lists: "own" }
      : { queue: at, handle: null, first: "oldest", only: "all" };
  if (what === "group.responds") return { ...group, code: "invalid" };
  if (what === "group.frees") return group;
  if (what === "driver.reports-fault") return { fault: faultOf(asking, at) };
  return what === "queue.creates" || what === "queue.destroys" ? { queue: at } : {};
}

const TABLE = {
  lock: "object.locks",
  "put-user": "object.unrefs",
  "put-wait": "object.drops-wait",
  ref: "object.refs",
  unref: "object.unrefs",
  publish: "object.publishes",
  abort: "object.aborts",
  free: "object.frees",
  await: "object.awaits",
  "drop-wait": "object.drops-wait",
  "try-users": "object.tries-users",
} as const;

/** Steps of the thread alone. */
const OWN: ReadonlySet<string> = new Set(["branch", "copy-in", "refuse", "respond"]);

/** Undefined: nobody else hears of the step. */
export function messageOf(asking: Asking, step: Step, withoutMemory = false): CallThreadEmits | undefined {
  if (OWN.has(step.do)) return undefined;
  const { name: by, args, found, ids } = asking;
  const named = (role: string): Named => found[role]!;
  if (step.do === "ask") return { ...question(asking, step), ...(withoutMemory ? { memory: 0 } : {}) };
  if (step.do === "look-up") return { type: "object.looks-up", by, id: args[step.as] ?? 0, kind: step.kind };
  if (step.do === "allocate") return { type: "object.allocates", by, ...named(step.as) };
  if (step.do === "remove") return { type: "object.removes", by, id: args[step.as] ?? 0 };
  if (step.do === "leave")
    return { type: "object.leaves", by, ...named(step.of), tombstone: step.tombstone, waited: step.waited };
  if (step.do === "destroy") return { type: "object.is-destroyed", by, ...named(step.of), id: ids[step.of] ?? 0 };
  if (step.do === "sweep") return { type: "object.sweeps", by, after: step.after };
  if (step.do === "take" || step.do === "drop")
    return {
      type: step.do === "take" ? "lock.acquires" : "lock.releases",
      owner: by,
      lock: step.lock,
      ...named(step.of),
    };
  return step.do in TABLE ? { type: TABLE[step.do as keyof typeof TABLE], by, ...named((step as On).of) } : undefined;
}

type On = Extract<Step, { readonly do: keyof typeof TABLE }>;
