import { expect, test } from "vitest";
import { Graph } from "./graph.ts";

test("a graph keeps target and action of every transition through its growth, and where those of each state begin", () => {
  const graph = new Graph();
  let transitions = 0;
  for (let state = 0; state < 40_000; state++) {
    const degree = state % 5;
    for (let k = 0; k < degree; k++) graph.addTransition((state * 7 + k) % 40_000, (state + k) & 0xffff);
    graph.addDegree(degree);
    transitions += degree;
  }
  const { offsets, targets, actions } = graph;
  expect([graph.transitions, offsets.length, offsets.at(-1)]).toEqual([transitions, 40_001, transitions]);
  let wrong = 0;
  for (let state = 0; state < 40_000; state++) {
    if (offsets[state + 1]! - offsets[state]! !== state % 5) wrong++;
    for (let k = 0; k < state % 5; k++) {
      const edge = offsets[state]! + k;
      if (targets[edge] !== (state * 7 + k) % 40_000 || actions[edge] !== ((state + k) & 0xffff)) wrong++;
    }
  }
  expect(wrong).toBe(0);
  graph.addDegree(0);
  expect(graph.offsets).toHaveLength(40_002);
});
