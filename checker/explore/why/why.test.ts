/** What is said of a violation is what brute force over all runs says, in graphs of every shape. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Action } from "../../system.ts";
import { diningPhilosophers } from "../../textbook/dining-philosophers.ts";
import { graphSystem, isBroken, type DrawnGraph } from "../../textbook/drawn-graph.ts";
import { exhaustive } from "../exhaustive.ts";
import { escapeOf, lastSafe, nearestTo } from "./why-escape.ts";
import { neededIn } from "./why-needed.ts";
import { variationsOf, type Path } from "./why-varied.ts";
import { avoiding, vertexOf, worldOf } from "./why-helpers.ts";
import type { World } from "./why-world.ts";

/** Whether a violation needs the action, whatever step it is. */
const without = (world: World, action: number) => neededIn(world, (label) => world.labels.actions[label] === action);

const vertices = fc.integer({ min: 2, max: 7 });
const drawn = fc.record({ vertices, labels: fc.integer({ min: 1, max: 4 }) }).chain(({ vertices: count, labels }) => {
  const target = fc.option(fc.nat(count - 1), { nil: undefined, freq: 4 });
  const row = fc.array(target, { minLength: labels, maxLength: labels });
  const some = fc.subarray(
    Array.from({ length: labels }, (_, k) => k),
    { minLength: 1 },
  );
  return fc.record({
    edges: fc.array(row, { minLength: count, maxLength: count }),
    classes: fc.array(fc.record({ kind: fc.constantFrom("weak" as const, "strong" as const), labels: some }), {
      minLength: 1,
      maxLength: 3,
    }),
    bad: fc.uniqueArray(fc.integer({ min: 1, max: count - 1 }), { minLength: 1, maxLength: 2 }),
  });
});

type Drawn = Pick<DrawnGraph, "edges" | "classes"> & { readonly bad: readonly number[] };
const graphOf = ({ edges, classes, bad }: Drawn): DrawnGraph => ({
  edges,
  classes,
  when: edges.map((_, vertex) => vertex),
  eventually: bad,
});

/** The labels of a shortest way from vertex 0 to a bad one without some labels. */
function naiveWay({ edges, bad }: Drawn, without: readonly number[] = []): readonly number[] | undefined {
  let ways: readonly (readonly [vertex: number, way: readonly number[]])[] = [[0, []]];
  for (let depth = 0; depth <= edges.length; depth++) {
    const found = ways.find(([vertex]) => bad.includes(vertex));
    if (found) return found[1];
    ways = ways.flatMap(([vertex, way]) =>
      edges[vertex]!.flatMap((target, label) =>
        target === undefined || without.includes(label) ? [] : [[target, [...way, label]] as const],
      ),
    );
    const last = new Map(ways.map((way) => [way[0], way]));
    ways = [...last.values()];
  }
  return undefined;
}

/** Whether some fair run from the vertex visits no bad one. */
function naiveSafe(one: Drawn, vertex: number): boolean {
  if (one.bad.includes(vertex)) return false;
  const renamed = (v: number): number => (v === 0 ? vertex : v === vertex ? 0 : v);
  const edges = one.edges.map((_, v) => one.edges[renamed(v)]!.map((t) => (t === undefined ? t : renamed(t))));
  const bad = one.bad.map(renamed);
  const provided = edges.flatMap((_, v) => (bad.includes(v) ? [] : [v]));
  return isBroken({ ...graphOf({ ...one, edges, bad: [] }), provided });
}

function naiveVariation({ edges, bad }: Drawn, labels: readonly number[], order: readonly number[]): string {
  let vertex = 0;
  for (const step of order) {
    if (bad.includes(vertex)) return "violates";
    const target = edges[vertex]![labels[step]!];
    if (target === undefined) return `impossible ${step}`;
    vertex = target;
  }
  return bad.includes(vertex) ? "violates" : "avoids";
}

const said = (of: { readonly kind: string; readonly step?: number } | undefined): string | undefined =>
  of && (of.step === undefined ? of.kind : `${of.kind} ${of.step}`);

describe("of a violation in a small graph", () => {
  test("brute force says the same of each step, of each variation and of what could be avoided", () => {
    const seen = { always: 0, longer: 0, spared: 0, order: 0, early: 0, never: 0, rest: 0, "for-ever": 0, reached: 0 };
    fc.assert(
      fc.property(drawn, (one) => {
        const labels = naiveWay(one);
        if (!labels || labels.length === 0) return;
        const world = worldOf(avoiding(graphOf(one), one.bad), "AVOID-1");
        const path: Path = { actions: labels };

        for (const label of new Set(labels)) {
          const naive = naiveWay(one, [label]);
          const { shortest } = without(world, label);
          expect(shortest).toBe(naive?.length);
          seen[shortest === undefined ? "always" : shortest > labels.length ? "longer" : "spared"]++;
        }

        const { without: left, swapped } = variationsOf(world, path);
        const all = labels.map((_, k) => k);
        for (const k of all)
          expect(said(left[k])).toBe(
            naiveVariation(
              one,
              labels,
              all.filter((step) => step !== k),
            ),
          );
        for (const k of all.slice(1)) {
          const order = all.map((step) => (step === k ? k - 1 : step === k - 1 ? k : step));
          const same = labels[k] === labels[k - 1];
          expect(said(swapped[k - 1])).toBe(same ? undefined : naiveVariation(one, labels, order));
          if (said(swapped[k - 1]) === "avoids") seen.order++;
        }

        const escape = escapeOf(world, path);
        if (typeof escape === "string") throw new Error(escape);
        const states = world.along(labels);
        const route = labels.reduce<readonly number[]>((to, label) => [...to, one.edges[to.at(-1)!]![label]!], [0]);
        const expected = route.findLastIndex((vertex) => naiveSafe(one, vertex));
        expect(lastSafe(escape, states)).toBe(expected);
        const nearest = nearestTo(world, escape, path);
        expect(nearest?.after ?? -1).toBe(expected);
        seen[expected < 0 ? "never" : "early"] += Number(expected < labels.length - 1);
        if (!nearest) return;
        seen[nearest.end]++;
        let vertex = route[nearest.after]!;
        for (const label of nearest.actions) vertex = one.edges[vertex]![label]!;
        expect(naiveSafe(one, vertex)).toBe(true);
        const others = one.edges[route[nearest.after]!]!.flatMap((target, label) =>
          target !== undefined && target !== route[nearest.after] && naiveSafe(one, target) ? [label] : [],
        );
        expect(nearest.others).toEqual(others);
      }),
      { numRuns: 300, seed: 11 },
    );
    for (const kind of ["always", "longer", "spared", "order", "early", "never", "rest", "for-ever"] as const)
      expect(seen[kind], kind).toBeGreaterThan(3);
  });

  test("and of a run without an end: which steps it needs, and until when what is owed can still come", () => {
    const seen = { needed: 0, spared: 0, lost: 0, open: 0 };
    fc.assert(
      fc.property(drawn, fc.nat(6), (one, debtor) => {
        const graph = { ...graphOf(one), when: [debtor % one.edges.length] };
        const trace = exhaustive(graphSystem(graph), origin).properties.find(({ id }) => id === "WALK-1")?.verdict;
        if (trace?.kind !== "violated") return;
        const world = worldOf(graphSystem(graph), "WALK-1");
        const { steps, loop } = trace.trace;
        const path = { actions: steps.map(({ action }) => labelOf(action)), loop: loop! };
        for (const label of new Set(path.actions)) {
          const isNeeded = without(world, label).shortest === undefined;
          expect(isNeeded).toBe(!isBroken(graph, [label]));
          seen[isNeeded ? "needed" : "spared"]++;
        }
        const escape = escapeOf(world, path);
        if (typeof escape === "string") throw new Error(escape);
        const route = path.actions.reduce<readonly number[]>((to, e) => [...to, one.edges[to.at(-1)!]![e]!], [0]);
        const expected = route.findLastIndex((vertex) => canReach(one, vertex, one.bad));
        expect(lastSafe(escape, world.along(path.actions))).toBe(expected);
        seen[expected < route.length - 1 ? "lost" : "open"]++;
        const { actions = [], after = 0 } = nearestTo(world, escape, path) ?? {};
        if (expected < 0) return;
        const end = actions.reduce((vertex, label) => one.edges[vertex]![label]!, route[after]!);
        expect(one.bad).toContain(end);
        expect(after).toBeLessThanOrEqual(expected);
      }),
      { numRuns: 300, seed: 3 },
    );
    for (const kind of ["needed", "spared", "lost", "open"] as const) expect(seen[kind], kind).toBeGreaterThan(3);
  });
});

const origin = { system: "", hardware: "", host: "", bounds: "", set: {} };
const labelOf = (action: Action): number => (action.kind === "event" ? vertexOf(action.event.type) : NaN);

function canReach({ edges }: Drawn, from: number, goals: readonly number[]): boolean {
  const seen = new Set([from]);
  for (const vertex of seen) for (const target of edges[vertex]!) if (target !== undefined) seen.add(target);
  return goals.some((goal) => seen.has(goal));
}

describe("of a deadlock of three philosophers", () => {
  const path = { actions: [0, 2, 4] };

  test("each needs to take its first fork, in any order", () => {
    const world = worldOf(diningPhilosophers(3), "DEADLOCK");
    expect(world.kind).toBe("deadlock");
    for (const action of path.actions) expect(without(world, action)).toEqual({ known: Infinity });
    const { without: left, swapped } = variationsOf(world, path);
    expect(swapped).toEqual([{ kind: "violates" }, { kind: "violates" }]);
    expect(left).toEqual([{ kind: "avoids" }, { kind: "avoids" }, { kind: "avoids" }]);
  });

  test("it could be avoided until the last step: the second of them eats in its place", () => {
    const world = worldOf(diningPhilosophers(3), "DEADLOCK");
    const escape = escapeOf(world, path);
    if (typeof escape === "string") throw new Error(escape);
    expect(lastSafe(escape, world.along(path.actions))).toBe(2);
    expect(nearestTo(world, escape, path)).toEqual({ after: 2, actions: [2], end: "for-ever", others: [2] });
  });

  test("and a search that ends early knows only of short runs", () => {
    const world = worldOf(diningPhilosophers(3), "DEADLOCK", 5);
    expect(world.known).toBe(2);
    expect(without(world, 0)).toEqual({ known: 2 });
    expect(() => variationsOf(world, path)).toThrow("Step 3 of the path is unknown in the search.");
    expect(variationsOf(world, { actions: [0, 2] }).without).toEqual([{ kind: "avoids" }, { kind: "avoids" }]);
    expect(escapeOf(world, path)).toBe("the search did not reach all states");
  });
});

test("of a philosopher who holds a fork for ever while another eats: the round is needed, and the meal can still come", () => {
  const system = diningPhilosophers(3, { oneStartsRight: true, fairness: "weak" });
  const world = worldOf(system, "FORK-3");
  const verdict = exhaustive(system, origin).properties.find(({ id }) => id === "FORK-3")!.verdict;
  if (verdict.kind !== "violated") throw new Error("it holds");
  const { steps, loop } = verdict.trace;
  expect(loop).toBe(1);
  const actions = steps.map(({ action }) => system.actions.findIndex((one) => same(one, action)));
  const path = { actions, loop: loop! };
  const { without: left, swapped } = variationsOf(world, path);
  expect(left.map(said)).toEqual(["avoids", "impossible 3", "impossible 3", "no-run"]);
  // Steps 2 and 3 are the same action, and between steps 1 and 2 the cycle begins.
  expect(swapped.map(said)).toEqual([undefined, undefined, "impossible 3"]);
  const escape = escapeOf(world, path);
  if (typeof escape === "string") throw new Error(escape);
  expect(lastSafe(escape, world.along(actions))).toBe(actions.length);
  expect(nearestTo(world, escape, path)).toEqual({
    after: 4,
    actions: [actions[0]],
    end: "reached",
    others: expect.arrayContaining([actions[0]]),
  });
});

const same = (a: Action, b: Action): boolean => JSON.stringify(a) === JSON.stringify(b);
