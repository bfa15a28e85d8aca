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
