/**
 * A guest that writes to the PRI capability of a function that it was given, and what the VMM lets through.
 *
 * Models  hardware facts 2.5 O4 and S31: writes to Enable, Reset and Allocation are trapped, and either go no further, or
 *         reach the hardware with no more credits than the host granted, or reach it as they are.
 * Omits   what the guest reads back: it may believe that its write took effect.
 */
import { enqueueActions, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";

/** What becomes of a write. */
export type ConfigTrap = "emulated" | "clamped" | "none";

export interface GuestConfigContext {
  readonly trap: ConfigTrap;
  readonly grant: number;
}

export type GuestConfigEmits =
  | { readonly type: "pri.disables" | "pri.enables" | "pri.resets" }
  | { readonly type: "pri.allocates"; readonly credits: number };

const s = setup({
  types: {
    context: {} as GuestConfigContext,
    events: {} as
      | { readonly type: "guest.disables" | "guest.enables" | "guest.resets" }
      | { readonly type: "guest.allocates"; readonly credits: number },
    emitted: {} as GuestConfigEmits,
    input: {} as GuestConfigContext,
  },
  guards: { passes: ({ context }) => context.trap !== "emulated" },
});

export const guestConfig = s.createMachine({
  id: "guest-config",
  context: ({ input }) => input,
  on: {
    "guest.disables": { guard: "passes", actions: s.emit({ type: "pri.disables" }) },
    "guest.enables": { guard: "passes", actions: s.emit({ type: "pri.enables" }) },
    "guest.resets": { guard: "passes", actions: s.emit({ type: "pri.resets" }) },
    "guest.allocates": {
      guard: "passes",
      actions: enqueueActions(({ context: { trap, grant }, event, enqueue }) => {
        const credits = trap === "clamped" ? Math.min(event.credits, grant) : event.credits;
        enqueue.emit({ type: "pri.allocates", credits });
      }),
    },
  },
});

/** More than any host grants. */
export const guestWrites = (credits: number): readonly Message[] => [
  { type: "guest.disables" },
  { type: "guest.enables" },
  { type: "guest.resets" },
  { type: "guest.allocates", credits },
];
