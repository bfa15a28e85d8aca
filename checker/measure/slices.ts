/**
 * What is asked of a stored graph takes long, so it is answered in slices: between two of them progress is told, and whoever asked
 * may leave it there.
 */

export interface Solving {
  /** States whose steps are read, sweeps over the equations of a long run, ticks of uniformization, or what is counted. */
  readonly unit: "states" | "sweeps" | "ticks" | "counts";
  readonly done: number;
  /** How much of this part is done, from 0 to 1: of sweeps an estimate from how far the error has come down. */
  readonly share: number;
}

export type Slices<T> = Generator<Solving, T, void>;

/** All slices one after the other. */
export function whole<T>(slices: Slices<T>): T {
  let slice = slices.next();
  while (slice.done !== true) slice = slices.next();
  return slice.value;
}

/** States that are read between two slices. */
const STATES = 20_000;

/** Where it is time for a slice, after so many of all states. */
export const sliceAt = (state: number, of: number): Solving | undefined =>
  state > 0 && state % STATES === 0 ? { unit: "states", done: state, share: state / of } : undefined;
