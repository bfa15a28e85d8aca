import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PropertyRecord, RunRecord, TraceRecord } from "../checker/run-record.ts";
import { chart } from "../reports/chart.ts";
import { exampleRuns, propertyWith, runWith, unmapAgainstFault } from "../reports/example.ts";
import { markdownReport } from "../reports/markdown.ts";
import { counterexamples } from "../reports/standing.ts";
import { textReport } from "../reports/text.ts";
import { traceText } from "../reports/trace-text.ts";
import type { Document } from "./document.ts";
import { neatJson } from "./neat-json.ts";
import { recordsIn } from "./schemas.ts";
import { storedRuns } from "./stored-runs.ts";

const kept = (runs: readonly RunRecord[]) => JSON.parse(neatJson(storedRuns(runs, { expectKnown: false })));
const again = (runs: readonly RunRecord[]): readonly RunRecord[] => recordsIn(kept(runs), "run.json").runs;

/** Everything that is said of the runs, in every format. */
function told(runs: readonly RunRecord[]): readonly string[] {
  const telling = { directory: "out", expectKnown: false };
  const traces = counterexamples(runs);
  return [
    textReport(runs, telling),
    markdownReport(runs, telling),
    ...traces.map((it) => chart(it)),
    ...traces.map(traceText),
  ];
}

const violated = (trace: Partial<TraceRecord>) =>
  ({ kind: "violated", trace: { ...unmapAgainstFault, ...trace } }) as const;
const of = (id: string) => ({ property: { id, statement: `The claim ${id} is made.` } });

describe("Runs as they are kept", () => {
  test("are told again in the same words", () => expect(told(again(exampleRuns))).toEqual(told(exampleRuns)));

  test("keep each path once, whatever number of properties it breaks, and no field that a step leaves as it was", () => {
    const [own, ...rest] = unmapAgainstFault.steps;
    const idle = { note: "left alone", done: false };
    const change = {
      component: "device",
      before: { state: "idle", context: idle },
      after: { state: "idle", context: { ...idle, done: true } },
    };
    const steps = [{ ...own!, changes: [change] }, ...rest];
    const run = runWith([
      propertyWith("A-1", violated({ steps, ...of("A-1") })),
      propertyWith("A-2", violated({ steps: steps.slice(2), ...of("A-2") })),
      propertyWith("A-3", violated({ steps, ...of("A-3"), reads: ["page"] })),
    ]);
    const [stored] = kept([run]).runs;
    expect(stored.paths.map(({ length }: { length: number }) => length)).toEqual([5, 3]);
    expect(stored.paths[0][0].changes).toEqual([["device", "idle", { done: false }, "idle", { done: true }]]);
    expect(JSON.stringify(stored)).not.toContain("left alone");
    const verdicts = stored.properties.map(({ verdict }: { verdict: { trace: unknown } }) => verdict.trace);
    expect(verdicts).toMatchObject([{ path: 0 }, { path: 1 }, { path: 0, reads: ["page"] }]);
    expect(told(again([run]))).toEqual(told([run]));
  });

  test("keep of a claim that is made of parts which are true after each step", () => {
    const steps = unmapAgainstFault.steps.map((step, k) => ({ ...step, parts: { first: true, second: k < 3 } }));
    const run = runWith([propertyWith("A-1", violated({ steps, ...of("A-1") }))]);
    expect(told([run])[3]).toContain("  true   first\n  FALSE  second (since step 4)\n");
    expect(told(again([run]))).toEqual(told([run]));
    const document = kept([run]);
    document.runs[0].properties[0].verdict.trace.parts.pop();
    expect(() => recordsIn(document, "run.json")).toThrow("A-1 does not say its parts after each of 5 steps");
  });

  test("keep the words of steps, messages, states and lanes", () => {
    const says = { text: "unpins page 0", by: "vfio_unmap_unpin()" };
    const steps = unmapAgainstFault.steps.map(({ transfers, changes, ...step }) => ({
      ...step,
      says: { ...says, listed: true as const },
      transfers: transfers.map((it) => ({ ...it, says })),
      changes: changes.map(({ after, ...change }) => ({ ...change, after: { ...after, says: "waits" } })),
    }));
    const lanes = { device: "device 0" };
    const blocked = [{ component: "device", by: "page", says }];
    const [run] = again([runWith([propertyWith("A-1", violated({ steps, lanes, blocked, ...of("A-1") }))])]);
    const [trace] = counterexamples([run!]);
    expect(trace!.lanes).toEqual(lanes);
    expect(trace!.blocked).toEqual(blocked);
    expect(trace!.steps.map(({ says: said }) => said)).toEqual(steps.map(({ says: said }) => said));
    expect(trace!.steps.map(({ transfers }) => transfers)).toEqual(steps.map(({ transfers }) => transfers));
    const saysAfter = trace!.steps.flatMap(({ changes }) => changes.map(({ after }) => after.says));
    expect([...new Set(saysAfter)]).toEqual(["waits"]);
  });

  test("give every value that was compared back, whichever of them come, go and change", () => {
    const values = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.constantFrom(0, 1, null, "x"));
    const steps = fc.array(fc.record({ holds: fc.boolean(), values }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(steps, (drawn) => {
        const [step] = unmapAgainstFault.steps;
        const last = drawn.length - 1;
        const trace = drawn.map((one, k) => ({ ...step!, changes: [], ...one, ...(k === last && { holds: false }) }));
        const [run] = again([runWith([propertyWith("A-1", violated({ steps: trace, ...of("A-1") }))])]);
        expect(counterexamples([run!])[0]!.steps).toEqual(trace);
      }),
      { seed: 1 },
    );
  });

  test("keep a deadlock, of which nothing is evaluated, a loop, and what was drawn", () => {
    const steps = unmapAgainstFault.steps.map(({ action, transfers }) => ({ action, transfers, changes: [] }));
    const drawn = { seed: 1, path: "0:1", maxLength: 9 };
    const run = runWith([
      propertyWith("DEADLOCK", violated({ steps, ...of("DEADLOCK") })),
      {
        ...propertyWith("LIV-1", violated({ ...of("LIV-1"), kind: "leadsTo", loop: 3, minimality: "unknown", drawn })),
        kind: "leadsTo",
      },
      propertyWith("WIT-1", { kind: "witnessed", depth: 5, trace: { ...unmapAgainstFault, ...of("WIT-1") } }),
    ]);
    const [deadlock, liveness] = counterexamples(again([run]));
    expect(deadlock!.steps).toEqual(steps);
    expect(liveness).toMatchObject({ kind: "leadsTo", loop: 3, minimality: "unknown", drawn });
    expect(again([run])[0]!.properties[2]!.verdict).toMatchObject({
      kind: "witnessed",
      trace: { steps: { length: 5 } },
    });
  });

  test("of the version before are read too", () => {
    const former = { schema: "faultline-runs/1" as const, expectKnown: false, runs: exampleRuns };
    expect(recordsIn(JSON.parse(JSON.stringify(former)), "run.json").runs).toEqual(exampleRuns);
  });

  test.each([
    ["a path that is not there", { path: 7 }, "PIN-1 names path 7, but there are 1"],
    ["a value for each of too few steps", { values: [null] }, "does not say what it compares after each of 5 steps"],
    ["values without verdicts", { holds: undefined }, "does not say what it compares after each of 5 steps"],
    ["a cycle beyond the end", { loop: 9 }, "PIN-1 repeats from step 10, but has 5"],
    ["a path by name", { path: "first" }, "runs[0].properties[0].verdict.trace.path"],
    ["a trace of another claim", { property: { id: "FOO-9", statement: "" } }, 'PIN-1: its trace is about "FOO-9"'],
    ["a trace of another kind", { kind: "canAlways" }, 'PIN-1: "always", but its trace is of "canAlways"'],
    [
      "a violation that is none",
      { holds: [true, true, true, true, true] },
      "PIN-1: violated, but it holds after the last step of its trace",
    ],
  ])("are refused with %s", (_, damage, message) => {
    const file = kept([runWith([propertyWith("PIN-1", violated(of("PIN-1")))])]);
    Object.assign(file.runs[0].properties[0].verdict.trace, damage);
    expect(() => recordsIn(JSON.parse(JSON.stringify(file)), "run.json")).toThrow(message);
  });

  const each = (run: RunRecord): readonly (readonly [string, Document])[] => [
    ["now", kept([run])],
    ["of the version before", { schema: "faultline-runs/1", expectKnown: false, runs: [run] } as unknown as Document],
    ["of one run", run as unknown as Document],
  ];

  test("are refused when a claim cannot have its verdict, in files of each version", () => {
    const pin = propertyWith("PIN-1", violated(of("PIN-1")));
    const wrong: readonly PropertyRecord[] = [
      { ...pin, kind: "sometimes" },
      { ...propertyWith("UNM-1", { kind: "holds" }), kind: "sometimes" },
      ...(["always", "canAlways", "leadsTo", "deadlock"] as const).flatMap((kind) => [
        { ...propertyWith("UNM-1", { kind: "never-witnessed" }), kind },
        { ...propertyWith("UNM-1", { kind: "witnessed", depth: 3 }), kind },
      ]),
    ];
    for (const property of wrong)
      for (const [, file] of each(runWith([property])))
        expect(() => recordsIn(file, "run.json")).toThrow(/"run.json" is not a sound faultline-.*: .* cannot be "/);
  });

  test("are refused when an id is none, in files of each version", () => {
    for (const id of ["", "../x", "PIN-1\n", "a b"])
      for (const [, file] of each(runWith([propertyWith(id, { kind: "holds" })])))
        expect(() => recordsIn(file, "run.json")).toThrow(/properties\[0\]\.id: /);
  });

  test("keep a statement of the trace that is in other words, of the same claim", () => {
    const property = { id: "PIN-1", statement: "Other words." };
    const run = runWith([propertyWith("PIN-1", violated({ property }))]);
    expect(counterexamples(again([run]))[0]!.property).toEqual(property);
  });

  test("are refused when there are none", () => {
    for (const schema of ["faultline-runs/1", "faultline-runs/2"])
      expect(() => recordsIn({ schema, expectKnown: true, runs: [] }, "run.json")).toThrow(
        "runs: expected at least one run",
      );
  });

  test("are refused when a later version wrote them", () => {
    expect(() => recordsIn({ schema: "faultline-runs/3", runs: [] }, "run.json")).toThrow(
      "another version of faultline",
    );
  });
});
