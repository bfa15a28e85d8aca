/**
 * Two jugs of 3 and 5 gallons, a fountain, and 4 gallons wanted: a calibration of the checker.
 *
 * Models  the puzzle of the film "Die Hard 3" as told by L. Lamport (DieHard): fill a jug, empty it, or pour one into the
 *         other until one is full or the other empty. Agreed: 16 states, 96 steps between them, 4 gallons after 6 steps.
 * Omits   nothing.
 */
import { assign, emit, setup } from "xstate";
import { all, always, sometimes } from "../property.ts";
import { call, defineSystem, type System } from "../system.ts";

type JugEvent =
  | { readonly type: "jug.fills" }
  | { readonly type: "jug.empties" }
  | { readonly type: "jug.pours" }
  | { readonly type: "poured"; readonly gallons: number }
  | { readonly type: "left-over"; readonly gallons: number };

const jug = setup({
  types: {
    context: {} as { readonly capacity: number; gallons: number },
    events: {} as JugEvent,
    input: {} as { capacity: number },
    emitted: {} as { type: "poured" | "left-over"; gallons: number },
  },
}).createMachine({
  id: "jug",
  context: ({ input }) => ({ capacity: input.capacity, gallons: 0 }),
  on: {
    "jug.fills": { actions: assign({ gallons: ({ context }) => context.capacity }) },
    "jug.empties": { actions: assign({ gallons: 0 }) },
    "jug.pours": { actions: emit(({ context }) => ({ type: "poured" as const, gallons: context.gallons })) },
    poured: {
      actions: [
        emit(({ context: { capacity, gallons }, event }) => ({
          type: "left-over" as const,
          gallons: Math.max(0, gallons + event.gallons - capacity),
        })),
        assign({ gallons: ({ context, event }) => Math.min(context.capacity, context.gallons + event.gallons) }),
      ],
    },
    "left-over": { actions: assign({ gallons: ({ event }) => event.gallons }) },
  },
});

const source = { document: "L. Lamport, The TLA+ Video Course: Die Hard", clause: "TypeOK, big /= 4" };
type Gallons = { readonly gallons: number; readonly capacity: number };

export function dieHard(wanted = 4): System {
  const events = [{ type: "jug.fills" }, { type: "jug.empties" }, { type: "jug.pours" }];
  const other = (sender: string) => (sender === "small" ? "big" : "small");
  return defineSystem({
    name: "die-hard",
    parameters: { wanted },
    components: {
      small: { machine: jug, input: { capacity: 3 }, role: "jug", events },
      big: { machine: jug, input: { capacity: 5 }, role: "jug", events },
    },
    routes: [call("jug", ["poured", "left-over"], (_, sender) => other(sender))],
    properties: [
      always({
        id: "JUG-1",
        statement: "No jug holds more than it can.",
        source,
        witness: "JUG-2",
        reads: { jugs: all<Gallons>("jug") },
        holds: ({ jugs }) => jugs.every(({ context }) => context.gallons <= context.capacity),
      }),
      sometimes({
        id: "JUG-2",
        statement: `Some jug holds ${wanted} gallons.`,
        source,
        reads: { jugs: all<Gallons>("jug") },
        holds: ({ jugs }) => jugs.some(({ context }) => context.gallons === wanted),
      }),
    ],
  });
}
