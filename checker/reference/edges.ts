/** Edges of a graph by the vertex that they leave, and the same edges the other way round. */

export interface Edges {
  /** By vertex: where its edges begin; one entry more than there are vertices. */
  readonly offsets: ArrayLike<number>;
  /** By edge: the vertex that it leads to. */
  readonly targets: ArrayLike<number>;
}

/** By vertex: the edges that lead to it, as those that they come from. */
export function reversed({ offsets, targets }: Edges): Edges {
  const vertices = offsets.length - 1;
  const begins = new Int32Array(vertices + 1);
  for (let edge = 0; edge < targets.length; edge++) begins[targets[edge]! + 1]!++;
  for (let vertex = 0; vertex < vertices; vertex++) begins[vertex + 1]! += begins[vertex]!;
  const free = begins.slice();
  const sources = new Int32Array(targets.length);
  for (let vertex = 0; vertex < vertices; vertex++)
    for (let edge = offsets[vertex]!; edge < offsets[vertex + 1]!; edge++) sources[free[targets[edge]!]!++] = vertex;
  return { offsets: begins, targets: sources };
}
