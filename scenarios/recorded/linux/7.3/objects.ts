/** Objects of iommufd of Linux 7.3 in a replay: calls of the program, and reads of its vEVENTQs. */
import type { Json, Message } from "../../../../checker/json.ts";
import { PAGE, type Area } from "../../../../model/machines/linux/iommu/iommufd/objects-7.3/ioas.ts";
import type { Vevent } from "../../../../model/machines/linux/iommu/iommufd/objects-7.3/veventq.ts";
import type { Drive, Op } from "../drive.ts";
import { FRAME, type Asked } from "./calls.ts";
import { faultReturn, faultWord } from "./faults.ts";
import { CALLER, READER } from "./threads.ts";

/** Mapped before the first operation: 16 pages with frames that follow each other, and two pages in reverse. */
export const MAPPED: readonly Area[] = [
  { iova: 0x2000000, length: 16 * PAGE, frame: FRAME, stride: 1, locks: 0 },
  { iova: 0x3000000, length: PAGE, frame: FRAME + 101, stride: 1, locks: 0 },
  { iova: 0x3000000 + PAGE, length: PAGE, frame: FRAME + 100, stride: 1, locks: 0 },
];

/** Operations on the file of a vEVENTQ. */
export const OF_VEVENTQ: readonly string[] = ["ve_read", "ve_poll", "ve_write"];

export function beginsCall(drive: Drive, { call, args, memory = {}, names = {} }: Asked): void {
  drive.take(CALLER, { type: "call.begins", call, args, memory, names });
}

const NEVER_BAD = Number.MAX_SAFE_INTEGER;

/** What the program does with the file of a vEVENTQ. */
export function beginsOnVeventq(drive: Drive, op: Op, at: number): void {
  const writable = op["bad"] === 1 ? 0 : op["edge"] === undefined ? NEVER_BAD : Number(op["edge"]);
  const begins: { readonly [name: string]: Message } = {
    ve_read: { type: "reader.reads", at, bytes: Number(op["bytes"]), writable },
    ve_poll: { type: "reader.polls", at },
    ve_write: { type: "reader.writes", at },
  };
  drive.take(READER, begins[op.op]!);
}

const recordOf = ({ seq, virt }: Vevent): Json => (virt === null ? { flags: 1, seq } : { flags: 0, seq, virt });

/** The handle of a device, by its memory. */
export type DevOf = (at: number) => number;

/** What the recording says of the return of an operation. */
export function returnWord(op: Op, message: Message, dev: DevOf): Json {
  const { type, result } = message as { readonly type: string; readonly result: number };
  if (type === "vread.returns") {
    const records = message["records"] as unknown as readonly Vevent[];
    return { ev: "vread", e: op["e"]!, val: result, recs: records.map(recordOf) };
  }
  if (type === "vpoll.returns" && result === 0)
    return { ev: "poll", e: op["e"]!, in: message["readable"]!, out: false };
  const ofFaults = faultReturn(op, message, dev);
  if (ofFaults !== undefined) return ofFaults;
  if (type !== "call.returned") return { ev: "ret", val: result };
  const ids = message["ids"] as { readonly [role: string]: number };
  const facts = message["facts"] as { readonly [name: string]: number };
  return {
    ev: "ret",
    val: result,
    ...(op.op === "vinv" ? { done: facts["done"] ?? 0 } : {}),
    ...idsWord(op, result, ids),
  };
}

function idsWord(op: Op, result: number, ids: { readonly [role: string]: number }): { readonly [name: string]: Json } {
  if (result !== 0) return {};
  if (op.op === "dev_new") return { stdev: ids["selftest"]!, idev: ids["device"]!, hwpt: ids["hwpt"]! };
  if (op.op === "hwpt_replace") return op["h"] === undefined ? { id: ids["hwpt"]! } : {};
  const role = ROLE[op.op];
  return role === undefined ? {} : { id: ids[role]! };
}

const ROLE: { readonly [op: string]: string } = {
  hwpt_alloc: "hwpt",
  fq_alloc: "fault",
  viommu_alloc: "viommu",
  vdev_alloc: "vdevice",
  veventq_alloc: "veventq",
  hwq_alloc: "hw-queue",
};

/** What the recording says of a message besides; accesses of the kernel have no event. */
export function effectWord(message: Message, dev: DevOf): Json | undefined {
  switch (message.type) {
    case "object.is-destroyed": {
      const { kind, id } = message as unknown as { readonly kind: string; readonly id: number };
      return kind === "access" ? undefined : { ev: "destroyed", kind: kind.replace("-", "_"), id };
    }
    case "queue.adds":
      return { ev: "iopf_add", dev: dev(Number(message["device"])) };
    case "queue.removes":
      return { ev: "iopf_remove", dev: dev(Number(message["device"])) };
    default:
      return faultWord(message, dev);
  }
}
