import { expect, test } from "vitest";
import { drawn, keyOf } from "./draw.ts";
import { ALL, brokenBy, mutantsOf } from "./mutants.ts";
import { OPERATORS } from "./operators/change.ts";

const TINY = `import { assign, emit, setup } from "xstate";
type Of = { readonly count: 2; readonly full: true };
const ORDER = { standard: ["unmap", "drain", "free"], none: [] } satisfies Orders;
export const tiny = setup({ guards: { hasRoom: ({ context }) => context.count < 3 } }).createMachine({
  id: "tiny",
  description: "a tiny machine",
  meta: { origin: { at: 7, sure: true } },
  states: {
    idle: { on: { begins: { target: "busy" }, ends: {} } },
    busy: { on: { ends: { target: "idle", actions: [emit(countOf), assign({ count: 1 })] } } },
  },
  on: {
    puts: [
      { guard: isOdd, actions: [emit({ type: "odd", result: EBUSY }), assign({ full: true, count: 0 })] },
      {
        actions: enqueueActions(({ context, enqueue }) => {
          if (context.full && context.locked) return;
          enqueue.assign(next(context));
          enqueue.emit({ type: "put", code: "success" });
          tells(enqueue);
        }),
      },
    ],
  },
});
`;
const mutants = mutantsOf("tiny.ts", TINY, ALL);

test.each([
  ["dropped-step", ['without emit({ type: "odd", result: EBUSY })', "without assign({ full: true, count: 0 })"]],
  ["dropped-step", ["without enqueue.assign(next(context));"]],
  ["swapped-order", ["assign({ count: 1 }) comes before emit(countOf)"]],
  ["swapped-order", ['tells(enqueue); comes before enqueue.emit({ type: "put", code: "success" });']],
  ["off-by-one", ["context.count < 3 with <=", "3 becomes 4", "3 becomes 2", "0 becomes 1"]],
  ["wrong-code", ["EBUSY becomes (-71)", '"success" becomes "invalid"']],
  ["flag-not-set", ["true becomes false", "without full: true", "without count: 0"]],
  ["guard", ["not isOdd", "without the guard isOdd", "not ({ context }) => context.count < 3"]],
  ["guard", ["not context.full && context.locked", "without context.full", "without context.locked"]],
  ["list", ['without "drain"', '"free" comes before "drain"']],
  ["target", ['target "busy" becomes "idle"', 'target "idle" becomes "busy"']],
  [
    "case",
    ['without begins: { target: "busy" }', 'without ends: { target: "idle", actions: [emit(countOf), assign({...'],
  ],
] as const)("%s: %j", (operator, expected) => {
  const words = mutants.filter((mutant) => mutant.operator === operator).map((mutant) => mutant.words);
  expect(words).toEqual(expect.arrayContaining([...expected]));
});

test("a list of which is only asked what is in it is not put into another order", () => {
  const swapsOf = (code: string) =>
    mutantsOf("one.ts", `const one = ${code};`, ALL).filter(({ words }) => words.includes("comes before"));
  expect(swapsOf('takesSteps("a", "strong", ["b", "c"])')).toEqual([]);
  expect(swapsOf('call("a", ["b", "c"], "d")')).toEqual([]);
  expect(swapsOf('new Set(["b", "c"])')).toEqual([]);
  expect(swapsOf('ordered(["b", "c"])')).toHaveLength(1);
});

test("an assignment and a message that is made before it are not swapped", () => {
  const swaps = mutants.filter(({ operator }) => operator === "swapped-order").map(({ words }) => words);
  expect(swaps).toHaveLength(2);
  const swapsOf = (message: string) =>
    mutantsOf("one.ts", `const one = { actions: [emit(${message}), assign({ count: 1 })] };`, ALL).filter(
      ({ operator }) => operator === "swapped-order",
    );
  expect(swapsOf("({ event }) => ({ type: 'put', by: event.by })")).toEqual([]);
  expect(swapsOf("({ context, event }) => ({ type: 'put', by: event.by, count: context.count })")).toHaveLength(1);
  expect(swapsOf("(it) => ({ type: 'put', count: it.context.count })")).toHaveLength(1);
  expect(swapsOf("({ context }) => ({ type: 'put', by: context.by })")).toEqual([]);
  expect(swapsOf("({ context: { by } }) => ({ type: 'put', by })")).toEqual([]);
  expect(swapsOf("({ context: { count } }) => ({ type: 'put', count })")).toHaveLength(1);
  expect(swapsOf("({ context: { by, ...others } }) => ({ type: 'put', by, ...others })")).toHaveLength(1);
  expect(swapsOf("({ context }) => ({ type: 'put', ...of(context) })")).toHaveLength(1);
});

test("an assignment of one of two records is not swapped with a message that reads other fields", () => {
  const swapsOf = (reads: string) =>
    mutantsOf(
      "one.ts",
      `const keeps = s.assign(({ event }) => (event.own ? { count: 1, by: 2 } : {}));
       const on = { actions: [keeps, emit(({ context }) => ({ type: "put", of: context.${reads} }))] };`,
      ALL,
    ).filter(({ operator }) => operator === "swapped-order");
  expect(swapsOf("name")).toEqual([]);
  expect(swapsOf("by")).toHaveLength(1);
});

test("what a knob may be set to is not changed, and other values are", () => {
  const of = (code: string) => mutantsOf("one.ts", `const one = ${code};`, ALL);
  expect(of('{ owners: { values: { kind: "integer", from: 1, to: 2 }, sentence: "Owners." } }')).toEqual([]);
  expect(of("{ values: { from: 1 } }")).toHaveLength(2);
});

test("what a name of an action stands for is not swapped either", () => {
  const swapsOf = (reads: string) =>
    mutantsOf(
      "one.ts",
      `const ends = assign({ count: 1 });
       const says = (how) => emit(({ context }) => ({ type: "put", how, of: context.${reads} }));
       const all = setup({ actions: { tells: emit(({ context }) => ({ type: "put", of: context.${reads} })) } });
       const on = [{ actions: [ends, says("now")] }, { actions: ["tells", ends] }];`,
      ALL,
    ).filter(({ operator }) => operator === "swapped-order");
  expect(swapsOf("name")).toEqual([]);
  expect(swapsOf("count")).toHaveLength(2);
});

test.each([
  ["names.push(name)", "seen.add(name)", 0],
  ["this.names.clear()", "this.seen.set(name, names)", 0],
  ["names.push(name)", "seen.add(names.length)", 1],
  ["names.push(name)", "names.push(other)", 1],
  ["names.push(next())", "seen.add(name)", 1],
  ["names.push(count++)", "seen.add(name)", 1],
  // Both may be views of one memory.
  ["names.set(name, 0)", "seen.fill(0)", 1],
])("%s and %s: so many orders differ, %i", (one, other, count) => {
  const text = `function notes() {\n  ${one};\n  ${other};\n}`;
  const swaps = mutantsOf("notes.ts", text, ALL).filter(({ operator }) => operator === "swapped-order");
  expect(swaps).toHaveLength(count);
});

test("events that may be taken in any order are dropped, and not swapped", () => {
  const events = 'export const steps = ["locks", "unlocks"].map((step) => ({\n  type: `thread.${step}`,\n}));\n';
  expect(mutantsOf("steps.ts", events, ALL).map(({ words }) => words)).toEqual([
    'without "locks"',
    'without "unlocks"',
  ]);
  const part = events.replace('"unlocks"', '...(opens ? ["opens", "closes"] : [])');
  expect(mutantsOf("steps.ts", part, ALL).map(({ words }) => words)).not.toContain('"closes" comes before "opens"');
  const names = 'export const names = ["a", "b"].map((name) => `${name}0`);\n';
  expect(mutantsOf("names.ts", names, ALL).map(({ words }) => words)).toContain('"b" comes before "a"');
});

test("a mutant is the text with one change, and says where", () => {
  const mutant = mutants.find(({ words }) => words === "context.count < 3 with <=")!;
  expect(mutant).toMatchObject({ file: "tiny.ts", line: 4 });
  expect(mutant.mutated).toBe(TINY.replace("count < 3", "count <= 3"));
});

test("an action that is dropped from a list leaves the others", () => {
  const mutant = mutants.find(({ words }) => words.startsWith("without emit"))!;
  expect(mutant.mutated).toContain("actions: [...[], assign(");
});

test("every mutant is TypeScript, and no mutant changes types or words", () => {
  expect(mutants.filter((mutant) => brokenBy(mutant) !== undefined)).toEqual([]);
  const kept = ["readonly count: 2; readonly full: true", 'description: "a tiny machine"', "{ at: 7, sure: true }"];
  for (const { mutated } of mutants) for (const part of kept) expect(mutated).toContain(part);
  // The check can fail.
  expect(brokenBy({ ...mutants[0]!, mutated: "const = ;" })).toBeDefined();
});

test("equal seeds draw equal mutants, of different operators first, in the order of the text", () => {
  const six = drawn(mutants, 1, OPERATORS.length);
  expect(drawn(mutants, 1, OPERATORS.length)).toEqual(six);
  expect(new Set(six.map(({ operator }) => operator)).size).toBe(OPERATORS.length);
  expect(six.map(({ line }) => line)).toEqual(six.map(({ line }) => line).sort((a, b) => a - b));
  expect([2, 3, 4, 5].map((seed) => drawn(mutants, seed, 3).map(keyOf))).not.toEqual(
    Array(4).fill(drawn(mutants, 1, 3).map(keyOf)),
  );
});

test("an edit elsewhere in the file changes no choice", () => {
  const edited = mutantsOf("tiny.ts", `// A comment.\n${TINY}`, ALL);
  expect(drawn(edited, 1, 4).map(keyOf)).toEqual(drawn(mutants, 1, 4).map(keyOf));
});

test("no more are drawn than there are", () => {
  expect(drawn(mutants.slice(0, 2), 1, 5)).toHaveLength(2);
});
