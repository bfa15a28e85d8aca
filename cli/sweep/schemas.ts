/** The shape of the file of a shard. Only loaded when one is read. */
import { z } from "zod";
import { UsageError } from "../errors.ts";
import type { Document } from "../document.ts";
import { SWEEP_SHARD_SCHEMA, type SweepShard } from "./shards.ts";

const whole = z.int().min(0);
const ids = z.array(z.string());
const setting = z.strictObject({ factor: whole, value: whole });

const request = z.strictObject({
  system: z.string(),
  hardware: z.string(),
  host: z.string(),
  bounds: z.string(),
  set: z.record(z.string(), z.json()),
});

const result = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("searched"),
    complete: z.boolean(),
    stoppedBy: z.string().optional(),
    states: whole,
    transitions: whole,
    depth: whole,
    holds: ids,
    broken: z.array(
      z.strictObject({
        id: z.string(),
        name: z.string().optional(),
        statement: z.string(),
        steps: whole,
        known: z.literal(true).optional(),
      }),
    ),
    open: ids,
    unseen: ids,
  }),
  z.strictObject({ kind: z.literal("failed"), message: z.string() }),
  z.strictObject({ kind: z.literal("left") }),
]);

const system = z.strictObject({
  system: z.string(),
  factors: z.array(z.strictObject({ name: z.string(), values: z.array(z.string()) })),
  combinations: whole,
  leftOut: z.array(z.strictObject({ what: z.string(), because: z.string() })),
  unmet: z.array(z.tuple([setting, setting])),
  defects: z.array(z.strictObject({ setting, breaks: ids, any: ids, command: z.string() })),
  runs: z.array(z.strictObject({ values: z.array(whole), request })).min(1),
});

const shape = z.strictObject({
  schema: z.literal(SWEEP_SHARD_SCHEMA),
  tool: z.string(),
  maxStates: whole,
  plan: z.strictObject({ method: z.enum(["product", "pairs", "each-pair"]), systems: z.array(system).min(1) }),
  shard: z.strictObject({ index: z.int().min(1), of: z.int().min(1), runs: z.int().min(1), plan: z.string() }),
  results: z.array(result),
  sum: z.string(),
});

/** @throws UsageError that names the place */
export function sweepShardIn(document: Document, path: string): SweepShard {
  const { success, error } = shape.safeParse(document);
  if (success) return document as unknown as SweepShard;
  const [issue] = error.issues;
  throw new UsageError(
    `"${path}" is not a sound ${SWEEP_SHARD_SCHEMA}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "unknown"}.`,
  );
}
