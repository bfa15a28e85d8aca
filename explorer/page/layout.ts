/** Where the states of a machine are drawn, and the way of each transition. Loaded when the first machine is shown. */
import { Graph, layout } from "@dagrejs/dagre";
import type { EdgeView, MachineView, NodeView } from "../protocol.ts";

export interface Box {
  readonly node: NodeView;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Way {
  readonly edge: EdgeView;
  readonly lines: readonly string[];
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** The middle of its label. */
  readonly x: number;
  readonly y: number;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly ways: readonly Way[];
}

/** Pixels: of a letter of a name and of a label, and of a line. */
const LETTER = 8;
const SMALL = 6.7;
export const LINE = 14;
const BOX = 34;
/** Events that a label names; of more it says how many. */
const MOST = 3;

const linesOf = ({ events }: EdgeView): readonly string[] =>
  events.length <= MOST + 1 ? events : [...events.slice(0, MOST), `and ${events.length - MOST} more`];

export function drawingOf({ nodes, edges }: MachineView): Drawing {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 28, ranksep: 34, edgesep: 14, marginx: 10, marginy: 10 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, name } of nodes) graph.setNode(id, { width: Math.max(70, LETTER * name.length + 24), height: BOX });
  for (const edge of edges) {
    const lines = linesOf(edge);
    const width = Math.max(...lines.map(({ length }) => length)) * SMALL + 8;
    graph.setEdge(edge.from, edge.to, { width, height: LINE * lines.length, labelpos: "c" });
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    boxes: nodes.map((node) => ({ node, ...placed(graph.node(node.id)) })),
    ways: edges.map((edge) => {
      const { points = [], x = 0, y = 0 } = graph.edge(edge.from, edge.to);
      return { edge, lines: linesOf(edge), points, x, y };
    }),
  };
}

const placed = ({ x = 0, y = 0, width = 0, height = 0 }): Omit<Box, "node"> => ({ x, y, width, height });
