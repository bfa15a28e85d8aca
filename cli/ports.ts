/**
 * What the command line needs from the engine: everything that knows systems, properties and searches. The command line
 * owns the process: arguments, files, clock, colours, exit codes.
 */
import type { Automaton, Choice } from "../checker/automaton.ts";
import type { Json } from "../checker/json.ts";
import type { ClaimRecord, PropertyRecord, RunRecord, TraceRecord } from "../checker/run-record.ts";
import type { Replication, SimulationOptions } from "../checker/measure/simulate/asked.ts";
import type { GivenCosts } from "../model/costs/costs.ts";
import type { Workload } from "../model/workloads/workload.ts";
import type { NamedKnob } from "../properties/build.ts";
import type { Meaning } from "./dictionary/meaning.ts";
import type { CheckLimits, RandomLimits, RunRequest, Watch } from "./search-ports.ts";
import type { Answer } from "../reports/answers.ts";
import type { Book } from "../reports/book.ts";
import type { DefectEntry, TriedDefect } from "../reports/defects.ts";
import type { FoundRecord } from "../reports/found.ts";
import type { MeasuredPoint, Method } from "../reports/measure.ts";
import type { SimulatedPoint } from "../reports/simulated.ts";
import type { WhyRecord } from "../reports/why.ts";
import type { TraceReport } from "../scenarios/recorded/trace/trace-report.ts";
import type { ConformanceResult } from "../scenarios/recorded/conformance.ts";

export type { NamedKnob };
export * from "./search-ports.ts";

/** Something with a name that can be listed and chosen. */
export interface Named {
  readonly name: string;
  readonly sentence: string;
}

/** A design of the software under test, as one system has it. */
export interface NamedHost extends Named {
  /** Empty: the page fault systems. */
  readonly system: string;
}

/** A knob of a run that can be varied. */
export interface VariableKnob {
  readonly name: string;
  /** Those worth trying, that of the run first. */
  readonly values: readonly Json[];
  /** Whether it says how large the system is, and not which hardware or design it has. */
  readonly isSize: boolean;
}

export interface KnownDefect {
  /** Ids of the claims that it breaks. */
  readonly breaks: readonly string[];
  /** Those of all defects that the value is a part of. */
  readonly any: readonly string[];
  /** Shows it. */
  readonly command: string;
}

export interface NamedProperty {
  readonly id: string;
  /** A few words with hyphens. */
  readonly name?: string;
  readonly kind: string;
  readonly statement: string;
  /** "PCIe 6.0, section 10.4.2". */
  readonly source: string;
}

/** What the user asked for; names exist, values fit their knobs. */
export interface Selection {
  /** None: the suite. */
  readonly systems: readonly string[];
  readonly hardware?: string;
  readonly host?: string;
  readonly bounds?: string;
  readonly set: { readonly [knob: string]: Json };
}

/** A system that has what was chosen, and cannot be built with it. */
export interface LeftOut {
  readonly system: string;
  readonly because: string;
}

/** "design hmm, knob premap": what was chosen besides systems, hardware first. */
export const choices = ({ hardware, host, set }: Selection): string =>
  [
    ...(hardware === undefined ? [] : [`hardware ${hardware}`]),
    ...(host === undefined ? [] : [`design ${host}`]),
    ...Object.keys(set).map((knob) => `knob ${knob}`),
  ].join(", ");

/** What a stored trace does when it is taken again, step by step. */
export type ReplayOutcome =
  /**
   * All steps could be taken. `holds`: nowhere on the path is it violated (or seen). `spare`: steps of the file that come
   * after the one that shows it, when there are some. `expectation`: what a saved regression says should come out.
   */
  | {
      readonly kind: "violated" | "holds" | "witnessed";
      readonly spare?: number;
      readonly expectation?: "violated" | "holds" | "witnessed";
    }
  /** All steps could be taken, and show neither that it is violated nor that it is not. */
  | { readonly kind: "undecided"; readonly because: string }
  /** The step (from 1) cannot happen: the file was changed by hand, or it is no trace of this system. */
  | {
      readonly kind: "impossible";
      readonly step: number;
      readonly because: string;
      readonly possible: readonly string[];
    }
  /** The file names a system, hardware, design, bounds, knob or property (`what`) that is none; `names`: those that are. */
  | { readonly kind: "unknown"; readonly what: string; readonly name: string; readonly names: readonly string[] }
  /** The file belongs to another version of the model, or was changed by hand. */
  | { readonly kind: "stale"; readonly because: string };

export interface Replayed {
  /** Evaluated again, as far as it went. */
  readonly trace: TraceRecord;
  readonly outcome: ReplayOutcome;
}

export interface RegressionFile {
  /** Without directory. */
  readonly name: string;
  readonly content: string;
}

export interface Conformance extends ConformanceResult {
  /** Recorded sequences that were not replayed, because of an interrupt. */
  readonly left: number;
}

export interface ConformanceOfAll {
  readonly result: Conformance;
  /** docs/conformance.md; undefined after an interrupt. */
  readonly page: string | undefined;
}

/** What is asked of one claim. */
export interface WhySubject {
  readonly request: RunRequest;
  readonly claim: ClaimRecord;
  readonly kind: PropertyRecord["kind"];
  /** The counterexample of a file; without one, the claim is searched first. */
  readonly trace?: TraceRecord;
}

export interface WhyLimits {
  /** States of the search for all that is said of the claim. */
  readonly maxStates: number;
  /** In bytes, of that search. */
  readonly maxMemory: number;
  /** States of each search with another value of one knob; 0: no knob is tried. */
  readonly knobStates: number;
}

export interface MeasureAsked {
  readonly method: Method;
  /** By name; none: all that the system has. */
  readonly counts: readonly string[];
  readonly piece: string;
  /** In ns, in the place of those of the project. */
  readonly costs: GivenCosts;
  readonly maxStates: number;
}

/** A component, over the types of its events; or the type that leaves open what follows. */
export interface ComponentAutomaton {
  readonly component: string;
  readonly machine: string;
  readonly found: Automaton | { readonly choice: Choice };
}

/** A simulation of one system. */
export interface SimulationAsked extends Omit<MeasureAsked, "method" | "maxStates"> {
  /** Numbers above what their knobs take in a search. */
  readonly sizes: { readonly [knob: string]: number };
  /** Undefined: a device begins whatever it may begin. */
  readonly workload: Workload | undefined;
  /** How times are spread around their means. */
  readonly spread: Spread;
  readonly options: SimulationOptions;
}

export const SPREADS = ["exponential", "fixed"] as const;
export type Spread = (typeof SPREADS)[number];

/** One point that was simulated, and the knobs and costs that were given and that nothing has looked at. */
export interface Simulated {
  readonly point: Omit<SimulatedPoint, "choice">;
  readonly unread: readonly string[];
}

/** One point, and the knobs and costs that were given and that nothing has looked at. */
export interface Measured {
  readonly point: Omit<MeasuredPoint, "choice">;
  readonly unread: readonly string[];
}

export interface Engine {
  readonly systems: readonly Named[];
  readonly hardware: readonly Named[];
  /** The same name may stand for another design in another system. */
  readonly hosts: readonly NamedHost[];
  /** Where a system was cut out of the whole, and what that can hide. */
  readonly cuts: readonly Named[];
  readonly bounds: readonly Named[];
  readonly knobs: readonly NamedKnob[];
  readonly properties: readonly NamedProperty[];
  /** Families of properties, in the order of the catalogue, with what each is about. */
  readonly families: readonly Named[];
  /** Ids of the properties that some run of the suite judges in the system. */
  readonly claimedIn: (system: string) => readonly string[];
  /** What an id of docs/sources.md stands for. */
  readonly source: (id: string) => string | undefined;
  /** Classes of recordings that can be replayed. */
  readonly recordingClasses: readonly string[];
  /** Questions that can be answered, by id. */
  readonly scenarios: readonly Named[];
  /** What is written down of them, of the RFC thread, and of shipped kernels. */
  readonly book: Book;
  /** The questions, divided so that no search serves two parts. */
  readonly parts: (ids: readonly string[]) => readonly (readonly string[])[];
  /** In this order; each search serves all questions of the call. After an interrupt: those that were answered before. */
  readonly answers: (ids: readonly string[], watch: Watch) => Promise<readonly Answer[]>;
  /** Bugs that the model can say, by subject. */
  readonly defects: readonly DefectEntry[];
  /** In this order, with random walks or without; after an interrupt those that were tried before. */
  readonly tryDefects: (ids: readonly string[], random: boolean, watch: Watch) => Promise<readonly TriedDefect[]>;
  /** What a word means, most likely first. @throws UsageError for a word that means nothing here. */
  readonly meanings: (word: string) => Promise<readonly Meaning[]>;
  /** The values of the knobs of a system when nothing is chosen. */
  readonly defaults: (system: string) => { readonly [knob: string]: Json };
  /** The runs that a selection stands for, in the order in which they are made and told. */
  readonly runs: (selection: Selection) => readonly RunRequest[];
  /** Why nothing can be built with what was chosen for a run, or undefined. */
  readonly impossible: (run: RunRequest) => string | undefined;
  /** The knobs of the run's system, with the values worth trying beside its own. */
  readonly variable: (run: RunRequest) => readonly VariableKnob[];
  /** What the value that the run sets is known to break. */
  readonly knownDefect: (run: RunRequest, knob: string) => KnownDefect | undefined;
  /** Systems that a selection without names leaves out, though they have what was chosen. */
  readonly leftOut: (selection: Selection) => readonly LeftOut[];
  /** What the user should know before the run begins: that its system is not meant for its design or hardware. */
  readonly warning: (run: RunRequest) => string | undefined;
  /** Whether the run is one that `check` makes when no system is named. */
  readonly isOfSuite: (run: RunRequest) => boolean;
  /** How the run counts otherwise than it is pinned for the suite; undefined: it does not, or nothing is pinned. */
  readonly changed: (run: RunRecord) => string | undefined;
  /** How many states are pinned for the run; 0 where none are. */
  readonly pinnedStates: (run: RunRequest) => number;
  readonly check: (run: RunRequest, limits: CheckLimits, watch: Watch) => Promise<RunRecord>;
  readonly random: (run: RunRequest, limits: RandomLimits, watch: Watch) => Promise<RunRecord>;
  /** `file` is a TraceRecord of the right shape, or another JSON object with a schema: a saved regression. */
  readonly replay: (file: { readonly schema: string } & { readonly [field: string]: Json }) => Promise<Replayed>;
  readonly save: (trace: TraceRecord) => Promise<RegressionFile>;
  /** What a violation rests on, or what makes a claim hold; `begins` gets what is searched next. */
  readonly why: (
    subject: WhySubject,
    limits: WhyLimits,
    watch: Watch,
    begins: (label: string) => void,
  ) => Promise<WhyRecord>;
  /** Numbers of one run; undefined after an interrupt. @throws UsageError for what cannot be counted in its system */
  readonly measure: (run: RunRequest, asked: MeasureAsked, watch: Watch) => Promise<Measured | undefined>;
  /** Every component of a run as an automaton; undefined after an interrupt. @throws UsageError for too many states */
  readonly automata: (
    run: RunRequest,
    maxStates: number,
    watch: Watch,
  ) => Promise<readonly ComponentAutomaton[] | undefined>;
  /** @throws UsageError for what cannot be simulated */
  readonly expectSimulable: (run: RunRequest, asked: SimulationAsked) => void;
  /** One replication of what can be simulated, from 0; undefined after an interrupt. */
  readonly replicate: (
    run: RunRequest,
    asked: SimulationAsked,
    number: number,
    watch: Watch,
  ) => Promise<Replication | undefined>;
  /** What replications come to, at least one, in their order. */
  readonly simulated: (run: RunRequest, asked: SimulationAsked, done: readonly Replication[]) => Simulated;
  /** The answer of a question by simulation; undefined after an interrupt. @throws UsageError for a name that none has */
  readonly found: (question: string, watch: Watch) => Promise<FoundRecord | undefined>;
  /** Whether the trace of a real machine is a run of the machines; `without`: probes that were not set. */
  readonly trace: (file: string, without: readonly string[], states: number) => TraceReport;
  /** Without files: the recordings that belong to the project. Without classes: all. */
  readonly conform: (files: readonly string[], classes: readonly string[], watch: Watch) => Promise<Conformance>;
  /** The recordings that belong to the project, and the page about them. */
  readonly conformanceOfAll: (watch: Watch) => Promise<ConformanceOfAll>;
}
