/** What recordings of Linux 7.3 say of faults: of their delivery, of responses, and of reads of a fault queue. */
import type { Json, Message } from "../../../../checker/json.ts";
import type { Fault } from "../../../../model/machines/linux/include/iommu.ts";
import type { Told } from "../../../../model/machines/linux/iommu/iommufd/fault/fault-reader-messages.ts";
import type { Op } from "../drive.ts";

const CODES: { readonly [code: string]: number } = { success: 0, invalid: 1, failure: 2 };

/** The handle that the program has of a device. */
type Dev = (at: number) => number;

/** What is seen of the IOPF core besides what the operation returns. */
export function faultWord(message: Message, dev: Dev): Json | undefined {
  switch (message.type) {
    case "group.delivered": {
      const members = message["members"] as readonly Fault[];
      const { device, grp, pasid } = members.at(-1)!;
      return { ev: "deliver", dev: dev(device), grp, pasid, count: members.length };
    }
    case "driver.page-response": {
      const { device, grp, pasid, code } = message;
      return { ev: "response", dev: dev(Number(device)), grp: grp!, pasid: pasid!, code: CODES[String(code)]! };
    }
    case "kernel.logs":
      return { ev: "log", text: `iopf with pasid ${Number(message["pasid"] ?? 0)} aborted` };
    case "kernel.warns":
      return { ev: "warn_on", in: message["in"]! };
    default:
      return undefined;
  }
}

/** Bits of `flags` of struct iommu_hwpt_pgfault. */
const recordOf = ({ cookie, idev, fault }: Told, dev: Dev): Json => ({
  flags: (fault.pasid === null ? 0 : 1) + (fault.last ? 2 : 0),
  dev: dev(idev!),
  pasid: fault.pasid ?? 0,
  grp: fault.grp,
  perm: fault.perm,
  addr: fault.page,
  len: 0,
  cookie,
});

/** What an operation on the file of a fault queue returns. */
export function fileWord(op: Op, message: Message, dev: Dev): Json {
  const { type, result } = message as { readonly type: string; readonly result: number };
  const f = op["f"]!;
  if (type === "poll.returns") return { ev: "poll", f, in: message["in"]!, out: message["out"]! };
  if (type === "write.returns") return { ev: "write", f, val: result };
  const recs = (message["groups"] as unknown as readonly Told[]).map((told) => recordOf(told, dev));
  return { ev: "read", f, val: result, recs };
}

/** The file is closed: the table of descriptors does not have it. */
export function closedWord(op: Op, error: number): Json {
  if (op.op === "fd_read") return { ev: "read", f: op["f"]!, val: error, recs: [] };
  return op.op === "fd_write" ? { ev: "write", f: op["f"]!, val: error } : { ev: "ret", val: error };
}
