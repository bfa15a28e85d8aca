/**
 * From the messages of the machines to the lines of a trace: what a probe would print when the message passes. The fields of
 * a group are those of its last fault, as struct iopf_group has them.
 */
import type { Memory, Passing } from "../../../checker/explore/observed/observed-system.ts";
import type { Mark } from "../../../checker/explore/observed/observed.ts";
import type { Json, Message } from "../../../checker/json.ts";
import type { GlobalState } from "../../../checker/simulation.ts";
import { OK, type Fault } from "../../../model/machines/linux/include/iommu.ts";
import type { ControlContext } from "../../../model/machines/linux/iommu/iommufd/fault/control-messages.ts";
import type { FaultQueueContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-queue.ts";

/** Sizes of struct iommu_hwpt_pgfault and struct iommu_hwpt_page_response. */
export const RECORD = 40;
export const RESPONSE = 8;

const STATUS: { readonly [code: string]: number } = { success: 0, invalid: 1, failure: 2 };

const mark = (name: string, fields: { readonly [field: string]: Json } = {}): Mark => ({ name, fields });
const named = (message: Message): string => `${Number(message["device"])}:${Number(message["group"])}`;
const faultFields = ({ pasid, grp, page }: Fault) => ({ pasid: pasid ?? 0, grpid: grp, addr: page });
const lastOf = (message: Message): Fault => (message["members"] as readonly Fault[]).at(-1)!;

/** struct iopf_group, as probes print it; kept from iopf_group_alloc() until iopf_free_group(). */
type Group = {
  readonly pasid: number;
  readonly grpid: number;
  readonly addr: Json;
  readonly count: number;
  readonly cookie: number;
};
const groupOf = (memory: Memory, message: Message): Group | undefined => memory[named(message)] as Group | undefined;
const some = (name: string, group: Group | undefined, fields: readonly (keyof Group)[], more = {}): readonly Mark[] =>
  group ? [mark(name, { ...more, ...Object.fromEntries(fields.map((field) => [field, group[field]])) })] : [mark(name)];
const GROUP = ["pasid", "grpid", "addr"] as const;

export function remembers(memory: Memory, { message, from, after }: Passing): Memory {
  switch (message.type) {
    case "group.built": {
      const count = (message["members"] as readonly Fault[]).length;
      return { ...memory, [named(message)]: { ...faultFields(lastOf(message)), count, cookie: 0 } };
    }
    case "deliver.fetched": {
      if (message["outcome"] !== "group") return memory;
      const { entries } = contextOf<FaultQueueContext>(after, from!);
      const entry = entries.find(({ cookie }) => cookie === message["cookie"])!;
      const key = `${entry.device}:${entry.group}`;
      return { ...memory, [key]: { ...(memory[key] as Group), cookie: entry.cookie! } };
    }
    case "group.frees":
    case "group.freed": {
      const { [named(message)]: _, ...rest } = memory;
      return rest;
    }
    default:
      return memory;
  }
}

const contextOf = <T>(state: GlobalState, component: string): T => state.snapshots.get(component)!.context as T;

/** What the ioctl of the control thread does whose IOMMU group the sender belongs to. */
const opOf = ({ from, after }: Passing): string =>
  contextOf<ControlContext>(after, from!.replace(/^\w+/, "control")).op;

/** The lines that the message shows; `nameOf` is the name of a device in the trace. */
export function marksOf(passing: Passing, memory: Memory, nameOf: (device: number) => string): readonly Mark[] {
  const { message, from, to, ignored } = passing;
  const role = from?.split("-")[0];
  const dev = (): string => nameOf(Number(message["device"]));
  switch (message.type) {
    case "driver.reports-fault": {
      const { device, perm, last, pasid, ...fault } = message["fault"] as Fault;
      const flags = (pasid === null ? 0 : 1) + (last ? 2 : 0);
      const type = message["unrecoverable"] === true ? 2 : 1;
      return [
        mark("report_fault", {
          dev: nameOf(device),
          type,
          flags,
          perm,
          ...faultFields({ device, perm, last, pasid, ...fault }),
        }),
      ];
    }
    case "reported":
      return [mark("report_fault_ret", { ret: message["result"]! })];
    case "group.delivered":
      return some("iommufd_handler", groupOf(memory, message), [...GROUP, "count"]);
    case "group.dequeues":
      return some("group_dequeue", groupOf(memory, message), GROUP);
    case "group.responds": {
      const status = STATUS[String(message["code"])]!;
      return some("group_response", groupOf(memory, message), [...GROUP, "count", "cookie"], { status });
    }
    case "group.frees":
      return some("free_group", groupOf(memory, message), GROUP);
    case "driver.page-response": {
      const { pasid, grp, code } = message;
      return [mark("page_response", { dev: dev(), pasid: pasid ?? 0, grpid: grp!, code: STATUS[String(code)]! })];
    }
    case "reader.reads":
      return [mark("fops_read", { count: message["bytes"]! })];
    case "read.returns":
      return [mark("fops_read_ret", { ret: bytes(message["result"], RECORD) })];
    case "writer.writes":
      return [mark("fops_write", { count: message["bytes"]! })];
    case "write.returns":
      return [mark("fops_write_ret", { ret: bytes(message["result"], RESPONSE) })];
    // The IOPF queue passes both on to fault_param.
    case "param.adds":
      return role === "control" ? [mark("iopf_enable")] : [];
    case "param.removes":
      return role === "control" ? [mark("iopf_disable")] : [];
    case "iopf.counted":
      return [mark(message["turns"] === "on" ? "iopf_enable" : "iopf_disable")];
    case "kernel.warns":
      return role === "control" ? [mark("iopf_disable")] : [];
    case "queue.adds":
      return [mark("queue_add_device", { dev: dev() })];
    case "param.added":
      return to.startsWith("iopf") ? [mark("queue_add_device_ret", { ret: message["result"]! })] : [];
    case "queue.removes":
      return [mark("queue_remove_device", { dev: dev() })];
    case "group.freed":
      return to === "outside" ? some("free_group", groupOf(memory, message), GROUP) : [];
    case "queue.discards":
      return [mark("queue_discard_partial")];
    case "queue.returns":
      return to.startsWith("prq") && !ignored ? [mark("queue_discard_partial_ret", { ret: message["result"]! })] : [];
    case "handle.inserts":
      return [mark("attach_group_handle")];
    case "intake.blocks":
      return [mark(opOf(passing) === "replace" ? "replace_group_handle" : "detach_group_handle")];
    // A group that goes from one domain to another is in none only here.
    case "device.switches":
      return message["domain"] === null && opOf(passing) === "replace"
        ? []
        : [mark("attach_device_to_domain", { device: dev() })];
    case "bus.adds":
      return [mark("add_device_to_group", { groupID: Number(to.slice(to.indexOf("-") + 1)), device: dev() })];
    case "bus.removes":
      return [mark("remove_device_from_group", { groupID: Number(to.slice(to.indexOf("-") + 1)), device: dev() })];
    case "lock.acquires":
      return role === "control" ? [mark("iommufd_auto_response")] : [];
    case "queue.claimed":
      return message["result"] === OK ? [mark("fault_destroy")] : [];
    default:
      return [];
  }
}

const bytes = (result: Json | undefined, size: number): number => {
  const number = Number(result);
  return number > 0 ? number * size : number;
};
