/**
 * A run, told as plain JSON: the border between what searches and what reports. Everything a report says is in here.
 */
import type { Json, Message } from "./json.ts";
import type { PropertyKind, Source } from "./property.ts";

export const RUN_SCHEMA = "faultline-run/1";
export const TRACE_SCHEMA = "faultline-trace/1";

/** What a step or a message says, in the words of the real system. */
export interface SaidRecord {
  /** A plain phrase without a subject: "unpins page 0". */
  readonly text: string;
  /** The kernel function that does it, "vfio_unmap_unpin()", or a clause; empty for what somebody does as it likes. */
  readonly by: string;
  /** The step is the next of a list, and what it emits says more than this. */
  readonly listed?: true;
}

/** A component before or after a step. */
export interface LocalRecord {
  readonly state: string;
  readonly context: Json;
  /** After a step: what the component does from here on, where that differs from what it did before. */
  readonly says?: string;
}

/** How one message travelled within a step; `to` is a channel for `sent` and `lost`. */
export interface TransferRecord {
  readonly from: string;
  readonly to: string;
  readonly how: "call" | "sent" | "delivered" | "lost" | "ignored";
  readonly message: Message;
  /** What the sender says that it does; absent for what a channel delivers. */
  readonly says?: SaidRecord;
}

/** One step: the action of the universe, and what it did. */
export interface StepRecord {
  readonly action:
    | { readonly kind: "event"; readonly component: string; readonly event: Message }
    | { readonly kind: "deliver"; readonly channel: string };
  /** What the step is: of the component that takes it, or that takes the message. */
  readonly says?: SaidRecord;
  readonly transfers: readonly TransferRecord[];
  /** Only components whose snapshot changed. */
  readonly changes: readonly {
    readonly component: string;
    readonly before: LocalRecord;
    readonly after: LocalRecord;
  }[];
  /**
   * What the predicate said and compared after this step, evaluated by the engine; absent for deadlocks. For `canAlways`
   * it is the predicate of the goal: it may have been true before, but nowhere from the last step on can it be again.
   * For `leadsTo` it is what is owed: it is false after the last step, and in the whole cycle.
   */
  readonly holds?: boolean;
  /** Where the predicate is made of parts, all of which must be true: each of them. */
  readonly parts?: { readonly [part: string]: boolean };
  /** Where the claim speaks only of some states: what must be true of them. */
  readonly given?: { readonly [part: string]: boolean };
  readonly values?: { readonly [name: string]: Json };
}

/** Seed and path of fast-check, and the most entries that a tape could have. */
export interface DrawRecord {
  readonly seed: number;
  readonly path: string;
  readonly maxLength: number;
}

/** What a claim is called and says. */
export interface ClaimRecord {
  readonly id: string;
  /** A few words with hyphens: "no-lost-response". */
  readonly name?: string;
  readonly statement: string;
}

/** A step that its component would take after the last one, and that another component or a channel does not let it take. */
export interface BlockedRecord {
  readonly component: string;
  /** A component, or a channel that is full. */
  readonly by: string;
  /** What the step would be. */
  readonly says?: SaidRecord;
}

export interface TraceRecord {
  readonly schema: typeof TRACE_SCHEMA;
  readonly model: ModelRecord;
  readonly property: ClaimRecord;
  readonly kind?: PropertyKind;
  /** Components and channels that the predicate reads. */
  readonly reads?: readonly string[];
  /** Components in lane order. */
  readonly components: readonly string[];
  /** By component: what it is in the real system. */
  readonly lanes?: { readonly [component: string]: string };
  readonly steps: readonly StepRecord[];
  /** Where the path ends in a deadlock, or with a goal or a promise out of reach: who waits for whom. */
  readonly blocked?: readonly BlockedRecord[];
  /** There too: components that can take a step of their own, which does not lead to the goal. */
  readonly goesOn?: readonly string[];
  /**
   * Where the cycle of a counterexample of `leadsTo` begins: the steps from this one (counted from 0) to the last lead back
   * to the state before it, so that they can be repeated for ever. After the last step: nothing has to happen any more.
   */
  readonly loop?: number;
  /** `shortest` for breadth-first search, `one-minimal` when no single step can be left out. */
  readonly minimality: "shortest" | "one-minimal" | "unknown";
  /** Found by random search: what fast-check needs to draw the tape that the steps were shortened from. */
  readonly drawn?: DrawRecord;
}

/** What was run: enough to run it again. */
export interface ModelRecord {
  readonly system: string;
  readonly hardware: string;
  readonly host: string;
  readonly bounds: string;
  /** Knobs set by hand, as `name: value`. */
  readonly set: { readonly [knob: string]: Json };
  readonly parameters: Json;
  /** Changes when the wiring, the action universe or a machine changes: a trace of another model is stale. */
  readonly fingerprint: string;
}

export type Verdict =
  /** Complete search: true in all reachable states. */
  | { readonly kind: "holds" }
  /** No violation, but a bound was reached first. */
  | { readonly kind: "holds-within-bounds"; readonly bound: string }
  /** No violation, but the search kept hashes of states, so that it may have missed some. */
  | { readonly kind: "approximate" }
  | { readonly kind: "violated"; readonly trace: TraceRecord }
  /** `sometimes`: seen, by the shortest path. */
  | { readonly kind: "witnessed"; readonly depth: number; readonly trace?: TraceRecord }
  /** `sometimes`: complete search, never seen. */
  | { readonly kind: "never-witnessed" }
  /** Random search found nothing. */
  | { readonly kind: "no-violation"; readonly runs: number }
  | { readonly kind: "unknown"; readonly because: string };

export interface PropertyRecord extends ClaimRecord {
  readonly kind: PropertyKind | "deadlock";
  readonly source: Source;
  readonly verdict: Verdict;
  /** The `sometimes` without which the claim says nothing. */
  readonly witness?: string;
  /** Set when the model is known to break it, with the reason: an expected violation. */
  readonly known?: string;
  /** What the reader of a violation should know besides: that it happens without the knobs set as well, or why. */
  readonly note?: string;
  /** Ids of facts that `known` or `note` cites; the legend of the run says what they are. */
  readonly cites?: readonly string[];
}

/** What the names of a run mean. */
export interface LegendRecord {
  /** By family of the properties that were judged: "PIN". */
  readonly families: { readonly [family: string]: string };
  /** By id of the facts that reasons cite: "K9", "row 23". */
  readonly sources: { readonly [id: string]: string };
}

/** Properties about systems of this kind on which the run has no verdict, and why. */
export interface LeftOutRecord {
  readonly ids: readonly string[];
  /** The parameters that decided it, as "name=value", or the witness that never occurs. */
  readonly because: string;
  /** The id of that witness: without it they would hold of nothing. */
  readonly witness?: string;
}

export interface SearchRecord {
  readonly kind: "exhaustive" | "random" | "replay";
  /** All reachable states within the parameters were visited. */
  readonly complete: boolean;
  /** Distinct states; for a random search the states walked through, with repetitions. */
  readonly states: number;
  /** With symmetry reduction: the states that those found stand for, as many as a search without it finds. */
  readonly orbits?: number;
  /**
   * Where states that differ by an exchange of equals were taken for one: how many pairs of a step and an exchange were
   * compared, of how many. `because`: what was wrong, so that all states were searched in the end.
   */
  readonly symmetry?: { readonly compared: number; readonly of: number; readonly because?: string };
  /** Of the states that were kept; for a random search, the steps walked. */
  readonly transitions: number;
  /** With symmetry reduction: the transitions of the states of `orbits`, as many as a search without it finds. */
  readonly orbitTransitions?: number;
  /** Steps from the initial state to the farthest state. */
  readonly depth: number;
  /** Which bound stopped it: "max-states 100000". */
  readonly stoppedBy?: string;
  /** Where hashes stood for states: of how many bits, and how probable it is, at most, that some state was missed. */
  readonly approximate?: { readonly bits: number; readonly missed: number };
  /** Bytes of the tables of states, parents and actions, and of transitions where they were kept. */
  readonly bytes?: number;
  /** Calls of XState that the step table needed. */
  readonly machineCalls?: number;
  readonly seed?: number;
  readonly runs?: number;
}

/** Something that was chosen, and what the system was built with in its place. */
export interface ReplacedRecord {
  readonly knob: string;
  /** What was chosen, and what took its place. */
  readonly from: Json;
  readonly to: Json;
  /** Where the choice was made: "hardware amd", "design rfc-v1", or "--set". */
  readonly of: string;
  readonly because: string;
}

/** A run that was to be made and has no result. */
export interface MissingRecord extends Omit<ModelRecord, "parameters" | "fingerprint"> {
  /** One clause without a full stop: "interrupted before it began". */
  readonly because: string;
}

export interface RunRecord {
  readonly schema: typeof RUN_SCHEMA;
  readonly tool: string;
  readonly model: ModelRecord;
  readonly search: SearchRecord;
  readonly properties: readonly PropertyRecord[];
  /** What was not claimed here; no verdict above says anything about it. */
  readonly leftOut?: readonly LeftOutRecord[];
  /** Values of the presets, or set by hand, that the system was not built with. */
  readonly replaced?: readonly ReplacedRecord[];
  /** What the reader of the verdicts should know besides. */
  readonly notes?: readonly string[];
  /** Added by the command line, which can read docs/sources.md. */
  readonly legend?: LegendRecord;
  /** Added by the command line, which owns the clock. */
  readonly seconds?: number;
}
