/**
 * The program around the calls: when every thread has returned to user space it sets up the same mappings, devices and
 * pins, and lets the threads begin again.
 *
 * Models  a program that races calls against each other; nothing of the kernel.
 * Omits   the calls that set up a round, which nobody races with. A thread that never returns ends the rounds.
 */
import { emit, setup } from "xstate";

export const callRound = setup({
  types: {
    events: {} as { readonly type: "round.repeats" },
    emitted: {} as { readonly type: "round.begins" },
  },
}).createMachine({
  id: "call-round",
  on: { "round.repeats": { actions: emit({ type: "round.begins" }) } },
});

export const callRoundSteps = [{ type: "round.repeats" }] as const;
