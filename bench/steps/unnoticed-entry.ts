/** A change of a list of steps that no run can tell from the list, with the reason. */
export interface Unnoticed {
  readonly knob: string;
  readonly orders: readonly string[];
  readonly words: readonly string[];
  readonly why: string;
}

export const unnoticed = (
  knob: string,
  orders: readonly string[],
  why: string,
  words: readonly string[],
): Unnoticed => ({
  knob,
  orders,
  words,
  why,
});
