import fc from "fast-check";
import { expect, test } from "vitest";
import { table, wrap } from "./table.ts";

test("numbers stand right, words left, and the last column wraps under itself", () => {
  const columns = [{ title: "NAME" }, { title: "STATES", align: "right" as const }, { title: "VERDICTS" }];
  const rows = [
    ["a", "12", "holds PIN"],
    ["longer", "3", "VIOLATED PIN-1; known PRQ-1; holds UNM"],
  ];
  expect(`\n${table(columns, rows, 40)}\n`).toMatchInlineSnapshot(`
    "
    NAME    STATES  VERDICTS
    a           12  holds PIN
    longer       3  VIOLATED PIN-1; known
                    PRQ-1; holds UNM
    "
  `);
});

test("a column with a greatest width wraps too", () => {
  const columns = [{ title: "NAME", most: 10 }, { title: "VERDICTS" }];
  expect(`\n${table(columns, [["a host with=knobs", "holds PIN"]], 60)}\n`).toMatchInlineSnapshot(`
    "
    NAME        VERDICTS
    a host      holds PIN
    with=knobs
    "
  `);
});

test("the last column stands below each row, or each row is a block, where the width is too small", () => {
  const columns = [{ title: "NAME" }, { title: "STATES", align: "right" as const }, { title: "VERDICTS" }];
  const rows = [
    ["longer-than-most", "3", "VIOLATED PIN-1; known PRQ-1; holds UNM"],
    ["a", "12", ""],
  ];
  expect(`\n${table(columns, rows, 40)}\n`).toMatchInlineSnapshot(`
    "
    NAME              STATES
      VERDICTS
    longer-than-most       3
      VIOLATED PIN-1; known PRQ-1; holds UNM
    a                     12
    "
  `);
  expect(`\n${table(columns, rows, 22)}\n`).toMatchInlineSnapshot(`
    "
    NAME      longer-than-
              most
    STATES    3
    VERDICTS  VIOLATED
              PIN-1; known
              PRQ-1; holds
              UNM

    NAME      a
    STATES    12
    "
  `);
});

test("no table is wider than asked for, and none loses a word", () => {
  const text = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 12 }).map((words) => words.join(" "));
  const made = fc.integer({ min: 1, max: 8 }).chain((size) =>
    fc.record({
      columns: fc.array(fc.record({ title: fc.stringMatching(/^[A-Z]{1,11}$/) }), { minLength: size, maxLength: size }),
      rows: fc.array(fc.array(text, { minLength: size, maxLength: size }), { minLength: 1, maxLength: 4 }),
      width: fc.integer({ min: 40, max: 200 }),
    }),
  );
  fc.assert(
    fc.property(made, ({ columns, rows, width }) => {
      const told = table(columns, rows, width);
      for (const line of told.split("\n")) expect(line.length).toBeLessThanOrEqual(width);
      const words = (lines: string) => lines.match(/[a-z]+/g)?.sort() ?? [];
      expect(words(told)).toEqual(words(rows.flat().join(" ")));
    }),
  );
});

test("wrapping loses no word and keeps within its width", () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1 });
  fc.assert(
    fc.property(words, fc.integer({ min: 8, max: 40 }), (list, width) => {
      const lines = wrap(list.join(" "), width);
      expect(lines.join(" ").split(" ")).toEqual(list);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    }),
  );
});

test("hangs the further lines of an item under its text", () => {
  const rows = [["", "- first: The one that comes first."]];
  expect(table([{ title: "A" }, { title: "WHAT" }], rows, 27)).toBe(
    ["A  WHAT", "   - first: The one that", "     comes first."].join("\n"),
  );
});
