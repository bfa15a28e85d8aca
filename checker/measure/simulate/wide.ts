/** A choice among so many events that they are drawn by weight before they are tried: the pages that a device may go to. */
import type { Timed } from "../rates.ts";
import type { Draws } from "./draws.ts";

export interface Wide {
  readonly timed: Exclude<Timed, { readonly kind: "never" }>;
  /** Places of the events that have a weight. */
  readonly places: readonly number[];
  /** Sums of the weights up to each of these. */
  readonly sums: Float64Array;
  readonly total: number;
}

/** Of what is said of each event, whatever the state is. Undefined: none of them has a weight. */
export function wideOf(timed: readonly Timed[]): Wide | undefined {
  const places = [...timed.keys()].filter((at) => timed[at]!.kind !== "never");
  if (places.length === 0) return undefined;
  const first = timed[places[0]!] as Wide["timed"];
  const sums = new Float64Array(places.length);
  let total = 0;
  for (const [k, at] of places.entries()) sums[k] = total += (timed[at] as Wide["timed"]).weight;
  return { timed: first, places, sums, total };
}

/** The place of an event, drawn by weight. */
export function drawnFrom({ places, sums, total }: Wide, draws: Draws): number {
  const aim = draws.uniform() * total;
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle]! > aim) high = middle;
    else low = middle + 1;
  }
  return places[low]!;
}
