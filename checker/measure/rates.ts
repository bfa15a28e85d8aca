/**
 * How long the steps of a system take, and which of several is taken. All of it is plain data: the machines say what can
 * happen, and rates only say when.
 */
import type { System } from "../system.ts";
import { ModelError } from "../system.ts";
import { checkCost, type Cost } from "./cost.ts";
import type { Occurrence } from "./occurrence.ts";
import { checkPattern, stepNames, timesIn, wholeOf, type Pattern } from "./pattern.ts";

export type Timing =
  /**
   * Steps of one component by one rule are one activity: it takes the time once, and the weights of the steps that are
   * possible then say which is taken. `times`: a number or a list in the context of the component, which says how many
   * go on side by side.
   */
  | { readonly kind: "timed"; readonly cost: Cost; readonly times?: string }
  /** Takes no time, and is taken before any step that takes some. Of several, one is taken in proportion to its weight. */
  | { readonly kind: "immediate"; readonly weight: number }
  | { readonly kind: "never"; readonly because: string };

/** The first rule that fits a step is its rule. */
export interface RateRule extends Omit<Pattern, "message"> {
  readonly step: string;
  readonly timing: Timing;
}

/** A choice of the workload: the weights of all that fit a step are multiplied. */
export interface Choice extends Omit<Pattern, "message"> {
  readonly step: string;
  readonly weight: number;
}

export interface Rates {
  readonly name: string;
  readonly rules: readonly RateRule[];
  readonly choices?: readonly Choice[];
}

/** What the rates say of one step in one state. */
export type Timed =
  | {
      readonly kind: "timed";
      /** The number of the rule: with the component, it names the activity. */
      readonly rule: number;
      readonly cost: Cost;
      /** How many go on side by side; none at 0, and then the step does not happen. */
      readonly times: number;
      readonly weight: number;
    }
  | { readonly kind: "immediate"; readonly rule: number; readonly weight: number }
  | { readonly kind: "never"; readonly rule: number };

/** Steps told in one message. */
const MOST_TOLD = 8;

const isWeight = (weight: number): boolean => Number.isFinite(weight) && weight > 0;

/** @throws ModelError for a number or a name that is none, and for steps that no rule is about */
export function checkRates(system: System, { name, rules, choices = [] }: Rates): void {
  for (const { timing, ...pattern } of rules) {
    const of = `"${pattern.step}" in the rates "${name}"`;
    checkPattern(system, pattern, `The rates "${name}"`);
    if (timing.kind === "timed") checkCost(timing.cost, of);
    if (timing.kind === "immediate" && !isWeight(timing.weight))
      throw new ModelError(`The weight of ${of} is ${timing.weight}; it must be above 0.`);
  }
  for (const { weight, ...pattern } of choices) {
    checkPattern(system, pattern, `A choice of the rates "${name}"`);
    if (!(Number.isFinite(weight) && weight >= 0))
      throw new ModelError(`The choice of "${pattern.step}" has the weight ${weight}; it must be at least 0.`);
  }
  const told = new Set(rules.map(({ step }) => step));
  const steps = stepNames(system);
  // Which messages a channel delivers shows only in a run: one rule for it is enough here.
  const deliveries = new Set([...told].map(wholeOf));
  const missing = steps.filter((step) => {
    const whole = wholeOf(step);
    return !(told.has(step) || told.has(whole) || (whole.endsWith(" delivers *") && deliveries.has(whole)));
  });
  if (missing.length > 0) throw unrated(name, missing);
}

function unrated(name: string, missing: readonly string[]): ModelError {
  const shown = missing.slice(0, MOST_TOLD).map((step) => `"${step}"`);
  const more = missing.length > MOST_TOLD ? `, and ${missing.length - MOST_TOLD} more` : "";
  return new ModelError(
    `The rates "${name}" say nothing of ${shown.join(", ")}${more}.\nGive each a time, a weight if it takes none, or the reason why it never happens.`,
  );
}

/** What the rates say of the step. @throws ModelError where they say nothing, or not a number */
export function timedAs(rates: Rates, occurrence: Occurrence): Timed {
  const rule = rates.rules.findIndex((one) => timesIn(one, occurrence) > 0);
  if (rule < 0) {
    const { step, by, component, states } = occurrence;
    const where = `${by === undefined ? "" : ` of ${by}`} of "${component}"${states.length > 0 ? ` in "${states.at(-1)!}"` : ""}`;
    throw unrated(rates.name, [`${step}${where}`]);
  }
  const { timing } = rates.rules[rule]!;
  const weight = (rates.choices ?? [])
    .filter((choice) => timesIn(choice, occurrence) > 0)
    .reduce((product, one) => product * one.weight, 1);
  if (timing.kind === "never" || weight === 0) return { kind: "never", rule };
  if (timing.kind === "immediate") return { kind: "immediate", rule, weight: weight * timing.weight };
  return { kind: "timed", rule, cost: timing.cost, times: timesOf(timing.times, occurrence), weight };
}

/** How many go on side by side. */
function timesOf(field: string | undefined, { context, step, component }: Occurrence): number {
  if (field === undefined) return 1;
  const value = context[field];
  const times = Array.isArray(value) ? value.length : value;
  if (typeof times === "number" && Number.isFinite(times) && times >= 0) return times;
  throw new ModelError(
    `"${step}" goes on as many times as "${field}" of "${component}" says, which is ${JSON.stringify(value) ?? "not there"}: neither a number nor a list.`,
  );
}
