/** Why a search of the suite need not make use of a rule. */
import type { Request } from "../build.ts";
import type { Gap, MachineRulesRecord } from "../../checker/rule-record.ts";
import { gapsIn } from "../../checker/rule-record.ts";

/** By machine, rules as `npm run rules` prints them. */
export interface Rules {
  readonly [machine: string]: readonly string[];
}

export interface Excuse {
  readonly reason: string;
  /** A run outside of the suite that makes use of all of them. */
  readonly shown?: Request;
  /** Rules that are never taken. */
  readonly never?: Rules;
  /** Rules that are taken, and whose guard is never false. */
  readonly always?: Rules;
  /** States that are never entered, and have no rule that could be taken in them. */
  readonly unentered?: Rules;
  /** Messages that no machine sends. */
  readonly unsent?: readonly string[];
}

/** "mutex: held: lock.releases: never refused"; "kernel.warns: never sent", by whatever machine. */
export const gapText = ({ machine, rule, kind }: Pick<Gap, "machine" | "rule" | "kind">): string =>
  kind === "never sent" ? `${rule}: ${kind}` : `${machine}: ${rule}: ${kind}`;

const textsOf = (rules: Rules | undefined, kind: Gap["kind"]): readonly string[] =>
  Object.entries(rules ?? {}).flatMap(([machine, of]) => of.map((rule) => gapText({ machine, rule, kind })));

/** What the excuse is for. */
export const excusedBy = ({ never, always, unentered, unsent = [] }: Excuse): readonly string[] => [
  ...textsOf(never, "never taken"),
  ...textsOf(always, "never refused"),
  ...textsOf(unentered, "never entered"),
  ...unsent.map((message) => gapText({ machine: "", rule: message, kind: "never sent" })),
];

const less = (rules: Rules, others: Rules): Rules =>
  Object.fromEntries(
    Object.entries(rules).map(([machine, of]) => [machine, of.filter((rule) => !others[machine]?.includes(rule))]),
  );

/** The excuse without rules that another one says are never taken. */
export const without = ({ always, ...excuse }: Excuse, { never = {} }: Excuse): Excuse => ({
  ...excuse,
  ...(always && { always: less(always, never) }),
});

export interface GapDifference {
  /** Gaps that no excuse is for. */
  readonly unexcused: readonly string[];
  /** What is excused, and is no gap. */
  readonly stale: readonly string[];
}

/** How the gaps of the suite differ from those that are excused. */
export function differences(machines: readonly MachineRulesRecord[], excuses: readonly Excuse[]): GapDifference {
  const found = new Set(gapsIn(machines).map(gapText));
  const excused = new Set(excuses.flatMap(excusedBy));
  return {
    unexcused: [...found].filter((text) => !excused.has(text)),
    stale: [...excused].filter((text) => !found.has(text)),
  };
}
