/** `sweep`: run many combinations of settings, and say which are safe and which settings break what. */
import { join } from "node:path";
import { sweepCsv } from "../../reports/sweep-csv.ts";
import { sweepText } from "../../reports/sweep-text.ts";
import { isWhole, SWEEP_SCHEMA, type SweepRecord, type SweptResult } from "../../reports/sweep.ts";
import { counted } from "../../reports/words.ts";
import { claimDirectory } from "../claim.ts";
import { OutputError, printable, printableLines } from "../errors.ts";
import { EXIT, interruptedBy } from "../exit.ts";
import type { Queueing } from "../jobs/queue/queueing.ts";
import { withJobs } from "../jobs/with-jobs.ts";
import { neatJson } from "../neat-json.ts";
import type { CheckLimits, Engine } from "../ports.ts";
import { partOf, type Shard } from "../shard.ts";
import { analysed } from "../sweep/analysis.ts";
import { KeptRuns, SWEPT_RUNS } from "../sweep/kept.ts";
import { perform } from "../sweep/perform.ts";
import { planOf, type Plan, type SweepChoices } from "../sweep/plan.ts";
import { shardOfPlan, summed, SWEEP_SHARD_SCHEMA, type SweepShard } from "../sweep/shards.ts";
import type { Terminal } from "../terminal.ts";
import { writeWhole } from "../write.ts";

export type Form = "text" | "json" | "csv";

export interface SweepOptions extends SweepChoices {
  readonly out: string;
  readonly form: Form;
  /** Version and hash of the sources. */
  readonly tool: string;
  readonly maxStates: number;
  /** In bytes, of all searches at once. */
  readonly maxMemory: number;
  readonly shard?: Shard;
  readonly jobs: number;
  readonly worker?: string | undefined;
  /** Workers that do the searches. */
  readonly queueing?: Queueing | undefined;
}

/** The file that a sweep writes. */
const SWEEP_FILE = "sweep.json";

/** What is printed of a sweep. */
function told(record: SweepRecord, exit: number, form: Form, columns: number | undefined): string {
  if (form === "csv") return sweepCsv(record);
  return form === "json" ? `${JSON.stringify({ exit, ...record })}\n` : printableLines(sweepText(record, columns));
}

/** Violations are results of a sweep; only what has no answer is none. */
function exitOfSweep(results: readonly SweptResult[]): number {
  if (results.some(({ kind }) => kind === "failed")) return EXIT.internal;
  return results.every(isWhole) ? EXIT.asExpected : EXIT.incomplete;
}

/** The record of a plan whose runs gave these results, in order. */
export function recordOf(
  { method, systems }: Plan,
  results: readonly SweptResult[],
  origin: Pick<SweepRecord, "tool" | "maxStates">,
): SweepRecord {
  let next = 0;
  return {
    schema: SWEEP_SCHEMA,
    ...origin,
    method,
    systems: systems.map(({ runs, ...planned }) =>
      analysed({ ...planned, runs: runs.map((run) => ({ ...run, result: results[next++]! })) }, method),
    ),
  };
}

/** The whole sweep, or a shard of it. */
function recordIn(
  plan: Plan,
  results: readonly SweptResult[],
  origin: Pick<SweepRecord, "tool" | "maxStates">,
  shard: Shard | undefined,
): SweepRecord | SweepShard {
  if (shard === undefined) return recordOf(plan, results, origin);
  const made = shardOfPlan({ ...origin, plan, shard });
  return summed({ schema: SWEEP_SHARD_SCHEMA, ...origin, plan, shard: made, results });
}

export async function sweep(
  engine: Engine,
  terminal: Terminal,
  systems: readonly string[],
  options: SweepOptions,
): Promise<number> {
  const { tool, maxStates, shard, form, worker, jobs } = options;
  const plan = planOf(engine, systems, options);
  const origin = { tool, maxStates };
  const all = plan.systems.flatMap(({ runs }) => runs.map(({ request }) => request));
  const requests = partOf(all, shard);
  const { directory, notes, release } = await claimDirectory(options.out);
  for (const note of notes) terminal.err(`faultline: ${printable(note)}.\n`);
  try {
    const work = (pooled: Engine, atOnce: number) => {
      const limits: CheckLimits = {
        stopAt: "never",
        maxMemory: Math.floor(options.maxMemory / atOnce),
        maxProcess: options.maxMemory,
        maxStates,
      };
      const check = (run: (typeof requests)[number], watch: Parameters<Engine["check"]>[2]) =>
        pooled.check(run, limits, watch);
      return perform(requests, check, new KeptRuns(directory, origin), terminal, atOnce);
    };
    const { results, kept } = await withJobs(engine, jobs, requests.length, worker, work, options.queueing);
    if (kept > 0)
      terminal.err(
        `faultline: ${kept} of ${counted(requests.length, "result")} were in ${printable(join(directory, SWEPT_RUNS))}.\n`,
      );
    return await finish(terminal, directory, recordIn(plan, results, origin, shard), results, form);
  } finally {
    await release();
  }
}

/** Writes, prints, and says how it ended. */
export async function finish(
  terminal: Terminal,
  directory: string,
  record: SweepRecord | SweepShard,
  results: readonly SweptResult[],
  form: Form,
): Promise<number> {
  let exit = terminal.signal.aborted ? interruptedBy(terminal.signal) : exitOfSweep(results);
  const path = join(directory, SWEEP_FILE);
  try {
    await writeWhole(path, neatJson(record));
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    terminal.err(`faultline: ${printable(error.message)}\n`);
    exit = EXIT.internal;
  }
  if (record.schema === SWEEP_SCHEMA) terminal.out(told(record, exit, form, terminal.columns));
  else if (form === "json") terminal.out(`${JSON.stringify({ exit, ...record })}\n`);
  else {
    const { index, of, runs } = record.shard;
    const made = `Shard ${index} of ${of}: ${results.length} of ${counted(runs, "run")}, kept in ${printable(path)}.`;
    terminal.say(`${made}\nTo put the shards together: npx faultline merge FILE...\n`);
  }
  const left = results.filter(({ kind }) => kind === "left").length;
  if (terminal.signal.aborted)
    terminal.err(
      `faultline: interrupted; ${left} of ${counted(results.length, "run")} were not begun. The same command goes on from here.\n`,
    );
  return exit;
}
