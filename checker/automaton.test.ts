/** A component as an automaton: what is merged, what is told apart, and what is refused. */
import { describe, expect, test } from "vitest";
import { assign, createMachine, type AnyStateMachine } from "xstate";
import { automatonOf } from "./automaton.ts";
import { startExhaustive } from "./explore/exhaustive.ts";
import type { Message } from "./json.ts";
import { defineSystem } from "./library.ts";

function automaton(machine: AnyStateMachine, events: readonly Message[]) {
  const system = defineSystem({
    name: "alone",
    components: { one: { machine, role: "one", events } },
    routes: [],
    properties: [],
  });
  const search = startExhaustive(system, {});
  while (search.advance(1_000));
  return automatonOf(search.core, 0);
}

const lock = createMachine({
  context: { owner: "nobody" },
  initial: "free",
  states: {
    free: {
      on: {
        takes: { target: "held", actions: assign({ owner: ({ event }) => (event as unknown as { by: string }).by }) },
      },
    },
    held: {
      on: {
        releases: {
          guard: ({ context, event }) => context.owner === (event as unknown as { by: string }).by,
          target: "free",
          actions: assign({ owner: "nobody" }),
        },
      },
    },
  },
});
const by = (who: string): readonly Message[] => [
  { type: "takes", by: who },
  { type: "releases", by: who },
];

describe("a component as an automaton", () => {
  test("what no sequence of types can tell apart is one state, whatever the context has", () => {
    expect(automaton(lock, [...by("a"), ...by("b")])).toEqual({
      states: ["free", "held"],
      edges: [
        { from: 0, event: "takes", to: 1 },
        { from: 1, event: "releases", to: 0 },
      ],
    });
  });

  const counter = (most: number) =>
    createMachine({
      context: { count: 0 },
      initial: "counting",
      states: {
        counting: {
          on: {
            adds: {
              guard: ({ context }) => context.count < most,
              actions: assign({ count: ({ context }) => context.count + 1 }),
            },
          },
        },
      },
    });

  test("states of one name that differ in what they can take are numbered", () => {
    expect(automaton(counter(2), [{ type: "adds" }])).toEqual({
      states: ["counting", "counting 2", "counting 3"],
      edges: [
        { from: 0, event: "adds", to: 1 },
        { from: 1, event: "adds", to: 2 },
      ],
    });
  });

  test("a message whose content decides is a choice, and is told", () => {
    const door = createMachine({
      initial: "shut",
      states: {
        shut: { on: { key: { guard: ({ event }) => (event as unknown as { fits: boolean }).fits, target: "open" } } },
        open: { on: { slams: "shut" } },
      },
    });
    const keys = [{ type: "key", fits: true }, { type: "key", fits: false }, { type: "slams" }];
    expect(automaton(door, keys)).toMatchObject({ states: ["shut", "open"] });
    const worn = createMachine({
      initial: "shut",
      states: {
        shut: {
          on: {
            key: [
              { guard: ({ event }) => (event as unknown as { fits: boolean }).fits, target: "open" },
              { target: "broken" },
            ],
          },
        },
        open: { on: { slams: "shut" } },
        broken: {},
      },
    });
    expect(automaton(worn, keys)).toEqual({ choice: { state: "shut", event: "key", to: ["open", "broken"] } });
  });
});
