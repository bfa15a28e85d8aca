import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assign, createMachine, setup, type AnyStateMachine } from "xstate";
import { all, always, sometimes, type Property } from "../property.ts";
import { initialState, take } from "../simulation.ts";
import { call, defineSystem, type System } from "../system.ts";
import { drawnSystem } from "../textbook/drawn-system.ts";
import { firstDepth, naiveSearch, textOf } from "../textbook/naive-search.ts";
import { pageFaultProtocol, PROTOCOL_SIZES } from "../textbook/page-fault-protocol.ts";
import { BreadthFirst } from "./breadth-first.ts";
import { exhaustive } from "./exhaustive.ts";
import { boundReached } from "./limits.ts";
import type { Limits } from "./limits.ts";

function searched(system: System, limits: Limits = {}, slice = 1_000_000): BreadthFirst {
  const search = new BreadthFirst(system, limits);
  while (search.advance(slice));
  return search;
}

const numbers = fc.array(fc.nat(59), { minLength: 30, maxLength: 160, size: "max" });
const LIMIT = 800;

describe("breadth-first search", () => {
  test("finds what the naive search finds: states, transitions, depth, deadlock, shortest paths", () => {
    let compared = 0;
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 50 }), fc.boolean(), (drawn, slice, keepGraph) => {
        const system = drawnSystem(drawn);
        const nodes = naiveSearch(system, LIMIT);
        const search = searched(system, { maxStates: LIMIT + 1, keepGraph }, slice);
        if (!nodes) {
          expect(search).toMatchObject({ complete: false, stoppedBy: `max-states ${LIMIT + 1}` });
          return;
        }
        compared++;
        expect(search).toMatchObject({ complete: true, stoppedBy: undefined, depth: nodes.at(-1)!.depth });
        expect(search.store.count).toBe(nodes.length);
        const edges = nodes.map(({ successors }) => successors.length);
        expect(search.transitions).toBe(edges.reduce((sum, count) => sum + count, 0));
        expect(search.graph?.transitions).toBe(keepGraph ? search.transitions : undefined);
        const stuck = nodes.find(({ successors }) => successors.length === 0);
        expect(search.deadlock < 0 ? -1 : search.pathTo(search.deadlock).length).toBe(stuck?.depth ?? -1);
        for (const [id, holding] of [
          ["DRAWN-1", false],
          ["DRAWN-2", true],
        ] as const) {
          const found = search.judge.found.get(id);
          expect(found ? search.pathTo(found.state).length : -1).toBe(firstDepth(system, nodes, id, holding));
        }
      }),
      { numRuns: 120 },
    );
    expect(compared).toBeGreaterThan(60);
  });

  test("every state is where its path leads", () => {
    const system = pageFaultProtocol(PROTOCOL_SIZES.XS.size);
    const search = searched(system);
    for (let id = 0; id < search.store.count; id += 97) {
      let state = initialState(system);
      for (const action of search.pathTo(id)) {
        const taken = take(system, state, action);
        if (!taken.taken) throw new Error(taken.because);
        state = taken.state;
      }
      const vector = search.vectorOf(id);
      const snapshots = new Map(
        system.componentNames.map((name, slot) => [name, search.core.locals[slot]!.values[vector[slot]!]!]),
      );
      expect(textOf({ snapshots, channels: new Map() })).toBe(textOf(state));
    }
  });

  test("has the same answer in slices as in one go", () => {
    const system = pageFaultProtocol(PROTOCOL_SIZES.XS.size);
    const [one, many] = [searched(system), searched(system, {}, 7)];
    expect([many.store.count, many.transitions, many.depth]).toEqual([one.store.count, one.transitions, one.depth]);
  });
});

describe("a bound that is reached", () => {
  const system = pageFaultProtocol(PROTOCOL_SIZES.XS.size);
  const origin = { system: "", hardware: "", host: "", bounds: "", set: {} };

  test.each([
    ["states", { maxStates: 100 }, "max-states 100"],
    ["more states", { maxStates: 500 }, "max-states 500"],
    ["memory", { maxBytes: 150_000 }, "max-memory 150 kB"],
  ])("of %s is never `holds`", (_, limits, bound) => {
    const run = exhaustive(system, origin, { symmetry: false, ...limits });
    expect(run.search).toMatchObject({ complete: false, stoppedBy: bound });
    const verdicts = Object.fromEntries(run.properties.map(({ id, verdict }) => [id, verdict.kind]));
    const seen = run.properties.find(({ id }) => id === "PFP-1")!.witness!;
    expect(verdicts).toMatchObject({
      "PFP-1": verdicts[seen] === "witnessed" ? "holds-within-bounds" : "unknown",
      DEADLOCK: "holds-within-bounds",
    });
  });

  test.each([
    [2_000_000, "2 MB"],
    [500_000_000, "500 MB"],
    [2_300_000_000, "2.3 GB"],
    [1.5 * 2 ** 30, "1.5 GiB"],
    [2 ** 21, "2 MiB"],
    [4_123_456_789, "4.1 GB"],
    [1_234_567, "1.2 MB"],
  ])("of %i bytes is told as %s", (maxBytes, words) => {
    const reached = boundReached({ maxBytes }, { states: 1, waiting: 1, bytes: maxBytes });
    expect(reached).toBe(`max-memory ${words}`);
  });

  test("exactly at the number of states is no bound", () => {
    const states = PROTOCOL_SIZES.XS.states;
    const isComplete = (maxStates: number) =>
      exhaustive(system, origin, { symmetry: false, maxStates }).search.complete;
    expect(isComplete(states + 1)).toBe(true);
    expect(isComplete(states - 1)).toBe(false);
  });

  test("the first violation ends the search on demand", () => {
    const broken = pageFaultProtocol(PROTOCOL_SIZES.M.size, { seeded: true });
    expect(searched(broken, { stopAt: "first" })).toMatchObject({
      complete: false,
      stoppedBy: "stopped at the first violation",
    });
  });
});

/**
 * Counters that count to a limit, more of it than the first walks see. Machines that stand still fill the words of a state,
 * so that the counters have no bits to spare. Loud counters tell a machine that stands still.
 */
function counters(count: number, limit: number, still: number, loud: boolean): System {
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

describe.each([
  [1, 1_500],
  [2, 120],
])("%i counters up to %i outgrow their bits", (count, limit) => {
  test.each([false, true])("and are repacked, and no state is taken for another; loud: %s", (loud) => {
    let repacked = 0;
    for (let still = 1; still < 40; still += count) {
      const search = new BreadthFirst(counters(count, limit, still, loud), { keepGraph: still % 2 === 0 });
      const first = search.layout;
      while (search.advance(1_000));
      if (search.layout !== first) repacked++;
      expect(search.complete).toBe(true);
      expect(search.store.count).toBe((limit + 1) ** count);
      expect(search.transitions).toBe(count * (limit + 1) ** count);
      expect(search.depth).toBe(count * limit);
      expect(search.pathTo(search.firstViolation)).toHaveLength(count * limit);
    }
    expect(repacked).toBeGreaterThan(2);
  });
});

test("a mistake of the model is told with the shortest path to it", () => {
  const system = defineSystem({
    ...counters(1, 3, 1, false),
    routes: [],
    components: {
      loud: {
        machine: setup({
          types: { events: {} as { type: "go" }, emitted: {} as { type: "noise" } },
        }).createMachine({
          initial: "a",
          states: {
            a: { on: { go: "b" } },
            b: { on: { go: { actions: ({ self }) => void self } } },
          },
        }),
        role: "counter",
        events: [{ type: "go" }],
      },
    },
    properties: [],
  });
  expect(() => searched(system)).toThrow(/may only assign[\s\S]*It happens after 1 steps:\n {2}loud: {"type":"go"}/);
});

describe("A search that a violation ends", () => {
  test("first: has found all states up to that depth, and no other, in random systems", () => {
    let stopped = 0;
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 50 }), (drawn, slice) => {
        const system = drawnSystem(drawn);
        const nodes = naiveSearch(system, LIMIT);
        if (!nodes) return;
        const violated = firstDepth(system, nodes, "DRAWN-1", false);
        const stuck = nodes.find(({ successors }) => successors.length === 0);
        // A state has to be expanded before it is known to be stuck.
        const ends = [...(violated < 0 ? [] : [violated]), ...(stuck ? [stuck.depth + 1] : [])];
        const depth = Math.min(nodes.at(-1)!.depth, ...ends);
        const search = searched(system, { stopAt: "first" }, slice);
        expect(search.store.count).toBe(nodes.filter((node) => node.depth <= depth).length);
        expect(search.depth).toBe(depth);
        if (!search.complete) stopped++;
      }),
      { numRuns: 120 },
    );
    expect(stopped).toBeGreaterThan(30);
  });

  /** Two that count from 0 to 3; the depth is their sum. */
  const wide = (limits: Limits) =>
    searched(defineSystem({ ...counters(2, 3, 1, false), properties: forbidden }), limits);
  const sumOf = (view: { all: readonly { context: { n: number } }[] }): number =>
    view.all.reduce((sum, { context }) => sum + context.n, 0);
  const at = (id: string, sum: number): Property =>
    always({
      id,
      statement: `The sum is not ${sum}.`,
      source: { document: "this test", clause: id },
      reads: { all: all<{ n: number }>("counter") },
      holds: (view) => sumOf(view) !== sum,
      witness: "SEEN-1",
    });
  const seen = sometimes({
    id: "SEEN-1",
    statement: "There is a state.",
    source: { document: "this test", clause: "SEEN-1" },
    reads: { all: all("counter") },
    holds: () => true,
  });
  const forbidden = [at("SUM-2", 2), at("SUM-4", 4), at("SUM-0", 0), seen];
  const sums = (search: BreadthFirst): readonly string[] =>
    [...search.judge.found.keys()].filter((id) => id !== seen.id).sort();

  test.each([
    ["the initial state", {}, 0, ["SUM-0"]],
    ["the first that is not expected", { isExpected: (id: string) => id === "SUM-0" }, 2, ["SUM-0", "SUM-2"]],
    ["none, when all are expected", { isExpected: () => true }, 6, ["SUM-0", "SUM-2", "SUM-4"]],
  ])("first: %s", (_, rules, depth, found) => {
    const search = wide({ stopAt: "first", ...rules });
    expect(search.depth).toBe(depth);
    expect(sums(search)).toEqual(found);
    expect(search.complete).toBe(depth === 6);
  });

  test("each: nothing is searched behind a violated state", () => {
    const isExpected = (id: string) => id === "SUM-0";
    const search = wide({ stopAt: "each", isExpected, keepGraph: true });
    expect(sums(search)).toEqual(["SUM-0", "SUM-2"]);
    expect(search).toMatchObject({ complete: false, stoppedBy: "nothing was searched behind violations" });
    expect(wide({ stopAt: "each", isExpected: () => true }).complete).toBe(true);
  });

  test("each: what is found behind another way is not called shortest", () => {
    const one = counters(1, 9, 1, false);
    const machine = createMachine({
      context: {},
      initial: "s0",
      states: {
        s0: { on: { left: "s1", right: "s2" } },
        s1: { on: { left: "s5" } },
        s2: { on: { left: "s3" } },
        s3: { on: { left: "s4" } },
        s4: { on: { left: "s5" } },
        s5: {},
      },
    }) as unknown as AnyStateMachine;
    const not = (id: string, state: string): Property =>
      always({
        id,
        statement: `Never ${state}.`,
        source: { document: "this test", clause: id },
        reads: { all: all("counter") },
        holds: ({ all: list }) => list.every((it) => it.state !== state),
        witness: "SEEN-1",
      });
    const events = [{ type: "left" }, { type: "right" }];
    const system = defineSystem({
      ...one,
      components: { walker: { machine, role: "counter", events } },
      routes: [],
      deadlock: "allowed",
      properties: [not("A-1", "s1"), not("A-5", "s5"), seen],
    });
    const origin = { system: "walker", hardware: "none", host: "none", bounds: "none", set: {} };
    const found = (stopAt?: "each") =>
      exhaustive(system, origin, { ...(stopAt && { stopAt }) }).properties.flatMap(({ verdict }) =>
        verdict.kind === "violated" ? [[verdict.trace.steps.length, verdict.trace.minimality]] : [],
      );
    expect(found()).toEqual([
      [1, "shortest"],
      [2, "shortest"],
    ]);
    expect(found("each")).toEqual([
      [1, "shortest"],
      [4, "unknown"],
    ]);
  });

  test("is the same in slices of any size", () => {
    const broken = pageFaultProtocol(PROTOCOL_SIZES.M.size, { seeded: true });
    const inSlices = (slice: number) => {
      const search = new BreadthFirst(broken, { stopAt: "first" });
      while (search.advance(slice));
      return [search.store.count, search.transitions, search.depth, search.firstViolation];
    };
    expect(inSlices(7)).toEqual(inSlices(1 << 20));
  });
});
