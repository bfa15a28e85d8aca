/** A breadth-first search to its end or its limits. */
import type { System } from "../system.ts";
import { BreadthFirst } from "../explore/search/breadth-first.ts";
import type { Limits } from "../explore/search/limits.ts";

export function searched(system: System, limits: Limits = {}, slice = 1_000_000): BreadthFirst {
  const search = new BreadthFirst(system, limits);
  while (search.advance(slice));
  return search;
}
