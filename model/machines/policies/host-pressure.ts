/**
 * Memory pressure on one page of the guest: the host wants the page back.
 *
 * Models  VFIO facts 4.1, 4.2, 4.4 (rows 25 and 26, mapped pages only grow and should expire). The host asks the policy, and
 *         reclaims the page when nothing pins it. With "settled" it spares a page that a device has faulted in and not used
 *         yet (the protection of pages in flight, 4.2; an accessed bit in the device's page table shows the use). With "any"
 *         it spares none.
 * Omits   which page is the best to reclaim: the host may want any page at any time, or none ever. linux/mm/host-page.ts has
 *         the page itself.
 */
import { assign, emit, setup } from "xstate";
import { atWill, linux, messages } from "../../said.ts";

export type PressureOn = "settled" | "any";

export interface HostPressureContext {
  readonly page: number;
  readonly on: PressureOn;
  /** Devices that faulted and have not used the page since: a set. */
  readonly awaited: readonly string[];
}

export const PRESSURE_STEPS = ["wants", "asks", "reclaims"].map((step) => ({ type: `pressure.${step}` }));

export type HostPressureEmits = { readonly type: "policy.pressure" | "host.reclaims"; readonly page: number };

const RECLAIM = linux("mm/vmscan.c", "shrink_folio_list");

export const hostPressure = setup({
  types: {
    context: {} as HostPressureContext,
    events: {} as
      | { readonly type: "pressure.wants" | "pressure.asks" | "pressure.reclaims" }
      | { readonly type: "page.awaited" | "page.settled"; readonly by: string },
    emitted: {} as HostPressureEmits,
    input: {} as { page: number; on: PressureOn },
  },
}).createMachine({
  id: "host-pressure",
  description: "memory pressure of the host on one page",
  meta: {
    origin: atWill("the host under memory pressure"),
    lane: "memory pressure on page {page}",
    messages: messages<HostPressureEmits>({
      "policy.pressure": "requests page {page} back from the policy",
      "host.reclaims": { says: "reclaims page {page}", origin: RECLAIM },
    }),
  },
  context: ({ input }) => ({ ...input, awaited: [] }),
  initial: "idle",
  states: {
    idle: {
      description: "the host does not want the page back",
      on: { "pressure.wants": { description: "begins to want page {page} back", target: "wanting" } },
    },
    wanting: {
      description: "the host wants the page back",
      on: {
        "pressure.asks": {
          description: "requests page {page} back from the policy",
          guard: ({ context }) => context.on === "any" || context.awaited.length === 0,
          actions: emit(({ context }) => ({ type: "policy.pressure", page: context.page })),
        },
        "pressure.reclaims": {
          description: "reclaims page {page}",
          meta: { origin: RECLAIM },
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
