import { describe, expect, test } from "vitest";
import type { ExpectedRecord } from "../../measure/expected-record.ts";
import type { Rates } from "../../measure/rates.ts";
import { agrees, expectedFrom, expectedIn, storedSteps } from "./measured.ts";
import { PUBLISHED, type Published } from "./published.ts";

describe.each(PUBLISHED)("$name ($file)", ({ system, rates, asked, states, transitions, values }) => {
  test("has the states, the transitions and the values that others found", () => {
    const record = expectedIn(system, rates, asked);
    expect(record.chain).toMatchObject({ states, transitions });
    for (const { of, value, in: found } of values)
      expect(agrees(found(record), value), `${of}: ${found(record)}, published ${value}`).toBe(true);
  });
});

describe("the published values notice", () => {
  const named = (name: string): Published => PUBLISHED.find((one) => one.name === name)!;
  const isNoticed = ({ values }: Published, record: ExpectedRecord): boolean =>
    values.some(({ value, in: found }) => !agrees(found(record), value));

  test.each(["polling of 3 stations", "tandem of room 15", "kanban of 1 ticket"])(
    "each rate that is wrong by a thousandth: %s",
    (name) => {
      const one = named(name);
      const steps = storedSteps(one.system);
      expect(isNoticed(one, expectedFrom(steps, one.rates, one.asked))).toBe(false);
      for (const [wrong, { step }] of one.rates.rules.entries())
        expect(isNoticed(one, expectedFrom(steps, slowed(one.rates, wrong), one.asked)), step).toBe(true);
    },
  );

  // The queue of the tandem is full nearly always: most of its states are too improbable to matter in six digits.
  test.each([
    ["each", "polling of 3 stations", 1],
    ["each tenth", "kanban of 1 ticket", 10],
  ])("%s transition that is lost: %s", (_, name, stride) => {
    const one = named(name);
    const steps = storedSteps(one.system);
    const { offsets, targets, transitions } = steps.graph;
    const unnoticed: number[] = [];
    for (let lost = 0; lost < transitions; lost += stride) {
      const target = targets[lost]!;
      targets[lost] = offsets.findLastIndex((from) => from <= lost);
      // A transition that leads back to its own state changes nothing, and neither does its loss.
      if (targets[lost] !== target && !isNoticed(one, expectedFrom(steps, one.rates, one.asked))) unnoticed.push(lost);
      targets[lost] = target;
    }
    expect(unnoticed).toEqual([]);
  });
});

function slowed(rates: Rates, wrong: number): Rates {
  const rules = rates.rules.map((rule, k) => {
    const { timing } = rule;
    if (k !== wrong || timing.kind !== "timed" || timing.cost.distribution !== "exponential") return rule;
    return { ...rule, timing: { ...timing, cost: { ...timing.cost, mean: 1.001 * timing.cost.mean } } };
  });
  return { ...rates, rules };
}
