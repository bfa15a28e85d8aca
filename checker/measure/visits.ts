/**
 * How often each state is visited until a chain leaves some states: what leaves begins again, so that the long run of one
 * chain tells it.
 */
import { columnsOf, type Rows } from "./rows.ts";
import type { Slices } from "./slices.ts";
import { stationaryOf, type Effort, type Solved } from "./stationary.ts";

/** @param inside 1 for each state that counts: each can be reached from the start, and can leave. */
export function* visitsOf(
  { count, offsets, targets, values }: Omit<Rows, "holds">,
  start: ReadonlyMap<number, number>,
  inside: Uint8Array,
  reached: Int32Array = Int32Array.from(inside, (_, state) => state),
  effort?: Effort,
): Slices<{ readonly visits: Float64Array; readonly solved: Solved }> {
  const numbers = new Int32Array(count).fill(-1);
  let size = 0;
  const order = reached.filter((state) => inside[state] === 1);
  for (const state of order) numbers[state] = size++;
  const again = size;
  const starts = new Uint32Array(size + 2);
  const to: number[] = [];
  const parts: number[] = [];
  for (const state of order) {
    for (let edge = offsets[state]!; edge < offsets[state + 1]!; edge++) {
      const target = targets[edge]! < 0 ? -1 : numbers[targets[edge]!]!;
      to.push(target < 0 ? again : target);
      parts.push(values[edge]!);
    }
    starts[numbers[state]! + 1] = to.length;
  }
  for (const [state, part] of start) {
    to.push(numbers[state]! < 0 ? again : numbers[state]!);
    parts.push(part);
  }
  starts[size + 1] = to.length;
  const table = { offsets: starts, targets: Int32Array.from(to), values: Float64Array.from(parts) };
  const columns = columnsOf({ count: size + 1, ...table, holds: new Float64Array(size + 1) });
  const { x, solved } = yield* stationaryOf(columns, size + 1, effort);
  const visits = new Float64Array(count);
  for (let state = 0; state < count; state++) if (numbers[state]! >= 0) visits[state] = x[numbers[state]!]! / x[again]!;
  return { visits, solved };
}
