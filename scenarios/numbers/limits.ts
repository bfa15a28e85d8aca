/** A limit on pinned pages below the working set of a device, with a number of DMAs in flight. */
import { costs } from "../../model/costs/costs.ts";
import type { Workload } from "../../model/workloads/workload.ts";
import type { Interval } from "../../checker/measure/simulate/student.ts";
import type { Lab } from "./lab.ts";
import { limited, pinnedPerNs } from "./setup.ts";

export interface LimitedSizes {
  /** The working set, or the guest of a workload that prefers some of its pages. */
  readonly pages: number;
  readonly limit: number;
  /** DMAs in flight. */
  readonly slots: number;
  readonly workload?: Workload;
  readonly warmUp: number;
  readonly accesses: number;
  readonly replications?: number;
}

export interface Limited {
  /** Per access. */
  readonly faults: Interval;
  /** Throughput, as a share of that with static pinning. */
  readonly share: { readonly mean: number; readonly low: number; readonly high: number };
  /** From the start of a DMA to its end, in ns. */
  readonly wait: { readonly mean: number; readonly most99: Interval };
}

const RANDOM: Workload = { pick: "random", itemPages: 1 };

export async function underLimit(lab: Lab, sizes: LimitedSizes): Promise<Limited> {
  const { pages, limit, slots, workload = RANDOM, warmUp, accesses, replications = 4 } = sizes;
  const record = await lab.simulate({
    load: { configuration: limited({ pages, slots }, limit), workload, times: "exponential" },
    counts: ["faults"],
    waits: true,
    warmUp,
    accesses,
    replications: lab.isRough ? 2 : replications,
  });
  const pinned = pinnedPerNs(slots, lab.costs.access ?? costs.access.ns);
  const { mean, low, high } = record.work.perNs;
  const [wait] = record.waits;
  return {
    faults: record.counted[0]!.perWork!,
    share: { mean: mean / pinned, low: Math.max(0, low! / pinned), high: high! / pinned },
    wait: { mean: wait!.mean!.mean, most99: wait!.p99! },
  };
}
