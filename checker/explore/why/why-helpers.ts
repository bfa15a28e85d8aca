/** Worlds for tests: what is asked of a claim, over small systems. */
import { always, each, sometimes } from "../../property.ts";
import { defineSystem, type System } from "../../system.ts";
import { graphSystem, type DrawnGraph } from "../../textbook/drawn-graph.ts";
import { startWorld, World } from "./why-world.ts";

const source = { document: "drawn", clause: "drawn" };
export const vertexOf = (state: string): number => Number(state.slice(1));

/** The graph with the claim that no run comes to some of its vertices. */
export function avoiding(graph: DrawnGraph, bad: readonly number[]): System {
  const system = graphSystem(graph);
  return defineSystem({
    ...system,
    properties: [
      always({
        id: "AVOID-1",
        statement: "No such vertex is visited.",
        source,
        witness: "AVOID-2",
        reads: { graph: each("graph") },
        holds: ({ graph: { state } }) => !bad.includes(vertexOf(state)),
      }),
      sometimes({
        id: "AVOID-2",
        statement: "Some vertex is visited.",
        source,
        reads: { graph: each("graph") },
        holds: () => true,
      }),
    ],
  });
}

export function worldOf(system: System, claim: string, maxStates = 10_000): World {
  const search = startWorld(system, { maxStates });
  while (search.advance(1_000));
  return new World(search, claim);
}
