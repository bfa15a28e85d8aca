/**
 * The program around the racing calls. When every thread has returned to user space, it sets up the same mappings, devices
 * and pins again, and lets the threads begin again.
 *
 * Models  A program that races calls against each other; no part of the kernel.
 * Omits   The calls that set up a round, because nothing races with them. A thread that never returns ends the rounds.
 */
import { emit, setup } from "xstate";
import { atWill, messages } from "../../../../../said.ts";

type CallRoundEmits = { readonly type: "round.begins" };

export const callRound = setup({
  types: {
    events: {} as { readonly type: "round.repeats" },
    emitted: {} as CallRoundEmits,
  },
}).createMachine({
  id: "call-round",
  description: "a program that races its threads again and again",
  meta: {
    origin: atWill("the program"),
    lane: "the program that repeats the race",
    messages: messages<CallRoundEmits>({
      "round.begins": "sets up the same mappings, devices and pins again",
    }),
  },
  on: {
    "round.repeats": {
      description: "starts the race again when every thread has returned",
      actions: emit({ type: "round.begins" }),
    },
  },
});

export const callRoundSteps = [{ type: "round.repeats" }] as const;
