/**
 * Whoever turns a page request interface, or the queue, off and on again.
 *
 * Models  Linux pci_reset_pri(), pci_enable_pri(), pci_disable_pri() and what hardware facts 2.4, 3.1 and 3.3 ask for
 *         around them: see orders.ts. The order is data.
 *         iopf_queue_remove_device() of 6.12, for one device; "refuse" is what VT-d does with requests of a device whose
 *         entry is not present, or whose PRE is clear (context_flip_pri()).
 * Omits   why it does so: a device that failed is wanted again, or a domain with page faults comes and goes. ATS, which
 *         Linux turns off before PRI. What the scan of VT-d's drain passes over, and that the wire is drained after the
 *         scan (the study teardown): here requests are in the queue at once, and the queue is read to its end.
 */
import { assign, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import type { ControlStep } from "./page-request-steps.ts";

export interface ControlThreadInput {
  /** A device of the interface, to which a fence behind its responses is sent. */
  readonly device: number;
  /** Responses to it carry the PASID. */
  readonly prpr: boolean;
  readonly grant: number;
  readonly interfaceOrder: readonly ControlStep[];
  readonly queueOrder: readonly ControlStep[];
}

export interface ControlThreadContext extends ControlThreadInput {
  /** The next one first. */
  readonly left: readonly ControlStep[];
}

export type ControlThreadEmits =
  | { readonly type: "pri.disables" | "pri.enables" | "pri.resets" | "pri.awaits-stopped" }
  | { readonly type: "pri.allocates"; readonly credits: number }
  | { readonly type: "prq.reads-registers" | "prq.disables" | "prq.enables" }
  | { readonly type: "service.is-idle" | "service.forgets" }
  | { readonly type: "service.removes"; readonly device: number }
  | { readonly type: "prq.configures-device"; readonly device: number; readonly pri: boolean; readonly prpr: boolean }
  | { readonly type: "responses.fences"; readonly device: number }
  | { readonly type: "markers.passed" };

const s = setup({
  types: {
    context: {} as ControlThreadContext,
    events: {} as
      | { readonly type: "control.restarts-interface" | "control.restarts-queue" | "control.steps" }
      | { readonly type: "prq.registers"; readonly empty: boolean }
      | { readonly type: "responses.fenced" },
    emitted: {} as ControlThreadEmits,
    input: {} as ControlThreadInput,
  },
  guards: {
    isLast: ({ context }) => context.left.length === 1,
    isDrain: ({ context }) => context.left[0] === "drain-queue",
    isFence: ({ context }) => context.left[0] === "fence-responses",
  },
});

const NAMES = {
  disable: "pri.disables",
  enable: "pri.enables",
  "await-stopped": "pri.awaits-stopped",
  reset: "pri.resets",
  "drain-queue": "prq.reads-registers",
  "drain-thread": "service.is-idle",
  forget: "service.forgets",
  "queue-off": "prq.disables",
  "queue-on": "prq.enables",
} as const;

const act = s.enqueueActions(({ context: { left, grant, device, prpr }, enqueue }) => {
  const step = left[0]!;
  if (step === "allocate") enqueue.emit({ type: "pri.allocates", credits: grant });
  else if (step === "fence-responses") enqueue.emit({ type: "responses.fences", device });
  else if (step === "remove") enqueue.emit({ type: "service.removes", device });
  else if (step === "refuse" || step === "accept")
    enqueue.emit({ type: "prq.configures-device", device, pri: step === "accept", prpr });
  else enqueue.emit({ type: NAMES[step] });
  // A marker that met a queue that was off is lost, and no other is in an empty queue.
  if (step === "queue-on") enqueue.emit({ type: "markers.passed" });
});
const pass = s.assign({ left: ({ context }) => context.left.slice(1) });

export const controlThread = s.createMachine({
  id: "control-thread",
  context: ({ input }) => ({ ...input, left: [] }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "control.restarts-interface": {
          target: "working",
          actions: assign({ left: ({ context }) => context.interfaceOrder }),
        },
        "control.restarts-queue": {
          target: "working",
          actions: assign({ left: ({ context }) => context.queueOrder }),
        },
      },
    },
    working: {
      on: {
        "control.steps": [
          { guard: "isDrain", target: "looking", actions: act },
          { guard: "isFence", target: "fencing", actions: act },
          { guard: "isLast", target: "idle", actions: [act, pass] },
          { actions: [act, pass] },
        ],
      },
    },
    looking: {
      on: {
        "prq.registers": [
          { guard: ({ event }) => !event.empty, target: "working" },
          { target: "working", actions: pass },
        ],
      },
    },
    /** The fence comes back behind the answers. */
    fencing: { on: { "responses.fenced": { target: "working", actions: pass } } },
  },
});

export const controlSteps: readonly Message[] = [{ type: "control.steps" }];
