/** Fault queues of a state, as far as they differ for what a thread may call. */
import { stateName } from "../../../checker/kernel/step.ts";
import type { Watched } from "../../../checker/explore/observed/observed-system.ts";
import type { ReporterContext } from "../../../model/machines/linux/iommu/io-pgfault/6.12/reporter-messages.ts";
import type { FaultQueueContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-queue.ts";
import { namedBy } from "./hwpts.ts";
import { range, type TraceSize } from "./trace-size.ts";

export const contextOf = <T>({ state }: Watched, component: string): T => state.snapshots.get(component)!.context as T;

/** HWPTs whose attach handles of the IOMMU group are named by groups, or are in the hands of threads that report. */
export function hwptsNamed(watched: Watched, { queues, slots }: TraceSize, group: number): ReadonlySet<number> {
  const listed = range(queues).flatMap((queue) => contextOf<FaultQueueContext>(watched, `queue-${queue}`).entries);
  const borrowed = range(slots).flatMap((slot) => {
    const { handle } = contextOf<ReporterContext>(watched, `reporter-${slot}`);
    return handle ? [{ handle }] : [];
  });
  return namedBy(
    [...listed, ...borrowed].map(({ handle }) => handle),
    group,
  );
}

/**
 * Fault queues that differ from one that was made and never used; of those that do not differ one stands for all, the likely
 * one if it is among them.
 */
export function queuesIn(watched: Watched, { queues }: TraceSize, likely?: number) {
  const used: number[] = [];
  let unused: number | undefined;
  let destroyed: number | undefined;
  for (const queue of range(queues)) {
    const { hwpts, entries, zeroIsFree, file, calls } = contextOf<FaultQueueContext>(watched, `queue-${queue}`);
    if (stateName(watched.state.snapshots.get(`queue-${queue}`)!.value) === "destroyed") destroyed ??= queue;
    else if (hwpts > 0 || entries.length > 0 || zeroIsFree || file !== "open" || calls > 0) used.push(queue);
    else if (unused === undefined || queue === likely) unused = queue;
  }
  return { used, unused, destroyed };
}
