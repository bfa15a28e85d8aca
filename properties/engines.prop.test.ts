/** Step trees find in each system of the suite what a search finds that takes every step on the core. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { enginesCompared } from "../checker/textbook/engines-compared.ts";
import { withOneMemory } from "../checker/textbook/one-memory.ts";
import { build } from "./build.ts";
import { suite } from "./suite.ts";

/** States of each that are compared: enough for every kind of step. */
const MOST = 3_000;

const small = suite("small");
const ofEachSystem = [...new Set(small.map(({ system }) => system))].map((name) =>
  small.find(({ system }) => system === name)!,
);

const shared = withOneMemory();

beforeEach(() => {
  vi.stubGlobal("WebAssembly", shared);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

test.each(ofEachSystem)("$system", (run) => {
  const { differences, states } = enginesCompared(build(run), { maxStates: MOST });
  expect(differences).toEqual([]);
  expect(states).toBeGreaterThan(5);
});
