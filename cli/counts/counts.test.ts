/** What the suite counts, and what is told when it counts otherwise. */
import { describe, expect, test } from "vitest";
import type { RunRecord } from "../../checker/run-record.ts";
import { changed, changes, countsOf, nameOfRun, pinnedStates } from "../../properties/counts.ts";
import { BEGINNINGS, countsOtherwise, DEFECTS, SHOWN } from "../../properties/other-counts.ts";
import { departures } from "../../properties/departures/index.ts";
import { suite } from "../../properties/suite.ts";
import { shownCounts } from "../../properties/gaps/counted.ts";
import { beginningsOf } from "../../properties/beginnings.ts";
import { systemNames } from "../../properties/build.ts";
import { refusedOf } from "../../properties/refused.ts";
import { COUNTS } from "../../properties/suite/counts.ts";
import { OTHER_COUNTS, REFUSED } from "../../properties/suite/other-counts.ts";
import { unmapAgainstFault } from "../../reports/example.ts";
import { brokenRun, engineThatFinds, fakeEngine, goodRun } from "../fake-engine.ts";
import { faultline, fresh } from "../fake-run.ts";
import { countsText, differences, otherText, refusals } from "./counts-text.ts";

const few = { states: 258, transitions: 518, depth: 60, known: { "PIN-1": { steps: 12 } } };
const pinnedAs = (run: RunRecord, counts: typeof few) => ({
  [run.model.bounds]: { [nameOfRun(run.model)]: counts },
});

test.each(["small", "default"])("every run of the suite is counted at %s bounds, and no other", (bounds) => {
  expect(Object.keys(COUNTS[bounds]!).sort()).toEqual(suite(bounds).map(nameOfRun).sort());
});

test("every deliberate defect is counted, and no other", () => {
  expect(Object.keys(OTHER_COUNTS[DEFECTS]!).sort()).toEqual(departures.map(({ shown }) => nameOfRun(shown)).sort());
  for (const { shown, breaks } of departures)
    expect(Object.keys(OTHER_COUNTS[DEFECTS]![nameOfRun(shown)]!.known).sort()).toEqual([...breaks].sort());
});

test("the search of each preset begins at deep bounds as it was counted, and no other is counted", () => {
  expect(Object.assign({}, ...systemNames.map(beginningsOf))).toEqual(OTHER_COUNTS[BEGINNINGS]);
});

test("each run that only shows what the suite leaves out is as it was counted, and no other is counted", () => {
  expect(shownCounts(() => true)).toEqual(OTHER_COUNTS[SHOWN]);
});

test("each system refuses and replaces as many settings as were counted", () => {
  expect(Object.fromEntries(systemNames.map((system) => [system, refusedOf(system)]))).toEqual(REFUSED);
});

test("violations that are counted are those that the suite knows", () => {
  for (const bounds of ["small", "default"])
    for (const run of suite(bounds))
      expect(Object.keys(COUNTS[bounds]![nameOfRun(run)]!.known).sort()).toEqual(Object.keys(run.known).sort());
});

describe("what has changed", () => {
  test.each([
    [few, []],
    [{ ...few, states: 262, depth: 61 }, ["states 258 -> 262", "depth 60 -> 61"]],
    [{ ...few, known: {} }, ["PIN-1: 12 steps -> none"]],
    [{ ...few, known: { "PIN-1": { steps: 12, cycle: 0 } } }, ["PIN-1: 12 steps -> 12 steps and then nothing more"]],
    [
      { ...few, known: { ...few.known, "A-1": { steps: 9, cycle: 3 } } },
      ["A-1: none -> 9 steps with the last 3 for ever"],
    ],
  ])("%j", (after, expected) => {
    expect(changes(few, after)).toEqual(expected);
  });

  test("a run is compared with its own counts; without symmetry it counts as much", () => {
    const counts = countsOf(brokenRun);
    expect(Object.keys(counts.known)).not.toEqual([]);
    expect(changed(brokenRun, pinnedAs(brokenRun, counts as typeof few))).toBeUndefined();
    const orbits = { ...brokenRun.search, states: 1, orbits: counts.states, orbitTransitions: counts.transitions };
    expect(changed({ ...brokenRun, search: orbits }, pinnedAs(brokenRun, counts as typeof few))).toBeUndefined();
    expect(changed(brokenRun, pinnedAs(brokenRun, { ...counts, states: 7 } as typeof few))).toContain(": states 7 -> ");
  });

  test.each([DEFECTS, BEGINNINGS, SHOWN] as const)("one of the %s is compared with its own counts", (group) => {
    const counts = countsOf(brokenRun);
    const pinned = (of: typeof counts) => ({ [group]: { one: of } });
    expect(countsOtherwise(group, "one", counts, pinned(counts))).toBeUndefined();
    expect(countsOtherwise(group, "one", counts, pinned({ ...counts, states: 7 }))).toContain("one: states 7 -> ");
    expect(countsOtherwise(group, "one", counts, {})).toBe("one: not counted before");
  });

  test("without its symmetry a run may have another run without an end, and no other counts", () => {
    const chosen = { system: "mmu-notifier", hardware: "smmu-stall", host: "rfc-v2", bounds: "small", set: {} };
    const model = { ...goodRun.model, ...chosen };
    const pinned = pinnedAs({ ...goodRun, model }, { ...few, known: { "LIV-3": { steps: 4, cycle: 2 } } } as never);
    const changeOf = (states: number, loop: number | undefined, symmetry: object = {}) => {
      const steps = Array.from({ length: 5 }, () => unmapAgainstFault.steps[0]!);
      const trace = { ...unmapAgainstFault, steps, ...(loop !== undefined && { loop }) };
      const [property] = goodRun.properties;
      const properties = [{ ...property!, id: "LIV-3", verdict: { kind: "violated", trace } as const }];
      const search = { ...goodRun.search, states, transitions: few.transitions, depth: few.depth, ...symmetry };
      return changed({ ...goodRun, model, properties, search }, pinned);
    };
    const other = "LIV-3: 4 steps with the last 2 for ever -> 5 steps";
    expect(changeOf(few.states, 1)).toBeUndefined();
    expect(changeOf(7, 1)).toMatch(/: states 258 -> 7$/);
    expect(changeOf(few.states, undefined)).toContain(other);
    expect(changeOf(7, 1, { orbits: few.states, orbitTransitions: few.transitions })).toContain(other);
  });

  test("a run that is cut short, or that nothing is pinned for, is not compared", () => {
    const pinned = pinnedAs(goodRun, few);
    expect(changed(goodRun, pinned)).toBeDefined();
    expect(changed({ ...goodRun, search: { ...goodRun.search, complete: false } }, pinned)).toBeUndefined();
    expect(changed(goodRun, {})).toBeUndefined();
    expect(changed(goodRun, { [goodRun.model.bounds]: {} })).toContain("not counted before");
  });
});

test("how many states are pinned is told of runs of the suite, and 0 of others", () => {
  const pinnedOf = (bounds: string): readonly number[] => suite(bounds).map((run) => pinnedStates({ ...run, bounds }));
  expect(Math.min(...pinnedOf("small"))).toBeGreaterThan(0);
  expect(Math.max(...pinnedOf("default"))).toBeGreaterThan(1_000_000);
  expect(pinnedStates({ ...goodRun.model, bounds: "deep" })).toBe(0);
  expect(pinnedStates({ ...suite("small")[0]!, bounds: "small", set: { pages: 7 } })).toBe(0);
});

describe("npm run counts", () => {
  test("writes runs by name, and what it wrote can be read again", () => {
    const text = countsText({ small: { b: few, a: few } });
    expect(text.indexOf('"a"')).toBeLessThan(text.indexOf('"b"'));
    expect(JSON.parse(text.slice(text.indexOf("= {") + 2).replace(/;\n$/, ""))).toEqual({ small: { a: few, b: few } });
    const other = otherText({ defects: { a: few } }, { a: { refused: 3, replaced: 1 } });
    expect(JSON.parse(other.slice(other.indexOf("= {") + 2, other.indexOf(";\n\n/**")))).toEqual({
      defects: { a: few },
    });
    expect(other).toContain('REFUSED: { readonly [system: string]: Refused } = {"a":{"refused":3,"replaced":1}};');
  });

  test("tells what is new, gone, and other", () => {
    const other = { ...few, depth: 7 };
    expect(differences({ small: { a: few, b: few, c: few } }, { small: { b: few, c: other, d: few } })).toEqual([
      "small: a: gone",
      "small: c: depth 60 -> 7",
      "small: d: new",
    ]);
    const [was, is] = [
      { refused: 3, replaced: 1 },
      { refused: 4, replaced: 1 },
    ];
    expect(refusals({ a: was, b: was, c: was }, { a: was, b: is, d: was })).toEqual([
      "b: 3 refused, 1 replaced -> 4 refused, 1 replaced",
      "c: 3 refused, 1 replaced -> gone",
      "d: new -> 3 refused, 1 replaced",
    ]);
  });
});

describe("faultline check", () => {
  const changing = { ...engineThatFinds(goodRun), changed: () => "pri-flat: states 258 -> 262" };

  test("1: the whole suite counts otherwise", async () => {
    const { code, out } = await faultline(["check", "--out", fresh()], changing);
    expect(code).toBe(1);
    expect(out).toContain("2 of 2 runs count otherwise");
    expect(out).toContain("  pri-flat: states 258 -> 262\n");
    expect(out).toContain("npm run counts writes");
  });

  test("0: a system that was named, and a suite that counts the same, are not told of it", async () => {
    const named = await faultline(["check", "unmap", "--out", fresh()], changing);
    expect([named.code, named.out.includes("otherwise")]).toEqual([0, false]);
    const same = await faultline(["check", "--out", fresh()], { ...fakeEngine, ...engineThatFinds(goodRun) });
    expect([same.code, same.out.includes("otherwise")]).toEqual([0, false]);
  });
});
