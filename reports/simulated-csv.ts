/** A simulation as comma-separated values: a row for each number of each point, with its interval and how it was made. */
import { csvOf } from "./plots/csv.ts";
import type { SimulatedRecord } from "./simulated.ts";

const NUMBER = ["number", "unit", "mean", "low", "high", "replications that have it"];
const HOW = ["confidence", "seed", "replications", "length", "warm-up"];

const word = (value: number | null): string => (value === null ? "" : String(value));

export function simulatedCsv({ system, method, piece, points }: SimulatedRecord): string {
  const choices = Object.keys(points[0]?.choice ?? {});
  return csvOf([
    ["system", "method", "piece", ...choices, ...NUMBER, ...HOW],
    ...points.flatMap(({ choice, how, numbers }) =>
      numbers.map(({ name, unit, mean, low, high, of }) => [
        system,
        method,
        piece,
        ...choices.map((one) => choice[one] ?? ""),
        name,
        unit,
        ...[mean, low, high, of, how.confidence, how.seed, how.done].map(word),
        how.length,
        how.warmUp,
      ]),
    ),
  ]);
}
