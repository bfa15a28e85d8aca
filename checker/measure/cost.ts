/** What a step costs: a time with a distribution, and where the number comes from. */
import type { Source } from "../property.ts";
import { ModelError } from "../wiring.ts";

/** Where a number comes from, or why one is assumed where no source has it. */
export type Basis = { readonly source: Source } | { readonly assumed: string };

/** Times are in nanoseconds. */
export type Distribution =
  | { readonly distribution: "fixed"; readonly mean: number }
  | { readonly distribution: "exponential"; readonly mean: number }
  /** `variation`: the standard deviation divided by the mean. */
  | { readonly distribution: "lognormal"; readonly mean: number; readonly variation: number }
  /** Each value is as likely as every other one. */
  | { readonly distribution: "empirical"; readonly values: readonly number[] };

export type Cost = Distribution & { readonly unit: "ns"; readonly basis: Basis };

/** The mean in nanoseconds. */
export function meanOf(cost: Distribution): number {
  if (cost.distribution !== "empirical") return cost.mean;
  return cost.values.reduce((sum, value) => sum + value, 0) / cost.values.length;
}

const isPositive = (value: number): boolean => Number.isFinite(value) && value > 0;

/** @throws ModelError for a cost that is no time; `of` names what it is the cost of */
export function checkCost(cost: Cost, of: string): void {
  const refuse = (what: string): never => {
    throw new ModelError(`The cost of ${of} ${what}.`);
  };
  if (cost.unit !== "ns") refuse(`is in "${String(cost.unit)}"; write it in ns`);
  if (cost.distribution === "empirical") {
    if (cost.values.length === 0) refuse("has no values; give at least one");
    const wrong = cost.values.find((value) => !(Number.isFinite(value) && value >= 0));
    if (wrong !== undefined) refuse(`has the value ${wrong}; a time is at least 0 ns`);
    if (!isPositive(meanOf(cost))) refuse("is 0 ns on average; make the step immediate, with a weight");
    return;
  }
  if (cost.mean === 0) refuse("has a mean of 0 ns; make the step immediate, with a weight");
  if (!isPositive(cost.mean)) refuse(`has a mean of ${cost.mean} ns; it must be above 0`);
  if (cost.distribution === "lognormal" && !isPositive(cost.variation))
    refuse(`varies by ${cost.variation}; the standard deviation divided by the mean must be above 0`);
}
