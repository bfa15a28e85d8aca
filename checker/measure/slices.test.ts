/** What takes long before the equations are solved is read in slices too, so that an interrupt is seen there. */
import { expect, test } from "vitest";
import { pollingRates, pollingSystem } from "../textbook/stochastic/polling.ts";
import { chainInSlices, chainOf } from "./chain.ts";
import type { Slices } from "./slices.ts";
import { startMeasured, StoredSteps } from "./stored-steps.ts";

function told<T>(slices: Slices<T>): { readonly value: T; readonly done: readonly number[] } {
  const done: number[] = [];
  for (let slice = slices.next(); ; slice = slices.next()) {
    if (slice.done === true) return { value: slice.value, done };
    expect(slice.value.unit).toBe("states");
    expect(slice.value.share).toBeCloseTo(slice.value.done / STATES, 12);
    done.push(slice.value.done);
  }
}

/** Of 12 stations. */
const STATES = 73_728;

test("the steps and the chain of 73 728 states are read in slices of 20 000", () => {
  const search = startMeasured(pollingSystem(12));
  while (search.advance(1 << 16));
  expect(search.store.count).toBe(STATES);
  const steps = told(StoredSteps.of(search));
  expect(steps.done).toEqual([20_000, 40_000, 60_000]);
  const chain = told(chainInSlices(steps.value, pollingRates(12)));
  expect(chain.done).toEqual([20_000, 40_000, 60_000]);
  const whole = chainOf(new StoredSteps(search), pollingRates(12));
  expect(chain.value.targets).toEqual(whole.targets);
  expect(chain.value.values).toEqual(whole.values);
});
