/** What `coverage` says of a few runs of the suite. */
import { describe, expect, test } from "vitest";
import { gapText, type Excuse } from "../../properties/gaps/gap.ts";
import { suite } from "../../properties/suite.ts";
import { coverageText } from "../../reports/coverage-text.ts";
import { faultline } from "../fake-run.ts";
import { coverageIn } from "./schemas.ts";
import { Covering } from "./coverage-of.ts";

const runs = suite("small").filter(({ system }) => system === "lifetimes" || system === "fault-object");
const covering = new Covering();
for (const run of runs) covering.search(run);
const of = (rules: readonly Excuse[], whole: boolean) =>
  covering.record("small", { rules, claims: [], others: [] }, whole);
const bare = of([], true);
const [gap] = bare.gaps;
const excuse: Excuse = {
  reason: "nobody asks",
  [gap!.kind === "never taken" ? "never" : "always"]: { [gap!.machine]: [gap!.rule] },
};

describe("the coverage of two systems", () => {
  test("is that of their machines, and of each run", () => {
    expect(bare.runs.map(({ model }) => model.system)).toEqual(runs.map(({ system }) => system));
    const [object] = bare.machines.filter(({ machine }) => machine === "counted-object");
    expect(object!.systems.toSorted()).toEqual(["fault-object", "lifetimes"]);
    for (const { machines } of bare.runs)
      for (const use of machines) {
        expect(use.taken).toBeLessThanOrEqual(use.rules);
        expect(use.bothWays).toBeLessThanOrEqual(use.guards);
        expect(use.guards).toBeLessThanOrEqual(use.rules);
        expect(use.entered).toBeLessThanOrEqual(use.states);
        expect(use.sent).toBeLessThanOrEqual(use.messages);
      }
    expect(bare.machines.some(({ states }) => states.some(({ entered }) => entered))).toBe(true);
    expect(bare.machines.some(({ messages }) => messages.some(({ sent }) => !sent))).toBe(true);
  });

  test("is what its shape says", () => {
    const document = JSON.parse(JSON.stringify(bare)) as never;
    expect(coverageIn(document, "x.json")).toEqual(bare);
    expect(() => coverageIn({ ...bare, more: 1 } as never, "x.json")).toThrow("is not a sound faultline-coverage/1");
  });

  test("leaves gaps that no reason is given for", () => {
    const text = coverageText(bare);
    expect(text).toContain(`${gap!.machine}: `);
    expect(text).toMatch(/ NOT EXCUSED\n/);
    expect(text).toMatch(/\n[\d ]+ gaps have no reason in properties\/gaps\.\n/);
  });

  test("takes the reason that is given, and names one that is out of date", () => {
    const stale: Excuse = { reason: "it is gone", never: { "counted-object": ["alive: object.sings"] } };
    const record = of([excuse, stale], true);
    expect(record.gaps.find((one) => gapText(one) === gapText(gap!))!.reason).toBe("nobody asks");
    expect(coverageText(record)).toContain(": nobody asks\n");
    expect(record.stale).toEqual(["counted-object: alive: object.sings: never taken"]);
    expect(coverageText(record)).toContain(
      "OUT OF DATE in properties/gaps: counted-object: alive: object.sings: never taken",
    );
  });

  test("of a part of the suite says that others may use the rest, and finds nothing out of date", () => {
    const record = of([excuse], false);
    expect(record.stale).toEqual([]);
    expect([...record.gaps, ...record.unset, ...record.vacuous].every(({ reason }) => reason !== undefined)).toBe(true);
  });

  test("takes a value of a knob that other runs are built with for no gap", () => {
    const others = suite("small").filter(({ system }) => system === "type1-unmap");
    const { unset } = covering.record("small", { rules: [], claims: [], others }, true);
    expect(unset.filter(({ reason }) => reason === "the suite has it at its other bounds").length).toBeGreaterThan(5);
    expect(bare.unset.filter(({ reason }) => reason === undefined).length).toBeGreaterThan(
      unset.filter(({ reason }) => reason === undefined).length,
    );
  });

  test("counts what claims rest on: all of it occurs, and of the whole catalogue the rest does not", () => {
    expect(of([], false).vacuous).toEqual([]);
    const { claims, vacuous } = bare;
    expect(claims.find(({ id }) => id === "OBJ-1")).toMatchObject({ kind: "always", runs: 4, seen: 4 });
    expect(vacuous).toContainEqual({ id: "PIN-1" });
    expect(vacuous.length + claims.filter(({ seen }) => seen > 0).length).toBe(claims.length);
  });
});

describe("faultline coverage", () => {
  test("prints text, or the record", async () => {
    const text = await faultline(["coverage", "fault-object", "--bounds", "small"]);
    expect(text.code).toBe(0);
    expect(text.out).toMatch(/\n\d+ machines in 4 runs at small bounds: \d+ of \d+ rules taken, /);
    const json = await faultline(["coverage", "fault-object", "--bounds", "small", "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({ schema: "faultline-coverage/1", whole: false });
  });

  test.each([
    [["fault-objet"], 'there is no system "fault-objet".\n  Nearest: fault-object.'],
    [["--bounds", "deep"], 'there are no bounds "deep".'],
    [["lifetimes", "lifetimes"], "is given twice"],
  ])("%j is 2", async (args, message) => {
    const { code, err } = await faultline(["coverage", ...args]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) });
  });
});
