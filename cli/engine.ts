/** The engine behind the command line: systems, properties, searches and recordings, as ports.ts asks for them. */
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { BreadthFirst } from "../checker/explore/search/breadth-first.ts";
import { modelRecord, startExhaustive } from "../checker/explore/exhaustive.ts";
import { RandomSearch } from "../checker/explore/random/random.ts";
import type { Json } from "../checker/json.ts";
import type { RunRecord } from "../checker/run-record.ts";
import { ModelError } from "../checker/system.ts";
import { hardwareSentences } from "../model/hardware/presets.ts";
import { hostSentences } from "../model/hosts/presets.ts";
import { studies } from "../model/systems/studies/index.ts";
import { systems } from "../model/systems/systems.ts";
import { buildWatched, contradiction } from "../properties/build.ts";
import { changed, pinnedStates } from "../properties/counts.ts";
import { families } from "../properties/catalogue/families.ts";
import { catalogue } from "../properties/catalogue/index.ts";
import { conformancePage } from "../reports/conformance.ts";
import {
  replayLines,
  soundLines,
  type Adapter,
  type ConformanceResult,
  type RecordedLine,
  sumOf,
  type Witness,
} from "../scenarios/recorded/conformance.ts";
import { recordingClasses, UNNAMED_CLASS } from "../scenarios/recorded/classes.ts";
import { linux61 } from "../scenarios/recorded/linux/6.1/adapter.ts";
import { linux612 } from "../scenarios/recorded/linux/6.12/adapter.ts";
import { linux73 } from "../scenarios/recorded/linux/7.3/adapter.ts";
import { Answering, partsOf } from "../scenarios/answer.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import type { Answer } from "../reports/answers.ts";
import { scenarios, subjects } from "../scenarios/questions/index.ts";
import { readRecording } from "../scenarios/recorded/read.ts";
import { riscvIommu } from "../scenarios/recorded/riscv/adapter.ts";
import { Tally } from "../scenarios/recorded/tally.ts";
import { traceReport } from "../scenarios/recorded/trace/trace-report.ts";
import { shipped } from "../scenarios/shipped/index.ts";
import { simulatedQuestions } from "../scenarios/numbers/questions.ts";
import { elsewhere, messages, rows, thread } from "../scenarios/thread/index.ts";
import { regressionName, regressionOf, regressionText } from "../scenarios/regression.ts";
import { advance, judged, searched } from "./advance.ts";
import { Keeper } from "./checkpoint/keeper.ts";
import { conformanceBook } from "./conformance-book.ts";
import { BOUNDS } from "./dictionary/configurations.ts";
import { defectEntries } from "./defects/entries.ts";
import { triedDefects } from "./defects/tried.ts";
import { dictionary, sourceText } from "./dictionary/load.ts";
import { expectedOf, explained, listedOf } from "./expectations.ts";
import { isOfSuite, knownOf } from "./suite-runs.ts";
import { Found, inSteps } from "./found.ts";
import { compared } from "./knob-effect.ts";
import { knownDefect } from "./known-defects.ts";
import { withLegend } from "./legend.ts";
import { nameSources } from "./machine-files.ts";
import { automataOf } from "./automata.ts";
import { measured } from "./measure/measured.ts";
import { simulated } from "./measure/simulated.ts";
import { prepared, replicated } from "./measure/simulating.ts";
import { foundOf, questionOf } from "./measure/questions.ts";
import { noted } from "./notes.ts";
import { BrokenOff, type Conformance, type ConformanceOfAll, type Engine, type Watch } from "./ports.ts";
import { claimedIn, knobDefaults, leftOutOf, namedKnobs, runsOf, warningOf } from "./selection.ts";
import { takenAgain } from "./taken-again.ts";
import { variableKnobs } from "./variable.ts";
import { explainClaim } from "./why/explain.ts";

/** Walks made between two reports of progress. */
const WALKS = 16;
/** Sequences replayed between two reports of progress. */
const SEQUENCES = 20;

const RECORDINGS = [
  "riscv-page-queue",
  "riscv-ats-and-page-queue",
  "linux-7.3-booted-iommufd",
  "linux-6.12-harness",
  "linux-6.12-booted-iommufd",
  "linux-6.1-harness",
  "linux-6.1-booted",
];

async function conformFiles(
  files: readonly string[],
  chosen: readonly string[],
  watch: Watch,
  witness?: Witness,
): Promise<Conformance> {
  const adapters: readonly Adapter[] = [riscvIommu(), linux73(), linux612(), linux61()];
  const paths =
    files.length > 0
      ? files
      : RECORDINGS.map((name) =>
          fileURLToPath(new URL(`../scenarios/recorded/data/${name}.jsonl.gz`, import.meta.url)),
        );
  const sound = await soundLines(
    adapters,
    paths.flatMap((path) => readRecording(path)),
  );
  const lines = sound.filter((line) => chosen.length === 0 || chosen.includes(classOf(line)));
  let done: ConformanceResult | undefined;
  let from = 0;
  for (; from === 0 || (from < lines.length && !watch.signal.aborted); from += SEQUENCES) {
    const part = replayLines(lines.slice(from, from + SEQUENCES), witness);
    done = done ? sum(done, part) : part;
    await watch.onProgress({ kind: "sequences", sequences: done.sequences });
  }
  return { ...done!, left: Math.max(0, lines.length - from) };
}

/** All recordings of the project, and docs/conformance.md. */
async function conformanceOfAll(watch: Watch): Promise<ConformanceOfAll> {
  const { files } = await nameSources();
  const tally = new Tally(files);
  const result = await conformFiles([], [], watch, (line, replay) => tally.see(line, replay));
  const [homeless] = tally.homeless;
  if (homeless !== undefined) throw new ModelError(`No file of model/machines makes the machine "${homeless}".`);
  return { result, page: result.left > 0 ? undefined : conformancePage(conformanceBook(tally, files)) };
}

const classOf = ({ value }: RecordedLine): string =>
  String((value as { readonly [field: string]: Json })["class"] ?? UNNAMED_CLASS);

function sum(a: ConformanceResult, b: ConformanceResult): ConformanceResult {
  return {
    adapters: [...new Set([...a.adapters, ...b.adapters])],
    sequences: a.sequences + b.sequences,
    replayed: a.replayed + b.replayed,
    operations: a.operations + b.operations,
    compared: a.compared + b.compared,
    differences: [...a.differences, ...b.differences],
    outOfScope: sumOf(a.outOfScope, b.outOfScope),
    ofHarness: sumOf(a.ofHarness, b.ofHarness),
  };
}

const named = (sentences: { readonly [name: string]: string }) =>
  Object.entries(sentences).map(([name, sentence]) => ({ name, sentence }));

const scenarioOf = (id: string): Scenario => scenarios.find((one) => one.id === id)!;

async function answers(ids: readonly string[], watch: Watch): Promise<readonly Answer[]> {
  const answering = new Answering(ids.map(scenarioOf));
  const answered: Answer[] = [];
  for (const id of ids) {
    // An interrupt arrives only between two questions.
    await setImmediate();
    await watch.onProgress({ kind: "questions", questions: answered.length });
    if (watch.signal.aborted) break;
    answered.push(answering.answer(scenarioOf(id)));
  }
  return answered;
}

export const engine: Engine = {
  systems: [...systems, ...studies].map(({ name, sentence }) => ({ name, sentence })),
  hardware: named(hardwareSentences),
  hosts: [
    ...named(hostSentences).map((host) => ({ ...host, system: "" })),
    ...studies.flatMap(({ name: system, hosts }) =>
      Object.entries(hosts).map(([name, { sentence }]) => ({ name, system, sentence })),
    ),
  ],
  cuts: studies.map(({ name, cut }) => ({ name, sentence: cut })),
  bounds: BOUNDS,
  knobs: namedKnobs,
  defaults: knobDefaults,
  properties: catalogue.map(({ id, name, kind, statement, source }) => ({
    id,
    ...(name !== undefined && { name }),
    kind,
    statement,
    source: `${source.document}, ${source.clause}`,
  })),
  families: named(families),
  claimedIn,
  source: sourceText,
  recordingClasses,
  runs: runsOf,
  impossible: contradiction,
  variable: variableKnobs,
  knownDefect,
  leftOut: leftOutOf,
  warning: warningOf,
  isOfSuite,
  changed: (run) => changed(run),
  pinnedStates,
  check: async (
    request,
    {
      maxStates,
      maxMemory,
      maxProcess = maxMemory,
      symmetry = true,
      stopAt = "never",
      engine: taking = "trees",
      compares = [],
      checkpoint,
      approximate = false,
    },
    watch,
  ) => {
    const { system, unread } = buildWatched(request);
    const rules = { symmetry, engine: taking, isExpected: listedOf(request), ...(stopAt !== "never" && { stopAt }) };
    const bounded = {
      ...rules,
      ...(maxStates !== undefined && { maxStates }),
      ...(maxMemory !== undefined && { maxBytes: maxMemory }),
      ...(approximate && { approximate: {} }),
    };
    const about = { model: modelRecord(system, request), how: { symmetry, stopAt, engine: taking } };
    const keeper = checkpoint && (await Keeper.begin(checkpoint, about, watch));
    try {
      const search = keeper ? keeper.begun(system, bounded) : startExhaustive(system, bounded);
      const found = new Found(expectedOf(request), !isOfSuite(request), watch.onViolation);
      const advancing = (one: BreadthFirst): Promise<void> => searched(one, watch);
      const told = async (): Promise<RunRecord> =>
        withLegend(
          explained(await noted(await judged(search, request, watch), request, unread(), compares, advancing), request),
        );
      try {
        await searched(search, watch, found, maxProcess, keeper);
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
        found.look(search, true);
        search.stoppedBy = "a mistake of the model";
        throw found.violations + found.known > 0 ? new BrokenOff(error.message, await told()) : error;
      }
      const record = await told();
      const missing = unread();
      const read = compares.filter((knob) => !missing.includes(knob));
      return await compared(record, request, read, rules, advancing);
    } finally {
      await keeper?.end();
    }
  },
  random: async (request, { seed, runs: of }, watch) => {
    const { system, unread } = buildWatched(request);
    const search = new RandomSearch(system, request, { seed, runs: of });
    const found = new Found(expectedOf(request), !isOfSuite(request), watch.onViolation);
    const report = () => {
      const { runs, steps } = search.progress;
      return watch.onProgress({ kind: "runs", runs, of, steps, violations: found.violations });
    };
    const step = (): boolean => {
      const goesOn = search.advance(WALKS);
      for (const [id, { property, steps }] of search.violated)
        found.add(id, () => ({
          ...(property.name !== undefined && { name: property.name }),
          statement: property.statement,
          where: inSteps(steps.length),
          search: goesOn ? "goes on" : "is over",
        }));
      return goesOn;
    };
    await advance(step, report, watch);
    const told = search.record(knownOf(request));
    return withLegend(explained(await noted(told, request, unread(), Object.keys(request.set)), request));
  },
  scenarios: scenarios.map(({ id, question }) => ({ name: id, sentence: question })),
  get defects() {
    return defectEntries();
  },
  tryDefects: triedDefects,
  meanings: async (word) => (await dictionary()).look(word),
  book: { subjects, thread, messages, rows, elsewhere, numbers: simulatedQuestions, shipped },
  parts: (ids) => partsOf(ids.map(scenarioOf)),
  answers,
  replay: async (file) => takenAgain(file),
  save: async (trace) => {
    const regression = regressionOf(trace);
    return { name: regressionName(regression), content: regressionText(regression) };
  },
  why: explainClaim,
  measure: measured,
  automata: automataOf,
  expectSimulable: (request, asked) => void prepared(request, asked),
  replicate: replicated,
  simulated,
  found: (name, watch) => foundOf(questionOf(name), watch),
  conform: (files, classes, watch) => conformFiles(files, classes, watch),
  conformanceOfAll,
  trace: traceReport,
};
