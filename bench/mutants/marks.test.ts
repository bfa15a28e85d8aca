import { afterEach, expect, test } from "vitest";
import { functionAt, MARK, marked } from "./marks.ts";

const TEXT = `const one = (k) => ({ k });
function two(k) { return [k].map((l) => l + 1); }
const three = { get four() { return 4; } };
return { one, two, three };`;

const marks = globalThis as { [MARK]?: (file: string, start: number) => void };
afterEach(() => {
  delete marks[MARK];
});

interface Made {
  readonly one: (k: number) => object;
  readonly two: (k: number) => readonly number[];
  readonly three: { readonly four: number };
}

test("each function says that it runs, and does what it did", () => {
  const ran: string[] = [];
  marks[MARK] = (file, start) => ran.push(`${file}: ${TEXT.slice(start).split(/ =>|\)/)[0]}`);
  // oxlint-disable-next-line typescript/no-implied-eval -- the text is the test's own
  const { one, two, three } = new Function(marked("a.ts", TEXT))() as Made;
  expect(ran).toEqual([]);
  expect(one(1)).toEqual({ k: 1 });
  expect(two(1)).toEqual([2]);
  expect(three.four).toBe(4);
  expect(ran).toEqual(["a.ts: (k", "a.ts: function two(k", "a.ts: (l", "a.ts: get four("]);
});

test.each([
  ["{ k }", "(k) => ({"],
  ["l + 1", "(l) =>"],
  ["[k].map", "function two"],
  ["return { one", undefined],
  ["const three", undefined],
])("%s is in the function %s", (part, start) => {
  expect(functionAt("a.ts", TEXT, TEXT.indexOf(part))).toBe(start && TEXT.indexOf(start));
});
