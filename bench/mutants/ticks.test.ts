import { afterEach, expect, test } from "vitest";
import { TICK } from "./tick.ts";
import { counted } from "./ticks.ts";

const counter = globalThis as { [TICK]?: () => void };
afterEach(() => {
  delete counter[TICK];
});

/** Runs the body of a function in which each loop is counted; the rounds. */
function rounds(body: string, most = Infinity): number {
  let count = 0;
  counter[TICK] = () => {
    count += 1;
    if (count > most) throw new Error("too many");
  };
  // oxlint-disable-next-line typescript/no-implied-eval -- the text is the test's own
  new Function(counted(body)!)();
  return count;
}

test.each([
  ["let k = 0; while (k < 3) k += 1;", 3],
  ["let k = 0; do { k += 1; } while (k < 4);", 4],
  ["for (let k = 0; k < 2; k += 1) for (let j = 0; j < 3; j += 1) { }", 8],
  ["for (let k = 0; k < 2; k += 1) { let j = 0; while (j < 2) { j += 1; } }", 6],
])("%s", (body, expected) => {
  expect(rounds(body)).toBe(expected);
});

test("a loop without an end is ended", () => {
  expect(() => rounds("while (true);", 10)).toThrow("too many");
});

test("a text without such a loop is left alone", () => {
  expect(counted("for (const one of []) one();")).toBeUndefined();
  expect(counted("const whileAway = 1;")).toBeUndefined();
});
