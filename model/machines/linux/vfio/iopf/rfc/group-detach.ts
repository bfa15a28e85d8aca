/**
 * The detach of one group from its container, on the thread of an ioctl or of a fault handler that dropped the last
 * reference (D-17: the drop inside the handler tears the container down). A list gives the order of its steps.
 *
 * Models  vfio_iommu_type1_detach_group() of RFC v2 and v3 (VFIO facts 1.2). It unregisters the handler, which takes
 *         dev->iommu->lock (P), while it holds iommu->lock (L), and so deadlocks with a fault (D-05: a fault takes P,
 *         then L). RFC v3 removes its lookup node first (D-11: a handler may still hold the raw node), and ignores a
 *         failed unregistration (D-12). RFC v1 unregisters the handler when the vfio_device is released.
 * Omits   the domain and the mappings, which iopf-container.ts takes down.
 */
import { assign, setup } from "xstate";
import { deviceStepSays, performing, type DeviceMessage, type DeviceStep } from "./device-steps.ts";
import { messages, rfc } from "../../../../../said.ts";

export type DetachStep = DeviceStep | "locks" | "leaves" | "unlocks";

export interface GroupDetachContext {
  readonly device: number;
  readonly steps: readonly DetachStep[];
  readonly by: string | null;
  readonly done: number;
}

export type GroupDetachEmits = DeviceMessage | { readonly type: "detach.done"; readonly by: string };

const s = setup({
  types: {
    context: {} as GroupDetachContext,
    events: {} as { readonly type: "detach.starts"; readonly by: string } | { readonly type: "detach.steps" },
    emitted: {} as GroupDetachEmits,
    input: {} as { device: number; steps: readonly DetachStep[] },
  },
});

const performs = s.enqueueActions(({ context: { device, steps, done, by }, enqueue }) => {
  enqueue.assign({ done: done + 1 });
  for (const message of performing(steps[done]!, device, by!)) enqueue.emit(message);
});
const rests = s.enqueueActions(({ context: { by }, enqueue }) => {
  enqueue.assign({ by: null, done: 0 });
  enqueue.emit({ type: "detach.done", by: by! });
});

export const groupDetach = s.createMachine({
  id: "group-detach",
  description: "the detach of one group from its container",
  meta: {
    origin: rfc("v3 patch 5", "vfio_iommu_type1_detach_group"),
    lane: "the detach of the group of device {device}",
    messages: messages<GroupDetachEmits>({ ...deviceStepSays, "detach.done": "returns to {by}" }),
  },
  context: ({ input }) => ({ ...input, by: null, done: 0 }),
  initial: "idle",
  states: {
    idle: {
      description: "no detach is under way",
      on: { "detach.starts": { target: "working", actions: assign({ by: ({ event }) => event.by }) } },
    },
    working: {
      description: "the group is being detached for {by}",
      on: {
        "detach.steps": [
          {
            description: "takes the next step of the detach",
            meta: { listed: true },
            guard: ({ context }) => context.done === context.steps.length - 1,
            target: "idle",
            actions: [performs, rests],
          },
          { actions: performs },
        ],
      },
    },
  },
});
