/**
 * iopf_group_list of RFC v3: a global tree with a node for each IOMMU group, in which a fault finds its container. It is
 * read and written under iopf_group_list_lock (G).
 *
 * Models  RFC v3 patches 2 and 5 (VFIO facts 1.0, 1.1 step F1): vfio_find_iopf_group() returns the node. The design
 *         decides what keeps the node alive after the mutex is dropped. A node may be published before it points to its
 *         container (B-37: the SVA handle was visible before handle->dev was set).
 * Omits   the shape of the tree; a group has one device.
 */
import { emit, setup } from "xstate";
import { messages, rfc } from "../../../../../said.ts";

export type FaultNode = "absent" | "empty" | "filled";

export interface FaultTreeContext {
  /** By device. */
  readonly nodes: readonly FaultNode[];
}

type Names = "tree.inserts" | "tree.publishes" | "tree.fills" | "tree.removes" | "tree.finds";

export type FaultTreeEmits =
  | { readonly type: "tree.found"; readonly device: number; readonly node: FaultNode }
  /** A pointer that is still held to the node points to freed memory. */
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
  description: "iopf_group_list, the tree in which a fault finds its container",
  meta: {
    origin: rfc("v3 patch 2", "vfio_find_iopf_group"),
    lane: "iopf_group_list",
    messages: messages<FaultTreeEmits>({
      "tree.found": "finds the node of device {device}: {node}",
      "pointer.dangles": {
        says: "frees the node of device {device}, and pointers to it dangle",
        origin: rfc("v3 patch 5", "vfio_iommu_type1_detach_group"),
      },
    }),
  },
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
