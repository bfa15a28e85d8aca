/** What a book says of machines whose rules are used in part. */
import { expect, test } from "vitest";
import { emit, setup } from "xstate";
import { BreadthFirst } from "./explore/search/breadth-first.ts";
import { RuleBook } from "./rule-book.ts";
import { gapsIn } from "./rule-record.ts";
import { call, defineSystem } from "./system.ts";
import { lockedLimit } from "./textbook/locked-limit.ts";
import { twoPhaseCommit } from "./textbook/two-phase-commit.ts";

type System = Parameters<typeof defineSystem>[0];

function bookOf(...systems: readonly System[]): RuleBook {
  const book = new RuleBook();
  for (const system of systems) {
    const search = new BreadthFirst(defineSystem(system));
    while (search.advance(1 << 16));
    book.see(search.core);
  }
  return book;
}

/** A lamp that goes on while it is allowed; `most` is how often. */
const lamp = (most: number): System => {
  const machine = setup({
    types: { context: {} as { left: number } },
    guards: { may: ({ context }) => context.left > 0 },
  });
  const config = machine.createMachine({
    id: "lamp",
    context: { left: most },
    initial: "off",
    states: {
      off: {
        on: { turns: [{ guard: "may", target: "on" }, { target: "off" }], breaks: {} },
      },
      on: {
        initial: "dim",
        states: { dim: { on: { turns: { guard: () => most > 1, target: "bright" } } }, bright: {} },
        on: { turns: { target: "off", actions: [] } },
      },
    },
  });
  return {
    name: `lamp ${most}`,
    parameters: {},
    components: { it: { machine: config, role: "it", events: [{ type: "turns" }] } },
    routes: [],
    properties: [],
  };
};

const gapsOf = (...systems: readonly System[]) => gapsIn(bookOf(...systems).record);

test("a system that makes use of all that it has leaves no gap", () => {
  expect(gapsOf(twoPhaseCommit(3))).toEqual([]);
  expect(gapsOf(lockedLimit({ pinners: 3, limit: 2, log: 2, atomic: false }))).toEqual([]);
});

test("a rule that is never taken, and a guard that is never false, are gaps", () => {
  const machine = "lamp";
  expect(gapsOf(lamp(0))).toEqual([
    { machine, rule: "off: turns (1 of 2)", kind: "never taken", guard: "may" },
    { machine, rule: "off: breaks", kind: "never taken" },
    { machine, rule: "on: turns", kind: "never taken" },
    { machine, rule: "on.dim: turns", kind: "never taken", guard: "guard" },
    { machine, rule: "on.bright", kind: "never entered" },
  ]);
  expect(gapsOf(lamp(2))).toEqual([
    { machine, rule: "off: turns (1 of 2)", kind: "never refused", guard: "may" },
    { machine, rule: "off: turns (2 of 2)", kind: "never taken" },
    { machine, rule: "off: breaks", kind: "never taken" },
    { machine, rule: "on.dim: turns", kind: "never refused", guard: "guard" },
  ]);
});

test("a state is asked only where no state within it has taken the event", () => {
  const [{ rules } = { rules: [] }] = bookOf(lamp(1)).record;
  expect(rules.find(({ rule }) => rule === "on: turns")).toMatchObject({ asked: true, taken: true });
  const [two] = bookOf(lamp(2)).record;
  // In dim the inner rule takes it; bright has none.
  expect(two!.rules.find(({ rule }) => rule === "on: turns")).toMatchObject({ taken: true, refused: false });
});

test("several systems fill one another's gaps, and each is named", () => {
  const book = bookOf(lamp(0), lamp(1), lamp(2));
  expect(book.record.map(({ systems }) => systems)).toEqual([["lamp 0", "lamp 1", "lamp 2"]]);
  expect(gapsIn(book.record).map(({ rule, kind }) => `${rule} ${kind}`)).toEqual(["off: breaks never taken"]);
  expect(JSON.parse(JSON.stringify(book.record))).toEqual(book.record);
});

test("machines of one id that are from different trees are kept apart", () => {
  const machineOf = (of: string) =>
    setup({ types: { emitted: {} as { type: "said" } } }).createMachine({
      id: "reporter",
      meta: { origin: { of, at: "a.c" }, lane: "it" },
      on: { speaks: { actions: emit({ type: "said" }) }, said: {} },
    });
  const system = (of: string): System => ({
    name: of,
    parameters: {},
    components: { it: { machine: machineOf(of), role: "it", events: of === "6.1" ? [{ type: "speaks" }] : [] } },
    routes: [call("it", ["said"], "it")],
    properties: [],
  });
  const { record } = bookOf(system("6.1"), system("6.12"));
  expect(record.map(({ machine }) => machine)).toEqual(["reporter (6.1, a.c)", "reporter (6.12, a.c)"]);
  expect(gapsIn(record).map(({ machine }) => machine)).toEqual(["reporter (6.12, a.c)", "reporter (6.12, a.c)"]);
});
