/** Faults and fault queues of iommufd of Linux 7.3 in a replay: what the program does with files, and words of the core. */
import type { Json, Message } from "../../../../checker/json.ts";
import type { Fault } from "../../../../model/machines/linux/include/iommu.ts";
import type { Told } from "../../../../model/machines/linux/iommu/iommufd/fault/fault-reader-messages.ts";
import type { Drive, Op } from "../drive.ts";

/** Operations on the file of a fault queue, and the discard of partial requests. */
export const OF_FAULTS: readonly string[] = ["fd_read", "fd_write", "fd_poll", "discard"];

/** The codes of a response that user space can write; others are unknown. */
const CODES = ["success", "invalid"] as const;
const CODE_NUMBERS: { readonly [code: string]: number } = { success: 0, invalid: 1, failure: 2 };
/** What the kernel says of a descriptor that is closed, before it calls iommufd. */
const EBADF = -9;

export function beginsOnFaults(drive: Drive, op: Op, queue: number): void {
  const { bytes, n } = op;
  const size = typeof bytes === "number" ? { bytes } : {};
  if (op.op === "discard") return void drive.take("iopf-queue", { type: "queue.discards" });
  if (!drive.context<{ readonly open: boolean }>(`file-fault-${queue}`).open) return;
  if (op.op === "fd_poll") return void drive.take("fault-reader", { type: "reader.polls", queue, sleeps: false });
  if (op.op === "fd_read")
    return void drive.take("fault-reader", { type: "reader.reads", queue, ...(n === undefined ? size : { room: n }) });
  const responses = op["resps"] as readonly (readonly [number, number])[];
  drive.take("fault-writer", {
    type: "writer.writes",
    queue,
    cookies: responses.map(([cookie]) => cookie),
    codes: responses.map(([, code]) => CODES[code] ?? "unknown"),
    ...size,
  });
}

/** An operation that no machine returns from: the descriptor is closed, or there is nothing to return. */
export function closedOrDone(op: Op): Json | undefined {
  if (op.op === "discard") return { ev: "ret", val: 0 };
  if (op.op === "fd_read") return { ev: "read", f: Number(op["f"]), val: EBADF, recs: [] };
  if (op.op === "fd_write") return { ev: "write", f: Number(op["f"]), val: EBADF };
  return op.op === "fd_poll" ? { ev: "ret", val: EBADF } : undefined;
}

/** Bits of `flags` of struct iommu_hwpt_pgfault. */
const recordOf =
  (dev: (at: number) => number) =>
  ({ cookie, idev, fault }: Told): Json => ({
    flags: (fault.pasid === null ? 0 : 1) + (fault.last ? 2 : 0),
    dev: dev(idev ?? 0),
    pasid: fault.pasid ?? 0,
    grp: fault.grp,
    perm: fault.perm,
    addr: fault.page,
    len: 0,
    cookie,
  });

/** What the recording says of the return of read(), write() and poll(); undefined: it is another call. */
export function faultReturn(op: Op, message: Message, dev: (at: number) => number): Json | undefined {
  const f = Number(op["f"]);
  switch (message.type) {
    case "read.returns": {
      const told = message["groups"] as unknown as readonly Told[];
      return { ev: "read", f, val: message["result"]!, recs: told.map(recordOf(dev)) };
    }
    case "write.returns":
      return { ev: "write", f, val: message["result"]! };
    case "poll.returns":
      return { ev: "poll", f, in: message["in"]!, out: message["out"]! };
    default:
      return undefined;
  }
}

/** Read from the kernel log after the operation. */
export const OF_LOG: readonly string[] = ["warn_on", "log"];

/** What the recording says of another message; undefined: nothing. */
export function faultWord(message: Message, dev: (at: number) => number): Json | undefined {
  switch (message.type) {
    case "group.delivered": {
      const members = message["members"] as readonly Fault[];
      const { device, grp, pasid } = members.at(-1)!;
      return { ev: "deliver", dev: dev(device), grp, pasid, count: members.length };
    }
    case "driver.page-response": {
      const { device, grp, pasid, code } = message;
      return { ev: "response", dev: dev(Number(device)), grp: grp!, pasid: pasid!, code: CODE_NUMBERS[String(code)]! };
    }
    case "kernel.warns":
      return { ev: "warn_on", in: message["in"]! };
    case "kernel.logs":
      return { ev: "log", text: `iopf with pasid ${Number(message["pasid"] ?? 0)} aborted` };
    default:
      return undefined;
  }
}
