/** One shard of a sweep, as its file keeps it: the whole plan, and the results of its own runs. */
import { createHash } from "node:crypto";
import type { SweptResult } from "../../reports/sweep.ts";
import { shardRecord, type Shard, type ShardRecord } from "../shard.ts";
import type { Plan } from "./plan.ts";

export const SWEEP_SHARD_SCHEMA = "faultline-sweep-shard/1";

export interface SweepShard {
  readonly schema: typeof SWEEP_SHARD_SCHEMA;
  readonly tool: string;
  readonly maxStates: number;
  readonly plan: Plan;
  readonly shard: ShardRecord;
  readonly results: readonly SweptResult[];
  /** A hash of the results and of which shard they are. */
  readonly sum: string;
}

/** The shard with the hash that tells whether its file is as it was written. */
export const summed = (shard: Omit<SweepShard, "sum">): SweepShard => ({ ...shard, sum: sumOf(shard) });

export function sumOf({ shard: { index, of }, results }: Pick<SweepShard, "shard" | "results">): string {
  return createHash("sha256")
    .update(JSON.stringify([index, of, results]))
    .digest("hex");
}

/** The shard with the hash of its plan, and of what else results depend on. */
export function shardOfPlan({
  shard,
  plan,
  tool,
  maxStates,
}: Pick<SweepShard, "plan" | "tool" | "maxStates"> & { readonly shard: Shard }): ShardRecord {
  const runs = plan.systems.reduce((sum, system) => sum + system.runs.length, 0);
  return shardRecord(shard, { tool, maxStates, plan }, runs);
}
