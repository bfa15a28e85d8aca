/**
 * A device that reads one page of a process, and retries by itself as long as the entry is empty.
 *
 * Models  AMD GFX9 with XNACK: a retry fault is told to software and retried; a no-retry fault ends the access, and the process
 *         is told (VM_L2_PROTECTION_FAULT).
 * Omits   Several waves, and the filter for repeated faults: software is told once for an access that waits.
 */
import { assign, setup } from "xstate";
import { atWill, messages } from "../../said.ts";
import type { EntryValue } from "../iommu/retry-entry.ts";

export interface RetryingDeviceContext {
  /** Accesses that are still to come. */
  readonly left: number;
  /** What the last access reached. */
  readonly reached: "nothing" | "page" | "dummy";
}

export type RetryingDeviceEmits = { readonly type: "entry.is-read" | "fault.is-raised" };

const s = setup({
  types: {
    context: {} as RetryingDeviceContext,
    events: {} as
      | { readonly type: "device.accesses" | "device.retries" }
      | { readonly type: "entry.read"; readonly value: EntryValue },
    emitted: {} as RetryingDeviceEmits,
    input: {} as { readonly accesses: number },
  },
  guards: {
    hasLeft: ({ context }) => context.left > 0,
    hasPage: ({ event }) => event.type === "entry.read" && event.value === "page",
    hasDummy: ({ event }) => event.type === "entry.read" && event.value === "dummy",
    refuses: ({ event }) => event.type === "entry.read" && event.value === "no-retry",
  },
});

const reads = s.emit({ type: "entry.is-read" });
const gotPage = s.assign({ reached: "page" });
const gotDummy = s.assign({ reached: "dummy" });

export const retryingDevice = s.createMachine({
  id: "retrying-device",
  description: "a device whose accesses are retried until their page is there",
  meta: {
    origin: atWill("a GPU whose accesses are retried (XNACK)"),
    lane: "the GPU",
    messages: messages<RetryingDeviceEmits>({
      "entry.is-read": "reads the entry",
      "fault.is-raised": "raises a retry fault",
    }),
  },
  context: ({ input }) => ({ left: input.accesses, reached: "nothing" }),
  initial: "idle",
  states: {
    idle: {
      description: "has no access",
      on: {
        "device.accesses": {
          description: "accesses the page",
          guard: "hasLeft",
          target: "reading",
          actions: [assign({ left: ({ context }) => context.left - 1, reached: "nothing" }), reads],
        },
      },
    },
    reading: {
      description: "has read the entry",
      on: {
        "entry.read": [
          { guard: "hasPage", target: "idle", actions: gotPage },
          { guard: "hasDummy", target: "idle", actions: gotDummy },
          { guard: "refuses", target: "stopped" },
          { target: "waiting", actions: s.emit({ type: "fault.is-raised" }) },
        ],
      },
    },
    waiting: {
      description: "retries an access",
      on: {
        "device.retries": { description: "retries the access", target: "reading", actions: reads },
      },
    },
    stopped: { description: "has raised a no-retry fault, and the process was told" },
  },
});
