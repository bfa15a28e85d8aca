/** Mutants of the checker and of the claims with known answers. */
import { expect, test } from "vitest";
import { failedTest } from "../children.ts";
import { noticedOf } from "../check/ask.ts";
import { textOf } from "../sources.ts";
import { systemsClaimedIn } from "./claims-of.ts";
import { testsNear } from "./tests-near.ts";

const NEAREST = "checker/nearest.ts";
const CLAIMS = "properties/catalogue/table-entries.ts";

test("the nearest test of a file is that which imports it", () => {
  expect(testsNear(NEAREST)[0]).toBe("checker/nearest.test.ts");
  expect(testsNear("checker/none.ts")).toEqual([]);
  // Many are as far away from these: the one that is named as they are comes first.
  expect(testsNear("properties/defects/stalls.ts").slice(0, 2)).toEqual([
    "properties/defects/defects.prop.test.ts",
    "cli/commands/defects.test.ts",
  ]);
});

test("a test notices that a distance counts wrong, and nothing where nothing is changed", async () => {
  const [nearest] = testsNear(NEAREST);
  const text = textOf(NEAREST);
  expect(await failedTest({ file: NEAREST, mutated: text }, nearest!)).toBeUndefined();
  const mutated = text.replaceAll("+ 1", "+ 2");
  expect(mutated).not.toBe(text);
  expect(await failedTest({ file: NEAREST, mutated }, nearest!)).toBeDefined();
});

test.each([
  ["does not end", "for (;;);", "does not end within 8 CPU s"],
  ["waits for what does not come", "await new Promise(() => {});", "idle for 4 s"],
])("a test that %s is ended, and counts", async (_, code, why) => {
  const changed = { file: NEAREST, mutated: `${textOf(NEAREST)}\n${code}\n` };
  expect(await failedTest(changed, "checker/nearest.test.ts", { cpu: 8, idle: 4 })).toContain(why);
});

test("a test that only takes long, as on a slow machine, is no answer", async () => {
  const mutated = `${textOf(NEAREST)}\nawait new Promise((resolve) => setTimeout(resolve, 10_000));\n`;
  expect(await failedTest({ file: NEAREST, mutated }, "checker/nearest.test.ts", { cpu: 8, idle: 60 })).toBeUndefined();
});

test("a claim that nothing can break any more is noticed by its deliberate defect", async () => {
  const asked = { systems: systemsClaimedIn(CLAIMS), judges: ["departures"] } as const;
  expect(asked.systems).toEqual(["table-entries"]);
  const text = textOf(CLAIMS);
  const mutated = text.replace("s.entry!.whole", "true");
  expect(mutated).not.toBe(text);
  expect(await noticedOf({ file: CLAIMS, mutated: text }, {}, asked)).toBeNull();
  expect(await noticedOf({ file: CLAIMS, mutated }, {}, asked)).toMatchObject({ judge: "departures", how: "claim" });
});

test("a file that writes no id is asked of in every system", () => {
  expect(systemsClaimedIn("properties/catalogue/parameters.ts").length).toBeGreaterThan(20);
});
