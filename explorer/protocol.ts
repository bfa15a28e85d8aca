/** What the page and its worker say to each other. The worker holds one system; another system is another worker. */
import type { Json } from "../checker/json.ts";
import type { PropertyRecord } from "../checker/run-record.ts";
import type { Options, Path } from "../cli/explorer/link.ts";
import type { Values } from "../model/knobs.ts";

export type { Options, Path };

export interface Named {
  readonly name: string;
  readonly sentence: string;
}

export interface KnobView extends Named {
  readonly values: Values;
  readonly value: Json;
  /** Whether it was set by hand. */
  readonly isSet: boolean;
}

export interface PropertyView extends Named {
  readonly id: string;

  readonly kind: PropertyRecord["kind"];
  /** Where the sentence comes from. */
  readonly source: string;
}

/** The system as it is built. */
export interface SystemView {
  readonly system: string;
  readonly chosen: { readonly hardware: string; readonly design: string; readonly bounds: string };
  readonly hardware: readonly Named[];
  readonly designs: readonly Named[];
  readonly bounds: readonly Named[];
  readonly knobs: readonly KnobView[];
  readonly properties: readonly PropertyView[];
  readonly components: readonly Named[];
  readonly fingerprint: string;
  /** What the user should know of the choice. */
  readonly notes: readonly string[];
  /** As the command line would check it. */
  readonly command: string;
}

/** A step that can be taken, or one that another component or a full channel does not allow. */
export interface StepView {
  readonly action: number;
  /** "slot0.0 requests page 0". */
  readonly words: string;
  /** "slot0.0: requests page=0". */
  readonly event: string;
}

export interface JudgedView {
  readonly id: string;
  readonly kind: "violated" | "witnessed";
  /** After which step, 0 for the initial state. */
  readonly at: number;
}

export interface PathView {
  /** The markup of the chart. */
  readonly chart: string;
  /** What the watched property says of the end, and what the path is about, in sentences. */
  readonly sentences: readonly string[];
  /** At the point that was asked for. */
  readonly possible: readonly StepView[];
  readonly blocked: readonly string[];
  readonly judged: readonly JudgedView[];
  /** Who takes each step of the path. */
  readonly actors: readonly string[];
}

/** A state of a machine, as it is drawn. */
export interface NodeView {
  readonly id: string;
  readonly name: string;
  readonly sentence: string;
  /** Events that it handles and stays. */
  readonly stays: readonly string[];
  readonly isInitial: boolean;
  /** At the point that was asked for. */
  readonly isCurrent: boolean;
}

export interface EdgeView {
  readonly from: string;
  readonly to: string;
  readonly events: readonly string[];
}

export interface MachineView {
  readonly component: string;
  /** What the machine is, and what it does now. */
  readonly sentence: string;
  readonly says: string;
  readonly nodes: readonly NodeView[];
  readonly edges: readonly EdgeView[];
  readonly context: readonly (readonly [field: string, value: string])[];
}

export interface ProgressView {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly waiting: number;
  readonly isJudging: boolean;
}

export interface VerdictView {
  readonly id: string;
  /** In words: "holds", "violated in 5 steps". */
  readonly words: string;
  readonly kind: PropertyRecord["verdict"]["kind"];
  /** What is known of the violation. */
  readonly known?: string;
  /** What shows it, or witnesses it. */
  readonly path?: Path;
}

export interface SearchView {
  readonly words: string;
  readonly states: number;
  readonly transitions: number;
  readonly verdicts: readonly VerdictView[];
  readonly leftOut: readonly string[];
}

/** A path as text, and as a file where a property is watched. */
export interface ExportView {
  readonly text: string;
  readonly file?: { readonly name: string; readonly content: string };
}

/** A file that was opened: the path that it keeps, in the system that it names. */
export interface OpenedView {
  readonly system: SystemView;
  readonly path: Path;
  readonly sentence: string;
}

/** What is asked, and what is answered. */
export interface Asks {
  readonly build: {
    /** `watch`: the property that the path of the link watches; none: "". */
    readonly ask: { readonly options: Options; readonly watch?: string; readonly fingerprint?: string };
    readonly answer: SystemView;
  };
  readonly path: { readonly ask: Path & { readonly at: number }; readonly answer: PathView };
  readonly carry: { readonly ask: { readonly steps: readonly string[] }; readonly answer: CarriedView };
  readonly texts: { readonly ask: { readonly steps: readonly number[] }; readonly answer: readonly string[] };
  readonly machine: {
    readonly ask: Path & { readonly at: number; readonly component: string };
    readonly answer: MachineView;
  };
  readonly export: { readonly ask: Path; readonly answer: ExportView };
  readonly search: { readonly ask: { readonly stopsAtFirst: boolean }; readonly answer: SearchView };
  readonly stop: { readonly ask: Record<never, never>; readonly answer: boolean };
  readonly open: { readonly ask: { readonly name: string; readonly text: string }; readonly answer: OpenedView };
}

/** Steps of another model of the same system, as far as they can be taken here; and why no further. */
export interface CarriedView {
  readonly steps: readonly number[];
  readonly because?: string;
}

export type Ask = keyof Asks;

export interface Refusal {
  readonly message: string;
  readonly expected: string;
  readonly nearest: readonly string[];
}

export type Asked = {
  readonly [A in Ask]: { readonly id: number; readonly ask: A; readonly about: Asks[A]["ask"] };
}[Ask];

export type Told =
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown }
  | { readonly kind: "refusal"; readonly id: number; readonly refusal: Refusal }
  | { readonly kind: "progress"; readonly progress: ProgressView }
  /** While the search goes on. */
  | { readonly kind: "found"; readonly verdict: VerdictView };
