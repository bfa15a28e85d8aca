import { assign, createMachine, setup, type AnyStateMachine } from "xstate";
import { all, always, sometimes } from "../property.ts";
import { call, defineSystem, type System } from "../system.ts";

/**
 * Counters that count to a limit, more of it than the first walks see. Machines that stand still fill the words of a state,
 * so that the counters have no bits to spare. Loud counters tell a machine that stands still.
 */
export function counters(count: number, limit: number, still: number, loud: boolean): System {
  const counter = setup({
    types: {
      context: {} as { n: number },
      events: {} as { type: "count" } | { type: "reset" },
      emitted: {} as { type: "counted" },
    },
  });
  const tell = counter.emit({ type: "counted" });
  const machine = counter.createMachine({
    context: { n: 0 },
    on: {
      count: {
        guard: ({ context }) => context.n < limit,
        actions: [assign({ n: ({ context }) => context.n + 1 }), ...(loud ? [tell] : [])],
      },
      reset: { guard: ({ context }) => context.n === limit, actions: assign({ n: 0 }) },
    },
  }) as unknown as AnyStateMachine;
  const events = [{ type: "count" }, { type: "reset" }];
  const some = <T>(name: string, size: number, value: T) =>
    Object.fromEntries(Array.from({ length: size }, (_, k) => [`${name}${k}`, value]));
  return defineSystem({
    name: "counters",
    parameters: { count, limit },
    components: {
      ...some("counter", count, { machine, role: "counter", events }),
      ...some("still", still, { machine: createMachine({}), role: "still" }),
    },
    routes: [call("counter", ["counted"], "still0", "drop")],
    properties: [
      always({
        id: "COUNT-1",
        statement: "Not all counters are at their limit.",
        source: { document: "none", clause: "none" },
        witness: "COUNT-2",
        reads: { counters: all<{ n: number }>("counter") },
        holds: ({ counters: list }) => list.some(({ context }) => context.n < limit),
      }),
      sometimes({
        id: "COUNT-2",
        statement: "All counters are at their limit.",
        source: { document: "none", clause: "none" },
        reads: { counters: all<{ n: number }>("counter") },
        holds: ({ counters: list }) => list.every(({ context }) => context.n === limit),
      }),
    ],
  });
}
