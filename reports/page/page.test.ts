/** The page of a counterexample as text; tools/pages.ts opens it in a browser. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { StepRecord, TraceRecord } from "../../checker/run-record.ts";
import { unmapAgainstFault } from "../example.ts";
import { unpinBeforeWait } from "../spoken-example.ts";
import { counterexamplePage } from "./counterexample-page.ts";
import { SCRIPT_HASH, STYLE_HASH } from "./document.ts";
import { tag } from "./html.ts";
import { lanesOf } from "./lane-states.ts";
import { SCRIPT } from "./script.ts";
import { setAt } from "./step-row.ts";
import { STYLE } from "./style.ts";

const page = (trace: TraceRecord): string => counterexamplePage(trace, { directory: "reports/out" });
const hash = (text: string): string => createHash("sha256").update(text).digest("base64");

test("style and script are those that the policy admits", () => {
  expect({ style: STYLE_HASH, script: SCRIPT_HASH }).toEqual({ style: hash(STYLE), script: hash(SCRIPT) });
});

test("what stands in a page is escaped", () => {
  expect(tag("p", { title: '"<' }, "a < b & c").markup).toBe('<p title="&quot;&lt;">a &lt; b &amp; c</p>');
  const evil = { ...unmapAgainstFault, property: { id: "PIN-1", statement: "</script><script>alert(1)</script>" } };
  expect(page(evil)).not.toContain("<script>alert");
});

describe("a page", () => {
  const text = page(unmapAgainstFault);

  test("asks for nothing outside", () => {
    expect(text).toContain("default-src 'none'");
    expect(text.replaceAll("http-equiv", "")).not.toMatch(/\b(?:src|href)="(?!#)|@import|url\(|https?:/);
    expect(text).not.toMatch(/ style="| on[a-z]+="/);
  });

  test("has every step, and what each changes and compares", () => {
    expect([...text.matchAll(/id="step=(\d+)"/g)].map(([, step]) => Number(step))).toEqual([1, 2, 3, 4, 5]);
    expect(text).toContain("PIN-1 is violated here");
    expect(text).toContain('<a href="#step=3">step 3</a>');
    expect(text).toContain("npx faultline replay reports/out/counterexamples/");
  });

  test("is the same twice, and its script is small", () => {
    expect(page(unmapAgainstFault)).toBe(text);
    expect(SCRIPT.length).toBeLessThan(60_000);
  });

  test("marks the steps of a cycle, and says which are repeated", () => {
    const cyclic = page({ ...unmapAgainstFault, kind: "leadsTo", loop: 2 });
    expect(cyclic.match(/class="step cycle"/g)).toHaveLength(3);
    expect(cyclic).toContain("again and again: steps 3 to 5");
  });

  test("folds what matters less, and leaves none of it out", () => {
    const { steps } = unpinBeforeWait;
    const long: TraceRecord = { ...unpinBeforeWait, steps: [...Array.from({ length: 30 }, () => steps[0]!), ...steps] };
    const folded = page(long);
    expect(folded).toContain('<details class="fold">');
    expect(folded.match(/id="step=\d+"/g)).toHaveLength(30 + steps.length);
  });
});

test("a state lasts until it changes, and what is not told has none", () => {
  const { names, states } = lanesOf(unmapAgainstFault);
  expect(states[0]![names.indexOf("device")]).toEqual(["idle", "waiting"]);
  expect(states[1]![names.indexOf("device")]).toEqual(["waiting", "waiting"]);
});

test("a value is as old as the step that last changed it", () => {
  const step = (values: StepRecord["values"]): StepRecord => ({
    ...unmapAgainstFault.steps[0]!,
    ...(values && { values }),
  });
  const found = setAt([step({ a: 0, b: 1 }), step({ a: 1, b: 1 }), step({ a: 1, b: 2 })]);
  expect(found.map((values) => [...values].map(([, { since }]) => since))).toEqual([
    [undefined, undefined],
    [1, undefined],
    [1, 2],
  ]);
});
