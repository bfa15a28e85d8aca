/** Numbers of textbook systems, for tests. */
import { modelRecord } from "../../explore/exhaustive.ts";
import { expectedOf } from "../../measure/expected.ts";
import type { Asked, ExpectedRecord } from "../../measure/expected-record.ts";
import type { Rates } from "../../measure/rates.ts";
import type { Effort } from "../../measure/relax.ts";
import { startMeasured, StoredSteps } from "../../measure/stored-steps.ts";
import type { ModelRecord } from "../../run-record.ts";
import type { System } from "../../system.ts";

export const modelOf = (system: System): ModelRecord =>
  modelRecord(system, { system: system.name, hardware: "", host: "", bounds: "", set: {} });

export function storedSteps(system: System): StoredSteps {
  const search = startMeasured(system);
  while (search.advance(1 << 16));
  return new StoredSteps(search);
}

export const expectedFrom = (steps: StoredSteps, rates: Rates, asked: Asked, effort?: Effort): ExpectedRecord =>
  expectedOf(steps, rates, modelOf(steps.search.system), asked, effort);

export const expectedIn = (system: System, rates: Rates, asked: Asked): ExpectedRecord =>
  expectedFrom(storedSteps(system), rates, asked);

/** Whether they agree in six digits. */
export const agrees = (value: number, published: number): boolean =>
  Math.abs(value - published) <= 5e-7 * Math.abs(published);
