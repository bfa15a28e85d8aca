import { assign, emit, setup } from "xstate";
import { describe, expect, test } from "vitest";
import { always, canAlways, each, sometimes } from "../../property.ts";
import type { RunRecord, TraceRecord } from "../../run-record.ts";
import { call, defineSystem, ModelError, type System } from "../../system.ts";
import { lockedLimit } from "../../textbook/locked-limit.ts";
import { twoPhaseCommit } from "../../textbook/two-phase-commit.ts";
import { exhaustive } from "../exhaustive.ts";
import { explain } from "./random-explain.ts";
import { drawnTape } from "./random-tape.ts";
import { randomSearch, RandomSearch } from "./random.ts";

const origin = { system: "test", hardware: "none", host: "none", bounds: "test", set: {} };
const verdictsOf = (run: RunRecord) => Object.fromEntries(run.properties.map(({ id, verdict }) => [id, verdict.kind]));
function traceIn(run: RunRecord, id: string): TraceRecord {
  const verdict = run.properties.find((property) => property.id === id)!.verdict;
  if (verdict.kind !== "violated") throw new Error(`${id} is ${verdict.kind}`);
  return verdict.trace;
}

const racyLimit = lockedLimit({ pinners: 3, limit: 2, log: 2, atomic: false });
const safeLimit = lockedLimit({ pinners: 3, limit: 2, log: 2, atomic: true });

/** Two-phase commit whose coordinator commits before the last resource manager has said that it is prepared. */
function hastyCommit(managers: number): System {
  const system = twoPhaseCommit(managers);
  const coordinator = system.components["coordinator"]!;
  const machine = coordinator.machine.provide({
    guards: {
      allPrepared: ({ context }: { context: { prepared: number[]; managers: number } }) =>
        context.prepared.length >= context.managers - 1,
    },
  });
  return defineSystem({ ...system, components: { ...system.components, coordinator: { ...coordinator, machine } } });
}

/** One component, a machine of its own, the events given. */
const counter = setup({
  types: {
    context: {} as { left: number },
    events: {} as { type: "counter.steps" | "counter.jumps" },
    emitted: {} as { type: "jumped" },
  },
}).createMachine({
  context: { left: 3 },
  on: {
    "counter.steps": {
      guard: ({ context }) => context.left > 0,
      actions: assign(({ context }) => ({ left: context.left - 1 })),
    },
    "counter.jumps": { guard: ({ context }) => context.left === 1, actions: emit({ type: "jumped" }) },
  },
});
const deaf = setup({}).createMachine({});
const counting = (events: readonly string[], properties: System["properties"] = []): System =>
  defineSystem({
    name: "counting",
    parameters: {},
    components: {
      counter: { machine: counter, role: "counter", events: events.map((type) => ({ type })) },
      listener: { machine: deaf, role: "listener" },
    },
    routes: [call("counter", ["jumped"], "listener")],
    properties,
  });

describe("random search finds what exhaustive search finds", () => {
  test.each([
    ["a racy limit", racyLimit, "LIM-1"],
    ["a hasty commit", hastyCommit(3), "TPC-1"],
  ])("%s: without any search, at most 2 steps longer than the shortest in 9 of 10 seeds", (_, system, id) => {
    const shortest = traceIn(exhaustive(system, origin), id).steps.length;
    const lengths = Array.from({ length: 10 }, (_, seed) => {
      const run = randomSearch(system, origin, { seed, runs: 500, minimal: { states: 1, tailStates: 1 } });
      return traceIn(run, id).steps.length;
    });
    expect(lengths.every((length) => length >= shortest)).toBe(true);
    expect(lengths.filter((length) => length <= shortest + 2).length).toBeGreaterThanOrEqual(9);
  });

  test("where a search from the initial state fits, the trace is a shortest one", () => {
    const shortest = traceIn(exhaustive(racyLimit, origin), "LIM-1").steps.length;
    const trace = traceIn(randomSearch(racyLimit, origin, { seed: 1, runs: 100 }), "LIM-1");
    expect(trace.minimality).toBe("shortest");
    expect(trace.steps.length).toBe(shortest);
    expect(trace.steps.map(({ holds }) => holds)).toEqual([...Array<boolean>(shortest - 1).fill(true), false]);
  });

  test("a correct system gives no violation, and witnesses with the shortest depth", () => {
    const run = randomSearch(safeLimit, origin, { seed: 3, runs: 50 });
    expect(verdictsOf(run)).toEqual({
      "LIM-1": "no-violation",
      "LIM-2": "witnessed",
      "LIM-3": "witnessed",
      DEADLOCK: "no-violation",
    });
    expect(run.search).toMatchObject({ kind: "random", complete: false, seed: 3, runs: 50 });
    expect(run.properties[1]!.verdict).toEqual(exhaustive(safeLimit, origin).properties[1]!.verdict);
  });

  test("what was not seen, or needs the whole graph, is unknown", () => {
    const claim = { source: { document: "test", clause: "test" }, reads: { it: each<{ left: number }>("counter") } };
    const run = randomSearch(
      counting(
        ["counter.steps"],
        [
          sometimes({
            id: "CNT-1",
            statement: "More than at first.",
            holds: ({ it }) => it.context.left > 3,
            ...claim,
          }),
          canAlways({
            id: "CNT-2",
            statement: "Back.",
            witness: "CNT-1",
            holds: ({ it }) => it.context.left === 3,
            ...claim,
          }),
        ],
      ),
      origin,
      { seed: 1, runs: 5 },
    );
    expect(verdictsOf(run)).toMatchObject({ "CNT-1": "unknown", "CNT-2": "unknown" });
  });

  test("two properties that break are both told, and one that breaks at once has an empty path", () => {
    const claim = {
      source: { document: "test", clause: "test" },
      reads: { it: each<{ left: number }>("counter") },
    };
    const witness = "CNT-3";
    const run = randomSearch(
      counting(
        ["counter.steps"],
        [
          always({
            id: "CNT-1",
            statement: "Nothing is left.",
            holds: ({ it }) => it.context.left === 0,
            witness,
            ...claim,
          }),
          always({
            id: "CNT-2",
            statement: "Two are left.",
            holds: ({ it }) => it.context.left !== 1,
            witness,
            ...claim,
          }),
          sometimes({ id: "CNT-3", statement: "Something is left.", holds: ({ it }) => it.context.left > 0, ...claim }),
        ],
      ),
      origin,
      { seed: 1, runs: 20 },
    );
    expect(traceIn(run, "CNT-1").steps).toEqual([]);
    expect(traceIn(run, "CNT-2").steps.length).toBe(2);
    expect(traceIn(run, "DEADLOCK").steps.length).toBe(3);
  });

  test("a mistake in the model is thrown with a shortest path to it", () => {
    const mistake = () => randomSearch(counting(["counter.steps", "counter.jumps"]), origin, { seed: 1, runs: 20 });
    expect(mistake).toThrow(ModelError);
    expect(mistake).toThrow(
      "last of 3 steps:\n  counter: counter.steps\n  counter: counter.steps\n  counter: counter.jumps",
    );
  });

  test("a message without a route is such a mistake too", () => {
    const { routes: _, ...rest } = counting(["counter.steps", "counter.jumps"]);
    const mistake = () => randomSearch(defineSystem({ ...rest, routes: [] }), origin, { seed: 1, runs: 20 });
    expect(mistake).toThrow(/emits "jumped", but no route takes it.*\n.*last of 3 steps/);
  });
});

describe("a random run can be run again", () => {
  test("the same seed gives the same record, in one go or in slices, another seed another walk", () => {
    const options = { seed: 7, runs: 60, maxLength: 200 };
    const record = randomSearch(racyLimit, origin, options);
    const sliced = new RandomSearch(racyLimit, origin, options);
    while (sliced.advance(7));
    expect(JSON.stringify(sliced.record())).toBe(JSON.stringify(record));
    expect(randomSearch(racyLimit, origin, { ...options, seed: 8 }).search.transitions).not.toBe(
      record.search.transitions,
    );
  });

  test("seed and path of a trace draw a tape that explains to the same trace", () => {
    const trace = traceIn(randomSearch(racyLimit, origin, { seed: 2, runs: 100 }), "LIM-1");
    const drawn = drawnTape(racyLimit, trace.drawn!);
    expect(explain(racyLimit, origin, { tape: drawn, drawn: trace.drawn! })).toEqual(trace);
  });

  test("also from tapes too long to be shrunk by fast-check", () => {
    const trace = traceIn(randomSearch(racyLimit, origin, { seed: 2, runs: 50, maxLength: 5000 }), "LIM-1");
    expect(trace).toMatchObject({
      minimality: "shortest",
      steps: { length: 7 },
      drawn: { path: "0", maxLength: 5000 },
    });
    expect(explain(racyLimit, origin, { tape: drawnTape(racyLimit, trace.drawn!), drawn: trace.drawn! })).toEqual(
      trace,
    );
  });

  test("an interrupted run says so", () => {
    const search = new RandomSearch(safeLimit, origin, { seed: 1, runs: 100 });
    search.advance(10);
    expect(search.record().search).toMatchObject({ runs: 10, stoppedBy: "interrupted" });
  });
});

describe("systems far beyond exhaustive search", () => {
  const wide = { pinners: 24, limit: 16, log: 16 };

  test("a race that needs 17 pinners and a full log is found and cut down to the 35 steps it takes", () => {
    const run = randomSearch(lockedLimit({ ...wide, atomic: false }), origin, { seed: 1, runs: 10, maxLength: 5000 });
    const trace = traceIn(run, "LIM-1");
    expect(trace.minimality).toBe("one-minimal");
    // 17 pinners ask and pin; the log holds 16 notes, so one must be read.
    expect(trace.steps.length).toBe(35);
  });

  test("walks of thousands of steps reach the limit and fill the log", () => {
    const run = randomSearch(lockedLimit({ ...wide, atomic: true }), origin, { seed: 1, runs: 6, maxLength: 8000 });
    expect(run.search.depth).toBeGreaterThan(2000);
    expect(verdictsOf(run)).toMatchObject({ "LIM-1": "no-violation", "LIM-2": "witnessed", "LIM-3": "witnessed" });
  });
});
