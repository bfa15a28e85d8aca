/** Every list of steps is asked, every reason is one of a change that exists, and a sample is asked of the project. */
import { describe, expect, test } from "vitest";
import { fnv1a } from "../mutants/hash.ts";
import { pathOf, sourcesIn } from "../mutants/sources.ts";
import { isDefect, isNoticed, isOfDesign, noticedOf } from "./noticed.ts";
import { TABLES } from "./tables.ts";
import { kindOf, line, summary } from "./told.ts";
import { reasonFor, UNNOTICED } from "./unnoticed.ts";
import { VARIANTS, variantsOf, type Variant } from "./variants.ts";

const nameOf = ({ knob, order, words }: Pick<Variant, "knob" | "order" | "words">): string =>
  `${knob}=${order}, ${words}`;

const isList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string");

/** The lists of a table of lists; undefined: it is none. */
function listsOf(value: unknown): readonly (readonly string[])[] | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const all = Object.values(value) as readonly unknown[];
  const lists = all.filter(isList);
  return lists.length > 0 && all.every((one) => one === null || Array.isArray(one)) ? lists : undefined;
}

test("every table of lists that the model exports is asked", async () => {
  const asked = new Set(TABLES.flatMap(({ lists }) => Object.values(lists)));
  const missing: string[] = [];
  for (const file of sourcesIn(["model/"])) {
    const exported = (await import(pathOf(file))) as { readonly [name: string]: unknown };
    for (const [name, value] of Object.entries(exported))
      if (listsOf(value)?.every((list) => asked.has(list)) === false) missing.push(`${file}: ${name}`);
  }
  expect(missing).toEqual([]);
  expect(listsOf({ none: null, some: ["a"] })).toEqual([["a"]]);
});

test("a design, a run of the suite or a deliberate defect has every list", () => {
  const lists = TABLES.flatMap(({ knob, system, lists: all }) =>
    Object.keys(all).flatMap((order) => (system === undefined && all[order] ? [{ knob, order }] : [])),
  );
  expect(lists.filter((list) => !isOfDesign(list) && !isDefect(list))).toEqual([]);
});

test("every reason is of a change of a list that a design or a run of the suite has, and there is one for each", () => {
  const listed = UNNOTICED.flatMap(({ knob, orders, words }) =>
    orders.flatMap((order) => words.map((change) => nameOf({ knob, order, words: change }))),
  );
  const asked = new Set(VARIANTS.filter(isOfDesign).map(nameOf));
  expect(listed.filter((name) => !asked.has(name))).toEqual([]);
  expect(listed.filter((name, at) => listed.indexOf(name) !== at)).toEqual([]);
});

describe("a sample", () => {
  const SEED = 2;
  const drawn = (variants: readonly Variant[]): readonly Variant[] =>
    variants.toSorted((a, b) => fnv1a(`${SEED} ${nameOf(a)}`) - fnv1a(`${SEED} ${nameOf(b)}`));
  const asked = drawn(VARIANTS.filter(isOfDesign));

  test.each(TABLES.map(({ knob }) => asked.find((one) => one.knob === knob && reasonFor(one) === undefined)!))(
    "$knob=$order, $words: is noticed",
    (variant) => {
      expect(isNoticed(variant)).toBe(true);
    },
  );

  test.each(asked.filter((one) => one.knob.startsWith("entry") && reasonFor(one) !== undefined).slice(0, 2))(
    "$knob=$order, $words: is not noticed, and has its reason",
    (variant) => {
      expect(isNoticed(variant)).toBe(false);
    },
  );

  test("the list as it is is not noticed, and stands in its table afterwards", () => {
    const { lists } = TABLES.find(({ knob }) => knob === "entryAttach")!;
    const own = lists["standard"]!;
    const variant = { knob: "entryAttach", order: "standard", words: "as it is" };
    expect(noticedOf({ ...variant, steps: own.toReversed() })).toMatchObject({ judge: "small", how: "claim" });
    expect(noticedOf({ ...variant, steps: [...own] })).toBeNull();
    expect(lists["standard"]).toBe(own);
  });
});

test("each step is dropped, and each two neighbours that differ are swapped", () => {
  expect(variantsOf(["a", "b", "b"])).toEqual([
    { words: 'without "a"', steps: ["b", "b"] },
    { words: 'without "b" (1)', steps: ["a", "b"] },
    { words: 'without "b" (2)', steps: ["a", "b"] },
    { words: '"b" (1) before "a"', steps: ["b", "a", "b"] },
  ]);
});

test("what is told", () => {
  const [listed, other] = [VARIANTS.find((one) => reasonFor(one))!, VARIANTS.find((one) => !reasonFor(one))!];
  const notice = { judge: "small", how: "claim", where: "nested", what: "NST-5 is violated" } as const;
  const all = [
    { variant: other, notice },
    { variant: other, notice: { ...notice, how: "count" as const } },
    { variant: listed, notice: null },
    { variant: other, notice: null },
    { variant: listed, notice },
  ];
  expect(all.map(kindOf)).toEqual(["claim", "count", "reason", "lost", "stale"]);
  expect(line(all[0]!)).toBe(`claim  ${nameOf(other)} -> nested: NST-5 is violated`);
  expect(line(all[2]!)).toBe(`reason ${nameOf(listed)} -> ${reasonFor(listed)}`);
  expect(summary(all)).toBe(
    "5 changed lists: a claim notices 1, only a count 1; 1 have their reason, 1 have none, and 1 are noticed in spite of it.",
  );
});
