/** Each reason speaks of one mutant: one that speaks of none is stale, and one of two may excuse what nobody looked at. */
import { expect, test } from "vitest";
import { EQUIVALENT, isOf, reasonOf } from "./known.ts";
import { ALL, mutantsOf } from "./mutants.ts";
import { textOf } from "./sources.ts";

const files = [...new Set(EQUIVALENT.map(({ file }) => file))];
const mutants = new Map(files.map((file) => [file, mutantsOf(file, textOf(file), ALL)]));

test.each(EQUIVALENT)("$file: $words", (one) => {
  expect(mutants.get(one.file)!.filter((mutant) => isOf(one, mutant))).toHaveLength(1);
});

test("of two equal lines, a reason speaks of the one that it names", () => {
  const text = "const one = {\na: {\nfull: true,\n},\nb: {\nfull: true,\n},\n};";
  const places = mutantsOf("one.ts", text, ALL).filter(({ words }) => words === "true becomes false");
  expect(places.map(({ within }) => within)).toEqual(["one.a.full", "one.b.full"]);
  const [first, second] = places;
  const spokenOf = (within: object) => [first!, second!].filter((mutant) => isOf({ ...reason, ...within }, mutant));
  const reason = {
    file: "one.ts",
    operator: "flag-not-set",
    text: "full: true,",
    words: first!.words,
    why: "",
  } as const;
  expect(spokenOf({})).toEqual([first, second]);
  expect(spokenOf({ within: "b.full" })).toEqual([second]);
  expect(spokenOf({ within: "none.b.full" })).toEqual([]);
  expect(reasonOf(first!)).toBeUndefined();
});
