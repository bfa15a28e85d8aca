/** An engine for tests: two systems, and verdicts made by hand. */
import type { RunRecord } from "../checker/run-record.ts";
import { exampleRuns, propertyWith, runWith, unmapAgainstFault } from "../reports/example.ts";
import { UsageError } from "./errors.ts";
import type { Conformance, Engine } from "./ports.ts";
import { speaker, type Terminal } from "./terminal.ts";

const good = runWith([propertyWith("UNM-1", { kind: "holds" })]);

const conformance: Conformance = {
  adapters: ["Linux 6.12"],
  sequences: 3,
  replayed: 2,
  operations: 10,
  compared: 30,
  differences: [],
  outOfScope: { "no page table here": 4 },
  ofHarness: { idle: 2 },
  left: 0,
};

export const fakeEngine: Engine = {
  systems: [
    { name: "page-queue", sentence: "A page request queue and who reads it." },
    { name: "unmap", sentence: "An unmap against a fault." },
  ],
  hardware: [
    { name: "vtd", sentence: "Intel VT-d." },
    { name: "riscv", sentence: "RISC-V IOMMU 1.0." },
  ],
  hosts: [{ name: "rfc-v2", system: "", sentence: "The second version of the RFC." }],
  cuts: [],
  bounds: [{ name: "small", sentence: "Seconds." }],
  knobs: [
    {
      name: "premap",
      id: "K40",
      values: { kind: "integer", from: 0, to: 4 },
      sentence: "Pages mapped ahead of a fault.",
      systems: ["page-queue", "unmap"],
    },
    {
      name: "headAdvance",
      id: "K16",
      values: {
        kind: "choice",
        of: ["perEntry", "batch"],
        means: { perEntry: "After each entry.", batch: "After each batch." },
      },
      sentence: "When the head moves.",
      systems: ["page-queue"],
    },
  ],
  properties: [{ id: "UNM-1", kind: "always", statement: "It is so.", source: "Linux 6.12, pages.c" }],
  families: [{ name: "UNM", sentence: "unmapping" }],
  claimedIn: () => ["UNM-1"],
  source: (id) => (id === "K16" ? "when software writes the head register." : undefined),
  scenarios: [],
  defects: [],
  tryDefects: async () => [],
  meanings: async (word) => {
    throw new UsageError(`there is no meaning of "${word}".`);
  },
  book: {
    subjects: [],
    thread: { title: "A thread", author: "Somebody", archive: "https://example.org/" },
    messages: [],
    rows: [],
    elsewhere: [],
    numbers: [],
    shipped: [],
  },
  parts: (ids) => ids.map((id) => [id]),
  answers: async ([id]) => {
    throw new Error(`no scenario ${id} here`);
  },
  recordingClasses: ["core", "overflow"],
  runs: ({ systems, set }) =>
    (systems.length > 0 ? systems : ["page-queue", "unmap"]).map((system) => ({
      system,
      hardware: "vtd",
      host: "rfc-v2",
      bounds: "small",
      set,
    })),
  impossible: ({ system, set }) =>
    system === "unmap" && set["premap"] === 4 ? "it has no room for four pages" : undefined,
  variable: ({ system }) =>
    [
      { name: "premap", values: [1, 0, 2], isSize: true },
      { name: "headAdvance", values: ["batch", "perEntry"], isSize: false },
    ].filter(({ name }) => name === "premap" || system === "page-queue"),
  leftOut: ({ set }) => ("headAdvance" in set ? [{ system: "unmap", because: "it has no queue" }] : []),
  defaults: () => ({ premap: 1, headAdvance: "batch" }),
  warning: ({ host }) => (host === "rfc-v2" ? undefined : `not sized for ${host}`),
  changed: () => undefined,
  pinnedStates: () => 0,
  knownDefect: () => undefined,
  isOfSuite: ({ set }) => Object.keys(set).length === 0,
  check: async () => good,
  random: async (_, { seed, runs }) =>
    runWith([propertyWith("UNM-1", { kind: "no-violation", runs })], { kind: "random", complete: false, seed, runs }),
  replay: async () => ({ trace: unmapAgainstFault, outcome: { kind: "violated" } }),
  save: async () => ({ name: "PIN-1-00000000.json", content: "{}\n" }),
  why: async ({ request, claim, kind }) => ({
    model: { ...request, parameters: {}, fingerprint: "0" },
    property: claim,
    kind,
    search: { complete: true, states: 12, transitions: 34 },
    claim: { verdict: { kind: "holds" }, instances: 1, decided: [], constant: [] },
  }),
  measure: async (request) => ({
    point: {
      model: { ...request, parameters: {}, fingerprint: "0" },
      states: 12,
      transitions: 34,
      assumptions: ["Every run counts."],
      counts: [{ name: "locks", least: 1, most: 2 }],
    },
    unread: [],
  }),
  automata: async () => [
    { component: "lock", machine: "mutex", found: { states: ["free"], edges: [{ from: 0, event: "TAKE", to: 0 }] } },
  ],
  expectSimulable: () => undefined,
  replicate: async () => ({
    steps: 10,
    ns: 100,
    stopped: false,
    work: 4,
    firstHalf: { ns: 50, work: 2 },
    counts: [],
    waits: [],
    levels: [],
  }),
  simulated: (request, { options: { seed, replications, confidence } }, done) => ({
    point: {
      model: { ...request, parameters: {}, fingerprint: "0" },
      how: {
        seed,
        replications,
        done: done.length,
        length: "10 events",
        warmUp: "1 events",
        confidence,
        events: done.reduce((sum, { steps }) => sum + steps, 0),
      },
      numbers: [{ name: "locks", unit: "", mean: 2, low: 1, high: 3, of: done.length }],
      assumptions: ["A page is as likely as every other one."],
    },
    unread: [],
  }),
  found: async (name) => ({
    schema: "faultline-found/1",
    name,
    title: "A title",
    question: "A question?",
    answer: "An answer.",
    command: `npx faultline measure --question ${name}`,
    method: "simulate",
    about: "Somewhere.",
    how: { seed: 1, confidence: 0.95 },
    varied: ["report"],
    table: { head: ["limit", "faults"], rows: [["1", "0.5"]] },
    figure: {
      name,
      title: "A figure",
      x: { label: "limit", scale: "linear" },
      y: { label: "faults", scale: "linear" },
      series: [{ label: "one", points: [{ x: 1, y: 0.5 }] }],
    },
    conclusions: [{ sentence: "It is so.", holds: true, changes: [] }],
    assumptions: [],
    notes: [],
  }),
  conform: async () => conformance,
  conformanceOfAll: async () => ({ result: conformance, page: "# A page\n" }),
  trace: (file) => ({
    file,
    verdict: "explained",
    lines: 2,
    explained: 2,
    threads: 1,
    devices: 1,
    attachedBefore: [],
    steps: [],
    leftOut: {},
    unknown: {},
    strange: 0,
    notRecorded: [],
    losses: [],
    overwritten: 0,
    cutOff: false,
    backwards: 0,
    overflows: 0,
  }),
};

/** As `fakeEngine`, but `check` gives these records, one for each run. */
export function engineThatFinds(...records: readonly RunRecord[]): Engine {
  let next = 0;
  return { ...fakeEngine, check: async () => records[next++ % records.length]! };
}

export const brokenRun = exampleRuns[0]!;
export const incompleteRun = exampleRuns[1]!;
export const unseenRun = exampleRuns[2]!;
export const goodRun = good;

/** A terminal that keeps what is written to it. */
export function fakeTerminal(changes: Partial<Terminal> = {}) {
  const written = { out: "", err: "" };
  const out = changes.out ?? ((text: string): void => void (written.out += text));
  const terminal: Terminal = {
    out,
    say: speaker(out, changes.columns),
    err: speaker((text) => void (written.err += text), changes.columns),
    outIsTerminal: false,
    errIsTerminal: false,
    columns: undefined,
    colours: true,
    now: () => 0,
    memory: () => 85_000_000,
    installed: 8_000_000_000,
    cores: 1,
    signal: new AbortController().signal,
    ...changes,
  };
  return { terminal, written };
}
