/** The page of all runs as text; browser.test.ts opens it in a browser. */
import { describe, expect, test } from "vitest";
import type { RunRecord } from "../../checker/run-record.ts";
import type { CoverageRecord } from "../coverage.ts";
import { counterexampleName } from "../counterexample.ts";
import { exampleRuns, propertyWith, runWith, unmapAgainstFault } from "../example.ts";
import type { Telling } from "../text.ts";
import { runPage } from "./run-page.ts";

const exampleCoverage: CoverageRecord = {
  schema: "faultline-coverage/1",
  bounds: "small",
  whole: true,
  runs: exampleRuns.slice(0, 1).map(({ model: { parameters: _, ...model } }) => ({
    model,
    machines: [
      { machine: "mutex", rules: 2, taken: 1, guards: 1, bothWays: 0, states: 1, entered: 1, messages: 1, sent: 0 },
    ],
  })),
  machines: [
    {
      machine: "mutex",
      systems: ["unmap"],
      rules: [
        { rule: "free: lock.acquires", asked: true, taken: true, refused: false },
        { rule: "held: lock.releases", guard: "isOwner", asked: false, taken: false, refused: false },
      ],
      states: [{ state: "free", entered: true }],
      messages: [{ message: "lock.sings", sent: false }],
    },
  ],
  gaps: [
    { machine: "mutex", rule: "held: lock.releases", kind: "never taken", reason: "another thread <has> it" },
    { machine: "mutex", rule: "lock.sings", kind: "never sent" },
  ],
  knobs: [{ knob: "premap", systems: ["unmap"], values: [{ value: 1, runs: 1 }] }],
  unset: [{ knob: "premap", value: 2, systems: ["unmap"], reason: "a question has it" }],
  claims: [{ id: "PIN-1", kind: "always", runs: 1, seen: 0 }],
  vacuous: [{ id: "PIN-1", reason: "nothing is pinned" }],
  stale: [],
};

const whole: Telling = { directory: "reports/out", expectKnown: true };
const page = (runs: readonly RunRecord[], telling: Telling = whole): string => runPage(runs, telling);
const text = page(exampleRuns);
const rowsOf = (html: string): readonly string[] => html.match(/<tr>.*?<\/tr>/gs) ?? [];

describe("the page of runs", () => {
  test("asks for nothing outside, runs no script, and is the same twice", () => {
    expect(text).toContain("default-src 'none'");
    expect(text).not.toMatch(/script|<[^>]* (?:style="|on[a-z]+=)|@import|url\(|https?:/);
    expect(page(exampleRuns)).toBe(text);
  });

  test("has a row for each run, with what ended its search, and its time only where the record has one", () => {
    const [quick] = exampleRuns;
    const { seconds: _, ...unclocked } = quick!;
    const runs = [
      { ...quick!, seconds: 61.2 },
      { ...unclocked, search: { ...quick!.search, complete: false, stoppedBy: "max-states 400" } },
    ];
    const [, first, second] = rowsOf(page(runs));
    expect(first).toContain(`<td>complete</td><td class="number">1 min 01 s</td>`);
    expect(second).toContain(`<td>incomplete: max-states 400</td>`);
    expect(second).toMatch(/<td class="number"><\/td><td class="long">VIOLATED PIN-1/);
  });

  test("has every verdict of every run, with the witness that each claim rests on", () => {
    const property = { ...propertyWith("PIN-1", { kind: "holds" }), witness: "PIN-2" };
    const html = page([runWith([property, propertyWith("PIN-2", { kind: "witnessed", depth: 3 })])]);
    expect(html).toMatch(/PIN-1<\/a><\/td><td>\w+<\/td><td><span>holds<\/span><\/td><td>PIN-2, witnessed in 3 steps/);
    for (const { properties } of exampleRuns)
      for (const { id } of properties) expect(text).toContain(`<a href="#${id}">${id}`);
  });

  test("each link within the page leads somewhere", () => {
    const ids = new Set([...text.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id));
    const links = [...text.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id!);
    expect(links.length).toBeGreaterThan(8);
    for (const id of links) expect(ids).toContain(id);
  });

  test("links to the files beside it: the page of what nobody expected, chart and steps of all", () => {
    const trace = { ...unmapAgainstFault, property: { id: "PIN-1", statement: "It is so." } };
    const violated = { kind: "violated", trace } as const;
    const name = `counterexamples/${counterexampleName(trace)}`;
    const bad = page([runWith([propertyWith("PIN-1", violated)])]);
    for (const ending of ["html", "txt", "json"]) expect(bad).toContain(`href="${name}.${ending}"`);
    expect(bad).toContain("npx faultline replay reports/out/counterexamples/");
    const known = page([runWith([propertyWith("PIN-1", violated, "it is so in Linux")])]);
    expect(known).toContain("<summary>it is so in Linux (1)</summary>");
    expect(known).toContain(`href="${name}.json"`);
    expect(known).not.toContain(`href="${name}.html"`);
    expect(known).not.toContain('id="violations"');
  });

  test("says what is not claimed, which runs have no result, and what was never witnessed", () => {
    const [run] = exampleRuns;
    const missing = [
      { system: "pri-flat", hardware: "vtd", host: "rfc-v1", bounds: "small", set: {}, because: "lost thread: <gone>" },
    ];
    const left = [{ ids: ["PRQ-3"], because: "unmaps=false" }];
    const unseen = runWith([propertyWith("PIN-2", { kind: "never-witnessed" })]);
    const html = page([{ ...run!, leftOut: left }, unseen], { ...whole, left: 1, missing });
    expect(html).toContain("<li>PRQ-3 (unmaps=false)</li>");
    expect(html).toContain("<li>pri-flat, hardware vtd, design rfc-v1, bounds small: lost thread: &lt;gone&gt;</li>");
    expect(html).toContain("NEVER WITNESSED PIN-2");
    expect(page(exampleRuns)).not.toContain("Runs without a result");
  });

  test("has the coverage of the model where there is one, and says which of its runs that is not about", () => {
    expect(text).toContain("npx faultline coverage --json");
    const html = runPage(exampleRuns.slice(0, 1), whole, exampleCoverage);
    expect(html).toContain('<td>mutex</td><td class="number">1 of 2</td><td class="number">0 of 1</td>');
    expect(html).toContain("<summary>another thread &lt;has&gt; it (1)</summary><ul><li>mutex: held: lock.releases");
    expect(html).toContain("<summary>NOT EXCUSED (1)</summary><ul><li>message lock.sings (mutex): never sent</li>");
    expect(html).toContain("<li>premap=2</li>");
    expect(html).toMatch(/<summary>1 run<\/summary><ul><li>unmap, hardware vtd, [^<]*: 1 of 2 rules taken/);
    const { model } = exampleRuns[0]!;
    const changed = runWith([propertyWith("PIN-1", { kind: "holds" })]);
    const other = { ...changed, model: { ...model, fingerprint: "0000" } };
    expect(runPage([other], whole, exampleCoverage)).toContain("It is not about 1 run of this page");
  });
});
