import { expect, test } from "vitest";
import { drawn, fitted, headingOf, laid, paragraph } from "./lines.ts";

const LONG = "Complete: 135 reachable states, 191 transitions, depth 30.";

test("without a width nothing is broken, and a paragraph is as wide as it wants to be", () => {
  expect(fitted(LONG, undefined)).toBe(LONG);
  expect(laid([paragraph("one two three", 7, "- ", "  ")])).toEqual(["- one two", "  three"]);
});

test("a long text hangs under itself, behind its mark or its heading", () => {
  expect(fitted(`${LONG}\nshort`, 40)).toBe("Complete: 135 reachable states, 191\n  transitions, depth 30.\nshort");
  expect(fitted("  - one two three four", 14)).toBe("  - one two\n    three four");
  expect(fitted("  LCK   who holds them, who waits", 24)).toBe("  LCK   who holds them,\n        who waits");
  expect(headingOf("  LCK   who holds them")).toBe(8);
  expect(headingOf("who holds them")).toBe(0);
});

test("a paragraph has no more room than there is, and a word is never left out", () => {
  expect(laid([paragraph("one two three four five six seven", 78, "    ", "      ")], 26)).toEqual([
    "    one two three four",
    "      five six seven",
  ]);
  const word = "x".repeat(50);
  expect(fitted(`one ${word} two`, 40)).toBe(`one\n  ${word}\n  two`);
});

test("a command stays whole; a sentence that names one does not", () => {
  const command = "Replay: npx faultline replay reports/out/counterexamples/FILE.json";
  expect(fitted(command, 40)).toBe(command);
  expect(fitted("  $ npx faultline list knobs SYSTEM --json", 30)).toContain("SYSTEM --json");
  expect(fitted("What it says: faultline explain K9. More is in a page of the documentation.", 40)).toContain("\n");
});

test("a drawing is told the width", () => {
  expect(laid([drawn((columns) => `${columns}\nend`)], 40)).toEqual(["40", "end"]);
  expect(laid([drawn((columns) => String(columns))])).toEqual(["undefined"]);
});
