/**
 * Taking one group out of its container, on the thread of whoever asked: an ioctl, or the handler that dropped the last
 * reference (D-17). The order of its steps is the design.
 *
 * Models  detaching in VFIO facts 1.2 (I-30, I-38; D-05, D-11, D-12): RFC v2 and v3 unregister the handler, which takes
 *         dev->iommu->lock (P), while they hold the container's lock (L); v3 removes its lookup node first. RFC v1 leaves the
 *         handler to the end of the vfio_device.
 * Omits   -
 */
import { assign, setup } from "xstate";
import { performing, type DeviceMessage, type DeviceStep } from "./device-steps.ts";

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
  context: ({ input }) => ({ ...input, by: null, done: 0 }),
  initial: "idle",
  states: {
    idle: { on: { "detach.starts": { target: "working", actions: assign({ by: ({ event }) => event.by }) } } },
    working: {
      on: {
        "detach.steps": [
          {
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
