/**
 * A graph as a system: one machine that has a state for each vertex and an event for each label. For claims about cycles
 * of any shape.
 *
 * Models  any finite graph in which a vertex has at most one edge of a label, with fairness classes that are sets of
 *         labels, and the claim that some vertices are always followed by others.
 * Omits   nothing.
 */
import { setup, type AnyStateMachine } from "xstate";
import { each, leadsTo, sometimes, type Seen } from "../property.ts";
import { defineSystem, type FairnessClass, type System } from "../system.ts";

export interface DrawnGraph {
  /** For each vertex and label, the vertex where the edge leads; undefined: there is none. Vertex 0 is the initial one. */
  readonly edges: readonly (readonly (number | undefined)[])[];
  readonly classes: readonly { readonly kind: FairnessClass["kind"]; readonly labels: readonly number[] }[];
  readonly when: readonly number[];
  readonly eventually: readonly number[];
  /** The claim is made of runs that visit no other vertices; default: all. */
  readonly provided?: readonly number[] | undefined;
}

const source = { document: "drawn", clause: "drawn" };
const numberOf = (name: string): number => Number(name.slice(1));

export function graphSystem({ edges, classes, when, eventually, provided }: DrawnGraph): System {
  const labels = edges[0]!.map((_, label) => ({ type: `e${label}` }));
  const states = edges.map((targets, vertex) => [
    `v${vertex}`,
    {
      on: Object.fromEntries(
        targets.flatMap((target, label) => (target === undefined ? [] : [[`e${label}`, { target: `v${target}` }]])),
      ),
    },
  ]);
  const machine = setup({}).createMachine({
    id: "graph",
    initial: "v0",
    states: Object.fromEntries(states) as never,
  }) as unknown as AnyStateMachine;
  return defineSystem({
    name: "graph",
    parameters: null,
    components: { graph: { machine, role: "graph", events: labels } },
    routes: [],
    fairness: {
      all: classes.map(({ kind, labels: own }, k) => ({
        name: `class ${k}`,
        kind,
        actions: (action) => action.kind === "event" && own.includes(numberOf(action.event.type)),
      })),
    },
    deadlock: "allowed",
    properties: [
      leadsTo({
        id: "WALK-1",
        statement: "What is owed is paid.",
        source,
        witness: "WALK-2",
        reads: { graph: each("graph") },
        when: ({ graph }) => when.includes(numberOf(graph.state)),
        eventually: ({ graph }) => eventually.includes(numberOf(graph.state)),
        assumes: ["all"],
        ...(provided && { provided: ({ graph }: { graph: Seen }) => provided.includes(numberOf(graph.state)) }),
      }),
      sometimes({
        id: "WALK-2",
        statement: "Something is owed.",
        source,
        reads: { graph: each("graph") },
        holds: ({ graph }) => when.includes(numberOf(graph.state)),
      }),
    ],
  });
}

/** Labels that no run takes, though they stay possible. */
type Forbidden = readonly number[];

const next = ({ edges }: DrawnGraph, vertex: number, forbidden: Forbidden): readonly number[] =>
  edges[vertex]!.flatMap((target, label) => (target === undefined || forbidden.includes(label) ? [] : target));

function reach(
  graph: DrawnGraph,
  from: readonly number[],
  allowed: (vertex: number) => boolean,
  forbidden: Forbidden,
): Set<number> {
  const seen = new Set(from.filter(allowed));
  for (const at of seen) for (const target of next(graph, at, forbidden)) if (allowed(target)) seen.add(target);
  return seen;
}

/** The vertices that owe something, on runs of which the claim is made. */
function owingIn(graph: DrawnGraph, forbidden: Forbidden): readonly number[] {
  const { when, eventually, provided } = graph;
  const isInside = (vertex: number): boolean => provided?.includes(vertex) ?? true;
  const isOpen = (vertex: number): boolean => isInside(vertex) && !eventually.includes(vertex);
  const begins = [...reach(graph, [0], isInside, forbidden)].filter((vertex) => when.includes(vertex));
  return [...reach(graph, begins, isOpen, forbidden)];
}

/** Whether the claim is about nothing. */
export const isVacuous = (graph: DrawnGraph): boolean =>
  owingIn(graph, []).length === 0 || (graph.provided !== undefined && !isBroken({ ...graph, eventually: [] }));

/** Whether the claim is broken, by asking every set of vertices whether a fair run can visit exactly these for ever. */
export function isBroken(graph: DrawnGraph, forbidden: Forbidden = []): boolean {
  const { edges, classes } = graph;
  const owing = owingIn(graph, forbidden);
  const canStay = (set: readonly number[]): boolean => {
    const isInside = (vertex: number): boolean => set.includes(vertex);
    if (!set.every((vertex) => reach(graph, [vertex], isInside, forbidden).size === set.length)) return false;
    return classes.every(({ kind, labels }) => {
      const step = (vertex: number, label: number): number | undefined =>
        edges[vertex]![label] === vertex ? undefined : edges[vertex]![label];
      const isPossible = (vertex: number): boolean => labels.some((label) => step(vertex, label) !== undefined);
      const isTaken = set.some((vertex) =>
        labels.some((label) => !forbidden.includes(label) && isInside(step(vertex, label) ?? -1)),
      );
      return isTaken || !(kind === "weak" ? set.every(isPossible) : set.some(isPossible));
    });
  };
  for (let bits = 1; bits < 1 << owing.length; bits++)
    if (canStay(owing.filter((_, k) => (bits >> k) % 2 === 1))) return true;
  return false;
}
