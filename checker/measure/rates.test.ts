import { describe, expect, test } from "vitest";
import { Core } from "../kernel/core.ts";
import { stationsSystem } from "../textbook/stations.ts";
import { meanOf, type Cost } from "./cost.ts";
import { checkCounted, countIn } from "./counted.ts";
import { Occurrences, REFUSED } from "./occurrence.ts";
import { stepNames } from "./pattern.ts";
import { checkRates, timedAs, type RateRule, type Rates } from "./rates.ts";

const basis = { assumed: "an example" };
const every = (mean: number): Cost => ({ distribution: "exponential", mean, unit: "ns", basis });
const timed = (step: string, mean: number, times?: string): RateRule => ({
  step,
  timing: { kind: "timed", cost: every(mean), ...(times !== undefined && { times }) },
});
const system = stationsSystem([{ room: 2 }, { room: 1, servers: 2 }]);
const rules = [
  timed("source: source.sends", 10),
  timed("station0: *", 5),
  timed("station1: station.serves", 7, "busy"),
];
const rates: Rates = { name: "example", rules };
const withCost = (cost: object): Rates => ({
  name: "example",
  rules: [
    { step: "source: source.sends", timing: { kind: "timed", cost: { unit: "ns", basis, ...cost } as Cost } },
    ...rules.slice(1),
  ],
});

test("every step has a name", () => {
  expect(stepNames(system)).toEqual(["source: source.sends", "station0: station.serves", "station1: station.serves"]);
});

describe("rates that say enough are taken; refused are", () => {
  test("none", () => expect(() => checkRates(system, rates)).not.toThrow());
  test.each([
    [
      "a step that no rule is about",
      { name: "example", rules: rules.slice(1) },
      'say nothing of "source: source.sends".',
    ],
    [
      "a name of no step",
      { name: "example", rules: [timed("station2: station.serves", 1)] },
      '"station2: station.serves" is no step of the system. Nearest: station0: station.serves',
    ],
    ["a negative time", withCost({ distribution: "fixed", mean: -1 }), "has a mean of -1 ns; it must be above 0"],
    ["no time", withCost({ distribution: "exponential", mean: 0 }), "make the step immediate, with a weight"],
    ["not a number", withCost({ distribution: "exponential", mean: Number.NaN }), "has a mean of NaN ns"],
    ["another unit", withCost({ distribution: "fixed", mean: 1, unit: "us" }), 'is in "us"; write it in ns'],
    ["no variation", withCost({ distribution: "lognormal", mean: 1, variation: 0 }), "varies by 0"],
    ["no values", withCost({ distribution: "empirical", values: [] }), "has no values"],
    ["values of no time", withCost({ distribution: "empirical", values: [1, -2] }), "has the value -2"],
    ["values that are all 0", withCost({ distribution: "empirical", values: [0, 0] }), "is 0 ns on average"],
    [
      "a weight of nothing",
      { name: "example", rules: [{ step: "source: *", timing: { kind: "immediate", weight: 0 } }, ...rules] },
      'The weight of "source: *" in the rates "example" is 0; it must be above 0.',
    ],
    [
      "a choice of less than nothing",
      { ...rates, choices: [{ step: "source: *", weight: -0.5 }] },
      "has the weight -0.5; it must be at least 0",
    ],
  ] as const)("%s", (_, wrong, message) => {
    expect(() => checkRates(system, wrong as Rates)).toThrow(message);
  });
  test("counts of names that are none", () => {
    expect(() => checkCounted(system, { label: "losses", of: [{ message: { type: "job.losd" } }] })).toThrow(
      'The count of losses: "job.losd" is no message of the system. Nearest: job.lost',
    );
  });
});

test("the mean of values is theirs", () => {
  expect(meanOf({ distribution: "empirical", values: [1, 2, 6] })).toBe(3);
  expect(meanOf({ distribution: "lognormal", mean: 4, variation: 2 })).toBe(4);
});

describe("a step in a state", () => {
  /** After these actions: what each action of the universe is. */
  const after = (actions: readonly number[]) => {
    const core = new Core(system);
    const occurrences = new Occurrences(core);
    const vector = Int32Array.from(core.initial);
    for (const action of actions) {
      core.vector.set(vector);
      expect(core.takeAction(action)).toBe(true);
      vector.set(core.vector);
    }
    return system.actions.map((_, action) => {
      const number = occurrences.of(vector, action);
      expect(occurrences.of(vector, action)).toBe(number);
      return number === REFUSED ? undefined : occurrences.values[number]!;
    });
  };

  test("has the time of its rule, as often as it goes on", () => {
    const [sends, serves, last] = after([0, 1, 0]);
    expect(timedAs(rates, sends!)).toEqual({ kind: "timed", rule: 0, cost: every(10), times: 1, weight: 1 });
    // Its next one is full.
    expect(serves).toBeUndefined();
    expect(timedAs(rates, last!)).toEqual({ kind: "timed", rule: 2, cost: every(7), times: 1, weight: 1 });
  });

  test("counts its messages", () => {
    const lost = { label: "losses", of: [{ message: { type: "job.lost", to: "outside" } }] };
    expect(countIn(lost, after([])[0]!)).toBe(0);
    expect(countIn(lost, after([0, 0])[0]!)).toBe(1);
  });

  test("has the weights of all choices that fit", () => {
    const full = { step: "source: *", weight: 0.5 };
    const choices = [full, { step: "source: source.sends", weight: 4 }, { step: "station0: *", weight: 7 }];
    expect(timedAs({ ...rates, choices }, after([])[0]!)).toMatchObject({ weight: 2 });
    expect(timedAs({ ...rates, choices: [{ ...full, weight: 0 }] }, after([])[0]!).kind).toBe("never");
  });

  test("that the rules leave out is refused by its name", () => {
    const some: Rates = { name: "example", rules: [{ ...rules[1]!, fields: { jobs: 2 } }] };
    expect(() => timedAs(some, after([0])[1]!)).toThrow('say nothing of "station0: station.serves of "station0""');
    expect(timedAs(some, after([0, 0])[1]!).kind).toBe("timed");
  });

  test("goes on as often as a number says, and nothing else", () => {
    const some: Rates = { name: "example", rules: [timed("station0: *", 5, "next")] };
    expect(() => timedAs(some, after([0])[1]!)).toThrow('which is "station1": neither a number nor a list');
  });
});
