/** The shape of a line of a Linux recording. Fields beyond these depend on the operation, and the adapters read them. */
import { z } from "zod";
import type { Json } from "../../../checker/json.ts";

const recording = z.looseObject({
  kernel: z.string(),
  class: z.string(),
  ops: z.array(z.looseObject({ op: z.string() })).min(1),
  events: z.array(z.looseObject({ i: z.int().nonnegative(), ev: z.string() })),
});

/** What is wrong with the shape, or undefined. */
export function shapeOf(line: Json): string | undefined {
  const { success, error } = recording.safeParse(line);
  if (!success) {
    const { path, message } = error.issues[0]!;
    const where = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
    return `${where.replace(/^\./, "") || "line"}: ${message}`;
  }
  const { ops, events } = line as { ops: { op: string }[]; events: { i: number }[] };
  if (ops[0]?.op !== "init") return `ops[0].op: expected "init", found "${ops[0]?.op}"`;
  const late = events.findIndex(({ i }) => i >= ops.length);
  return late < 0 ? undefined : `events[${late}].i: expected the index of one of ${ops.length} operations`;
}
