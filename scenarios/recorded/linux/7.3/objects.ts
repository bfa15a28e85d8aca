/** Objects of iommufd of Linux 7.3 in a replay: calls of the program, and reads of its vEVENTQs. */
import type { Json, Message } from "../../../../checker/json.ts";
import { callSteps } from "../../../../model/machines/linux/iommu/iommufd/objects-7.3/call-thread.ts";
import { PAGE, type Area } from "../../../../model/machines/linux/iommu/iommufd/objects-7.3/ioas.ts";
import { veventqReaderSteps } from "../../../../model/machines/linux/iommu/iommufd/objects-7.3/veventq-reader.ts";
import type { Vevent } from "../../../../model/machines/linux/iommu/iommufd/objects-7.3/veventq.ts";
import { EFAULT, EINVAL, ENOENT, ENOMEM } from "../../../../model/machines/linux/include/iommu.ts";
import { reporterSteps } from "../../../../model/machines/linux/iommu/io-pgfault/6.12/reporter.ts";
import { faultHandlerSteps } from "../../../../model/machines/linux/iommu/iommufd/fault/fault-handler.ts";
import type { Drive, Op } from "../drive.ts";
import { faultWord } from "./fault-words.ts";
import { FRAME, type Asked } from "./calls.ts";

/** Mapped before the first operation: 16 pages with frames that follow each other, and two pages in reverse. */
export const MAPPED: readonly Area[] = [
  { iova: 0x2000000, length: 16 * PAGE, frame: FRAME, stride: 1, locks: 0 },
  { iova: 0x3000000, length: PAGE, frame: FRAME + 101, stride: 1, locks: 0 },
  { iova: 0x3000000 + PAGE, length: PAGE, frame: FRAME + 100, stride: 1, locks: 0 },
];

export const CALLER = "caller";
export const READER = "reader";

/** Operations that make one call of iommufd, and those on the file of a vEVENTQ. */
export const OF_FILE: readonly string[] = ["ve_read", "ve_poll", "ve_write"];

/** A call that takes more steps goes round in a circle. */
const MOST_STEPS = 2_000;

/** Which step fails: the first, second, ... that can fail, counted from 1; null: none. */
export type Failing = number | null;

/** A thread of the kernel, or of the program inside it: its steps, and those with which one of them fails. */
export interface Thread {
  readonly component: string;
  readonly steps: readonly Message[];
  readonly failures?: readonly Message[];
}

/** What goes on below a call, before the call does: a fault is reported, a discard goes from device to device. */
const BELOW: readonly Thread[] = [
  {
    component: "reporter",
    steps: reporterSteps("succeed"),
    failures: [{ type: "reporter.allocates", ok: false }],
  },
  {
    component: "fault-handler",
    steps: faultHandlerSteps({ publishes: "dequeued", deliverLock: "spinlock", wakes: true }),
  },
  { component: "iopf-queue", steps: [{ type: "queue.discards-next" }] },
];

/** Lets the thread, and what is below it, go on until nobody can; whether a step was made to fail. */
export function runs(drive: Drive, thread: Thread, failing: Failing): boolean {
  const threads = [...BELOW, thread];
  let fallible = 0;
  for (let taken = 0; taken < MOST_STEPS; taken += 1) {
    if (failing === null) {
      if (!threads.some(({ component, steps }) => drive.takeOne(component, steps))) return false;
      continue;
    }
    const next = threads.find(({ component, steps }) => steps.some((step) => drive.canTake(component, step)));
    if (!next) return false;
    const { component, steps, failures = [] } = next;
    const possible = failures.filter((one) => drive.canTake(component, one));
    const fails = possible[failing - fallible - 1];
    fallible += possible.length;
    if (fails) {
      drive.take(component, fails);
      runs(drive, thread, null);
      return true;
    }
    drive.takeOne(component, steps);
  }
  return false;
}

/** What the injected failures of a call are seen as. */
const CALL_FAILS: readonly Message[] = [ENOENT, EINVAL, ENOMEM, EFAULT].map((error) => ({
  type: "thread.fails",
  error,
}));

export function performCall(drive: Drive, { call, args, memory = {}, names = {} }: Asked, failing: Failing): boolean {
  drive.take(CALLER, { type: "call.begins", call, args, memory, names });
  return runs(drive, { component: CALLER, steps: callSteps, failures: CALL_FAILS }, failing);
}

const NEVER_BAD = Number.MAX_SAFE_INTEGER;

/** What the program does with the file of a vEVENTQ. */
export function performOnFile(drive: Drive, op: Op, at: number, failing: Failing): boolean {
  const writable = op["bad"] === 1 ? 0 : op["edge"] === undefined ? NEVER_BAD : Number(op["edge"]);
  const begins: { readonly [name: string]: Message } = {
    ve_read: { type: "reader.reads", at, bytes: Number(op["bytes"]), writable },
    ve_poll: { type: "reader.polls", at },
    ve_write: { type: "reader.writes", at },
  };
  drive.take(READER, begins[op.op]!);
  const failures = [{ type: "reader.fails" }, { type: "reader.faults" }];
  return runs(drive, { component: READER, steps: veventqReaderSteps, failures }, failing);
}

const recordOf = ({ seq, virt }: Vevent): Json => (virt === null ? { flags: 1, seq } : { flags: 0, seq, virt });

/** What the recording says of the return of an operation. */
export function returnWord(op: Op, message: Message): Json {
  const { type, result } = message as { readonly type: string; readonly result: number };
  if (type === "vread.returns") {
    const records = message["records"] as unknown as readonly Vevent[];
    return { ev: "vread", e: op["e"]!, val: result, recs: records.map(recordOf) };
  }
  if (type === "vpoll.returns" && result === 0)
    return { ev: "poll", e: op["e"]!, in: message["readable"]!, out: false };
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
export function effectWord(message: Message, dev: (at: number) => number): Json | undefined {
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
