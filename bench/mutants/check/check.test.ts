/** Mutants with known answers, through the process that the tool starts; and what is told of them. */
import { describe, expect, test } from "vitest";
import { ALL, mutantsOf, type Mutant } from "../mutants.ts";
import { loopTexts, textOf } from "../sources.ts";
import { noticedOf } from "./ask.ts";
import { listedReason } from "./listed.ts";
import { neverTaken } from "./never-taken.ts";
import { systemsOf } from "./systems-of.ts";
import { line, sharesOf, summary } from "./told-check.ts";
import { Compiler } from "./typed.ts";
import type { Outcome, Weighed } from "./verdict.ts";

const ORDERS = "model/machines/linux/iommu/intel/entry-orders.ts";
const texts = loopTexts();

/** The file with one part replaced; the part must be there. */
function changed(file: string, from: string, to: string): { readonly file: string; readonly mutated: string } {
  const text = textOf(file);
  expect(text).toContain(from);
  return { file, mutated: text.replace(from, to) };
}

describe("check", () => {
  const asked = { systems: systemsOf(ORDERS), judges: ["small"] } as const;

  test("notices a step of an order that is left out", async () => {
    expect(await noticedOf(changed(ORDERS, '"ats-on", ', ""), texts, asked)).toMatchObject({ judge: "small" });
  });

  test("notices nothing of the machines as they are, nor of a comment", async () => {
    expect(await noticedOf({ file: ORDERS, mutated: textOf(ORDERS) }, texts, asked)).toBeNull();
    expect(await noticedOf(changed(ORDERS, "/**", "/** So:"), texts, asked)).toBeNull();
  });

  test("notices a size of deep bounds, and settings that are no longer refused", async () => {
    const file = "model/systems/studies/accounting.ts";
    const of = { systems: systemsOf(file) };
    const larger = changed(file, "deep: { ...SIZES, pages: 3,", "deep: { ...SIZES, pages: 4,");
    expect(await noticedOf(larger, texts, { ...of, judges: ["beginnings"] })).toMatchObject({ judge: "beginnings" });
    const taken = changed(file, "if (none && repins)", "if (none && !repins)");
    expect(await noticedOf(taken, texts, { ...of, judges: ["refused"] })).toMatchObject({ judge: "refused" });
    const same = { file, mutated: textOf(file) };
    expect(await noticedOf(same, texts, { ...of, judges: ["beginnings", "refused"] })).toBeNull();
  });

  test("notices a rule that only a run takes which the suite leaves out", async () => {
    const file = "model/machines/linux/vfio/iopf/nested/stage-router.ts";
    const skips = changed(
      file,
      '{ target: "unlocking", actions: emit(({ context: { addresses } })',
      '{ target: "idle", actions: emit(({ context: { addresses } })',
    );
    expect(await noticedOf(skips, texts, { systems: systemsOf(file), judges: ["shown"] })).toMatchObject({
      judge: "shown",
    });
  });

  test("notices a file that cannot be loaded, and a loop that does not end", async () => {
    const unmade = { file: ORDERS, mutated: `${textOf(ORDERS)}\nthrow new Error("none");\n` };
    expect(await noticedOf(unmade, texts, asked)).toMatchObject({ how: "throws", what: "Error: none" });
    const endless = { file: ORDERS, mutated: `${textOf(ORDERS)}\nfor (;;) globalThis.faultlineTick();\n` };
    expect(await noticedOf(endless, texts, asked)).toMatchObject({ how: "throws" });
  });
});

test("a changed list of steps has the reason that is listed for it, and no other has", async () => {
  const file = "model/machines/linux/iommu/drivers/page-requests/page-request-orders.ts";
  const reasons = await Promise.all(
    mutantsOf(file, textOf(file), ALL).map(async (mutant) => ({ mutant, why: await listedReason(mutant) })),
  );
  const listed = reasons.filter(({ why }) => why !== undefined);
  expect(listed.map(({ mutant: { words } }) => words)).toContain('"allocate" comes before "reset"');
  expect(reasons.length).toBeGreaterThan(listed.length);
});

test("the systems of a file are those that it is wired into", () => {
  expect(systemsOf(ORDERS)).toEqual(["table-entries"]);
  expect(systemsOf("model/machines/iommu/page-request-queue.ts")).toEqual(expect.arrayContaining(["pri-flat"]));
  expect(systemsOf("model/systems/systems.ts")).toEqual(expect.arrayContaining(["pri-flat", "pin-limit"]));
  expect(systemsOf("model/machines/none.ts")).toEqual([]);
});

test("the compiler refuses what is no number, and takes the file again afterwards", () => {
  const compiler = new Compiler();
  expect(compiler.refuses({ file: ORDERS, mutated: `${textOf(ORDERS)}\nexport const n: number = "n";\n` })).toContain(
    "not assignable",
  );
  expect(compiler.refuses({ file: ORDERS, mutated: textOf(ORDERS) })).toBeUndefined();
});

describe("what is told", () => {
  const mutant: Mutant = {
    file: "a.ts",
    operator: "list",
    start: 0,
    line: 7,
    text: "",
    words: 'without "b"',
    within: "",
    mutated: "",
  };
  const weighed = (outcome: Outcome): Weighed => ({ mutant, outcome });
  const noticed = (how: "claim" | "count"): Weighed =>
    weighed({
      by: "check",
      notice: { judge: "small", how, where: "nested --design intended", what: "NST-5 is violated" },
    });
  const all = [
    noticed("claim"),
    noticed("count"),
    weighed({ by: "test", path: "a.test.ts", test: "a is b" }),
    weighed({ by: "compiler", what: "no number" }),
    weighed({ by: "equivalent", why: "nobody asks" }),
    weighed({ by: "nothing" }),
  ];

  test("those that the compiler refuses, and equivalent ones, are in no share", () => {
    expect(sharesOf(all)).toEqual({ drawn: 6, equivalent: 1, harmful: 4, byClaims: 1, byCheck: 2, noticed: 3 });
    expect(summary(sharesOf(all))).toBe(
      "6 mutants, 1 refused by the compiler, 1 judged equivalent. Of the other 4, check notices 50.0 % " +
        "(25.0 % by a claim, the others by what it counts); check, recordings and tests together 75.0 %.",
    );
  });

  test("a line for each", () => {
    expect(line(all[0]!)).toBe('a.ts:7, list: without "b" -> small, nested --design intended: NST-5 is violated');
    expect(line(all[1]!)).toContain("count: NST-5 is violated");
    expect(line(all[5]!)).toContain("NOT NOTICED");
  });
});

describe("a change within a rule that no run takes", () => {
  const file = "model/machines/linux/mm/page-view.ts";
  const reasonOf = (words: string) =>
    neverTaken(mutantsOf(file, textOf(file), ALL).find((one) => one.words.includes(words))!);

  test("has the reason that is listed for the rule, and another one has none", () => {
    expect(reasonOf('without "translation.unmaps": {}')).toContain("an entry is set once, over a pinned page");
    expect(reasonOf('without "host.pins": "pinned"')).toBeUndefined();
  });

  test("of a list of alternatives only the one that is listed", () => {
    const pinning = "model/machines/linux/vfio/type1/accounting/page-pinning.ts";
    const found = mutantsOf(pinning, textOf(pinning), ALL).filter(({ within }) =>
      /states.getting.on.dma.found.(?:target|guard)$/.test(within),
    );
    const listed = found.find(({ text }) => text.includes('"isMapped"'))!.line;
    const reasons = (line: number, operator: string) =>
      found.filter((one) => one.line === line && one.operator === operator).map(neverTaken);
    expect(reasons(listed, "target")).toEqual([expect.stringContaining("no run takes it")]);
    // Without its guard it would be taken.
    expect(reasons(listed, "guard")).toEqual([undefined]);
    const others = found.filter(({ line, operator }) => line !== listed && operator === "target").map(neverTaken);
    expect(others.length).toBeGreaterThan(0);
    expect(others).not.toContainEqual(expect.any(String));
  });
});
