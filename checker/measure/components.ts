/** States that lead to each other. */
import { Components } from "../explore/future/live-components.ts";
import type { Rows } from "./rows.ts";

/** The strongly connected components, those first from which no other is reached; and by state the number of its own. */
export function componentsOf(rows: Pick<Rows, "count" | "offsets" | "targets">): {
  readonly components: readonly Int32Array[];
  readonly of: Int32Array;
} {
  const { count, offsets, targets } = rows;
  const states = Int32Array.from({ length: count }, (_, state) => state);
  const components: Int32Array[] = [];
  const of = new Int32Array(count);
  new Components({ graph: { offsets, targets }, states, kind: new Uint8Array(count) }).split(states, (found) => {
    for (const state of found) of[state] = components.length;
    components.push(found.slice().sort());
  });
  return { components, of };
}
