import { describe, expect, test } from "vitest";
import { build } from "../build.ts";
import { actionLeftOut, caseLeftOut, casesIn, testLeftOut, type Place } from "./cases.ts";

const system = build({ system: "pri-flat", hardware: "vtd", host: "rfc-v1-on-groups", bounds: "small", set: {} });
const LAST = { role: "prg-slot", state: "requesting", on: "slot.requests", at: 0 };

const configOf = (changed: typeof system, role: string) =>
  Object.values(changed.components).find((part) => part.role === role)!.machine;

const places = (changed: typeof system) =>
  [...casesIn("prg-slot", configOf(changed, "prg-slot"))].filter(
    ({ place }) => place.state === LAST.state && place.on === LAST.on,
  );

describe("a machine's table is changed in one place", () => {
  test("as it is, the transition has two cases, the first with a test and three actions", () => {
    expect(places(system)).toEqual([
      { place: LAST, hasTest: true, actions: 3 },
      { place: { ...LAST, at: 1 }, hasTest: false, actions: 3 },
    ]);
  });

  test("a case is left out", () => {
    expect(places(caseLeftOut(LAST)(system))).toEqual([{ place: LAST, hasTest: false, actions: 3 }]);
  });

  test("a test is left out", () => {
    expect(places(testLeftOut(LAST)(system)).map(({ hasTest }) => hasTest)).toEqual([false, false]);
  });

  test("an action is left out", () => {
    expect(places(actionLeftOut(LAST, 2)(system)).map(({ actions }) => actions)).toEqual([2, 3]);
  });

  test("the system itself, and every other machine, stays as it is", () => {
    const changed = caseLeftOut(LAST)(system);
    expect(places(system)).toHaveLength(2);
    expect(configOf(changed, "fault-resolver")).toBe(configOf(system, "fault-resolver"));
  });
});

test.each<[string, Place, (place: Place) => (one: typeof system) => unknown, string]>([
  ["role", { ...LAST, role: "prg" }, caseLeftOut, `"pri-flat" has no role "prg".`],
  ["state", { ...LAST, state: "asking" }, caseLeftOut, `"prg-slot" has no state "asking".`],
  ["case", { ...LAST, at: 2 }, caseLeftOut, `"prg-slot" has 2 cases of "slot.requests" in requesting; 2 is none.`],
  ["test", { ...LAST, at: 1 }, testLeftOut, `Case 1 of "slot.requests" of "prg-slot" has no test.`],
  ["action", LAST, (place) => actionLeftOut(place, 3), `Case 0 of "slot.requests" of "prg-slot" has no action 3.`],
])("a %s that is none is refused", (_, place, change, message) => {
  expect(() => change(place)(system)).toThrow(message);
});
