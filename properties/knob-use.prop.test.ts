/** Each value of a flag or a choice is in some run of the suite, or properties/gaps says why not, and that is so. */
import { expect, test } from "vitest";
import { alone, knobExcuses, type KnobExcuse } from "./gaps/knob-values.ts";
import { knobGaps, knobUse } from "./knob-use.ts";
import { smallPresets, withOneKnob } from "./one-knob.ts";
import { suite } from "./suite.ts";

const runs = [...suite("small"), ...suite("default")];
const gaps = knobGaps(knobUse(runs));

const textsOf = ({ values }: KnobExcuse): readonly string[] =>
  Object.entries(values).flatMap(([knob, of]) => of.map((value) => `${knob}=${JSON.stringify(value)}`));

test("none is without a reason, and no reason is out of date", () => {
  expect(gaps.filter(({ reason }) => reason === undefined)).toEqual([]);
  const open = new Set(gaps.map(({ knob, value }) => `${knob}=${JSON.stringify(value)}`));
  expect(knobExcuses.flatMap(textsOf).filter((text) => !open.has(text))).toEqual([]);
});

test("a value that no run has is a gap", () => {
  const few = knobGaps(knobUse(runs.filter(({ system }) => system === "type1-unmap").slice(0, 1)));
  expect(few.length).toBeGreaterThan(gaps.length);
  expect(few.some(({ knob, reason }) => knob === "releaseOrder" && reason === undefined)).toBe(true);
});

test("what is searched alone can be: some preset of the suite is built with it, and looks at it", () => {
  const set = new Set(
    smallPresets().flatMap((preset) =>
      withOneKnob(preset).flatMap((request) =>
        Object.entries(request.set).map(([knob, value]) => `${knob}=${JSON.stringify(value)}`),
      ),
    ),
  );
  expect(textsOf(alone).filter((text) => !set.has(text))).toEqual([]);
});
