import { describe, expect, test } from "vitest";
import { assign, setup } from "xstate";
import { all, always, canAlways, each, leadsTo, sometimes, type Property } from "../../property.ts";
import type { RunRecord } from "../../run-record.ts";
import { defineSystem, takesSteps, type Action, type System } from "../../system.ts";
import { exhaustive, modelRecord } from "../exhaustive.ts";
import { randomSearch } from "../random/random.ts";
import { verifyPath } from "../paths/verify.ts";

const origin = { system: "", hardware: "", host: "", bounds: "", set: {} };

/** Counts to three, and begins again. */
const counter = setup({ types: { context: {} as { n: number } } }).createMachine({
  context: { n: 0 },
  on: { counts: { actions: assign({ n: ({ context }) => (context.n + 1) % 4 }) } },
});
const unwitnessed = { statement: "none", source: { document: "none", clause: "none" } };
type Counter = { readonly n: number };
const about = {
  ...unwitnessed,
  witness: "CNT-9",
  reads: { it: each<Counter>("counter") },
};
const seen = sometimes({ ...about, id: "CNT-9", holds: ({ it }) => it.context.n === 3 });
const small = always({ ...about, id: "CNT-8", holds: ({ it }) => it.context.n < 3 });

const counting = (...properties: readonly Property[]): System =>
  defineSystem({
    name: "counter",
    parameters: {},
    components: {
      first: { machine: counter, role: "counter", events: [{ type: "counts" }] },
      second: { machine: counter, role: "counter", events: [{ type: "counts" }] },
    },
    routes: [],
    fairness: { all: [takesSteps("first"), takesSteps("second")] },
    properties: [...properties, seen, small],
  });

const verdictOf = ({ properties }: RunRecord, id: string) => properties.find((one) => one.id === id)!.verdict;

/** Fails where the counter stands at `at`, by throwing or by an answer that is none. */
const failing =
  (at: number, answer?: unknown, otherwise = true) =>
  ({ it }: { it: { context: Counter } }): boolean => {
    if (it.context.n !== at) return otherwise;
    if (answer === undefined) throw new TypeError("no such page");
    return answer as boolean;
  };

const kinds = (predicate: ReturnType<typeof failing>): readonly Property[] => [
  always({ ...about, id: "CNT-1", holds: predicate }),
  canAlways({ ...about, id: "CNT-1", holds: predicate }),
  leadsTo({ ...about, id: "CNT-1", when: predicate, eventually: ({ it }) => it.context.n === 3, assumes: ["all"] }),
  leadsTo({ ...about, id: "CNT-1", when: () => true, eventually: predicate, assumes: ["all"] }),
  sometimes({ ...about, id: "CNT-1", holds: (view) => !predicate(view) }),
];

describe("a predicate that fails ends its own property as unknown", () => {
  const cases = (["always", "canAlways", "leadsTo, when", "leadsTo, eventually", "sometimes"] as const).flatMap(
    (name, k) => [
      {
        name,
        property: kinds(failing(2))[k]!,
        because: /^(holds|when|eventually)\(\) throws TypeError: no such page/,
      },
    ],
  );
  test.each(cases)("in an exhaustive search: $name", ({ property, because }) => {
    const run = exhaustive(counting(property), origin);
    expect(verdictOf(run, "CNT-1")).toEqual({ kind: "unknown", because: expect.stringMatching(because) });
    expect(verdictOf(run, "CNT-1")).toMatchObject({ because: expect.stringContaining('"n":2') });
    expect(verdictOf(run, "CNT-8")).toMatchObject({ kind: "violated", trace: { steps: { length: 3 } } });
    expect(verdictOf(run, "CNT-9")).toMatchObject({ kind: "witnessed", depth: 3 });
    expect(verdictOf(run, "DEADLOCK").kind).toBe("holds");
  });

  test("also in the first state, where the system is still built", () => {
    for (const property of kinds(failing(0)))
      expect(verdictOf(exhaustive(counting(property), origin), "CNT-1").kind).toBe("unknown");
  });

  test.each([0, "", null, {}])("an answer like %j, later than the first state, is a failure too", (answer) => {
    const property = always({ ...about, id: "CNT-1", holds: failing(2, answer) });
    expect(verdictOf(exhaustive(counting(property), origin), "CNT-1")).toEqual({
      kind: "unknown",
      because: expect.stringMatching(/holds\(\) returns .*, which is neither true nor false, where it reads/),
    });
  });

  test("what was found before it stands", () => {
    const early = always({
      ...about,
      id: "CNT-1",
      holds: (view) => failing(2)(view) && view.it.context.n !== 1,
    });
    expect(verdictOf(exhaustive(counting(early), origin), "CNT-1")).toMatchObject({
      kind: "violated",
      trace: { steps: { length: 1 } },
    });
  });

  test("in a random search", () => {
    for (const property of [kinds(failing(2))[0]!, kinds(failing(2))[4]!]) {
      const run = randomSearch(counting(property), origin, { seed: 1, runs: 20 });
      expect(verdictOf(run, "CNT-1")).toMatchObject({
        kind: "unknown",
        because: expect.stringContaining("no such page"),
      });
      expect(verdictOf(run, "CNT-8").kind).toBe("violated");
      expect(verdictOf(run, "CNT-9").kind).toBe("witnessed");
    }
  });

  test("where a stored path is judged again", () => {
    const counts: Action = { kind: "event", component: "first", event: { type: "counts" } };
    // What a promise is asked on a path that breaks it in another way does not matter.
    for (const property of kinds(failing(2)).filter((_, k) => k !== 2)) {
      const system = counting(property);
      const judged = verifyPath(system, modelRecord(system, origin), [counts, counts], property, "shortest");
      expect(judged).toMatchObject({ verdict: "unknown", because: expect.stringContaining("no such page") });
      expect(judged.trace.steps).toHaveLength(2);
    }
  });
});

describe("values that fail", () => {
  const wrong = (values: () => never) => always({ ...about, id: "CNT-1", values, holds: ({ it }) => it.context.n < 2 });
  test.each([
    [
      wrong(() => {
        throw new TypeError("no such value");
      }),
      "throws TypeError: no such value",
    ],
    [wrong(() => undefined as never), "returns undefined, which is no record"],
    [wrong(() => [1] as never), "which is no record"],
  ])("are told beside what the predicate reads, and the verdict stands", (property, message) => {
    const verdict = verdictOf(exhaustive(counting(property), origin), "CNT-1");
    expect(verdict).toMatchObject({ kind: "violated", trace: { steps: { length: 2 } } });
    const { trace } = verdict as Extract<typeof verdict, { kind: "violated" }>;
    expect(trace.steps[1]!.values).toMatchObject({
      first: { state: expect.anything(), n: 2 },
      "values()": expect.stringContaining(message),
    });
  });
});

test("of several instances, that which is stuck soonest is told, and no path is shorter", () => {
  const machine = (after: number) =>
    setup({ types: { context: {} as { n: number } } }).createMachine({
      context: { n: 0 },
      initial: "free",
      states: {
        free: {
          on: {
            counts: [
              { guard: ({ context }) => context.n === after, target: "stuck" },
              { actions: assign({ n: ({ context }) => context.n + 1 }) },
            ],
          },
        },
        stuck: {},
      },
    });
  const part = (after: number) => ({ machine: machine(after), role: "part", events: [{ type: "counts" }] });
  const reads = { it: each("part") };
  const system = defineSystem({
    name: "traps",
    parameters: {},
    components: { late: part(4), soon: part(1), later: part(3) },
    routes: [],
    deadlock: "allowed",
    properties: [
      canAlways({ ...about, id: "TRAP-1", witness: "TRAP-2", reads, holds: ({ it }) => it.state === "free" }),
      sometimes({
        ...unwitnessed,
        id: "TRAP-2",
        reads: { them: all("part") },
        holds: ({ them }) => them.some(({ state }) => state === "stuck"),
      }),
    ],
  });
  const verdict = verdictOf(exhaustive(system, origin), "TRAP-1");
  expect(verdict).toMatchObject({
    kind: "violated",
    trace: { minimality: "shortest", reads: ["soon"], steps: { length: 2 } },
  });
});

describe("a predicate by its parts", () => {
  const parts = always({
    ...about,
    id: "CNT-1",
    parts: { "below three": ({ it }) => it.context.n < 3, "not one": ({ it }) => it.context.n !== 1 },
  });
  const whole = always({ ...about, id: "CNT-1", holds: ({ it }) => it.context.n < 3 && it.context.n !== 1 });
  const traceIn = (property: Property) => {
    const verdict = verdictOf(exhaustive(counting(property), origin), "CNT-1");
    if (verdict.kind !== "violated") throw new Error(`${verdict.kind}, and not violated`);
    return verdict.trace;
  };

  test("is violated where one of them is false, and says of every step which are true", () => {
    const { steps } = traceIn(parts);
    expect(steps.map((step) => step.parts)).toEqual([{ "below three": true, "not one": false }]);
    const without = traceIn(whole).steps;
    expect(without).toEqual(steps.map(({ parts: _, ...step }) => step));
  });

  test("speaks only of states in which all that it is given is true, and tells which is", () => {
    const given = { "not zero": ({ it }: { it: { context: { n: number } } }) => it.context.n !== 0 };
    const { steps } = traceIn(always({ ...about, id: "CNT-1", given, holds: ({ it }) => it.context.n < 1 }));
    expect(steps.map((step) => step.given)).toEqual([{ "not zero": true }]);
    expect(steps.map(({ holds }) => holds)).toEqual([false]);
    const silent = always({ ...about, id: "CNT-1", given: { never: () => false }, holds: () => false });
    expect(verdictOf(exhaustive(counting(silent), origin), "CNT-1").kind).toBe("holds");
  });

  test.each([
    { name: "a part", claim: { parts: { sound: () => true, odd: (() => 1) as never } } },
    { name: "what it is given", claim: { given: { odd: (() => 1) as never }, holds: () => true } },
  ])("of which $name is neither true nor false is refused as any other one", ({ claim }) => {
    expect(() => counting(always({ ...about, id: "CNT-1", ...claim }))).toThrow(
      "CNT-1: holds() returns number 1, which is neither true nor false",
    );
  });
});
