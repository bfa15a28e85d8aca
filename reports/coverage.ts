/** What of a model some runs made use of, as plain JSON: machines, values of knobs, and what claims rest on. */
import type { Json } from "../checker/json.ts";
import type { Gap, MachineRulesRecord } from "../checker/rule-record.ts";
import type { ModelRecord } from "../checker/run-record.ts";

export const COVERAGE_SCHEMA = "faultline-coverage/1";

/** How much a machine has in a run, and how much of it is used. */
export interface MachineUse {
  readonly machine: string;
  readonly rules: number;
  readonly taken: number;
  readonly guards: number;
  /** Guards that were seen true and false. */
  readonly bothWays: number;
  readonly states: number;
  readonly entered: number;
  readonly messages: number;
  readonly sent: number;
}

type Reasoned<T> = T & { readonly reason?: string };

export interface CoveredRun {
  readonly model: Omit<ModelRecord, "parameters">;
  readonly machines: readonly MachineUse[];
}

export interface CoverageRecord {
  readonly schema: typeof COVERAGE_SCHEMA;
  readonly bounds: string;
  /** Whether these are all runs of the suite at these bounds. */
  readonly whole: boolean;
  readonly runs: readonly CoveredRun[];
  /** Of all runs together. */
  readonly machines: readonly MachineRulesRecord[];
  readonly gaps: readonly Reasoned<Gap>[];
  /** By knob and systems: in how many runs it has each value. Of numbers only those that occur. */
  readonly knobs: readonly {
    readonly knob: string;
    readonly systems: readonly string[];
    readonly values: readonly { readonly value: Json; readonly runs: number }[];
  }[];
  readonly unset: readonly Reasoned<{
    readonly knob: string;
    readonly value: Json;
    readonly systems: readonly string[];
  }>[];
  /** By claim: how many runs make it, and in how many what it rests on occurs. */
  readonly claims: readonly {
    readonly id: string;
    readonly kind: string;
    readonly runs: number;
    readonly seen: number;
  }[];
  /** Claims whose antecedent occurs in none of these runs. */
  readonly vacuous: readonly Reasoned<{ readonly id: string }>[];
  /** Excused, and made use of all the same; empty where not the whole suite was searched. */
  readonly stale: readonly string[];
}

export function useOf({ machine, rules, states, messages }: MachineRulesRecord): MachineUse {
  const guarded = rules.filter(({ guard }) => guard !== undefined);
  return {
    machine,
    rules: rules.length,
    taken: rules.filter(({ taken }) => taken).length,
    guards: guarded.length,
    bothWays: guarded.filter(({ taken, refused }) => taken && refused).length,
    states: states.length,
    entered: states.filter(({ entered }) => entered).length,
    messages: messages.length,
    sent: messages.filter(({ sent }) => sent).length,
  };
}

type Counted = Omit<MachineUse, "machine">;

/** All machines together. */
export const sumOf = (uses: readonly MachineUse[]): Counted => {
  const sum = (of: keyof Counted): number => uses.reduce((all, use) => all + use[of], 0);
  return {
    rules: sum("rules"),
    taken: sum("taken"),
    guards: sum("guards"),
    bothWays: sum("bothWays"),
    states: sum("states"),
    entered: sum("entered"),
    messages: sum("messages"),
    sent: sum("sent"),
  };
};

/** Everything that is not made use of and has no reason. */
export const unexcused = ({ gaps, unset, vacuous }: CoverageRecord): number =>
  [...gaps, ...unset, ...vacuous].filter(({ reason }) => reason === undefined).length;
