/** Mutants with known answers, through the processes that the tool starts. */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { failedTest, noticedBy } from "./children.ts";
import { EQUIVALENT, TESTS } from "./known.ts";
import { ALL, mutantsOf } from "./mutants.ts";
import { sequences } from "./replays.ts";
import { loopTexts, pathOf, textOf } from "./sources.ts";

const CORE = "model/machines/linux/iommu/io-pgfault/6.12/";
const GROUPS = `${CORE}fault-groups.ts`;

/** The file with one part replaced; the part must be there. */
function changed(file: string, from: string, to: string): { readonly file: string; readonly mutated: string } {
  const text = textOf(file);
  expect(text).toContain(from);
  return { file, mutated: text.replace(from, to) };
}

const texts = loopTexts();
const removals = sequences().filter((one) => one.recording === "linux-6.12-harness" && one.class === "removal");

describe("the recordings", () => {
  test("notice no change of a comment", async () => {
    expect(await noticedBy(changed(GROUPS, "/** The contents", "/** All contents"), removals, texts)).toBeNull();
  });

  test("notice a code that is wrong, and say where", async () => {
    const noticed = await noticedBy(changed(`${CORE}fault-param.ts`, '"invalid"', '"success"'), removals, texts);
    expect(noticed).toMatchObject({ how: "differs", where: { recording: "linux-6.12-harness", class: "removal" } });
    expect(noticed?.operation).toBeGreaterThan(0);
  });

  test("notice a mutant that does not end", async () => {
    const noticed = await noticedBy(changed(GROUPS, "id += 1", "id += 0"), removals, texts);
    expect(noticed).toMatchObject({ how: "does not end", operation: null });
  });

  test("notice a mutant that throws", async () => {
    const noticed = await noticedBy(changed(GROUPS, "let id = 0;", 'throw new Error("no id");'), removals, texts);
    expect(noticed).toMatchObject({ how: "throws", because: expect.stringContaining("no id") as string });
  });

  test("notice machines that cannot be made", async () => {
    const mutant = changed(
      GROUPS,
      "export function lowestUnused",
      'throw new Error("none");\nexport function lowestUnused',
    );
    expect(await noticedBy(mutant, removals, texts)).toMatchObject({ where: null, how: "throws" });
  });
});

describe("a test", () => {
  const small = `${CORE}small.test.ts`;

  test("notices a change that it holds, and is named", async () => {
    expect(await failedTest(changed(GROUPS, "let id = 0;", 'throw new Error("no id");'), small)).toBeTypeOf("string");
  });

  test("notices no change of a comment", async () => {
    expect(await failedTest(changed(GROUPS, "/** The contents", "/** All contents"), small)).toBeUndefined();
  });
});

test("tests that are to hold rules exist, and equivalent mutants are mutants", () => {
  for (const path of TESTS.flatMap(([, tests]) => tests)) expect(existsSync(pathOf(path)), path).toBe(true);
  for (const { file, operator, text, words } of EQUIVALENT)
    expect(mutantsOf(file, textOf(file), ALL)).toContainEqual(expect.objectContaining({ operator, text, words }));
});
