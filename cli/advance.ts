/** Searches in slices: between two of them progress is told, and an interrupt is seen. */
import type { BreadthFirst } from "../checker/explore/search/breadth-first.ts";
import { recordInSlices } from "../checker/explore/exhaustive.ts";
import { bytesWords } from "../checker/explore/search/limits.ts";
import type { RunRecord } from "../checker/run-record.ts";
import { knownOf } from "./suite-runs.ts";
import type { Keeper } from "./checkpoint/keeper.ts";
import type { Found } from "./found.ts";
import type { Progress, RunRequest, Watch } from "./ports.ts";

/** States expanded between two reports of progress. */
const STATES = 20_000;

export async function advance(
  step: () => boolean,
  report: () => Promise<void> | undefined,
  { signal }: Watch,
): Promise<void> {
  while (!signal.aborted && step()) await report();
}

/**
 * `most`: bytes by which the process may grow, besides what the tables of the search may take: what is in no table grows
 * too.
 */
export async function searched(
  search: BreadthFirst,
  watch: Watch,
  found?: Found,
  most = Infinity,
  keeper?: Keeper,
): Promise<void> {
  const before = process.memoryUsage.rss();
  let isOver = false;
  await advance(
    () => {
      isOver = !search.advance(STATES);
      const isTooLarge = !isOver && process.memoryUsage.rss() - before > most;
      if (isTooLarge) {
        keeper?.keep(search);
        search.stoppedBy = `max-memory ${bytesWords(most)}, of the whole process`;
      } else if (!isOver) keeper?.keepSometimes(search);
      found?.look(search, isOver);
      return !isOver;
    },
    () => watch.onProgress(statesOf(search, found)),
    watch,
  );
  if (!isOver && search.stoppedBy === undefined) keeper?.keep(search);
}

const statesOf = (search: BreadthFirst, found?: Found): Progress => ({
  kind: "states",
  states: search.store.count,
  depth: search.depth,
  queue: search.waiting,
  bytes: search.bytes,
  ...(found && { violations: found.violations, known: found.known }),
});

/** What the search says; an interrupt leaves unknown what was not judged yet. */
export async function judged(search: BreadthFirst, request: RunRequest, watch: Watch): Promise<RunRecord> {
  const judging = recordInSlices(search, request, knownOf(request));
  let step = judging.next();
  while (step.done !== true) {
    await watch.onProgress(statesOf(search));
    step = judging.next(watch.signal.aborted);
  }
  return step.value;
}
