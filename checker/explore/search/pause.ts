/**
 * Judging what needs the whole graph takes long, so it is done in slices: it pauses, and whoever goes on with it says whether
 * it has been interrupted.
 */

export type Judging<T> = Generator<undefined, T, boolean | undefined>;

/** Somebody asked for an end while a claim was judged. */
export class Interrupted extends Error {
  override name = "Interrupted";
}

/** @throws Interrupted */
export function* pause(): Judging<void> {
  if ((yield undefined) === true) throw new Interrupted("interrupted before it was judged");
}

/** Judges to the end. */
export function finished<T>(judging: Judging<T>): T {
  let step = judging.next();
  while (step.done !== true) step = judging.next();
  return step.value;
}
