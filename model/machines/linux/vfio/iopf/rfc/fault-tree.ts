/**
 * How a fault finds its container in RFC v3: a global tree with a node for each group, read and written under a mutex of
 * its own (G).
 *
 * Models  RFC v3 patch 2 (VFIO facts 1.0, F1 of 1.1): a lookup returns the node; what holds it once the mutex was dropped
 *         is a matter of the design. A node that is published before it points to its container is B-37.
 * Omits   the tree; one device for each group.
 */
import { emit, setup } from "xstate";

export type FaultNode = "absent" | "empty" | "filled";

export interface FaultTreeContext {
  /** By device. */
  readonly nodes: readonly FaultNode[];
}

type Names = "tree.inserts" | "tree.publishes" | "tree.fills" | "tree.removes" | "tree.finds";

export type FaultTreeEmits =
  | { readonly type: "tree.found"; readonly device: number; readonly node: FaultNode }
  /** Whoever still points to the node points to freed memory. */
  | { readonly type: "pointer.dangles"; readonly device: number };

const s = setup({
  types: {
    context: {} as FaultTreeContext,
    events: {} as { readonly type: Names; readonly device: number },
    emitted: {} as FaultTreeEmits,
    input: {} as { devices: number },
  },
});

const sets = (node: FaultNode) =>
  s.assign({ nodes: ({ context, event }) => context.nodes.map((old, at) => (at === event.device ? node : old)) });

export const faultTree = s.createMachine({
  id: "fault-tree",
  context: ({ input }) => ({ nodes: Array.from({ length: input.devices }, () => "absent" as const) }),
  on: {
    "tree.inserts": { actions: sets("filled") },
    "tree.publishes": { actions: sets("empty") },
    "tree.fills": { actions: sets("filled") },
    "tree.removes": [
      { guard: ({ context, event }) => context.nodes[event.device] === "absent" },
      { actions: [sets("absent"), emit(({ event: { device } }) => ({ type: "pointer.dangles", device }))] },
    ],
    "tree.finds": {
      actions: emit(({ context, event: { device } }) => ({
        type: "tree.found",
        device,
        node: context.nodes[device]!,
      })),
    },
  },
});
