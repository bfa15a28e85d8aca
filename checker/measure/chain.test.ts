import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { graphSystem, type DrawnGraph } from "../textbook/drawn-graph.ts";
import { exponential } from "../textbook/stochastic/rate.ts";
import { expectedFrom, expectedIn, storedSteps } from "../textbook/stochastic/measured.ts";
import type { System } from "../system.ts";
import type { Asked } from "./expected-record.ts";
import type { Rates, RateRule } from "./rates.ts";
import { startMeasured, StoredSteps } from "./stored-steps.ts";

/** An edge of each label: where it leads, and its rate or, where it takes no time, its weight. */
interface Edge {
  readonly to: number;
  readonly rate?: number;
  readonly weight?: number;
}

type Drawn = readonly (readonly (Edge | undefined)[])[];

const graphOf = (drawn: Drawn): DrawnGraph => ({
  edges: drawn.map((row) => row.map((edge) => edge?.to)),
  classes: [],
  when: [0],
  eventually: [],
});
const systemOf = (drawn: Drawn): System => graphSystem(graphOf(drawn));
const ratesOf = (drawn: Drawn): Rates => ({
  name: "drawn",
  rules: [
    ...drawn.flatMap((row, vertex) =>
      row.flatMap((edge, label): readonly RateRule[] => {
        if (!edge) return [];
        const about = { step: `graph: e${label}`, in: `v${vertex}` };
        if (edge.rate !== undefined) return [exponential(about.step, edge.rate, about)];
        return [{ ...about, timing: { kind: "immediate", weight: edge.weight! } }];
      }),
    ),
    ...drawn[0]!.map((_, label) => exponential(`graph: e${label}`, 1)),
  ],
});
const label = (number: number) => ({ label: `e${number}`, of: [{ step: `graph: e${number}` }] });
const inVertex = (vertex: number) => ({ label: `v${vertex}`, role: "graph", in: `v${vertex}` });
const near = (value: number) => expect.closeTo(value, 7);
const found = (drawn: Drawn, asked: Asked) => expectedIn(systemOf(drawn), ratesOf(drawn), asked);

describe("what can only be said of one set of states in the end", () => {
  /** From 0 to 1 three times as often as to the ring of 2 and 3. */
  const drawn: Drawn = [
    [
      { to: 1, rate: 3 },
      { to: 2, rate: 1 },
    ],
    [undefined, undefined],
    [{ to: 3, rate: 2 }, undefined],
    [{ to: 2, rate: 6 }, undefined],
  ];

  test("is weighed by how probably it comes there", () => {
    const record = found(drawn, { counts: [label(0)], levels: [0, 1, 2, 3].map(inVertex) });
    expect(record.ends).toHaveLength(2);
    expect(record.ends).toContainEqual({ probability: near(0.75), states: 1, stops: true });
    expect(record.ends).toContainEqual({ probability: near(0.25), states: 2, stops: false });
    expect(record.assumptions).toContain("With probability 0.75 it comes to a stop, after which no step follows.");
    expect(record.levels.map(({ mean }) => mean)).toEqual([0, near(0.75), near(0.25 * 0.75), near(0.25 * 0.25)]);
    // 2 to 3 and back takes 1/2 + 1/6, and is two steps.
    expect(record.counts[0]!.perNs).toEqual(near((0.25 * 2) / (1 / 2 + 1 / 6)));
    expect(record.assumptions.join(" ")).toContain("one of 2 sets of states");
  });

  test("says how probably work goes on in the end, where only a part of the sets has some", () => {
    const words = (number: number) =>
      found(drawn, { work: label(number), counts: [label(0)] }).assumptions.filter((one) => one.includes("no more"));
    expect(words(0)).toEqual([
      "With probability 0.75 there are no more e0 in the long run; a number per piece of work has on top what goes on without them.",
    ]);
    // Nothing of e1 comes in any set: that there are no numbers per e1 is said elsewhere.
    expect(words(1)).toEqual([]);
  });

  test("what may never happen has no mean, and a time only below its probability", () => {
    const { passages } = found(drawn, {
      passages: [{ label: "turns", ends: label(1), percentiles: [0.1, 0.25, 0.5], by: [0.3] }],
    });
    expect(passages[0]).toMatchObject({
      mean: "infinite",
      reached: near(0.25),
      percentiles: [{ ns: near(-Math.log(1 - 0.4) / 4) }, { ns: "infinite" }, { ns: "infinite" }],
      by: [{ probability: near(0.25 * (1 - Math.exp(-4 * 0.3))) }],
    });
  });
});

describe("steps that take no time", () => {
  test("are taken in proportion to their weights, before any other", () => {
    const record = found(
      [
        [
          { to: 1, weight: 1 },
          { to: 2, weight: 3 },
          { to: 0, rate: 1000 },
        ],
        [{ to: 0, rate: 2 }, undefined, undefined],
        [{ to: 0, rate: 2 }, undefined, undefined],
      ],
      { levels: [0, 1, 2].map(inVertex), counts: [label(2)] },
    );
    expect(record.levels.map(({ mean }) => mean)).toEqual([0, near(0.25), near(0.75)]);
    expect(record.counts[0]!.perNs).toBe(0);
    expect(record.chain).toMatchObject({ states: 3, lasting: 2, transitions: 4, searched: 3 });
  });

  test("must end", () => {
    const ring: Drawn = [
      [{ to: 1, weight: 1 }, undefined],
      [
        { to: 0, weight: 1 },
        { to: 1, weight: 2 },
      ],
    ];
    expect(() => found(ring, {})).toThrow('Steps that take no time can go on for ever: "graph: e');
  });
});

test("a choice of the workload shares one time", () => {
  const drawn: Drawn = [
    [
      { to: 1, rate: 1 },
      { to: 2, rate: 1 },
    ],
    [{ to: 0, rate: 1 }, undefined],
    [{ to: 0, rate: 1 }, undefined],
  ];
  const rates: Rates = {
    name: "choice",
    rules: [exponential("graph: *", 1)],
    choices: [{ step: "graph: e1", in: "v0", weight: 4 }],
  };
  const record = expectedIn(systemOf(drawn), rates, { levels: [0, 1, 2].map(inVertex) });
  expect(record.levels.map(({ mean }) => mean)).toEqual([near(0.5), near(0.1), near(0.4)]);
});

describe("what cannot be told is refused", () => {
  const drawn: Drawn = [[{ to: 1, rate: 1 }], [{ to: 0, rate: 1 }]];
  const timed = (cost: object): Rates => ({
    name: "other",
    rules: [
      { step: "graph: *", timing: { kind: "timed", cost: { unit: "ns", basis: { assumed: "" }, ...cost } as never } },
    ],
  });
  test("a time that is not exponential", () => {
    expect(() => expectedIn(systemOf(drawn), timed({ distribution: "fixed", mean: 3 }), {})).toThrow(
      'The time of "graph: e0" is fixed; a Markov chain has exponential times only.',
    );
  });
  test("a search that ended early", () => {
    const search = startMeasured(systemOf(drawn), 1);
    while (search.advance(10));
    expect(() => new StoredSteps(search)).toThrow("Numbers need all states");
  });
  test.each([
    ["no whole number of times", { passages: [{ label: "x", ends: label(0), times: 0.5 }] }, "ends after 0.5 times"],
    ["no probability", { passages: [{ label: "x", ends: label(0), percentiles: [99] }] }, "the probability 99"],
    ["no time", { at: [-1] }, "asked for at -1 ns"],
    ["no step", { counts: [label(7)] }, '"graph: e7" is no step of the system'],
    ["no role", { levels: [{ label: "x", role: "grph" }] }, '"grph" is no role of the system. Nearest: graph'],
  ])("%s", (_, asked, message) => {
    expect(() => found(drawn, asked as Asked)).toThrow(message);
  });
  test("what begins with something that does not come in the long run", () => {
    const leaves: Drawn = [
      [{ to: 1, rate: 1 }, undefined],
      [undefined, { to: 1, rate: 1 }],
    ];
    expect(() => found(leaves, { passages: [{ label: "x", begins: label(0), ends: label(1) }] })).toThrow(
      'What begins the passage "x" does not come in the long run.',
    );
  });
  test("equations that take too long", () => {
    const steps = storedSteps(systemOf(line(200, 1)));
    expect(() => expectedFrom(steps, ratesOf(line(200, 1)), {}, { sweeps: 3, small: 100 })).toThrow(
      "The equations of 200 states are not solved after 3 sweeps (residual ",
    );
  });
});

/** Vertices in a line, up by label 0 and down by label 1; in its middle both are `slow`. */
function line(count: number, slow: number): Drawn {
  const middle = Math.floor(count / 2);
  return Array.from({ length: count }, (_, at) => [
    at + 1 < count ? { to: at + 1, rate: at === middle ? slow : 1 + (at % 3) } : undefined,
    at > 0 ? { to: at - 1, rate: at === middle + 1 ? 3 * slow : 1.5 + (at % 2) } : undefined,
  ]);
}

test.each([1, 1e-4, 1e-9])("a line with a link of %d in its middle has the parts of a birth-death process", (slow) => {
  const drawn = line(240, slow);
  const weights = [1];
  for (let at = 0; at + 1 < drawn.length; at++)
    weights.push((weights[at]! * drawn[at]![0]!.rate!) / drawn[at + 1]![1]!.rate!);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const asked = [0, 60, 119, 121, 150, 239];
  const over = {
    levels: asked.map(inVertex),
    passages: [{ label: "over", ends: { label: "over", of: [{ step: "graph: e0", in: "v120" }] } }],
  };
  // By coarser chains, and not by elimination as a whole.
  const record = expectedFrom(storedSteps(systemOf(drawn)), ratesOf(drawn), over, { small: 100 });
  for (const [k, at] of asked.entries())
    expect(record.levels[k]!.mean / (weights[at]! / sum), `${at}`).toEqual(expect.closeTo(1, 6));
  // From each vertex to the next: what is below it, once for each time that it goes up.
  let mean = 0;
  let below = 0;
  for (let at = 0; at <= 120; at++) {
    below += weights[at]!;
    mean += below / (weights[at]! * drawn[at]![0]!.rate!);
  }
  expect((record.passages[0]!.mean as number) / mean).toEqual(expect.closeTo(1, 6));
});

/** The same by dense equations: long-run part of the time in each vertex, and probability to be in each at a time. */
function dense(drawn: Drawn): { readonly parts: readonly number[]; readonly at: (time: number) => readonly number[] } {
  const count = drawn.length;
  const leaving = drawn.map((row) => row.reduce((sum, edge) => sum + (edge?.rate ?? 0), 0));
  // Doubling the time of a short step: an explicit matrix power, without uniformization.
  const power = (time: number): readonly (readonly number[])[] => {
    const halvings = 40;
    const short = time / 2 ** halvings;
    let matrix = drawn.map((row, from) =>
      drawn.map((_, to) => {
        const rate = row.reduce((sum, edge) => sum + (edge?.to === to ? edge.rate! : 0), 0);
        return (from === to ? -leaving[from]! : 0) * short + rate * short;
      }),
    );
    // What differs from the unit matrix is doubled: (1 + D)^2 = 1 + 2 D + D^2.
    for (let k = 0; k < halvings; k++)
      matrix = matrix.map((row) =>
        row.map((value, to) => 2 * value + row.reduce((sum, one, middle) => sum + one * matrix[middle]![to]!, 0)),
      );
    return matrix;
  };
  const at = (time: number): readonly number[] => {
    const matrix = power(time);
    return Array.from({ length: count }, (_, to) => (to === 0 ? 1 : 0) + matrix[0]![to]!);
  };
  return { at, parts: at(1e7) };
}

test("random chains: parts of the time and what is at a time, as dense matrices say", () => {
  const rate = fc.double({ min: 0.05, max: 5, noNaN: true });
  const anyRows: fc.Arbitrary<Drawn> = fc.integer({ min: 2, max: 7 }).chain((count) => {
    const edge = fc.option(fc.record({ to: fc.nat(count - 1), rate }), { nil: undefined, freq: 4 });
    return fc.array(fc.array(edge, { minLength: 2, maxLength: 2 }), { minLength: count, maxLength: count });
  });
  // Behind some vertex no way leads back: more often it ends in one of several places.
  const anyDrawn = fc
    .tuple(anyRows, fc.nat(6))
    .map(([rows, from]) =>
      rows.map((row, vertex) =>
        row.map((edge) => edge && { ...edge, to: vertex < from ? edge.to : Math.max(vertex, edge.to) }),
      ),
    );
  const seen = { several: 0, one: 0, passing: 0 };
  fc.assert(
    fc.property(anyDrawn, (drawn) => {
      const levels = drawn.map((_, vertex) => inVertex(vertex));
      const times = [0.3, 2, 20];
      const record = found(drawn, { levels, at: times });
      const { parts, at } = dense(drawn);
      expect(record.levels.map(({ mean }) => mean)).toEqual(parts.map((part) => expect.closeTo(part, 4)));
      for (const [k, time] of times.entries())
        expect(record.levels.map(({ curve }) => curve![k]!.mean)).toEqual(
          at(time).map((part) => expect.closeTo(part, 6)),
        );
      if (record.ends.length > 1) seen.several++;
      else seen.one++;
      if (record.ends.reduce((sum, { states }) => sum + states, 0) < record.chain.states) seen.passing++;
    }),
    { numRuns: 120, seed: 11 },
  );
  expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(5);
});
