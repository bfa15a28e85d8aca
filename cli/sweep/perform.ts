/** Makes the runs of a sweep that are not kept from before, and keeps each when it is there. */
import type { RunRecord } from "../../checker/run-record.ts";
import { ModelError } from "../../checker/system.ts";
import { isWhole, type BrokenClaim, type Searched, type SweptRequest, type SweptResult } from "../../reports/sweep.ts";
import { modelName, reachable, taken } from "../../reports/words.ts";
import { OutputError, printable } from "../errors.ts";
import { inTurn } from "../jobs/in-turn.ts";
import { StillQueued, ThreadLost, type RunRequest, type Watch } from "../ports.ts";
import { Line, StatusLine } from "../progress.ts";
import type { Terminal } from "../terminal.ts";
import type { KeptRuns } from "./kept.ts";

export type Check = (run: RunRequest, watch: Watch) => Promise<RunRecord>;

/** What a sweep needs of a record. */
function searchedOf({ search, properties }: RunRecord): Searched {
  const ids = (...kinds: readonly string[]): readonly string[] =>
    properties.filter(({ verdict }) => kinds.includes(verdict.kind)).map(({ id }) => id);
  const broken = properties.flatMap(({ id, name, statement, verdict, known }): readonly BrokenClaim[] => {
    if (verdict.kind !== "violated") return [];
    const { length: steps } = verdict.trace.steps;
    return [{ id, ...(name !== undefined && { name }), statement, steps, ...(known !== undefined && { known: true }) }];
  });
  return {
    kind: "searched",
    complete: search.complete,
    ...(search.stoppedBy !== undefined && { stoppedBy: search.stoppedBy }),
    states: reachable(search),
    transitions: taken(search),
    depth: search.depth,
    holds: ids("holds"),
    broken,
    open: ids("holds-within-bounds", "unknown"),
    unseen: ids("never-witnessed"),
  };
}

export interface Performed {
  readonly results: readonly SweptResult[];
  /** Results that were there from before. */
  readonly kept: number;
}

/** Results in the order of the runs; so many searches at once. */
export async function perform(
  runs: readonly RunRequest[],
  check: Check,
  keptRuns: Pick<KeptRuns, "find" | "keep">,
  terminal: Terminal,
  atOnce: number,
): Promise<Performed> {
  const line = new Line(terminal);
  let kept = 0;
  let isFull = false;
  const say = (text: string): void => {
    line.clear();
    terminal.err(`faultline: ${printable(text)}.\n`);
  };
  const keep = async (run: SweptRequest, result: Searched): Promise<void> => {
    try {
      await keptRuns.keep(run, result);
    } catch (error) {
      if (!(error instanceof OutputError)) throw error;
      if (!isFull) say(`results are not kept, and an interrupted sweep begins anew: ${error.message}`);
      isFull = true;
    }
  };
  const results = await inTurn(runs, atOnce, async (run, k): Promise<SweptResult> => {
    const found = await keptRuns.find(run);
    if (found.kind === "kept") {
      kept++;
      return found.result;
    }
    if (found.kind === "damaged") say(`"${found.path}" is damaged: its run is searched again`);
    if (terminal.signal.aborted) return { kind: "left" };
    const status = new StatusLine(terminal, line);
    status.start(`[${k + 1}/${runs.length}] ${modelName(run)}`);
    try {
      // What is violated is told by the table: most runs of a sweep break something.
      const { onProgress, onBegin, signal } = status.watch;
      const result = searchedOf(await check(run, { onProgress, signal, ...(onBegin && { onBegin }) }));
      // What an interrupt has ended early is no result.
      if (isWhole(result) || !signal.aborted) await keep(run, result);
      return result;
    } catch (error) {
      if (error instanceof StillQueued) return { kind: "left" };
      if (error instanceof ThreadLost) return { kind: "failed", message: `${error.what}: ${error.message}` };
      if (!(error instanceof ModelError)) throw error;
      return { kind: "failed", message: `mistake of the model: ${error.message}` };
    } finally {
      status.clear();
    }
  });
  return { results, kept };
}
