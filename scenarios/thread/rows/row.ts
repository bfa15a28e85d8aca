/** A claim or question of the RFC thread, with the scenario that answers it best; or why none does. */

export interface Row {
  /** 1 to 75, in the order of the messages; never reused. */
  readonly row: number;
  /** Who says it first, then who takes it up: "M2", "M3". */
  readonly messages: readonly string[];
  /** One line, as its author would put it. */
  readonly said: string;
  /** One sentence, as somebody would reply on the list. */
  readonly answer?: string;
  /** Scenarios that cite the row, the best answer first; empty: `because` says why. */
  readonly answeredBy: readonly string[];
  readonly because?: string;
}

export const row = (
  number: number,
  messages: string,
  said: string,
  answer: string,
  ...answeredBy: readonly string[]
): Row => ({ row: number, messages: messages.split(" "), said, answer, answeredBy });
export const unanswered = (number: number, messages: string, said: string, because: string): Row => ({
  row: number,
  messages: messages.split(" "),
  said,
  answeredBy: [],
  because,
});
