/**
 * What the command line needs from the engine: everything that knows systems, properties and searches. The command line
 * owns the process: arguments, files, clock, colours, exit codes.
 */
import type { Json } from "../checker/json.ts";
import type { ClaimRecord, ModelRecord, PropertyRecord, RunRecord, TraceRecord } from "../checker/run-record.ts";
import { ModelError } from "../checker/system.ts";
import type { GivenCosts } from "../model/costs/costs.ts";
import type { NamedKnob } from "../properties/build.ts";
import type { Meaning } from "./dictionary/meaning.ts";
import type { Answer } from "../reports/answers.ts";
import type { Book } from "../reports/book.ts";
import type { MeasuredPoint, Method } from "../reports/measure.ts";
import type { WhyRecord } from "../reports/why.ts";
import type { TraceReport } from "../scenarios/recorded/trace/trace-report.ts";
import type { ConformanceResult } from "../scenarios/recorded/conformance.ts";

export type { NamedKnob };

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

/** One run to be made. */
export type RunRequest = Omit<ModelRecord, "parameters" | "fingerprint">;

/** How far a search is. `bytes` are those of its tables. */
export type Progress =
  | {
      readonly kind: "states";
      readonly states: number;
      readonly depth: number;
      readonly queue: number;
      readonly bytes?: number;
      /** Properties found violated: those that nobody expected, and those that are known. */
      readonly violations?: number;
      readonly known?: number;
    }
  | {
      readonly kind: "runs";
      readonly runs: number;
      readonly of: number;
      readonly steps: number;
      readonly violations?: number;
    }
  | { readonly kind: "sequences"; readonly sequences: number }
  | { readonly kind: "questions"; readonly questions: number };

/** A property found violated while the search still runs; what the whole graph is needed for comes with the record. */
export interface Violation {
  readonly id: string;
  readonly name?: string;
  readonly statement: string;
  /** "at depth 27", "in 12 steps". */
  readonly where: string;
  /** Whether it is known of the design. */
  readonly isKnown?: boolean;
  /** What the search does now. */
  readonly search: "stops" | "goes on" | "is over";
}

/**
 * How a search that takes long talks to the command line: it calls `onProgress` every few milliseconds, awaits what comes
 * back (only then can an interrupt arrive), and when `signal` is aborted it ends with what it has, as incomplete.
 */
export interface Watch {
  readonly onProgress: (progress: Progress) => Promise<void> | undefined;
  readonly signal: AbortSignal;
  /** Called when the work begins, if it has waited for a worker. */
  readonly onBegin?: () => void;
  /** Called once for each property that is found violated; not for what the suite expects of its own runs. */
  readonly onViolation?: (violation: Violation) => void;
  /** Called with what the user should know at once: one clause without a full stop. */
  readonly onNote?: (note: string) => void;
}

/** A search that met a mistake of the model, after it had found something broken: `record` says what. */
export class BrokenOff extends ModelError {
  readonly record: RunRecord;

  constructor(message: string, record: RunRecord) {
    super(message);
    this.record = record;
  }
}

/** A thread that ended before its work: it ran out of memory, or somebody ended it. */
export class ThreadLost extends Error {
  readonly what: "lost thread" | "lost job" = "lost thread";
}

/** A job that no worker of the queue could do, or whose queue is gone. */
export class JobLost extends ThreadLost {
  override readonly what = "lost job";
}

/** A job that stays in its queue when the user interrupts. */
export class StillQueued extends Error {}

/**
 * What a violation that nobody expected ends: the search, when all states of its depth were found; the paths that lead to
 * it; nothing.
 */
export const STOP_AT = ["first", "each", "never"] as const;
/** How a search takes steps. */
export const ENGINES = ["trees", "reference"] as const;

/** Where checkpoints of a search are kept. */
export interface CheckpointRequest {
  readonly directory: string;
  /** The search goes on from the checkpoint that is there. */
  readonly isResumed: boolean;
  /** Seconds between two checkpoints, at least. */
  readonly seconds: number;
  /** Version and sources, as the checkpoint names them. */
  readonly tool: string;
}

export interface CheckLimits {
  readonly stopAt?: (typeof STOP_AT)[number];
  readonly engine?: (typeof ENGINES)[number];
  readonly maxStates?: number;
  /** In bytes, of this search. */
  readonly maxMemory?: number;
  /** In bytes, by which the process may grow, with all that it does at once; by default `maxMemory`. */
  readonly maxProcess?: number;
  /** `false`: states that differ by an exchange of equals only are all searched. */
  readonly symmetry?: boolean;
  /** Knobs that the user set: each is searched without, too, to say what it did. Those of the suite's own runs are not. */
  readonly compares?: readonly string[];
  readonly checkpoint?: CheckpointRequest;
  /** Hashes stand for states. */
  readonly approximate?: boolean;
}

export interface RandomLimits {
  readonly seed: number;
  readonly runs: number;
}

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
  /** Whether the trace of a real machine is a run of the machines; `without`: probes that were not set. */
  readonly trace: (file: string, without: readonly string[], states: number) => TraceReport;
  /** Without files: the recordings that belong to the project. Without classes: all. */
  readonly conform: (files: readonly string[], classes: readonly string[], watch: Watch) => Promise<Conformance>;
  /** The recordings that belong to the project, and the page about them. */
  readonly conformanceOfAll: (watch: Watch) => Promise<ConformanceOfAll>;
}
