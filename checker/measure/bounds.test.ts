import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { statesAlong } from "../explore/paths/trace.ts";
import { graphSystem, type DrawnGraph } from "../textbook/drawn-graph.ts";
import { modelOf, storedSteps } from "../textbook/stochastic/measured.ts";
import { stationsSystem } from "../textbook/stations.ts";
import type { System } from "../system.ts";
import { boundsOf, type BoundRecord } from "./bounds.ts";
import type { Counted } from "./counted.ts";
import type { Work } from "./pieces.ts";

const bounds = (system: System, counts: readonly Counted[], work: Work) =>
  boundsOf(storedSteps(system), modelOf(system), { counts, ...work });
const message = (type: string): Counted => ({ label: type, of: [{ message: { type } }] });

describe("a queue with room for 2", () => {
  const system = stationsSystem([{ room: 2 }]);

  test("loses none or ever so many jobs for each that is served", () => {
    const { counts, states, work, assumptions } = bounds(system, [message("job.lost"), message("job.comes")], {
      finished: message("job.done"),
    });
    expect({ states, work }).toEqual({ states: 3, work: "job.done" });
    expect(assumptions).toHaveLength(2);
    const [lost, comes] = counts;
    expect(lost!.least.count).toBe(0);
    expect(lost!.most.count).toBe("infinite");
    // It comes to be full, and then loses a job for ever.
    expect(lost!.most).toMatchObject({ from: 0, trace: { loop: 2, steps: { length: 3 } } });
    // A job that waits may be served without another one to come.
    expect(comes!.least.count).toBe(0);
  });

  test("without arrivals at a full queue, at most 2 come", () => {
    const { counts } = bounds(system, [message("job.comes")], {
      finished: message("job.done"),
      never: [{ message: { type: "job.lost" } }],
    });
    expect(counts[0]!.most).toMatchObject({ count: 2, from: 0, trace: { steps: { length: 3 } } });
  });

  test("from the job that comes, to the next one that is done", () => {
    const work: Work = {
      finished: message("job.done"),
      begins: message("job.comes"),
      never: [{ message: { type: "job.lost" } }],
    };
    const { counts, assumptions } = bounds(system, [message("job.comes"), message("job.done")], work);
    expect(counts.map(({ least, most }) => [least.count, most.count])).toEqual([
      [1, 2],
      [1, 1],
    ]);
    expect(assumptions.join(" ")).toContain('"job.comes" to the next that is "job.done"');
    expect(assumptions.join(" ")).toContain("No run takes");
    expect(assumptions.join(" ")).toContain("while another is under way");
  });

  test("with room for one, no job comes while another is under way", () => {
    const { assumptions } = bounds(stationsSystem([{ room: 1 }]), [], {
      finished: message("job.done"),
      begins: message("job.comes"),
      never: [{ message: { type: "job.lost" } }],
    });
    expect(assumptions.join(" ")).not.toContain("while another is under way");
  });

  test("that nobody serves finishes no work", () => {
    expect(() => bounds(system, [], { finished: message("job.done"), never: [{ step: "station0: *" }] })).toThrow(
      "No piece of work is ever finished",
    );
  });
});

test("a step that begins and finishes is a piece by itself", () => {
  const graph: DrawnGraph = {
    edges: [
      [1, 1, undefined],
      [0, undefined, undefined],
    ],
    classes: [],
    when: [0],
    eventually: [],
  };
  const both = { step: "graph: e1" };
  const { counts } = bounds(graphSystem(graph), [{ label: "both", of: [both, both] }], {
    begins: { label: "begins", of: [both] },
    finished: { label: "ends", of: [both] },
  });
  expect(counts[0]).toMatchObject({ least: { count: 2, from: 0 }, most: { count: 2, from: 0 } });
  expect(counts[0]!.most.trace.steps).toHaveLength(1);
});

/** By walks of any length: labels 0 are counted, labels 1 finish, and with `begins` labels 2 begin a piece. */
function walked({ edges }: DrawnGraph, begins: boolean): readonly [number, number] | undefined {
  const vertices = edges.map((_, vertex) => vertex);
  const reached = new Set([0]);
  for (const vertex of reached) for (const to of edges[vertex]!) if (to !== undefined) reached.add(to);
  const after = (vertex: number, label: number): number | undefined => edges[vertex]![label];
  const starts = new Set(begins ? [] : [0]);
  for (const vertex of reached) {
    const to = after(vertex, begins ? 2 : 1);
    if (to !== undefined) starts.add(to);
  }
  /** Best walks of at most so many steps to the end of a piece. */
  const best = (length: number, better: (a: number, b: number) => number, none: number): readonly number[] => {
    let now = vertices.map(() => none);
    for (let k = 0; k < length; k++) {
      const before = now;
      now = vertices.map((vertex) =>
        [0, 1, 2].reduce((found, label) => {
          const to = after(vertex, label);
          if (to === undefined) return found;
          const rest = label === 1 ? 0 : before[to]!;
          return rest === none ? found : better(found, rest + (label === 0 ? 1 : 0));
        }, before[vertex]!),
      );
    }
    return now;
  };
  const of = (length: number, better: (a: number, b: number) => number, none: number): number =>
    [...starts].map((start) => best(length, better, none)[start]!).reduce((one, other) => better(one, other), none);
  const least = of(20, Math.min, Infinity);
  if (least === Infinity) return undefined;
  const most = of(20, Math.max, -Infinity);
  return [least, of(200, Math.max, -Infinity) > most ? Infinity : most];
}

test("in small graphs they are what walks of any length say, and each is shown by a run through XState", () => {
  const anyGraph = fc.integer({ min: 2, max: 6 }).chain((vertices) => {
    const target = fc.option(fc.nat(vertices - 1), { nil: undefined, freq: 2 });
    return fc.array(fc.array(target, { minLength: 3, maxLength: 3 }), { minLength: vertices, maxLength: vertices });
  });
  const seen = { infinite: 0, finite: 0, above: 0, begun: 0, nothing: 0 };
  const label = (number: number): Counted => ({ label: `e${number}`, of: [{ step: `graph: e${number}` }] });

  /** How many the piece of the trace counts, once the run was taken again. */
  const told = (system: System, { trace, from }: BoundRecord): { count: number; returns: boolean } => {
    const types = trace.steps.map(({ action }) => (action.kind === "event" ? action.event.type : ""));
    const states = statesAlong(
      system,
      trace.steps.map(({ action }) => action),
    ).map((state) => state.snapshots.get("graph")!.value);
    expect(types.slice(from, -1)).not.toContain("e1");
    if (trace.loop === undefined) expect(types.at(-1)).toBe("e1");
    const returns =
      trace.loop !== undefined && states[trace.loop] === states.at(-1) && types.slice(trace.loop).includes("e0");
    return { count: types.slice(from).filter((type) => type === "e0").length, returns };
  };

  fc.assert(
    fc.property(anyGraph, fc.boolean(), (edges, begins) => {
      const graph: DrawnGraph = { edges, classes: [], when: [0], eventually: [] };
      const system = graphSystem(graph);
      const expected = walked(graph, begins);
      const ask = () => bounds(system, [label(0)], { finished: label(1), ...(begins && { begins: label(2) }) });
      if (!expected) {
        seen.nothing++;
        expect(ask).toThrow("No piece of work is ever finished");
        return;
      }
      const { least, most } = ask().counts[0]!;
      expect([least.count, most.count]).toEqual([expected[0], expected[1] === Infinity ? "infinite" : expected[1]]);
      expect(told(system, least).count).toBe(least.count);
      if (most.count === "infinite") expect(told(system, most).returns).toBe(true);
      else expect(told(system, most).count).toBe(most.count);
      seen[most.count === "infinite" ? "infinite" : "finite"]++;
      if (most.count !== "infinite" && expected[1] > expected[0]) seen.above++;
      if (begins) seen.begun++;
    }),
    { numRuns: 250, seed: 5 },
  );
  expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(10);
});
