/**
 * Whoever is not part of a system: it hears every message that leaves it and answers none.
 *
 * Models  nothing: it is where a system sends what only properties, reports and recordings read.
 * Omits   any memory of what it heard.
 */
import { setup } from "xstate";

export const outside = setup({}).createMachine({ id: "outside", on: { "*": {} } });
