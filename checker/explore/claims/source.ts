/** A global state of XState snapshots as predicates see it. */
import { seen, type GlobalState } from "../../simulation.ts";
import type { Source } from "./instances.ts";

export const sourceOfState = (state: GlobalState): Source => ({
  component: (name) => seen(state, name),
  channel: (name) => state.channels.get(name)!,
});
