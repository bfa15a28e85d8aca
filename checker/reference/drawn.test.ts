/** The search and the reference say the same of systems of every shape, and a search that says anything else is noticed. */
import { describe, expect, test } from "vitest";
import { createMachine, emit } from "xstate";
import type { PropertyRecord, RunRecord } from "../run-record.ts";
import { call, defineSystem, ModelError } from "../system.ts";
import { drawnWiring } from "../textbook/drawn-wiring.ts";
import { heldAgainstReference, type Comparison } from "../textbook/held-against-reference.ts";
import { TooLarge } from "./explore.ts";

const LIMIT = 800;
/** Systems with fewer states are compared too, but do not count. */
const SMALLEST = 5;
const BATCHES = [0, 1, 2, 3, 4, 5];
const WANTED = 300;

function compared(seed: number): Comparison | undefined {
  try {
    return heldAgainstReference(drawnWiring(seed), { limit: LIMIT });
  } catch (error) {
    // A prologue that cannot be taken may be refused when the system is defined.
    if (error instanceof TooLarge || (error instanceof ModelError && /prologue/.test(error.message))) return undefined;
    throw error;
  }
}

describe(`${WANTED} drawn systems`, () => {
  const tally = new Map<string, number>();
  const count = (what: string): void => void tally.set(what, (tally.get(what) ?? 0) + 1);
  const counted = (what: string): number => tally.get(what) ?? 0;

  test.each(BATCHES)(
    "states, transitions, depth, verdicts and shortest lengths, up to symmetry and without: batch %i",
    (batch) => {
      const until = counted("counted") + WANTED / BATCHES.length;
      for (let seed = batch; counted("counted") < until; seed += BATCHES.length) {
        const comparison = compared(seed);
        if (!comparison) continue;
        const { reference, kept, differences } = comparison;
        expect(differences, `drawnWiring(${seed})`).toEqual([]);
        count(reference.kind);
        if (reference.kind === "mistake") continue;
        const { states, verdicts } = reference.said;
        if (states >= SMALLEST) count("counted");
        if (states >= 50) count("large");
        if (kept < states) count("reduced");
        for (const [id, verdict] of Object.entries(verdicts)) count(`${id} ${verdict.split(" ")[0]}`);
      }
    },
  );

  test("there are large ones, alike ones, mistakes, and every verdict", () => {
    expect(counted("counted")).toBe(WANTED);
    expect(counted("mistake")).toBeGreaterThan(15);
    expect(counted("large")).toBeGreaterThan(50);
    expect(counted("reduced")).toBeGreaterThan(50);
    const both = (numbers: readonly number[], ...words: readonly string[]): void => {
      for (const number of numbers)
        for (const word of words) expect(counted(`DRAWN-${number} ${word}`), `${number} ${word}`).toBeGreaterThan(5);
    };
    both([2, 3, 4, 6, 7, 8, 14, 15], "holds", "violated");
    // A promise is left out where nothing is owed; it is seldom kept in a system that is drawn.
    both([9, 10, 11, 12, 15], "violated", "left");
    both([1, 5], "witnessed", "never-witnessed");
    expect(counted("DRAWN-13 never-witnessed")).toBe(counted("said"));
  });
});

test("systems that are drawn have what they are drawn for", () => {
  const texts = Array.from({ length: 200 }, (_, seed) => {
    const { components, routes, prologue = [], symmetry = {}, channels = {} } = drawnWiring(seed);
    const machines = Object.values(components).map(({ machine }) =>
      JSON.stringify(machine.config, (_key, value: unknown) =>
        typeof value === "function" ? `${value.name}()` : value,
      ),
    );
    return [
      ...machines,
      ...Object.keys(symmetry).map((sort) => `sort ${sort}`),
      ...Object.values(channels).map(({ whenFull, unhandled }) => `full ${whenFull} unhandled ${unhandled}`),
      ...routes.map((route) => (route.kind === "call" ? `call ${route.unhandled}` : "send")),
      `prologue ${prologue.length}`,
    ].join("\n");
  });
  for (const what of [
    '"type":"parallel"',
    '"onDone"',
    '"type":"final"',
    '"*"',
    '"always"',
    "raise()",
    "emit()",
    "sort part",
    "sort item",
    "full drop",
    "full block",
    "unhandled error",
    "call block",
    "call drop",
    "call error",
    "send",
    "prologue 1",
    "prologue 2",
  ])
    expect(texts.filter((text) => text.includes(what)).length, what).toBeGreaterThan(3);
});

describe("a search that is wrong is noticed", () => {
  /** A system of which the altered record says something else. */
  function firstNoticed(alter: (record: RunRecord) => RunRecord): readonly string[] {
    for (let seed = 0; seed < 200; seed++) {
      try {
        const { differences } = heldAgainstReference(drawnWiring(seed), { limit: LIMIT, alter });
        if (differences.length > 0) return differences;
      } catch (error) {
        if (!(error instanceof TooLarge)) throw error;
      }
    }
    return [];
  }
  const counting =
    (count: "states" | "transitions" | "depth") =>
    (record: RunRecord): RunRecord => ({
      ...record,
      search: { ...record.search, [count]: record.search[count] + 1 },
    });
  const judging =
    (change: (property: PropertyRecord) => PropertyRecord) =>
    (record: RunRecord): RunRecord => ({
      ...record,
      properties: record.properties.map(change),
    });
  const holds = { kind: "holds" } as const;

  test.each([
    ["that counts a state too many", counting("states"), /states, and not/],
    ["that counts a transition too many", counting("transitions"), /transitions, and not/],
    [
      "that counts an orbit too few",
      (record: RunRecord) => ({
        ...record,
        search: { ...record.search, ...(record.search.orbits && { orbits: record.search.orbits - 1 }) },
      }),
      /search up to symmetry: \d+ states, and not/,
    ],
    ["that counts a level too many", counting("depth"), /depth, and not/],
    [
      "that misses a violation of an `always`",
      judging((one) => (one.kind === "always" ? { ...one, verdict: holds } : one)),
      /holds, and not violated after/,
    ],
    [
      "that misses a state that is stuck",
      judging((one) => (one.kind === "canAlways" ? { ...one, verdict: holds } : one)),
      /holds, and not violated after/,
    ],
    [
      "that misses an unfair wait",
      judging((one) => (one.kind === "leadsTo" ? { ...one, verdict: holds } : one)),
      /holds, and not violated$/,
    ],
    [
      "that never saw what there is",
      judging((one) => (one.kind === "sometimes" ? { ...one, verdict: { kind: "never-witnessed" } } : one)),
      /never-witnessed, and not witnessed after/,
    ],
    [
      "that saw it a step too late",
      judging((one) =>
        one.verdict.kind === "witnessed" ? { ...one, verdict: { ...one.verdict, depth: one.verdict.depth + 1 } } : one,
      ),
      /witnessed after \d+, and not witnessed after/,
    ],
    [
      "that leaves a claim out",
      (record: RunRecord) => ({ ...record, properties: record.properties.slice(1) }),
      /not claimed, and not/,
    ],
    [
      "that shows a way that breaks nothing",
      judging(({ verdict, ...one }) =>
        verdict.kind === "violated" && one.kind === "leadsTo"
          ? { ...one, verdict: { kind: "violated", trace: { ...verdict.trace, steps: [], loop: 0 } } }
          : { ...one, verdict },
      ),
      /the counterexample of \S+ is none/,
    ],
  ])("one %s", (_, alter, difference) => {
    expect(firstNoticed(alter).join("\n")).toMatch(difference);
  });

  test("and one up to a symmetry that is none is not relied on", () => {
    const states = { a: { on: { go: { target: "b", actions: emit({ type: "tell" }) } } }, b: {} };
    const part = { machine: createMachine({ initial: "a", states }), role: "part", events: [{ type: "go" }] };
    const hub = createMachine({ initial: "a", states: { a: { on: { tell: "b" } }, b: { on: { tell: {} } } } });
    const system = defineSystem({
      name: "lopsided",
      parameters: {},
      components: { part0: part, part1: part, hub: { machine: hub, role: "hub" } },
      // Only the first part is heard.
      routes: [call("part", ["tell"], (_, sender) => (sender === "part0" ? "hub" : []))],
      properties: [],
      symmetry: {
        part: { fields: ["who"], size: 2, component: (name, to) => name.replace(/\d/, (k) => `${to[Number(k)]}`) },
      },
    });
    // Up to this symmetry there would be 6.
    const { reference, differences } = heldAgainstReference(system);
    expect(reference).toMatchObject({ said: { states: 4 } });
    expect(differences).toEqual([]);
  });
});
