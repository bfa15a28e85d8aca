import { describe, expect, test } from "vitest";
import { setup } from "xstate";
import { each, sometimes } from "../../property.ts";
import { defineSystem } from "../../system.ts";
import { Core } from "../../kernel/core.ts";
import { lockedLimit } from "../../textbook/locked-limit.ts";
import { Judge } from "../claims/judge.ts";
import { instancesOf } from "../claims/instances.ts";
import { breaks, deadlocks } from "./minimal-goal.ts";
import { shortestTo } from "./minimal-search.ts";
import { minimise } from "./minimal.ts";
import { mix } from "./random-tape.ts";
import { runTape } from "./random-walk.ts";

const racy = lockedLimit({ pinners: 5, limit: 3, log: 2, atomic: false });
const limitOf = (core: Core) =>
  breaks(
    core,
    instancesOf(core.system).filter(({ property }) => property.id === "LIM-1"),
  );
const noisy = Array.from({ length: 3000 }, (_, at) => mix(5, at) % racy.actions.length);

/** Four steps on foot, or a leap and one step. */
const detour = defineSystem({
  name: "detour",
  parameters: {},
  components: {
    traveller: {
      machine: setup({ types: { events: {} as { type: "walks" | "leaps" } } }).createMachine({
        initial: "start",
        states: {
          start: { on: { walks: { target: "first" }, leaps: { target: "third" } } },
          first: { on: { walks: { target: "second" } } },
          second: { on: { walks: { target: "third" } } },
          third: { on: { walks: { target: "goal" } } },
          goal: {},
        },
      }),
      role: "traveller",
      events: [{ type: "walks" }, { type: "leaps" }],
    },
  },
  routes: [],
  properties: [
    sometimes({
      id: "WAY-1",
      statement: "The traveller arrives.",
      source: { document: "test", clause: "test" },
      reads: { traveller: each("traveller") },
      holds: ({ traveller }) => traveller.state === "goal",
    }),
  ],
});

describe("a path is shortened", () => {
  test("until no single step can be left out", () => {
    const core = new Core(racy);
    const { path, minimality } = minimise(core, noisy, limitOf(core), { states: 1, tailStates: 1 });
    expect(minimality).toBe("one-minimal");
    const judge = new Judge(core);
    const only = (id: string) => id === "LIM-1";
    expect(runTape(core, judge, path, only)).toMatchObject({ taken: path, failure: { kind: "violation" } });
    for (let at = 0; at < path.length; at++)
      expect(runTape(core, judge, path.toSpliced(at, 1), only).failure).toBeUndefined();
  });

  test("to a shortest one where the whole space can be searched", () => {
    const core = new Core(racy);
    const { path, minimality } = minimise(core, noisy, limitOf(core));
    const whole = shortestTo(core, core.initial, limitOf(core), { maxDepth: 1000, maxStates: 1_000_000 });
    expect(minimality).toBe("shortest");
    expect(whole).toMatchObject({ kind: "found", path: { length: path.length } });
  });

  test("by another way to the goal when leaving steps out is not enough", () => {
    const core = new Core(detour);
    const found = breaks(core, instancesOf(detour));
    const path = [0, 0, 0, 0];
    expect(minimise(core, path, found, { states: 1, tailStates: 1 }).path).toEqual(path);
    expect(minimise(core, path, found, { states: 1 })).toEqual({ path: [1, 0], minimality: "one-minimal" });
  });

  test("and nothing is claimed when the budget ends", () => {
    const core = new Core(racy);
    expect(minimise(core, noisy, limitOf(core), { steps: 1, states: 1, tailStates: 1 }).minimality).toBe("unknown");
  });

  test("but not one that misses its goal", () => {
    const core = new Core(racy);
    expect(() => minimise(core, [0], limitOf(core))).toThrow("does not reach its goal");
  });
});

test("a state whose only step is a mistake in the model is no deadlock", () => {
  const machine = setup({ types: { events: {} as { type: "errs" | "goes" } } }).createMachine({
    initial: "start",
    states: { start: { on: { goes: "wrong" } }, wrong: { on: { errs: { actions: ({ self }) => void self } } } },
  });
  const core = new Core(
    defineSystem({
      name: "mistaken",
      parameters: {},
      components: { one: { machine, role: "one", events: [{ type: "errs" }, { type: "goes" }] } },
      routes: [],
      properties: [],
    }),
  );
  expect(() => minimise(core, [1], deadlocks(core))).toThrow("does not reach its goal");
  core.vector.set(core.initial);
  expect(core.takeAction(1)).toBe(true);
  expect(deadlocks(core).reached()).toBe(false);
});

describe("the bounded search", () => {
  test("says when it saw everything, and when it did not", () => {
    const core = new Core(lockedLimit({ pinners: 3, limit: 2, log: 2, atomic: true }));
    expect(shortestTo(core, core.initial, limitOf(core), { maxDepth: 100, maxStates: 1000 }).kind).toBe("none");
    expect(shortestTo(core, core.initial, limitOf(core), { maxDepth: 100, maxStates: 50 }).kind).toBe("unknown");
  });
});
