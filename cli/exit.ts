/** Exit codes: scripts rest on them, so each has one meaning. */
import type { RunRecord } from "../checker/run-record.ts";
import { judged, type Standing } from "../reports/standing.ts";

export const EXIT = {
  /** Everything holds, or is as declared. */
  asExpected: 0,
  violated: 1,
  usage: 2,
  /** A bound was reached first, or the answer is unknown. */
  incomplete: 3,
  /** A mistake of the model or of this tool, or output that cannot be written. */
  internal: 4,
  interrupted: 130,
  /** As interrupted, by SIGHUP: the terminal is gone. */
  hungUp: 129,
  /** As interrupted, by SIGTERM. */
  terminated: 143,
} as const;

/** The exit code of a call that a signal has ended early. */
export const interruptedBy = ({ reason }: AbortSignal): number =>
  reason === EXIT.terminated || reason === EXIT.hungUp ? reason : EXIT.interrupted;

/**
 * A violation that the suite expects of this very run is as expected, and one that is expected but does not happen is
 * not. A random search is never complete, so there only violations count.
 */
export function exitOf(runs: readonly RunRecord[]): number {
  const failing: readonly Standing[] = ["violated", "unseen", "outdated"];
  if (judged(runs).some(({ standing }) => failing.includes(standing))) return EXIT.violated;
  const searched = runs.filter(({ search }) => search.kind !== "random");
  const unsettled: readonly Standing[] = ["incomplete", "approximate", "unknown"];
  const open = judged(searched).some(({ standing }) => unsettled.includes(standing));
  return open || searched.some(({ search }) => !search.complete) ? EXIT.incomplete : EXIT.asExpected;
}
