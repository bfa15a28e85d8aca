/** `sweep --write`: the page of sweeps over the design questions of the RFC. */
import { join } from "node:path";
import { designSpacePage, type SweptQuestion } from "../../reports/design-space.ts";
import type { SystemSweep } from "../../reports/sweep.ts";
import { counted } from "../../reports/words.ts";
import { designSpace, type DesignQuestion } from "../../scenarios/design-space.ts";
import { EXIT, interruptedBy } from "../exit.ts";
import { withJobs } from "../jobs/with-jobs.ts";
import type { Engine } from "../ports.ts";
import type { KeptRuns } from "../sweep/kept.ts";
import { perform } from "../sweep/perform.ts";
import { planOf, type Plan, type SweepChoices } from "../sweep/plan.ts";
import type { Terminal } from "../terminal.ts";
import { expectFolder, writeWhole } from "../write.ts";
import { recordOf, type SweepOptions } from "./sweep.ts";

const PAGE = "design-space.md";

/** Every search here that has an end is smaller; of one without an end, what it found so far is told. */
const MOST_STATES = 150_000;

const choicesOf = ({ set, vary, hardware, design, eachPair }: DesignQuestion): SweepChoices => ({
  bounds: "small",
  vary,
  ...(set && { set }),
  ...(hardware !== undefined && { hardware }),
  ...(design !== undefined && { design }),
  ...(eachPair && { eachPair }),
});

function commandOf({ system, set = [], vary, hardware, design, eachPair }: DesignQuestion): string {
  return [
    `npx faultline sweep ${system}`,
    ...(hardware === undefined ? [] : [`--hardware ${hardware}`]),
    ...(design === undefined ? [] : [`--design ${design}`]),
    "--bounds small",
    ...set.map((setting) => `--set ${setting}`),
    ...vary.map((values) => `--vary ${values}`),
    ...(eachPair ? ["--each-pair"] : []),
    `--max-states ${MOST_STATES}`,
  ].join(" ");
}

/** What is varied: a knob by the sentence that the table of the system has, presets by what they are. */
const sentencesOf = (engine: Engine, { system, factors }: Plan["systems"][number]): SweptQuestion["knobs"] =>
  Object.fromEntries(
    factors.map(({ name }) => {
      const knob = engine.knobs.find((one) => one.name === name && one.systems.includes(system));
      return [name, knob?.sentence ?? "The preset."];
    }),
  );

/** Nothing is kept: the page is made anew. */
const nothingKept: Pick<KeptRuns, "find" | "keep"> = {
  find: async () => ({ kind: "none" }),
  keep: async () => undefined,
};

/** The page, or undefined after an interrupt or a failure. */
export async function designSpaceOf(
  engine: Engine,
  terminal: Terminal,
  { jobs, worker, maxMemory }: Pick<SweepOptions, "jobs" | "worker" | "maxMemory">,
): Promise<string | undefined> {
  const plans = designSpace.map((question) => planOf(engine, [question.system], choicesOf(question)));
  const requests = plans.flatMap(({ systems }) => systems.flatMap(({ runs }) => runs.map(({ request }) => request)));
  const { results } = await withJobs(engine, jobs, requests.length, worker, (pooled, atOnce) =>
    perform(
      requests,
      (run, watch) =>
        pooled.check(
          run,
          { stopAt: "never", maxStates: MOST_STATES, maxMemory: Math.floor(maxMemory / atOnce), maxProcess: maxMemory },
          watch,
        ),
      nothingKept,
      terminal,
      atOnce,
    ),
  );
  if (results.some(({ kind }) => kind !== "searched") || terminal.signal.aborted) return undefined;
  let from = 0;
  const swept = plans.map((plan, k): SweptQuestion => {
    const [system] = plan.systems;
    const { length } = system!.runs;
    const record = recordOf(plan, results.slice(from, from + length), { tool: "", maxStates: MOST_STATES });
    from += length;
    const { title, question } = designSpace[k]!;
    const sweep: SystemSweep = record.systems[0]!;
    return { title, question, command: commandOf(designSpace[k]!), sweep, knobs: sentencesOf(engine, system!) };
  });
  return designSpacePage(swept);
}

export async function writeDesignSpace(
  engine: Engine,
  terminal: Terminal,
  folder: string,
  options: SweepOptions,
): Promise<number> {
  await expectFolder(folder);
  const page = await designSpaceOf(engine, terminal, options);
  if (page === undefined) {
    terminal.err(`faultline: ${PAGE} was not written: some runs did not end.\n`);
    return terminal.signal.aborted ? interruptedBy(terminal.signal) : EXIT.internal;
  }
  await writeWhole(join(folder, PAGE), page);
  terminal.say(`${join(folder, PAGE)}: ${counted(designSpace.length, "question")}.\n`);
  return EXIT.asExpected;
}
