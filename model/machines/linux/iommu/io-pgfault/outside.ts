/**
 * Everything outside a system of a test: it receives the messages that leave the system, and sends none.
 *
 * Models  no kernel code: properties, reports and recordings read these messages.
 * Omits   what the receivers do with the messages.
 */
import { setup } from "xstate";
import { atWill } from "../../../../said.ts";

export const outside = setup({}).createMachine({
  id: "outside",
  description: "what is outside the system of a test",
  meta: { origin: atWill("a test"), lane: "outside the system" },
  on: { "*": {} },
});
