/** What `npm run rules` says of a few runs of the suite. */
import { describe, expect, test } from "vitest";
import { gapText, type Excuse } from "../../properties/gaps/gap.ts";
import { suite } from "../../properties/suite.ts";
import { rulesOfRuns } from "./rules-of-suite.ts";
import { rulesText } from "./rules-text.ts";

const runs = suite("small").filter(({ system }) => system === "lifetimes" || system === "fault-object");
const bare = rulesOfRuns("small", runs, [], true);
const [gap] = bare.gaps;
const excuse: Excuse = {
  reason: "nobody asks",
  [gap!.kind === "never taken" ? "never" : "always"]: { [gap!.machine]: [gap!.rule] },
};

describe("the rules of two systems", () => {
  test("are those of their machines, and of each run", () => {
    expect(bare.runs.map(({ run }) => run.split(" ")[0])).toEqual(runs.map(({ system }) => system));
    const [object] = bare.machines.filter(({ machine }) => machine === "counted-object");
    expect(object!.systems.toSorted()).toEqual(["fault-object", "lifetimes"]);
    for (const { machines } of bare.runs)
      for (const use of machines) {
        expect(use.taken).toBeLessThanOrEqual(use.rules);
        expect(use.bothWays).toBeLessThanOrEqual(use.guards);
        expect(use.guards).toBeLessThanOrEqual(use.rules);
      }
    expect(JSON.parse(JSON.stringify(bare))).toEqual(bare);
  });

  test("leave gaps that no reason is given for", () => {
    const text = rulesText(bare);
    expect(text).toContain(`${gap!.machine}: `);
    expect(text).toMatch(/ NOT EXCUSED\n/);
    expect(text).toContain(`\n${bare.gaps.length} of ${bare.gaps.length} gaps have no reason in properties/gaps.\n`);
  });

  test("take the reason that is given, and name one that is out of date", () => {
    const stale: Excuse = { reason: "it is gone", never: { "counted-object": ["alive: object.sings"] } };
    const record = rulesOfRuns("small", runs, [excuse, stale], true);
    expect(record.gaps.find((one) => gapText(one) === gapText(gap!))!.reason).toBe("nobody asks");
    expect(rulesText(record)).toContain(": nobody asks\n");
    expect(record.stale).toEqual(["counted-object: alive: object.sings: never taken"]);
    expect(rulesText(record)).toContain(
      "OUT OF DATE in properties/gaps: counted-object: alive: object.sings: never taken",
    );
  });

  test("of a part of the suite say that others may use the rest, and find nothing out of date", () => {
    const record = rulesOfRuns("small", runs.slice(0, 1), [excuse], false);
    expect(record.stale).toEqual([]);
    expect(record.gaps.every(({ reason }) => reason !== undefined)).toBe(true);
  });
});
