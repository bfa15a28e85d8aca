import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TraceRecord } from "../../run-record.ts";
import { possible } from "../../simulation.ts";
import { defineSystem } from "../../system.ts";
import { drawnSystem } from "../../textbook/drawn-system.ts";
import { graphSystem, isBroken, isVacuous, type DrawnGraph } from "../../textbook/drawn-graph.ts";
import { BreadthFirst } from "../search/breadth-first.ts";
import { exhaustive } from "../exhaustive.ts";
import { instancesOf } from "../claims/instances.ts";
import { STILL } from "../states/graph.ts";
import { LabelledGraph } from "./live-graph.ts";
import { objectionTo } from "../paths/live-verify.ts";
import { replay } from "../paths/trace.ts";
import { verifyPath } from "../paths/verify.ts";

test("the actions of a graph are those that XState can take in each state", () => {
  let transitions = 0;
  fc.assert(
    fc.property(fc.array(fc.nat(59), { minLength: 30, maxLength: 160, size: "max" }), (drawn) => {
      const system = drawnSystem(drawn);
      const search = new BreadthFirst(system, { keepGraph: true, maxStates: 60 });
      while (search.advance(1_000));
      if (!search.complete) return;
      const { offsets, targets, actions } = new LabelledGraph(search);
      for (let state = 0; state < search.store.count; state++) {
        const told = [...actions.subarray(offsets[state], offsets[state + 1])];
        const can = possible(system, replay(system, search.pathTo(state)).final);
        expect(told).toHaveLength(can.length);
        for (const [k, action] of told.entries())
          expect(action === STILL ? "still" : system.actions[action]).toEqual(
            targets[offsets[state]! + k] === state ? "still" : can[k],
          );
        transitions += told.length;
      }
    }),
    { numRuns: 60, seed: 7 },
  );
  expect(transitions).toBeGreaterThan(500);
});

const origin = { system: "", hardware: "", host: "", bounds: "", set: {} };
const verdictOf = (graph: DrawnGraph, limits = {}) => {
  const { properties, leftOut = [] } = exhaustive(graphSystem(graph), origin, limits);
  const left = leftOut.find(({ ids }) => ids.includes("WALK-1"));
  return properties.find(({ id }) => id === "WALK-1")?.verdict ?? { kind: "left out" as const, because: left!.because };
};

const anyGraph: fc.Arbitrary<DrawnGraph> = fc
  .record({ vertices: fc.integer({ min: 1, max: 7 }), labels: fc.integer({ min: 1, max: 4 }) })
  .chain(({ vertices, labels }) => {
    const vertex = fc.nat(vertices - 1);
    const target = fc.option(vertex, { nil: undefined, freq: 5 });
    return fc.record({
      edges: fc.array(fc.array(target, { minLength: labels, maxLength: labels }), {
        minLength: vertices,
        maxLength: vertices,
      }),
      classes: fc.array(
        fc.record({
          kind: fc.constantFrom("weak" as const, "strong" as const),
          labels: fc.subarray(
            Array.from({ length: labels }, (_, k) => k),
            { minLength: 1 },
          ),
        }),
        { minLength: 1, maxLength: 3 },
      ),
      when: fc.uniqueArray(vertex, { minLength: 1 }),
      eventually: fc.uniqueArray(vertex, { maxLength: 2 }),
      provided: fc.option(fc.uniqueArray(vertex, { minLength: Math.ceil(vertices / 2) }), { nil: undefined, freq: 2 }),
    });
  });

describe("what leads to what in small graphs", () => {
  test("is what asking all sets of vertices says, and what breaks it is a run through XState", () => {
    const seen = { holds: 0, vacuous: 0, stops: 0, turns: 0 };
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const verdict = verdictOf(graph);
        expect(verdict.kind).toBe(isBroken(graph) ? "violated" : isVacuous(graph) ? "left out" : "holds");
        if (verdict.kind === "left out") seen.vacuous++;
        else if (verdict.kind !== "violated") seen.holds++;
        else if (verdict.trace.loop === verdict.trace.steps.length) seen.stops++;
        else seen.turns++;
      }),
      { numRuns: 600, seed: 7 },
    );
    expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(60);
  });

  /** From 0 round 0 1 2, with a way out to 3 at 1. */
  const ring = (kind: "weak" | "strong"): DrawnGraph => ({
    edges: [
      [1, undefined],
      [2, 3],
      [0, undefined],
      [undefined, undefined],
    ],
    classes: [
      { kind: "weak", labels: [0] },
      { kind, labels: [1] },
    ],
    when: [0],
    eventually: [3],
  });

  test("a step that is possible again and again may be missed for ever under weak fairness only", () => {
    expect(verdictOf(ring("strong"))).toEqual({ kind: "holds" });
    expect(verdictOf(ring("weak"))).toMatchObject({ kind: "violated", trace: { loop: 0, steps: { length: 3 } } });
  });

  test("a cycle may keep away from where a strong class could step", () => {
    const graph: DrawnGraph = {
      edges: [
        [1, undefined],
        [0, 2],
        [0, 3],
        [undefined, undefined],
      ],
      classes: [
        { kind: "weak", labels: [0] },
        { kind: "strong", labels: [1] },
      ],
      when: [0],
      eventually: [3],
    };
    // Each round through 1 can step to 2: the class takes this step inside of the component, and is fair there.
    expect(verdictOf(graph)).toMatchObject({ kind: "violated", trace: { loop: 0, steps: { length: 3 } } });
    const late: DrawnGraph = {
      ...graph,
      edges: [
        [1, undefined],
        [0, undefined, 2],
        [0, 3],
        [undefined, undefined],
      ],
    };
    const padded = { ...late, edges: late.edges.map((row) => [0, 1, 2].map((label) => row[label])) };
    expect(verdictOf(padded)).toMatchObject({ kind: "violated", trace: { loop: 0, steps: { length: 2 } } });
  });

  test("an incomplete graph gives no answer", () => {
    expect(verdictOf(ring("weak"), { maxStates: 2 }).kind).toBe("unknown");
  });

  test("a group that the system does not have is a mistake, and so is a class without an action", () => {
    const system = graphSystem(ring("weak"));
    const { fairness: _, ...unfair } = system;
    expect(() => exhaustive(defineSystem(unfair), origin)).toThrow('assumes that "all" is fair');
    const nobody = { name: "nobody", kind: "weak", actions: () => false } as const;
    expect(() => defineSystem({ ...unfair, fairness: { all: [nobody] } })).toThrow('fairness class "nobody"');
  });

  describe("a stored run is judged again", () => {
    const system = graphSystem(ring("weak"));
    const [instance] = instancesOf(system);
    const step = (label: number) => ({ kind: "event", component: "graph", event: { type: `e${label}` } }) as const;
    const round = [step(0), step(0), step(0)];

    test.each([
      ["breaks the promise", round, 0, undefined],
      ["breaks it in the second round too", [...round, ...round], 3, undefined],
      ["does not come back", round.slice(0, 2), 0, "the cycle does not come back to where it began"],
      ["pays", [step(0), step(1)], 2, "what is owed comes in the cycle"],
      ["stops where something has to happen", round, 3, 'the cycle is not fair to "class 0"'],
      ["has no such step", round, 4, "there is no step 4 to begin a cycle"],
    ])("one that %s", (_, actions, loop, objection) => {
      expect(objectionTo(system, { actions, loop }, instance!)).toBe(objection);
    });

    test("unfair to a strong class", () => {
      const strong = graphSystem(ring("strong"));
      const run = { actions: round, loop: 0 };
      expect(objectionTo(strong, run, instancesOf(strong)[0]!)).toBe('the cycle is not fair to "class 1"');
    });

    test("that owes nothing", () => {
      const free = graphSystem({ ...ring("weak"), when: [3] });
      const run = { actions: round, loop: 0 };
      expect(objectionTo(free, run, instancesOf(free)[0]!)).toBe("nothing is owed");
    });

    test("and gives its trace again, with its cycle", () => {
      const verdict = verdictOf(ring("weak"));
      const { trace } = verdict as { trace: TraceRecord };
      const { model, steps, property, minimality } = trace;
      const actions = steps.map(({ action }) => action);
      expect(verifyPath(system, model, actions, property, minimality, trace.loop)).toEqual({
        trace,
        verdict: "violated",
        spare: 0,
      });
      // Without its cycle it is a run that stops, which fairness rules out: neither a violation nor none.
      expect(verifyPath(system, model, actions, property, minimality)).toMatchObject({
        verdict: "unknown",
        because: expect.stringMatching(/^the cycle is not fair/),
      });
      expect(steps.map(({ holds }) => holds)).toEqual([false, false, false]);
    });
  });
});
