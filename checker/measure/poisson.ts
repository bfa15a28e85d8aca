/** Probabilities of the Poisson distribution, summed so that only those count that matter. */

/** What is left out on each side. */
const LEFT_OUT = 1e-16;

interface Poisson {
  /** The least number of events told of. */
  readonly from: number;
  /** The probability of `from`, and of each number after it. */
  readonly values: Float64Array;
}

/** Of so many events on average. From the most probable number outwards, by the ratio of neighbours; then made to sum to 1. */
function poisson(mean: number): Poisson {
  if (mean === 0) return { from: 0, values: Float64Array.of(1) };
  const mode = Math.floor(mean);
  const below: number[] = [];
  for (let number = mode, value = 1; number > 0 && value > LEFT_OUT; number--) below.push((value *= number / mean));
  const above: number[] = [1];
  for (let number = mode + 1, value = 1; value > LEFT_OUT; number++) above.push((value *= mean / number));
  const values = Float64Array.from([...below.reverse(), ...above]);
  const sum = values.reduce((total, value) => total + value, 0);
  return { from: mode - below.length, values: values.map((value) => value / sum) };
}

/** After how many events none of those that are left matters, for so many on average. */
export const farthest = (mean: number): number => {
  const { from, values } = poisson(mean);
  return from + values.length - 1;
};

/** The sum of f over all numbers of events, each with its probability; `tail`: with that of more events than this. */
export function average(mean: number, f: ArrayLike<number>, beyond: number, { tail = false } = {}): number {
  const { from, values } = poisson(mean);
  const at = (number: number): number => (number < f.length ? f[number]! : beyond);
  let sum = 0;
  if (!tail) {
    for (let k = 0; k < values.length; k++) sum += values[k]! * at(from + k);
    return sum;
  }
  for (let number = 0; number < from; number++) sum += at(number);
  let more = 1;
  for (let k = 0; k < values.length; k++) {
    more -= values[k]!;
    sum += Math.max(0, more) * at(from + k);
  }
  return sum;
}
