/** Formats that other programs read, on runs made by hand; `npm run readers` gives real ones to those programs. */
import { describe, expect, test } from "vitest";
import type { RunRecord, TraceRecord, Verdict } from "../../checker/run-record.ts";
import { propertyWith, runWith, unmapAgainstFault } from "../example.ts";
import { github } from "./github.ts";
import { itf } from "./itf.ts";
import { junit } from "./junit.ts";
import { ktap } from "./ktap.ts";
import { mermaid } from "./mermaid.ts";
import { outcomesOf } from "./outcome.ts";
import { sarif } from "./sarif.ts";
import { summary } from "./summary.ts";

const violated: Verdict = { kind: "violated", trace: unmapAgainstFault };
const VERDICTS: readonly (readonly [Verdict, known: string | undefined, outcome: string])[] = [
  [{ kind: "holds" }, undefined, "passed"],
  [{ kind: "witnessed", depth: 3 }, undefined, "passed"],
  [violated, undefined, "failed"],
  [violated, "it is so in Linux, see #1", "expected"],
  [{ kind: "never-witnessed" }, undefined, "failed"],
  [{ kind: "holds" }, "listed", "failed"],
  [{ kind: "holds-within-bounds", bound: "max-states 1000" }, undefined, "open"],
  [{ kind: "approximate" }, undefined, "open"],
  [{ kind: "no-violation", runs: 9 }, undefined, "open"],
  [{ kind: "unknown", because: "stopped" }, undefined, "open"],
];
const run: RunRecord = runWith(VERDICTS.map(([verdict, known], k) => propertyWith(`PIN-${k + 1}`, verdict, known)));
const quiet: RunRecord = runWith([propertyWith("PIN-1", { kind: "holds" })]);

interface SarifRun {
  readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
  readonly invocations: readonly object[];
  readonly results: readonly {
    readonly message: { readonly text: string };
    readonly ruleId: string;
    readonly ruleIndex: number;
    readonly kind: string;
    readonly level: string;
    readonly suppressions?: readonly { readonly justification: string }[];
    readonly codeFlows?: readonly {
      readonly threadFlows: readonly { readonly locations: readonly { readonly executionOrder: number }[] }[];
    }[];
  }[];
}

test("only a verdict of a complete search passes", () => {
  expect(outcomesOf([run])[0]!.claims.map(({ outcome }) => outcome)).toEqual(VERDICTS.map(([, , outcome]) => outcome));
});

test("runs without a result are told, and never as passed", () => {
  const missing = ["pri-flat", "pri-overflow"].map((system) => ({
    system,
    hardware: "vtd",
    host: "rfc-v2",
    bounds: "small",
    set: { premap: 2 },
    because: "lost thread: it # has gone",
  }));
  const lines = ktap([quiet], { left: 2, missing }).trimEnd().split("\n");
  expect(lines[1]).toBe("1..3");
  expect(lines.at(-1)).toBe(
    "ok 3 pri-overflow, hardware vtd, design rfc-v2, bounds small, premap=2 # SKIP no result: lost thread: it no.  has gone",
  );
  expect(junit([quiet], { left: 2, missing })).toMatch(
    /name="pri-flat, [^"]*premap=2">\n *<skipped message="no result: lost thread: it # has gone"/,
  );
  expect(github([quiet], { left: 2, missing })).toMatch(
    /^::warning title=no result::pri-flat, [^%]*: it # has gone%0Apri-overflow, .*\n$/,
  );
  expect(summary([quiet], { directory: "out", expectKnown: true, left: 2, missing })).toMatch(
    /## Runs without a result\n\n- pri-flat, .*: lost thread: it # has gone\n- pri-overflow, /,
  );
  for (const format of [ktap, junit, github]) expect(format([quiet])).not.toMatch(/without a result|no result/);
});

test("of a record that only counts them, one test stands for all", () => {
  const lines = ktap([quiet], { left: 3 }).trimEnd().split("\n");
  expect(lines.slice(-1)).toEqual(["ok 2 3 of 4 runs without a result # SKIP interrupted, or they could not be made"]);
});

test("what is not claimed is skipped with the reason, claim by claim", () => {
  const partial: RunRecord = { ...quiet, leftOut: [{ ids: ["PRQ-3", "PRQ-10"], because: "PRQ-3 never # occurs" }] };
  const lines = ktap([partial]).split("\n");
  expect(lines).toContain("  1..3");
  expect(lines).toContain("  ok 2 PRQ-3 # SKIP not claimed here: PRQ-3 never no.  occurs");
  expect(lines).toContain("  ok 3 PRQ-10 # SKIP not claimed here: PRQ-3 never no.  occurs");
  expect(lines.filter((line) => line.startsWith("ok 1 "))[0]).not.toContain("SKIP");
  const xml = junit([partial]);
  expect(xml).toContain('tests="3" failures="0" errors="0" skipped="2"');
  expect(xml.match(/<skipped message="not claimed here: PRQ-3 never # occurs"/g)).toHaveLength(2);
  expect(github([partial])).toBe(
    "::notice title=not claimed::Not claimed here, unmap vtd rfc-v2 premap=1: PRQ-3, PRQ-10 (PRQ-3 never # occurs).\n",
  );
  expect(summary([partial], { directory: "out", expectKnown: true })).toContain("- Not claimed: PRQ-3, PRQ-10 (");
});

test("SARIF: a result for each claim, what is expected is suppressed, and a violation has its steps", () => {
  const [told] = (sarif([run], { left: 2 }) as unknown as { runs: readonly SarifRun[] }).runs;
  expect(told!.results.map(({ kind, level }) => `${kind} ${level}`)).toEqual(
    VERDICTS.map(
      ([, , outcome]) =>
        ({ passed: "pass none", failed: "fail error", expected: "fail note", open: "open none" })[outcome],
    ),
  );
  expect(told!.results.map(({ suppressions }) => suppressions?.[0]?.justification)).toEqual(
    VERDICTS.map(([, known, outcome]) => (outcome === "expected" ? known : undefined)),
  );
  for (const { message } of told!.results) expect(message.text).toMatch(/^In .*\.$/);
  for (const { ruleId, ruleIndex } of told!.results) expect(told!.tool.driver.rules[ruleIndex]!.id).toBe(ruleId);
  const [flow] = told!.results[2]!.codeFlows![0]!.threadFlows;
  expect(flow!.locations.map(({ executionOrder }) => executionOrder)).toEqual(
    unmapAgainstFault.steps.map((_, k) => k + 1),
  );
  expect(told!.invocations[0]).toMatchObject({ executionSuccessful: false });
});

describe("KTAP", () => {
  const lines = ktap([run, quiet]).split("\n");

  test("a test for each run, a subtest for each claim, numbered", () => {
    expect(lines.slice(0, 2)).toEqual(["KTAP version 1", "1..2"]);
    expect(lines).toContain("  1..10");
    const results = lines.filter((line) => /^ {2}(?:not )?ok /.test(line));
    expect(results).toHaveLength(11);
    expect(results.slice(0, 10).map((line) => Number(/ok (\d+)/.exec(line)![1]))).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
    expect(lines.filter((line) => /^(?:not )?ok /.test(line)).map((line) => line.split(",")[0])).toEqual([
      "not ok 1 unmap",
      "ok 2 unmap",
    ]);
  });

  test("what is open is SKIP, what is expected XFAIL, and neither is a plain ok", () => {
    const of = (number: number): string => lines.find((line) => new RegExp(`^ {2}(?:not )?ok ${number} `).test(line))!;
    expect(of(3)).toMatch(/^ {2}not ok 3 PIN-3/);
    expect(of(4)).toContain("# XFAIL violated in");
    for (const number of [7, 8, 9, 10]) expect(of(number)).toMatch(/^ {2}ok \d+ PIN-\d+ # SKIP /);
    for (const number of [5, 6]) expect(of(number)).toMatch(/^ {2}not ok/);
  });

  test("the chart stands in front of the result, and a name has no sign of a directive in it", () => {
    const at = lines.findIndex((line) => line.startsWith("  not ok 3"));
    expect(lines.slice(0, at).filter((line) => line.startsWith("  # ")).length).toBeGreaterThan(10);
    for (const line of lines.filter((one) => /^ *(?:not )?ok /.test(one)))
      expect(line.split("#").length).toBeLessThan(3);
  });
});

test("JUnit counts what failed and what was skipped, and escapes what XML cannot hold", () => {
  const text = junit([runWith([propertyWith("PIN-1", { kind: "unknown", because: 'a < b & "c"\u0001' })]), run]);
  expect(text).toContain('message="unknown: a &lt; b &amp; &quot;c&quot;?"');
  expect(text).toContain('tests="10" failures="3" errors="0" skipped="5"');
  expect(text.match(/<failure /g)).toHaveLength(3);
  expect(text.match(/<testcase /g)).toHaveLength(text.match(/<testcase [^>]*\/>|<\/testcase>/g)!.length);
  expect(text).toMatch(/<failure message="violated in \d+ steps">PIN-1: A page/);
});

test("JUnit: a class for each run, also where runs differ by a knob or by their bounds, and no dot within a name", () => {
  const like = (change: Partial<RunRecord["model"]>): RunRecord => ({ ...quiet, model: { ...quiet.model, ...change } });
  const runs = [quiet, like({ bounds: "deep" }), like({ set: { premap: 2 } }), like({ host: "linux-6.12.117" })];
  const classes = [...junit(runs).matchAll(/classname="([^"]*)"/g)].map(([, name]) => name!);
  expect(new Set(classes).size).toBe(runs.length);
  expect(classes[3]).toContain(".linux-6_12_117.");
});

describe("GitHub", () => {
  test("what is open is told with its own reason", () => {
    const open = runWith([
      propertyWith("PIN-1", { kind: "holds-within-bounds", bound: "max-states 9" }),
      propertyWith("PIN-2", { kind: "unknown", because: "stopped" }),
      propertyWith("PIN-3", { kind: "holds-within-bounds", bound: "max-states 9" }),
    ]);
    expect(github([open])).toContain("::PIN-1 PIN-3: holds within bounds (max-states 9)%0APIN-2: unknown: stopped\n");
  });

  test("one error for each unexpected path, on one line", () => {
    const lines = github([run]).trimEnd().split("\n");
    expect(lines.filter((line) => line.startsWith("::error "))).toHaveLength(3);
    expect(lines[0]).toContain("%0A");
    expect(github([quiet])).toBe("");
  });

  test("no more than ten, and the last says how many more there are", () => {
    const many = Array.from({ length: 14 }, () => run);
    const lines = github(many).trimEnd().split("\n");
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toBe("::warning::47 more are in the report.");
  });

  test("the summary has a diagram for each unexpected violation", () => {
    const text = summary([run], { directory: "out", expectKnown: true });
    expect(text.match(/```mermaid/g)).toHaveLength(1);
    expect(summary([quiet], { directory: "out", expectKnown: true })).not.toContain("## Diagrams");
  });

  test("a summary that GitHub would not show is shorter, first by the verdict of each property", () => {
    const told = { directory: "out", expectKnown: true };
    const whole = summary([run], told);
    const size = Buffer.byteLength(whole);
    expect(summary([run], told, size)).toBe(whole);
    expect(whole).toContain("## Every property");
    const shorter = summary([run], told, size - 1);
    expect(shorter).toMatch(/^GitHub shows at most 1 MiB here\. report\.md and report\.html/);
    expect(shorter).toContain("## Diagrams");
    expect(shorter).not.toContain("## Every property");
    for (let most = size - 1; most > 2000; most -= 200) {
      const short = summary([run], told, most);
      expect(Buffer.byteLength(short)).toBeLessThanOrEqual(most);
      expect((short.match(/^```/gm) ?? []).length % 2, `${most} bytes`).toBe(0);
      expect(short).toContain("# Faultline report");
    }
  });
});

/** What would end a statement, or begin a character entity. */
const strange: TraceRecord = {
  ...unmapAgainstFault,
  property: { id: "PIN-1", statement: "a; b # c\n  d" },
  lanes: {},
  loop: 1,
};

describe("Mermaid", () => {
  test("a participant for each component, a note for each step, an arrow for each message", () => {
    const lines = mermaid(unmapAgainstFault).split("\n");
    expect(lines[0]).toBe("sequenceDiagram");
    expect(lines.filter((line) => /^Note over p\d+: \d+\. /.test(line))).toHaveLength(unmapAgainstFault.steps.length);
    expect(lines.filter((line) => line.startsWith("participant "))[0]).toBe("participant p0 as device");
    expect(lines.some((line) => line.includes("-)"))).toBe(true);
  });

  test("a cycle is a loop; no text ends a statement", () => {
    const lines = mermaid(strange).split("\n");
    expect(lines.filter((line) => line === "loop again and again" || line === "end")).toHaveLength(2);
    for (const line of lines) expect(line.replaceAll("#35;", "")).not.toMatch(/[;#]/);
  });

  test("what is too long for a diagram is said", () => {
    const [first] = unmapAgainstFault.steps;
    const long: TraceRecord = { ...unmapAgainstFault, steps: Array.from({ length: 450 }, () => first!) };
    expect(mermaid(long)).toContain("50 more steps are not drawn");
  });
});

type Itf = {
  readonly vars: readonly string[];
  readonly loop?: number;
  readonly states: readonly { readonly [name: string]: unknown }[];
};

describe("ITF", () => {
  test("a state more than steps, each with every variable", () => {
    const { vars, states } = itf(unmapAgainstFault) as unknown as Itf;
    expect(states).toHaveLength(unmapAgainstFault.steps.length + 1);
    for (const state of states) expect(Object.keys(state)).toEqual(["#meta", ...vars]);
    expect(states[0]!["mbt::actionTaken"]).toBe("init");
    expect(states[1]!["mbt::actionTaken"]).toBe("device: device.reads");
    expect(states[1]!["mbt::nondetPicks"]).toEqual({ page: { "#bigint": "0" } });
  });

  test("a component is what it was before its first change, and changes with the step", () => {
    const { states } = itf(unmapAgainstFault) as unknown as Itf;
    expect(states.slice(0, 2).map((state) => (state["device"] as { readonly state: string }).state)).toEqual([
      "idle",
      "waiting",
    ]);
  });

  test("the beginning of a cycle is told, and where nothing has to happen there is none", () => {
    expect((itf(strange) as unknown as Itf).loop).toBe(1);
    expect((itf({ ...strange, loop: strange.steps.length }) as unknown as Itf).loop).toBeUndefined();
  });
});
