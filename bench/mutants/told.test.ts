import { expect, test } from "vitest";
import type { Judged, Verdict } from "./judge.ts";
import { page, share, summaryOf, tableOf } from "./told.ts";

const judged = (file: string, words: string, verdict: Verdict): Judged => ({
  mutant: {
    file: `model/machines/${file}`,
    operator: "guard",
    start: 0,
    line: 7,
    text: words,
    words,
    within: "",
    mutated: "",
  },
  verdict,
});
const where = { recording: "linux-6.1-harness", class: "core", line: 18 };
const RECORDED: Verdict = { by: "recording", noticed: { where, operation: 20, how: "differs" } };
const THROWN: Verdict = { by: "recording", noticed: { where, operation: null, how: "throws", because: "no id" } };
const UNMADE: Verdict = { by: "recording", noticed: { where: null, operation: null, how: "throws", because: "none" } };
const TESTED: Verdict = { by: "test", path: "model/machines/a.test.ts", test: "a is b" };

const all: readonly Judged[] = [
  judged("a.ts", "not isOdd", RECORDED),
  judged("a.ts", "without of[k](event)", THROWN),
  judged("b.ts", "not a || b", TESTED),
  judged("b.ts", "without a", { by: "equivalent", why: "a is always true" }),
  judged("b.ts", "without b", { by: "nothing" }),
];

test("equivalent mutants are in no share", () => {
  expect(share(all)).toBe(3 / 4);
  expect(share([])).toBe(1);
  expect(summaryOf(all)).toBe(
    "5 mutants of 2 files, 1 of them equivalent. Of the other 4, the recordings notice 50.0 %; " +
      "the recordings and the tests together 75.0 %.",
  );
});

test("a row for each file", () => {
  expect(tableOf(all).split("\n").slice(2)).toEqual([
    "| a.ts | 2     | 2          | 0      | 0          | 0           |",
    "| b.ts | 3     | 0          | 1      | 1          | 1           |",
  ]);
});

test("a line for each mutant, and no change that looks like a link", () => {
  const text = page([...all, judged("c.ts", "not c", UNMADE)], "1");
  expect(text.slice(text.indexOf("### a.ts"))).toBe(`### a.ts

- line 7, guard, \`\`not isOdd\`\`: noticed by linux-6.1-harness, core, line 18, operation 20
- line 7, guard, \`\`without of[k] (event)\`\`: noticed by linux-6.1-harness, core, line 18 throws: no id

### b.ts

- line 7, guard, \`\`not a || b\`\`: noticed by model/machines/a.test.ts: a is b
- line 7, guard, \`\`without a\`\`: equivalent: a is always true
- line 7, guard, \`\`without b\`\`: NOT NOTICED

### c.ts

- line 7, guard, \`\`not c\`\`: noticed by every replay: the machines cannot be made: none
`);
});
