/**
 * An order of operations that overlap in time: each operation takes effect at one moment of its window, and those of one lane
 * are in order. What an operation does is asked of a sequential machine, which refuses what does not fit. States that were met
 * are not tried again (Wing and Gong, 1993; Lowe, 2017).
 *
 * An operation takes effect as late as it may, and before that only where another order is tried.
 */
export interface Operation {
  readonly lane: string;
  /** It takes effect after the moment in which its window opens, and before the one in which it closes. */
  readonly opens: number;
  readonly closes: number;
}

export interface Move<State, Choice> {
  readonly to: State;
  /** What was chosen where the operation leaves something open. */
  readonly choice: Choice;
}

/** The machine: ways in which an operation can take effect, the likeliest first. */
export interface Sequential<State, One extends Operation, Choice> {
  /** `until`: it takes effect before this moment, for something that is placed later does. */
  readonly moves: (state: State, operation: One, until: number) => Iterable<Move<State, Choice>>;
  /** Whether it may matter that the other one comes first. */
  readonly depends: (operation: One, other: One) => boolean;
  /** Equal texts for equal states. */
  readonly key: (state: State) => string;
}

export interface Placed<One extends Operation, Choice> {
  readonly operation: One;
  readonly choice: Choice;
}

export interface Linearization<State, One extends Operation, Choice> {
  /** Operations in the order of their effects: all, or those of the longest order that was found. */
  readonly order: readonly Placed<One, Choice>[];
  /** The state behind them. */
  readonly state: State;
  /** The first operation that could not be placed; absent: all are. */
  readonly stuck?: One;
}

/** Operations behind the one whose window closes next that may come before it. */
const AHEAD = 64;
/** Operations that may be placed otherwise: the last ones. Those before them stay, so that they need no memory. */
const BACK = 2_000;
/** States that are met without another operation in place before the search gives up. */
const MET = 100_000;

interface Trail<One extends Operation, Choice> {
  readonly placed: Placed<One, Choice>;
  readonly before: Trail<One, Choice> | undefined;
}

interface Node<State, One extends Operation, Choice> {
  readonly state: State;
  /** The first operation that is not placed, and those behind it that are, ascending. */
  readonly position: number;
  readonly ahead: readonly number[];
  readonly trail: Trail<One, Choice> | undefined;
}

/** The operations of each lane are given in order. */
export function linearization<State, One extends Operation, Choice>(
  operations: readonly One[],
  machine: Sequential<State, One, Choice>,
  initial: State,
  limit = MET,
): Linearization<State, One, Choice> {
  const sorted = operations.toSorted((a, b) => a.closes - b.closes);
  const before = predecessors(sorted);
  type At = Node<State, One, Choice>;

  function* after(node: At): Generator<At> {
    const { position, ahead, state, trail } = node;
    const isPlaced = (index: number): boolean => index < position || ahead.includes(index);
    const demanded = sorted[position]!;
    const until = demanded.closes;
    const end = Math.min(sorted.length, position + AHEAD);
    // Those that may come first, and those before them in their lanes.
    const wanted = new Set([position]);
    for (let index = end - 1; index > position; index--) {
      if (sorted[index]!.opens >= until || isPlaced(index)) continue;
      if (!wanted.has(index) && !machine.depends(demanded, sorted[index]!)) continue;
      wanted.add(index).add(before[index]!);
    }
    for (let index = position; index < end; index++) {
      if (!wanted.has(index) || isPlaced(index) || !isPlaced(before[index]!)) continue;
      const operation = sorted[index]!;
      for (const { to, choice } of machine.moves(state, operation, until)) {
        let next = position;
        const placed = [...ahead, index].sort((a, b) => a - b);
        while (placed[0] === next) {
          placed.shift();
          next += 1;
        }
        const placing = { placed: { operation, choice }, before: trail };
        yield { state: to, position: next, ahead: placed, trail: placing };
      }
    }
  }

  const met = new Set<string>();
  let furthest: At = { state: initial, position: 0, ahead: [], trail: undefined };
  const path: Generator<At>[] = sorted.length === 0 ? [] : [after(furthest)];
  let metAtFurthest = 0;
  while (path.length > 0 && furthest.position < sorted.length && met.size - metAtFurthest < limit) {
    const { value: node, done } = path.at(-1)!.next() as IteratorResult<At, undefined>;
    if (done) {
      path.pop();
      continue;
    }
    const text = `${node.position} ${node.ahead.join()} ${machine.key(node.state)}`;
    if (met.has(text)) continue;
    met.add(text);
    if (node.position > furthest.position) [furthest, metAtFurthest] = [node, met.size];
    if (node.position === sorted.length) continue;
    path.push(after(node));
    if (path.length > BACK) path.shift();
  }
  const order: Placed<One, Choice>[] = [];
  for (let at = furthest.trail; at; at = at.before) order.push(at.placed);
  const stuck = sorted[furthest.position];
  return { order: order.reverse(), state: furthest.state, ...(stuck && { stuck }) };
}

/** By operation: the one before it in its lane, or -1. */
function predecessors(sorted: readonly Operation[]): readonly number[] {
  const last = new Map<string, number>();
  return sorted.map(({ lane }, index) => {
    const previous = last.get(lane) ?? -1;
    last.set(lane, index);
    return previous;
  });
}
