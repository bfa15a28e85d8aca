/**
 * The thread that handles the entries of a ring of faults, and the one that resets the device.
 *
 * Models  amdgpu_ih_process() and amdgpu_irq_dispatch(): one entry after the other. amdgpu_device_lock_reset_domain(), the rings
 *         disabled and emptied, and enabled again (vega20_ih_irq_disable()).
 * Omits   What the handler does. A reset that waits for a handler that runs: nothing in these functions does.
 */
import { assign, setup } from "xstate";
import { atWill, linuxAt, messages } from "../../../../../said.ts";

type HandlerEmits = { readonly type: "ring.pops" | "entry.was-handled" };
const h = setup({
  types: { events: {} as { readonly type: "handler.steps" }, emitted: {} as HandlerEmits },
});
const PROCESS = linuxAt("7.3.4", "drivers/gpu/drm/amd/amdgpu/amdgpu_ih.c", "amdgpu_ih_process");
const DISPATCH = linuxAt("7.3.4", "drivers/gpu/drm/amd/amdgpu/amdgpu_irq.c", "amdgpu_irq_dispatch");

export const ringHandler = h.createMachine({
  id: "ring-handler",
  description: "the thread that handles entries of the ring",
  meta: {
    origin: PROCESS,
    lane: "the thread that handles entries",
    messages: messages<HandlerEmits>({
      "ring.pops": { says: "decodes an entry, and advances the read pointer", origin: DISPATCH },
      "entry.was-handled": { says: "has handled the entry, notes its stamp and wakes who waits", origin: DISPATCH },
    }),
  },
  initial: "looking",
  states: {
    looking: {
      description: "looks for the next entry",
      on: {
        "handler.steps": {
          description: "takes the next entry",
          target: "handling",
          actions: h.emit({ type: "ring.pops" }),
        },
      },
    },
    handling: {
      description: "handles an entry",
      on: {
        "handler.steps": {
          description: "ends the entry",
          target: "looking",
          actions: h.emit({ type: "entry.was-handled" }),
        },
      },
    },
  },
});

type ResetEmits =
  | { readonly type: "ring.is-emptied" | "ring.starts" | "reset-lock.is-dropped" }
  | { readonly type: "reset-lock.is-taken"; readonly by: "reset" };
const r = setup({
  types: {
    context: {} as { readonly left: number },
    events: {} as { readonly type: "reset.begins" | "reset.steps" },
    emitted: {} as ResetEmits,
    input: {} as { readonly resets: number },
  },
});
const RESET = linuxAt("7.3.4", "drivers/gpu/drm/amd/amdgpu/amdgpu_reset.c", "amdgpu_device_lock_reset_domain");
const DISABLE = linuxAt("7.3.4", "drivers/gpu/drm/amd/amdgpu/vega20_ih.c", "vega20_ih_irq_disable");

export const ringReset = r.createMachine({
  id: "ring-reset",
  description: "the thread that resets the device",
  meta: {
    origin: RESET,
    lane: "the thread that resets the device",
    messages: messages<ResetEmits>({
      "reset-lock.is-taken": { says: "takes reset_domain->sem for writing", origin: RESET },
      "ring.is-emptied": { says: "disables the ring and sets its pointers to 0", origin: DISABLE },
      "ring.starts": { says: "enables the ring again", origin: DISABLE },
      "reset-lock.is-dropped": { says: "drops reset_domain->sem", origin: RESET },
    }),
  },
  context: ({ input }) => ({ left: input.resets }),
  initial: "idle",
  states: {
    idle: {
      description: "resets nothing",
      on: {
        "reset.begins": {
          description: "begins a reset",
          meta: { origin: atWill("the driver of the GPU") },
          guard: ({ context }) => context.left > 0,
          target: "locked",
          actions: [
            r.emit({ type: "reset-lock.is-taken", by: "reset" }),
            assign({ left: ({ context }) => context.left - 1 }),
          ],
        },
      },
    },
    locked: {
      description: "holds the lock, and the ring is as it was",
      on: {
        "reset.steps": {
          description: "stops the ring",
          target: "stopped",
          actions: r.emit({ type: "ring.is-emptied" }),
        },
      },
    },
    stopped: {
      description: "resets the device",
      on: {
        "reset.steps": { description: "starts the ring", target: "started", actions: r.emit({ type: "ring.starts" }) },
      },
    },
    started: {
      description: "has started the ring again",
      on: {
        "reset.steps": {
          description: "ends the reset",
          target: "idle",
          actions: r.emit({ type: "reset-lock.is-dropped" }),
        },
      },
    },
  },
});
