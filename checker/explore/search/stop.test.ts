import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMachine, type AnyStateMachine } from "xstate";
import { all, always, sometimes, type Property } from "../../property.ts";
import { defineSystem } from "../../system.ts";
import { drawnSystem } from "../../textbook/drawn-system.ts";
import { firstDepth, naiveSearch } from "../../textbook/naive-search.ts";
import { pageFaultProtocol, PROTOCOL_SIZES } from "../../textbook/page-fault-protocol.ts";
import { BreadthFirst } from "./breadth-first.ts";
import { exhaustive } from "../exhaustive.ts";
import type { Limits } from "./limits.ts";
import { searched } from "../../textbook/searched.ts";
import { counters } from "../../textbook/counters.ts";

const numbers = fc.array(fc.nat(59), { minLength: 30, maxLength: 160, size: "max" });
const LIMIT = 800;

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
