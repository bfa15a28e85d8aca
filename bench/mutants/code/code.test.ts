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
});

test("a test notices that a distance counts wrong, and nothing where nothing is changed", async () => {
  const [nearest] = testsNear(NEAREST);
  const text = textOf(NEAREST);
  expect(await failedTest({ file: NEAREST, mutated: text }, nearest!)).toBeUndefined();
  const mutated = text.replaceAll("+ 1", "+ 2");
  expect(mutated).not.toBe(text);
  expect(await failedTest({ file: NEAREST, mutated }, nearest!)).toBeDefined();
});

test("a test that does not end is ended, and counts", async () => {
  const mutated = `${textOf(NEAREST)}\nfor (;;);\n`;
  expect(await failedTest({ file: NEAREST, mutated }, "checker/nearest.test.ts", 5_000)).toContain("does not end");
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
