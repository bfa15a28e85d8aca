/** The page of a counterexample as text; tools/pages.ts opens it in a browser. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { StepRecord, TraceRecord } from "../../checker/run-record.ts";
import { unmapAgainstFault } from "../example.ts";
import { unpinBeforeWait } from "../spoken-example.ts";
import type { WhyRecord } from "../why.ts";
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

describe("what a violation needs", () => {
  const steps = unmapAgainstFault.steps.map((_, k) => ({
    ...(k === 1 && { shortest: 9 }),
    without: k === 4 ? ({ kind: "avoids" } as const) : ({ kind: "impossible", step: k + 2 } as const),
  }));
  const { model, property } = unmapAgainstFault;
  const trial = (value: number, kind: "holds" | "violated") => ({
    knob: "premap",
    value,
    means: "",
    outcome: kind === "holds" ? { kind } : { kind, steps: 7 },
  });
  const why: WhyRecord = {
    model,
    property,
    kind: "always",
    search: { complete: true, states: 10, transitions: 20 },
    violation: {
      trace: unmapAgainstFault,
      shortest: 5,
      hasEquals: false,
      steps,
      lanes: [{ lane: "device" }],
      swapped: [{ step: 2, outcome: { kind: "violates" } }],
      lastSafe: 2,
    },
    knobs: { trials: [trial(2, "holds"), trial(3, "violated")], unbuildable: 0, partly: [], left: 0, maxStates: 100 },
  };

  test("is a table of its steps, with links, and of knobs that make a difference", () => {
    const html = counterexamplePage(unmapAgainstFault, { directory: "reports/out", why });
    const rows = [...html.matchAll(/<tr><td class="number"><a href="#step=(\d)">.*?<\/tr>/gs)].map(([row]) => row);
    expect(rows).toHaveLength(5);
    expect(rows[0]).toContain("<td>needed</td><td>step 2 is not possible</td>");
    expect(rows[1]).toContain("<td>without it 9 steps, not 5</td>");
    expect(rows[1]).toContain("<td>the other steps violate PIN-1 as well</td></tr>");
    expect(rows[4]).toContain("<td>the other steps do not violate PIN-1</td>");
    expect(html).toContain("<td>premap=2</td><td>holds</td>");
    expect(html).toContain("<summary>Violated, too, with 1 other value of a knob</summary>");
    expect(html).not.toContain("--format html --why");
  });

  test("is searched by a command that the page names, and not asked of what is no violation", () => {
    expect(page(unmapAgainstFault)).toMatch(/npx faultline report reports\/out\/\S+\.json --format html --why</);
    const seen = unmapAgainstFault.steps.map((step) => ({ ...step, holds: true }));
    expect(page({ ...unmapAgainstFault, kind: "sometimes", steps: seen })).not.toContain("What it needs");
  });
});

test("a claim that is made of parts has a row for each, with the step that made it so", () => {
  const steps = unmapAgainstFault.steps.map((step, k) => ({ ...step, parts: { "it is pinned": k < 3 } }));
  const html = page({ ...unmapAgainstFault, steps });
  expect(html.match(/<td class="part">it is pinned<\/td>/g)).toHaveLength(5);
  expect(html.match(/<td class="verdict">false<\/td><td><a href="#step=4">/g)).toHaveLength(2);
  expect(html).toContain("FALSE  it is pinned (since step 4)");
});

test("what a claim is given has a row, and is no part that is false", () => {
  const steps = unmapAgainstFault.steps.map((step, k) => ({ ...step, given: { "it is mapped": k > 3 } }));
  const html = page({ ...unmapAgainstFault, steps });
  expect(html.match(/<td class="part">given: it is mapped<\/td><td>(true|false)<\/td>/g)).toHaveLength(5);
  expect(html).toContain("given  it is mapped (since step 5)");
  // What was so before the first step is not recorded.
  expect(html).toContain('<td class="part">given: it is mapped</td><td>false</td><td>step 1 or before</td>');
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
