/** A machine as a graph: its states without states of their own inside, and the transitions that lead from one to another. */
import type { Json } from "../../checker/json.ts";
import { stateSaid, withPlaceholders } from "../../checker/said.ts";
import type { GlobalState } from "../../checker/simulation.ts";
import type { Component } from "../../checker/system.ts";
import { brief } from "../../reports/phrases.ts";
import type { EdgeView, MachineView, NodeView } from "../protocol.ts";

type Node = Component["machine"]["root"];

const childrenOf = (node: Node): readonly Node[] => Object.values(node.states);

const leavesOf = (node: Node): readonly Node[] => {
  const children = childrenOf(node);
  return children.length === 0 ? [node] : children.flatMap(leavesOf);
};

/** Where an entry into the node ends: in parallel regions, in one leaf of each. */
function entryOf(node: Node): readonly Node[] {
  const children = childrenOf(node);
  if (children.length === 0) return [node];
  const entered = node.type === "parallel" ? children : node.initial.target;
  return entered.flatMap(entryOf);
}

const nodesOf = (node: Node): readonly Node[] => [node, ...childrenOf(node).flatMap(nodesOf)];

/** What can take the machine from one leaf to another, each pair once, with all its events. */
function edgesOf(root: Node): readonly EdgeView[] {
  const labels = new Map<string, { readonly from: string; readonly to: string; readonly events: Set<string> }>();
  for (const node of nodesOf(root))
    for (const { target, eventType } of [...[...node.transitions.values()].flat(), ...(node.always ?? [])]) {
      if (target === undefined) continue;
      for (const from of leavesOf(node))
        for (const to of target.flatMap(entryOf)) {
          if (from === to) continue;
          const key = `${from.id} ${to.id}`;
          const edge = labels.get(key) ?? { from: from.id, to: to.id, events: new Set() };
          edge.events.add(eventType === "" ? "at once" : eventType);
          labels.set(key, edge);
        }
    }
  return [...labels.values()].map(({ from, to, events }) => ({ from, to, events: [...events] }));
}

/** The events that the leaf handles without a change of state. */
function staysOf(leaf: Node): readonly string[] {
  const stays = new Set<string>();
  for (let node: Node | undefined = leaf; node !== undefined; node = node.parent)
    for (const { target, eventType } of [...node.transitions.values()].flat())
      if (target === undefined || target.flatMap(entryOf).includes(leaf)) stays.add(eventType);
  return [...stays];
}

/** The machine of the component, and where it is in this state of the system. */
export function machineView({ machine }: Component, component: string, state: GlobalState): MachineView {
  const snapshot = state.snapshots.get(component)!;
  const current = new Set((snapshot._nodes as readonly Node[]).map(({ id }) => id));
  const initial = new Set(entryOf(machine.root).map(({ id }) => id));
  const context = snapshot.context as { readonly [field: string]: Json };
  const nodes = leavesOf(machine.root).map((leaf): NodeView => ({
    id: leaf.id,
    name: leaf.path.join(".") || machine.id,
    sentence: withPlaceholders(leaf.description ?? ""),
    stays: staysOf(leaf),
    isInitial: initial.has(leaf.id),
    isCurrent: current.has(leaf.id),
  }));
  return {
    component,
    sentence: machine.root.description ?? "",
    says: stateSaid(machine, snapshot) ?? "",
    nodes,
    edges: edgesOf(machine.root),
    context: Object.entries(context).map(([field, value]) => [field, brief(value)]),
  };
}
