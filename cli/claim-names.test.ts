/** The short name of a property stands beside its id wherever a violation is told, and is kept with the run. */
import { expect, test } from "vitest";
import { propertyRecord, startExhaustive } from "../checker/explore/exhaustive.ts";
import { traceOf } from "../checker/explore/paths/trace.ts";
import { defineSystem } from "../checker/system.ts";
import type { PropertyRecord, RunRecord } from "../checker/run-record.ts";
import { build, defaultsOf } from "../properties/build.ts";
import { catalogue } from "../properties/catalogue/index.ts";
import { chart } from "../reports/chart.ts";
import { propertyWith, runWith, unmapAgainstFault } from "../reports/example.ts";
import { markdownReport } from "../reports/markdown.ts";
import { textReport } from "../reports/text.ts";
import { traceText } from "../reports/trace-text.ts";
import { list } from "./commands/list.ts";
import { claimEntries } from "./dictionary/claims.ts";
import { fakeEngine, fakeTerminal } from "./fake-engine.ts";
import { recordsIn } from "./schemas.ts";
import { storedRuns } from "./stored-runs.ts";

const name = "device-reaches-no-freed-page";
const claim = { id: "SAFE-99", name, statement: "No freed page is reached." };
const trace = { ...unmapAgainstFault, property: claim };
const named: PropertyRecord = { ...propertyWith(claim.id, { kind: "violated", trace }), ...claim };
const unseen: PropertyRecord = { ...propertyWith("SAFE-98", { kind: "never-witnessed" }), name: "page-is-reached" };
const run: RunRecord = runWith([named, unseen]);
const telling = { directory: "out", expectKnown: false };

test("reports, charts and lists of steps say it beside the id", () => {
  for (const text of [textReport([run], telling), markdownReport([run], telling), chart(trace), traceText(trace)])
    expect(text).toContain(`SAFE-99 (${name})`);
  for (const report of [textReport([run], telling), markdownReport([run], telling)])
    expect(report).toContain("SAFE-98 (page-is-reached)");
});

test("a claim without a name is told as before", () => {
  expect(
    textReport([runWith([propertyWith("SAFE-99", { kind: "violated", trace: unmapAgainstFault })])], telling),
  ).not.toContain("SAFE-99 (");
});

test("stored runs keep it, and give it back", () => {
  const { runs } = recordsIn(
    JSON.parse(JSON.stringify(storedRuns([run], { expectKnown: false }))) as never,
    "run.json",
  );
  expect(runs[0]?.properties[1]).toEqual(unseen);
  expect(runs[0]?.properties[0]).toMatchObject({ name, verdict: { trace: { property: claim } } });
});

test("each name of the catalogue is read back from a file", () => {
  const names = catalogue.flatMap((property) => property.name ?? []);
  const records = names.map((one) => ({ ...unseen, name: one }));
  const { runs } = recordsIn(
    JSON.parse(JSON.stringify(storedRuns([runWith(records)], { expectKnown: false }))) as never,
    "run.json",
  );
  expect(runs[0]?.properties.map((property) => property.name)).toEqual(names);
  const wrong = JSON.parse(
    JSON.stringify(storedRuns([runWith([{ ...unseen, name: "a b" }])], { expectKnown: false })),
  ) as never;
  expect(() => recordsIn(wrong, "run.json")).toThrow("name: Invalid string");
});

test("a search takes it from the catalogue into the record and the trace", () => {
  const request = { system: "stall-flat", ...defaultsOf("stall-flat"), bounds: "small", set: {} };
  const system = build(request);
  const properties = system.properties.map((one) => ({ ...one, name: `name-of-${one.id.toLowerCase()}` }));
  const search = startExhaustive(defineSystem({ ...system, properties }), { maxStates: 100 });
  const [instance] = search.judge.instances;
  const found = traceOf(search.system, {} as never, [], instance!.property, "unknown");
  expect(found.property.name).toBe(`name-of-${instance!.property.id.toLowerCase()}`);
  const record = propertyRecord(instance!.property, { kind: "holds" }, {});
  expect(record.name).toBe(`name-of-${instance!.property.id.toLowerCase()}`);
});

test("list and explain show it, and know the property by it", () => {
  const { terminal, written } = fakeTerminal({ columns: 200 });
  const properties = [{ id: "UNM-1", name: "unmap-returns", kind: "leadsTo", statement: "It returns.", source: "S" }];
  list({ ...fakeEngine, properties }, terminal, "properties", "unmap-returns", false);
  expect(written.out).toContain("unmap-returns: It returns.");
  const index = { claimedIn: new Map(), facts: [] } as never;
  for (const { names } of claimEntries(index)) expect(new Set(names).size).toBe(names.length);
});
