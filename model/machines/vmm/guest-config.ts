/**
 * A guest that writes to the PRI capability of a passthrough function, and the VMM that traps the writes.
 *
 * Models  Hardware facts 2.5: O4 (a guest programs its own allocation), S31 (no write of a guest exceeds the grant). Writes
 *         to Enable, Reset and Allocation are trapped. They are emulated and do not reach the hardware, or reach it with at
 *         most the credits that were granted, or reach it as they are.
 * Omits   What the guest reads back: it may believe that its write took effect.
 */
import { enqueueActions, setup } from "xstate";
import { atWill, clause, messages } from "../../said.ts";
import type { Message } from "../../../checker/json.ts";

/** The effect of a write. */
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
  description: "a guest that writes to the PRI capability, and its VMM",
  meta: {
    origin: atWill("the guest"),
    lane: "the guest, at the PRI capability",
    messages: messages<GuestConfigEmits>({
      "pri.disables": { says: "clears PRI Enable", origin: clause("pcie", "Page Request Control Register") },
      "pri.enables": { says: "sets PRI Enable", origin: clause("pcie", "Page Request Control Register") },
      "pri.resets": { says: "sets PRI Reset", origin: clause("pcie", "Page Request Control Register") },
      "pri.allocates": {
        says: "allocates {credits} outstanding page requests",
        origin: clause("pcie", "Outstanding Page Request Allocation"),
      },
    }),
  },
  context: ({ input }) => input,
  on: {
    "guest.disables": { description: "clears PRI Enable", guard: "passes", actions: s.emit({ type: "pri.disables" }) },
    "guest.enables": { description: "sets PRI Enable", guard: "passes", actions: s.emit({ type: "pri.enables" }) },
    "guest.resets": { description: "sets PRI Reset", guard: "passes", actions: s.emit({ type: "pri.resets" }) },
    "guest.allocates": {
      description: "allocates {credits} outstanding page requests",
      guard: "passes",
      actions: enqueueActions(({ context: { trap, grant }, event, enqueue }) => {
        const credits = trap === "clamped" ? Math.min(event.credits, grant) : event.credits;
        enqueue.emit({ type: "pri.allocates", credits });
      }),
    },
  },
});

/** `credits`: more than the VMM grants. */
export const guestWrites = (credits: number): readonly Message[] => [
  { type: "guest.disables" },
  { type: "guest.enables" },
  { type: "guest.resets" },
  { type: "guest.allocates", credits },
];
