/** `automaton`: a list of components, one of them in DOT, and one clear error for what cannot be drawn. */
import { expect, test } from "vitest";
import { engine } from "../engine.ts";
import { faultline } from "../fake-run.ts";

const asked = (...args: readonly string[]) => faultline(["automaton", ...args], engine);

test("without a component: which there are, and what stands against one", async () => {
  const { code, out } = await asked("type1-unmap");
  expect(code).toBe(0);
  expect(out).toMatch(/^iommu-lock +2 +2 +yes \(machine mutex\)$/m);
  expect(out).toMatch(/^a-unmap0 +- +- +no: in calling 2, mapping\.found leads to notifying or/m);
});

test("with a component: DOT on stdout and nothing else", async () => {
  const { code, out } = await asked("type1-unmap", "iommu-lock");
  expect(code).toBe(0);
  expect(out.split("\n")[0]).toBe("digraph state_automaton {");
  expect(out).toContain('"free" -> "held" [ label = "lock_acquires" ];');
});

test("what cannot be drawn, names that are none, and sizes that are too large end with 2", async () => {
  const errors = await Promise.all([
    asked("type1-unmap", "a-unmap0"),
    asked("type1-unmap", "iommu-lok"),
    asked("type1-unmp"),
    asked("type1-unmap", "--max-states", "10"),
    asked("type1-unmap", "--design", "rfc-v1"),
  ]);
  expect(errors.map(({ code, out }) => [code, out])).toEqual(errors.map(() => [2, ""]));
  expect(errors.map(({ err }) => err.split("\n")[0])).toEqual([
    expect.stringContaining("a-unmap0 is no deterministic automaton over the types of its events: in calling 2"),
    expect.stringContaining('there is no component "iommu-lok" in type1-unmap'),
    expect.stringContaining('there is no system "type1-unmp"'),
    expect.stringContaining("type1-unmap has more than 10 states"),
    expect.stringMatching(/design|type1-unmap/),
  ]);
  expect(errors[0]?.err).toContain('Expected a component with "yes" in the list of faultline automaton type1-unmap.');
  expect(errors[1]?.err).toContain("iommu-lock");
});
