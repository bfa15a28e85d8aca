/** Confidence intervals of means, by Student's t-distribution over independent replications. */

export interface Interval {
  readonly mean: number;
  /** Null: of one value nothing is known but the value. */
  readonly low: number | null;
  readonly high: number | null;
  /** How many replications it is the mean of. */
  readonly of: number;
}

/** The mean of the values, and where it lies with this confidence. */
export function intervalOf(values: readonly number[], confidence: number): Interval {
  const of = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / of;
  if (of < 2) return { mean, low: null, high: null, of };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (of - 1);
  const half = quantile((1 + confidence) / 2, of - 1) * Math.sqrt(variance / of);
  return { mean, low: mean - half, high: mean + half, of };
}

/** Of what is never negative: the part of the interval below 0 is left out. */
export const fromZero = (interval: Interval): Interval =>
  interval.low === null || interval.low >= 0 ? interval : { ...interval, low: 0 };

/** Whether the interval has the value in it. */
export const has = ({ low, high }: Interval, value: number): boolean =>
  (low ?? -Infinity) <= value && value <= (high ?? Infinity);

/** The t below which the share lies, at least half, with so many degrees of freedom. */
export function quantile(share: number, freedom: number): number {
  let low = 0;
  let high = 1;
  while (below(high, freedom) < share) high *= 2;
  for (let halving = 0; halving < 100; halving++) {
    const middle = (low + high) / 2;
    if (below(middle, freedom) < share) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * The share below t, at least 0. With t = sqrt(n) tan(a) it is a finite sum for a whole number n of degrees of freedom
 * (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4).
 */
function below(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const cosine = Math.cos(angle) ** 2;
  const isOdd = freedom % 2 === 1;
  // The terms cos a, (2/3) cos^3 a, ... for odd n; 1, (1/2) cos^2 a, ... for even n.
  let term = isOdd ? Math.cos(angle) : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k <= freedom - 2; k += 2) {
    term *= (cosine * (k - 1)) / k;
    sum += term;
  }
  const inside = isOdd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  return (1 + inside) / 2;
}
