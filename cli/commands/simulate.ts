/** `measure --method simulate`: independent replications, on as many threads as there are. */
import type { Replication } from "../../checker/measure/simulate/asked.ts";
import { SIMULATED_SCHEMA, type SimulatedPoint, type SimulatedRecord } from "../../reports/simulated.ts";
import { simulatedCsv } from "../../reports/simulated-csv.ts";
import { simulatedText } from "../../reports/simulated-text.ts";
import { counted } from "../../reports/words.ts";
import { printableLines } from "../errors.ts";
import { EXIT, interruptedBy } from "../exit.ts";
import { inTurn } from "../jobs/in-turn.ts";
import { withJobs } from "../jobs/with-jobs.ts";
import { sizedIn } from "../measure/sizes.ts";
import type { Engine, Progress, RunRequest, SimulationAsked, Watch } from "../ports.ts";
import { StatusLine } from "../progress.ts";
import type { Terminal } from "../terminal.ts";
import { expectRead, labelOf, planOf, tellUnread, type PlanOptions } from "./measure.ts";

export interface SimulateOptions extends PlanOptions {
  readonly asked: Omit<SimulationAsked, "sizes">;
  readonly jobs: number;
  /** Where a worker thread finds `perform`. */
  readonly worker: string | undefined;
}

/** How far all replications together are. */
class Together {
  readonly #all: { events: number; share: number }[];

  constructor(replications: number) {
    this.#all = Array.from({ length: replications }, () => ({ events: 0, share: 0 }));
  }

  note(replication: number, progress: Progress): Progress {
    if (progress.kind === "events") this.#all[replication] = progress;
    return this.#sum();
  }

  end(replication: number): void {
    this.#all[replication]!.share = 1;
  }

  #sum(): Progress {
    const events = this.#all.reduce((sum, one) => sum + one.events, 0);
    const share = this.#all.reduce((sum, one) => sum + one.share, 0) / this.#all.length;
    return { kind: "events", events, share };
  }
}

/** Those that are done, in their order: the first ones, after an interrupt. */
async function replications(
  engine: Engine,
  request: RunRequest,
  asked: SimulationAsked,
  watch: Watch,
  atOnce: number,
): Promise<readonly Replication[]> {
  const numbers = Array.from({ length: asked.options.replications }, (_, k) => k);
  const together = new Together(numbers.length);
  const done = await inTurn(numbers, atOnce, async (number) => {
    if (watch.signal.aborted) return undefined;
    const own = { ...watch, onProgress: (progress: Progress) => watch.onProgress(together.note(number, progress)) };
    const found = await engine.replicate(request, asked, number, own);
    together.end(number);
    return found;
  });
  // Which ones are over first says something of what they came to: only those before a gap are independent of it.
  const gap = done.indexOf(undefined);
  return (gap < 0 ? done : done.slice(0, gap)) as readonly Replication[];
}

/** The points in order; after an interrupt those before it, and the replications of the one that was under way. */
async function simulatedRecord(
  engine: Engine,
  terminal: Terminal,
  system: string,
  options: SimulateOptions,
): Promise<SimulatedRecord> {
  const { asked, jobs, worker } = options;
  const plan = planOf(engine, system, options, (settings) => sizedIn(engine, system, settings));
  const status = new StatusLine(terminal);
  const points: SimulatedPoint[] = [];
  const unread: (readonly string[])[] = [];
  try {
    await withJobs(engine, jobs, asked.options.replications, worker, async (pooled, atOnce) => {
      for (const [k, planned] of plan.entries()) {
        if (terminal.signal.aborted) break;
        const { request, sizes, choice } = planned;
        const whole: SimulationAsked = { ...asked, sizes };
        status.start(`${labelOf(system, planned)} (${k + 1} of ${plan.length})`);
        engine.expectSimulable(request, whole);
        const done = await replications(pooled, request, whole, status.watch, atOnce);
        if (done.length === 0) break;
        const { point, unread: own } = engine.simulated(request, whole, done);
        points.push({ ...point, choice });
        unread.push(own);
      }
    });
  } finally {
    status.clear();
  }
  if (points.length === plan.length) expectRead(unread, options, system);
  tellUnread(terminal, system, unread);
  return {
    schema: SIMULATED_SCHEMA,
    method: "simulate",
    system,
    piece: asked.piece,
    points,
    left: plan.length - points.length,
  };
}

export type SimulatedForm = "text" | "json" | "csv";

const FORMS: {
  readonly [form in SimulatedForm]: (record: SimulatedRecord, exit: number, columns: number | undefined) => string;
} = {
  text: (record, _, columns) => printableLines(simulatedText(record, columns)),
  json: (record, exit) => `${JSON.stringify({ exit, ...record })}\n`,
  csv: simulatedCsv,
};

export async function simulate(
  engine: Engine,
  terminal: Terminal,
  system: string,
  options: SimulateOptions & { readonly form: SimulatedForm },
): Promise<number> {
  const { form } = options;
  const record = await simulatedRecord(engine, terminal, system, options);
  const exit = terminal.signal.aborted ? interruptedBy(terminal.signal) : EXIT.asExpected;
  terminal.out(FORMS[form](record, exit, terminal.columns));
  if (record.left > 0 && form === "csv")
    terminal.err(`faultline: interrupted: ${counted(record.left, "point")} not simulated.\n`);
  return exit;
}
