/** What a program does with the file of a fault queue of Linux 7.3 in a replay: it reads, writes and polls. */
import type { Message } from "../../../../checker/json.ts";
import type { Drive, Op } from "../drive.ts";
import { runs, type Failing, type Thread } from "./objects.ts";

export const FAULT_FILE: readonly string[] = ["fd_read", "fd_write", "fd_poll"];

const READER = "fault-reader";
const WRITER = "fault-writer";
const CODES = ["success", "invalid"] as const;

/** The steps inside read() and write(); into a bad buffer nothing is copied, and nothing comes out of one. */
const reading = (isBad: boolean): Thread => ({
  component: READER,
  steps: [
    { type: "reader.locks" },
    { type: "reader.fetches" },
    { type: isBad ? "reader.fails" : "reader.copies" },
    { type: "reader.unlocks" },
  ],
  failures: [{ type: "reader.fetches", ok: false }, { type: "reader.fails" }],
});
const writing = (isBad: boolean): Thread => ({
  component: WRITER,
  steps: [
    { type: "writer.locks" },
    { type: "writer.ends" },
    { type: isBad ? "writer.fails" : "writer.takes" },
    { type: "writer.responds" },
    { type: "writer.frees" },
    { type: "writer.unlocks" },
  ],
  failures: [{ type: "writer.fails" }],
});

function begins(op: Op, queue: number): Message {
  const bytes = op["bytes"];
  if (op.op === "fd_poll") return { type: "reader.polls", queue, sleeps: false };
  if (op.op === "fd_read")
    return { type: "reader.reads", queue, ...(typeof bytes === "number" ? { bytes } : { room: Number(op["n"]) }) };
  const responses = op["resps"] as readonly (readonly number[])[];
  return {
    type: "writer.writes",
    queue,
    cookies: responses.map(([cookie]) => cookie!),
    codes: responses.map(([, code]) => CODES[code!] ?? "unknown"),
    ...(typeof bytes === "number" ? { bytes } : {}),
  };
}

/** Whether the file is open. */
export const isOpen = (drive: Drive, queue: number): boolean =>
  drive.canTake(READER, { type: "reader.reads", queue, room: 0 });

export function performOnFaultFile(drive: Drive, op: Op, queue: number, failing: Failing): boolean {
  const isBad = op["bad"] === 1;
  const thread = op.op === "fd_write" ? writing(isBad) : reading(isBad);
  drive.take(thread.component, begins(op, queue));
  return runs(drive, thread, failing);
}
