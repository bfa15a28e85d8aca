import { describe, expect, test } from "vitest";
import { and, assign, emit, not, setup, type AnyStateMachine } from "xstate";
import type { Message } from "../json.ts";
import { Core } from "./core.ts";
import { auditQuick } from "./quick-audit.ts";
import { Outbox } from "./outbox.ts";
import type { Local } from "./quick-nodes.ts";
import { QuickMachine } from "./quick-step.ts";
import { initialSnapshot } from "./step.ts";
import { defineSystem } from "../system.ts";

type Event =
  | { readonly type: "go" | "out" | "deep.in" | "deep.on" | "self" | "again" | "end" | "named" | "raises" }
  | { readonly type: "by"; readonly count: number };

/** Nested states, entry and exit, eventless and wildcard transitions, named and negated guards, parameters, queued actions. */
const s = setup({
  types: { context: {} as { count: number; log: readonly string[] }, events: {} as Event, emitted: {} as Message },
  guards: {
    isOdd: ({ context }) => context.count % 2 === 1,
    isAbove: ({ context }, limit: { least: number }) => context.count > limit.least,
  },
  actions: {
    adds: assign(({ context }, by: { count: number }) => ({ count: context.count + by.count })),
    tells: emit(({ context }) => ({ type: "told", count: context.count })),
  },
});
const countOf = (event: Event): number => (event.type === "by" ? event.count : 0);
const logs = (line: string) => s.assign({ log: ({ context }) => [...context.log.slice(-3), line] });
const machine = s.createMachine({
  context: { count: 0, log: [] },
  initial: "outer",
  on: {
    "deep.*": { actions: logs("wildcard") },
    by: { actions: s.assign({ count: ({ event }) => countOf(event) % 5 }) },
    named: [
      { guard: and([not("isOdd"), { type: "isAbove", params: { least: 2 } }]), actions: ["tells", logs("even")] },
      { guard: "isOdd", actions: [{ type: "adds", params: { count: 1 } }, "tells"] },
    ],
  },
  states: {
    outer: {
      entry: logs("enters outer"),
      exit: [logs("leaves outer"), s.emit({ type: "left" })],
      initial: "first",
      on: {
        self: { target: "outer" },
        again: { target: "outer", reenter: true },
        out: { target: "other.low" },
        end: { target: "over" },
      },
      states: {
        first: {
          on: { "deep.in": { target: "second" } },
          always: { guard: { type: "isAbove", params: { least: 3 } }, target: "second", actions: logs("at once") },
        },
        second: {
          entry: s.enqueueActions(({ enqueue, check, context }) => {
            if (check("isOdd")) enqueue.emit({ type: "odd", count: context.count });
            enqueue.assign({ log: ["second"] });
            enqueue("tells");
          }),
          on: {
            go: { target: "first", actions: { type: "adds", params: ({ context }) => ({ count: -context.count }) } },
          },
        },
      },
    },
    other: {
      initial: "low",
      states: { low: { on: { go: "high" } }, high: { on: { out: "#(machine).outer.second" } } },
      on: { self: { actions: ["tells"] } },
    },
    over: { type: "final" },
  },
}) as unknown as AnyStateMachine;

const EVENTS: readonly Message[] = [
  ...["go", "out", "deep.in", "deep.on", "self", "again", "end", "named"].map((type) => ({ type })),
  ...[1, 2, 3, 4].map((count) => ({ type: "by", count })),
];

/** A core that has seen all that the machine does in a few steps. */
function coreOf(of: AnyStateMachine, rounds: number): Core {
  const system = defineSystem({
    name: "one",
    parameters: {},
    components: { one: { machine: of, role: "one", events: EVENTS }, deaf: { machine: of, role: "deaf" } },
    routes: [{ kind: "call", from: "one", types: ["told", "left", "odd"], to: () => [], unhandled: "drop" }],
    properties: [],
  });
  const core = new Core(system);
  for (let round = 0, from = 0; round < rounds; round++) {
    const until = core.locals[0]!.size;
    for (; from < until; from++) core.choices(0, from);
  }
  return core;
}

describe("a quick step is a step of XState,", () => {
  test("in nested states, with guards, entries, exits and all", () => {
    const core = coreOf(machine, 6);
    const { plain, left } = auditQuick(core);
    expect(plain).toBeGreaterThan(1_000);
    expect(left).toBe(0);
  });

  test("and a function that was made for another shape of context is not asked", () => {
    const wide = s.createMachine({
      context: ({ input }) => ({ count: 0, log: [], ...(input as object) }),
      on: { go: { actions: s.assign({ count: ({ context }) => context.count + 1 }) } },
    }) as unknown as AnyStateMachine;
    const quick = new QuickMachine(wide, 0);
    for (const input of [{}, { more: 1 }, {}, { more: 2 }]) {
      const next = quick.step(quick.localOf(initialSnapshot(wide, input)), { type: "go" }, new Outbox());
      expect(next?.context).toEqual({ count: 1, log: [], ...input });
    }
  });

  test("and one that forgets an action is noticed", () => {
    class Forgetful extends QuickMachine {
      override step(local: Local, event: Message, emitted: Outbox): Local | undefined {
        const next = super.step(local, event, emitted);
        return next && { ...next, context: local.context };
      }
    }
    expect(() => auditQuick(coreOf(machine, 3), Forgetful)).toThrow("otherwise than XState");
  });
});

describe("left to XState are", () => {
  const parallel = s.createMachine({
    type: "parallel",
    context: { count: 0, log: [] },
    states: { a: { on: { go: { actions: "tells" } } }, b: { initial: "x", states: { x: { on: { go: "y" } }, y: {} } } },
  }) as unknown as AnyStateMachine;
  const raising = s.createMachine({
    context: { count: 0, log: [] },
    on: {
      go: { actions: [s.emit({ type: "told" }), s.raise({ type: "by", count: 3 })] },
      self: { actions: s.enqueueActions(({ enqueue }) => enqueue.raise({ type: "by", count: 4 })) },
      by: { actions: s.assign({ count: ({ event }) => countOf(event) }) },
    },
  }) as unknown as AnyStateMachine;

  test("steps of two regions at once", () => {
    const quick = new QuickMachine(parallel);
    const emitted = new Outbox();
    const next = quick.step(quick.localOf(initialSnapshot(parallel, {})), { type: "go" }, emitted);
    expect([next?.place.name, emitted.list()]).toEqual(["a: b:y", [{ type: "told", count: 0 }]]);
    expect(auditQuick(coreOf(parallel, 3)).plain).toBeGreaterThan(5);
  });

  test("regions that begin anew, or lead to states inside of states", () => {
    const deep = s.createMachine({
      type: "parallel",
      context: { count: 0, log: [] },
      states: {
        a: { initial: "x", states: { x: { initial: "u", states: { u: { on: { go: "v" } }, v: {} } } } },
        b: { initial: "x", states: { x: { on: { self: "y" } }, y: {} } },
      },
    }) as unknown as AnyStateMachine;
    expect(new QuickMachine(deep).isPlain).toBe(false);
    expect(auditQuick(coreOf(deep, 4)).plain).toBe(0);
  });

  test("events that are raised, and nothing is emitted twice", () => {
    const quick = new QuickMachine(raising);
    const emitted = new Outbox();
    const next = quick.step(quick.localOf(initialSnapshot(raising, {})), { type: "go" }, emitted);
    expect(next?.context).toMatchObject({ count: 3 });
    expect(emitted.list()).toEqual([{ type: "told" }]);
    expect(auditQuick(coreOf(raising, 3)).plain).toBeGreaterThan(5);
  });
});

test.each([0, Infinity])("an action may add a field, which stays; functions are made after %d times", (often) => {
  const grows = setup({ types: { context: {} as { count: number; more?: number } } }).createMachine({
    context: { count: 0 },
    on: {
      adds: { actions: assign(({ context }) => ({ more: context.count })) },
      counts: { actions: assign({ count: ({ context }) => context.count + 1 }) },
    },
  }) as unknown as AnyStateMachine;
  const quick = new QuickMachine(grows, often);
  let local = quick.localOf(initialSnapshot(grows, undefined));
  for (const type of ["counts", "adds", "counts"]) local = quick.step(local, { type }, new Outbox())!;
  expect(local.context).toEqual({ count: 2, more: 1 });
});
