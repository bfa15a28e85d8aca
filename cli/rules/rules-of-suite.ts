/** Which rules the runs of the suite make use of: of each run, and of all of them. */
import { startExhaustive } from "../../checker/explore/exhaustive.ts";
import { RuleBook } from "../../checker/rule-book.ts";
import { gapsIn, type Gap, type MachineRulesRecord } from "../../checker/rule-record.ts";
import { defineSystem } from "../../checker/system.ts";
import { build } from "../../properties/build.ts";
import { nameOfRun } from "../../properties/counts.ts";
import { differences, excusedBy, gapText, type Excuse } from "../../properties/gaps/gap.ts";
import type { SuiteRun } from "../../properties/suite/run.ts";

export const RULES_SCHEMA = "faultline-rules/1";

/** How many rules a machine has in a run, and how many are used. */
export interface MachineUse {
  readonly machine: string;
  readonly rules: number;
  readonly taken: number;
  readonly guards: number;
  /** Guards that were seen true and false. */
  readonly bothWays: number;
}

export interface RulesRecord {
  readonly schema: typeof RULES_SCHEMA;
  readonly bounds: string;
  /** Of all runs together. */
  readonly machines: readonly MachineRulesRecord[];
  readonly gaps: readonly (Gap & { readonly reason?: string })[];
  /** Excused in properties/gaps, and used all the same; empty where not the whole suite was searched. */
  readonly stale: readonly string[];
  readonly runs: readonly { readonly run: string; readonly machines: readonly MachineUse[] }[];
}

export function useOf({ machine, rules }: MachineRulesRecord): MachineUse {
  const guarded = rules.filter(({ guard }) => guard !== undefined);
  return {
    machine,
    rules: rules.length,
    taken: rules.filter(({ taken }) => taken).length,
    guards: guarded.length,
    bothWays: guarded.filter(({ taken, refused }) => taken && refused).length,
  };
}

function searched(run: SuiteRun) {
  const search = startExhaustive(defineSystem({ ...build(run), properties: [] }), {});
  while (search.advance(1 << 16));
  return search.core;
}

/** `whole`: these are all runs of the suite at these bounds, so that what is excused can be out of date. */
export function rulesOfRuns(
  bounds: string,
  runs: readonly SuiteRun[],
  excuses: readonly Excuse[],
  whole: boolean,
): RulesRecord {
  const all = new RuleBook();
  const told = runs.map((run) => {
    const core = searched(run);
    const book = new RuleBook();
    for (const one of [all, book]) one.see(core);
    return { run: nameOfRun(run), machines: book.record.map(useOf) };
  });
  const machines = all.record;
  const reasons = new Map(excuses.flatMap((excuse) => excusedBy(excuse).map((text) => [text, excuse.reason] as const)));
  const gaps = machines.flatMap(gapsIn).map((gap) => {
    const reason = reasons.get(gapText(gap)) ?? (whole ? undefined : "another run makes use of it");
    return { ...gap, ...(reason !== undefined && { reason }) };
  });
  return {
    schema: RULES_SCHEMA,
    bounds,
    machines,
    gaps,
    stale: whole ? differences(machines, excuses).stale : [],
    runs: told,
  };
}
