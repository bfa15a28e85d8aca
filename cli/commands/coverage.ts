/** `coverage`: what of the machines, knobs and claims the runs of the suite make use of. */
import { setImmediate } from "node:timers/promises";
import { coverageText } from "../../reports/coverage-text.ts";
import { unexcused } from "../../reports/coverage.ts";
import { Covering } from "../coverage/coverage-of.ts";
import { chosenRuns } from "../coverage/excused.ts";
import { printableLines } from "../errors.ts";
import { EXIT, interruptedBy } from "../exit.ts";
import { StatusLine } from "../progress.ts";
import { expectEachOnce } from "../single.ts";
import type { Terminal } from "../terminal.ts";

export interface CoverageOptions {
  readonly bounds: string;
  readonly json: boolean;
}

export async function coverage(
  terminal: Terminal,
  systems: readonly string[],
  { bounds, json }: CoverageOptions,
): Promise<number> {
  expectEachOnce("system", systems);
  const { runs, excused, whole } = chosenRuns(bounds, systems);
  const covering = new Covering();
  const status = new StatusLine(terminal);
  for (const [k, run] of runs.entries()) {
    status.start(`[${k + 1}/${runs.length}] ${run.system} ${run.hardware} ${run.host}`);
    await setImmediate();
    if (terminal.signal.aborted) {
      status.clear();
      terminal.err(`faultline: interrupted; ${k} of ${runs.length} runs were searched, and nothing is told of them.\n`);
      return interruptedBy(terminal.signal);
    }
    covering.search(run);
  }
  status.clear();
  const record = covering.record(bounds, excused, whole);
  if (json) terminal.out(`${JSON.stringify(record)}\n`);
  else terminal.say(printableLines(coverageText(record)));
  return unexcused(record) > 0 || record.stale.length > 0 ? EXIT.violated : EXIT.asExpected;
}
