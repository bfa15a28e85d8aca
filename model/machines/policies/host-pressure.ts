/**
 * The host wants one page of the guest back.
 *
 * Models  memory pressure (VFIO facts 4.1, 4.2, 4.4; rows 25, 26): it asks the policy, and takes the page once nothing pins
 *         it. With "settled" it spares a page for which a device has faulted and which it has not used yet (the
 *         protection of what is in flight, 4.2; an accessed bit in the device's table tells); with "any" nothing.
 * Omits   which page is best taken: any may be wanted at any time, or none ever.
 */
import { assign, emit, setup } from "xstate";

export type PressureOn = "settled" | "any";

export interface HostPressureContext {
  readonly page: number;
  readonly on: PressureOn;
  /** Devices that faulted and have not used the page since: a set. */
  readonly awaited: readonly string[];
}

export const PRESSURE_STEPS = ["wants", "asks", "reclaims"].map((step) => ({ type: `pressure.${step}` }));

export const hostPressure = setup({
  types: {
    context: {} as HostPressureContext,
    events: {} as
      | { readonly type: "pressure.wants" | "pressure.asks" | "pressure.reclaims" }
      | { readonly type: "page.awaited" | "page.settled"; readonly by: string },
    emitted: {} as { readonly type: "policy.pressure" | "host.reclaims"; readonly page: number },
    input: {} as { page: number; on: PressureOn },
  },
}).createMachine({
  id: "host-pressure",
  context: ({ input }) => ({ ...input, awaited: [] }),
  initial: "idle",
  states: {
    idle: { on: { "pressure.wants": { target: "wanting" } } },
    wanting: {
      on: {
        "pressure.asks": {
          guard: ({ context }) => context.on === "any" || context.awaited.length === 0,
          actions: emit(({ context }) => ({ type: "policy.pressure", page: context.page })),
        },
        "pressure.reclaims": {
          target: "idle",
          actions: emit(({ context }) => ({ type: "host.reclaims", page: context.page })),
        },
      },
    },
  },
  on: {
    "page.awaited": {
      actions: assign({ awaited: ({ context, event }) => [...new Set([...context.awaited, event.by])].sort() }),
    },
    "page.settled": {
      actions: assign({ awaited: ({ context, event }) => context.awaited.filter((one) => one !== event.by) }),
    },
  },
});
