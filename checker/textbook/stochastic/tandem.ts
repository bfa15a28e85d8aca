/**
 * Two queues in a row, the first with a service in two phases.
 *
 * Models  H. Hermanns, J. Meyer-Kayser and M. Siegle, Multi terminal binary decision diagrams to represent and analyse
 *         continuous time Markov chains, as in the case studies of PRISM (prismmodelchecker.org/casestudies/tandem.php).
 *         A job waits in the first queue while the second one is full.
 * Omits   nothing.
 */
import { assign, emit, setup } from "xstate";
import type { Rates } from "../../measure/rates.ts";
import { call, defineSystem, type System } from "../../system.ts";
import { exponential } from "./rate.ts";

interface QueueContext {
  readonly jobs: number;
  readonly room: number;
}

const hasJobs = ({ context }: { readonly context: QueueContext }): boolean => context.jobs > 0;
const hasRoom = ({ context }: { readonly context: QueueContext }): boolean => context.jobs < context.room;
const more = ({ context }: { readonly context: QueueContext }) => ({ jobs: context.jobs + 1 });
const less = ({ context }: { readonly context: QueueContext }) => ({ jobs: context.jobs - 1 });

const first = setup({
  types: {
    context: {} as QueueContext,
    events: {} as { type: "first.takes" | "first.goes-on" | "first.hands-over" },
    emitted: {} as { type: "job" },
    input: {} as { room: number },
  },
}).createMachine({
  id: "first",
  context: ({ input }) => ({ ...input, jobs: 0 }),
  initial: "one",
  on: { "first.takes": { guard: hasRoom, actions: assign(more) } },
  states: {
    one: {
      on: {
        "first.goes-on": { guard: hasJobs, target: "two" },
        "first.hands-over": { guard: hasJobs, actions: [assign(less), emit({ type: "job" as const })] },
      },
    },
    two: {
      on: {
        "first.hands-over": { guard: hasJobs, target: "one", actions: [assign(less), emit({ type: "job" as const })] },
      },
    },
  },
});

const second = setup({
  types: {
    context: {} as QueueContext,
    events: {} as { type: "job" | "second.serves" },
    input: {} as { room: number },
  },
}).createMachine({
  id: "second",
  context: ({ input }) => ({ ...input, jobs: 0 }),
  on: { job: { guard: hasRoom, actions: assign(more) }, "second.serves": { guard: hasJobs, actions: assign(less) } },
});

const FIRST = ["first.takes", "first.goes-on", "first.hands-over"].map((type) => ({ type }));

export const tandemSystem = (room: number): System =>
  defineSystem({
    name: "tandem",
    parameters: { room },
    components: {
      first: { machine: first, role: "first", events: FIRST, input: { room } },
      second: { machine: second, role: "second", events: [{ type: "second.serves" }], input: { room } },
    },
    routes: [call("first", ["job"], "second", "block")],
    properties: [],
  });

export const tandemRates = (room: number): Rates => ({
  name: "tandem",
  rules: [
    exponential("first: first.takes", 4 * room),
    exponential("first: first.goes-on", 0.2),
    exponential("first: first.hands-over", 1.8, { in: "one" }),
    exponential("first: first.hands-over", 2, { in: "two" }),
    exponential("second: second.serves", 4),
  ],
});
