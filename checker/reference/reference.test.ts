/** The reference explorer against what others published, what every set of vertices says, and systems small enough to do by hand. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assign, createMachine, emit, raise, type AnyStateMachine } from "xstate";
import type { Message } from "../json.ts";
import { all, always, canAlways, each, sometimes, type Property } from "../property.ts";
import { call, defineSystem, send, type Channel, type System, type SystemDefinition } from "../system.ts";
import { dieHard } from "../textbook/die-hard.ts";
import { graphSystem, isBroken, isVacuous, type DrawnGraph } from "../textbook/drawn-graph.ts";
import { heldAgainstReference } from "../textbook/held-against-reference.ts";
import { twoPhaseCommit } from "../textbook/two-phase-commit.ts";
import { explored, TooLarge } from "./explore.ts";
import { objectionTo } from "./replay.ts";
import { saidByReference } from "./say.ts";
import { Mistake, nameOf } from "./state.ts";

describe("what others published", () => {
  test("of Die Hard: 16 states, 96 steps, 4 gallons after 6", () => {
    const said = saidByReference(dieHard());
    expect(said).toMatchObject({ states: 16, transitions: 96 });
    expect(said.verdicts).toMatchObject({ "JUG-1": "holds", "JUG-2": "witnessed after 6" });
  });

  test("of two-phase commit with three managers: 288 states, 1145 steps", () => {
    expect(saidByReference(twoPhaseCommit(3))).toMatchObject({ states: 288, transitions: 1_145 });
    expect(() => saidByReference(twoPhaseCommit(3), 287)).toThrow(TooLarge);
  });
});

describe("fair runs", () => {
  const anyGraph = fc.integer({ min: 1, max: 7 }).chain((vertices) => {
    const [vertex, labels] = [fc.nat(vertices - 1), fc.subarray([0, 1, 2], { minLength: 1 })];
    const row = fc.array(fc.option(vertex, { nil: undefined, freq: 4 }), { minLength: 3, maxLength: 3 });
    return fc.record<DrawnGraph>({
      edges: fc.array(row, { minLength: vertices, maxLength: vertices }),
      classes: fc.array(fc.record({ kind: fc.constantFrom("weak" as const, "strong" as const), labels }), {
        maxLength: 3,
      }),
      when: fc.array(vertex, { maxLength: 3 }),
      eventually: fc.array(vertex, { maxLength: 2 }),
      provided: fc.option(fc.subarray(Array.from({ length: vertices }, (_, k) => k)), { nil: undefined, freq: 2 }),
    });
  });

  test("are found where some set of vertices is one, and nowhere else", () => {
    const words = { holds: 0, violated: 0, "left out": 0 };
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const expected = isBroken(graph) ? "violated" : isVacuous(graph) ? "left out" : "holds";
        words[expected]++;
        expect(saidByReference(graphSystem(graph)).verdicts["WALK-1"]).toBe(expected);
      }),
      { numRuns: 1_000, seed: 3 },
    );
    expect(Math.min(...Object.values(words)), JSON.stringify(words)).toBeGreaterThan(50);
  });
});

type Count = { readonly count: number };
const add = assign({ count: ({ context }: { context: Count }) => context.count + 1 }) as never;
const says = (type: string): never => emit({ type }) as never;
const machine = (states: object, on: object = {}): AnyStateMachine =>
  createMachine({ context: { count: 0 }, initial: Object.keys(states)[0]!, states, on } as never) as AnyStateMachine;

const about = { statement: "", source: { document: "", clause: "" } };
const isIn = (id: string, role: string, state: string): Property =>
  sometimes({ ...about, id, reads: { one: each(role) }, holds: ({ one }) => one.state === state });

function wired(
  machines: { readonly [name: string]: AnyStateMachine },
  parts: Partial<SystemDefinition>,
  first: readonly Message[] = [{ type: "go" }],
): System {
  const components = Object.entries(machines).map(([role, of], k) => [
    role,
    { machine: of, role, ...(k === 0 && { events: first }) },
  ]);
  return defineSystem({
    name: "by-hand",
    parameters: {},
    routes: [],
    properties: [],
    deadlock: "allowed",
    components: Object.fromEntries(components),
    ...parts,
  });
}

/** What the reference says; the search says the same. */
function both(system: System) {
  const { reference, differences } = heldAgainstReference(system);
  expect(differences).toEqual([]);
  return reference.kind === "said" ? reference.said : `mistake after ${reference.after}`;
}

describe("by hand", () => {
  test("a call that comes back finds its caller after its own step", () => {
    const asker = machine({
      a: { on: { go: { target: "b", actions: says("ask") } } },
      b: { on: { answer: "c" } },
      c: {},
    });
    const answerer = machine({ a: { on: { ask: { target: "b", actions: says("answer") } } }, b: {} });
    const routes = [call("asker", ["ask"], "answerer"), call("answerer", ["answer"], "asker")];
    const properties = [isIn("ONE-1", "asker", "b"), isIn("ONE-2", "asker", "c")];
    expect(both(wired({ asker, answerer }, { routes, properties }))).toMatchObject({
      states: 2,
      transitions: 1,
      verdicts: { "ONE-1": "never-witnessed", "ONE-2": "witnessed after 1" },
    });
  });

  test("calls without end are a mistake, 64 within each other are none", () => {
    const limit = (most: number) => ({ guard: ({ context }: { context: Count }) => context.count < most });
    const turning = (most: number) =>
      machine({
        a: { on: { go: { actions: says("turn") }, turn: [{ ...limit(most), actions: [add, says("turn")] }, {}] } },
      });
    const around = (most: number) => wired({ wheel: turning(most) }, { routes: [call("wheel", ["turn"], "wheel")] });
    expect(both(around(63))).toMatchObject({ states: 2, transitions: 2 });
    expect(both(around(64))).toBe("mistake after 0");
    expect(both(around(Infinity))).toBe("mistake after 0");
  });

  test("of a call to several one that blocks undoes the others", () => {
    const caller = machine({ a: { on: { go: { target: "b", actions: says("all") } } }, b: {} });
    const willing = machine({ a: { on: { all: "b" } }, b: {} });
    const routes = (unhandled: "block" | "drop" | "error") => [
      call("caller", ["all"], () => ["willing", "deaf"], unhandled),
    ];
    const system = (unhandled: "block" | "drop" | "error") =>
      wired({ caller, willing, deaf: machine({ a: {} }) }, { routes: routes(unhandled), deadlock: "forbidden" });
    expect(both(system("block"))).toMatchObject({
      states: 1,
      transitions: 0,
      verdicts: { DEADLOCK: "violated after 0" },
    });
    expect(both(system("drop"))).toMatchObject({
      states: 2,
      transitions: 1,
      verdicts: { DEADLOCK: "violated after 1" },
    });
    expect(both(system("error"))).toBe("mistake after 0");
  });

  const speaker = machine({ a: { on: { go: { actions: says("word") } } } });
  const queue = (settings: Partial<Channel>): Pick<SystemDefinition, "routes" | "channels"> => ({
    routes: [send("speaker", ["word"], "queue"), send("hearer", ["word"], "queue")],
    channels: { queue: { to: "hearer", capacity: 1, whenFull: "block", unhandled: "block", ...settings } },
  });

  test("a full channel takes part in the step, or loses", () => {
    const hearer = machine({ a: {} });
    expect(both(wired({ speaker, hearer }, queue({})))).toMatchObject({ states: 2, transitions: 1 });
    expect(both(wired({ speaker, hearer }, queue({ whenFull: "drop" })))).toMatchObject({ states: 2, transitions: 2 });
    expect(both(wired({ speaker, hearer }, queue({ capacity: 2 })))).toMatchObject({ states: 3, transitions: 2 });
  });

  test("a head that nobody takes stays, is lost, or is a mistake", () => {
    const hearer = machine({ a: {} });
    expect(both(wired({ speaker, hearer }, queue({ unhandled: "drop" })))).toMatchObject({ states: 2, transitions: 2 });
    expect(both(wired({ speaker, hearer }, queue({ unhandled: "error" })))).toBe("mistake after 1");
  });

  test("what is delivered has left its channel before the receiver answers", () => {
    const hearer = machine({ a: { on: { word: { target: "b", actions: says("word") } } }, b: {} });
    expect(both(wired({ speaker, hearer }, queue({})))).toMatchObject({ states: 3, transitions: 2 });
  });

  test("a machine that is done takes nothing more, also where its root would", () => {
    const mark = assign({ count: 1 }) as never;
    const mortal = machine({ a: { on: { go: "end" } }, end: { type: "final" } }, { "*": { actions: mark } });
    const system = wired({ mortal }, {}, [{ type: "go" }, { type: "more" }]);
    expect(both(system)).toMatchObject({ states: 4, transitions: 4 });
  });

  test("what is raised is taken within the step, by a wildcard too", () => {
    const one = machine({
      a: { on: { go: { target: "b", actions: raise({ type: "inner" }) as never } } },
      b: { on: { "*": "c" } },
      c: {},
    });
    const properties = [isIn("RAISE-1", "one", "b"), isIn("RAISE-2", "one", "c")];
    expect(both(wired({ one }, { properties }))).toMatchObject({
      states: 2,
      verdicts: { "RAISE-1": "never-witnessed", "RAISE-2": "witnessed after 1" },
    });
  });

  test("a prologue comes before the first state, with events that the universe does not have", () => {
    const one = machine({ a: { on: { begin: "b" } }, b: { on: { go: "c" } }, c: {} });
    const begin = { kind: "event", component: "one", event: { type: "begin" } } as const;
    expect(both(wired({ one }, { prologue: [begin] }))).toMatchObject({ states: 2, depth: 1 });
    const [once, twice] = [wired({ one }, { prologue: [begin] }), [begin, begin]];
    expect(() => saidByReference({ ...once, prologue: twice })).toThrow(Mistake);
  });

  test("states have the names that predicates know", () => {
    expect(nameOf({ busy: { inner: "waiting" } })).toBe("busy.inner.waiting");
    expect(nameOf({ ring: "on", interrupt: { off: "masked" } })).toBe("ring:on interrupt:off.masked");
    expect(nameOf({ up: { ring: "on", interrupt: "off" } })).toBe("up.ring:on interrupt:off");
  });

  test("of several that can be stuck, the shortest way to any is told", () => {
    const late = machine({ a: { on: { slip: "b" } }, b: { on: { slip: "c" } }, c: {} });
    const events = { first: [{ type: "slip" }], second: [{ type: "slip" }] };
    const early = machine({ a: { on: { slip: "c" } }, c: {} });
    const goal = canAlways({
      ...about,
      id: "STUCK-1",
      witness: "STUCK-2",
      reads: { one: each("part") },
      holds: ({ one }) => one.state !== "c",
    });
    const system = wired(
      {},
      {
        components: {
          first: { machine: late, role: "part", events: events.first },
          second: { machine: early, role: "part", events: events.second },
        },
        properties: [goal, isIn("STUCK-2", "part", "c")],
      },
    );
    expect(both(system)).toMatchObject({ verdicts: { "STUCK-1": "violated after 1" } });
  });
});

test("a path is judged by what it does", () => {
  const walker = machine({ a: { on: { go: "b" } }, b: { on: { go: "c" } }, c: {} });
  const properties = [
    always({
      ...about,
      id: "WALK-1",
      witness: "WALK-2",
      reads: { them: all("walker") },
      holds: ({ them }) => them[0]!.state !== "c",
    }),
    isIn("WALK-2", "walker", "c"),
  ];
  const seen = explored(wired({ walker }, { properties }));
  const go = { kind: "event", component: "walker", event: { type: "go" } } as const;
  const objection = (id: string, ...actions: readonly (typeof go)[]) => objectionTo(seen, { id, actions, loop: 0 });
  expect(objection("WALK-1", go, go)).toBe(undefined);
  expect(objection("WALK-1", go)).toBe("no claim of the property is broken by it");
  expect(objection("WALK-1", go, go, go)).toBe("step 3 cannot be taken");
  expect(objection("DEADLOCK", go, go)).toBe(undefined);
  expect(objection("DEADLOCK", go)).toBe("a step is possible at its end");
});
