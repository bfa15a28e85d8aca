/** Whether the model that a file names is still the one that it was written for. */
import type { Json } from "../checker/json.ts";
import type { ModelRecord } from "../checker/run-record.ts";
import { fits } from "../model/knobs.ts";
import { allKnobs, contradiction, parametersFor, unknownIn } from "../properties/build.ts";
import type { ReplayOutcome } from "./ports.ts";

type Fields = { readonly [field: string]: Json };

const isFields = (value: Json | undefined): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The first parameter that has another value today. One that the file does not have is a newer knob, and no edit. */
function changed(stored: Json | undefined, now: Json | undefined, path: string): string | undefined {
  if (!isFields(stored) || !isFields(now))
    return JSON.stringify(stored) === JSON.stringify(now)
      ? undefined
      : `the parameter ${path} is ${now === undefined ? "none" : JSON.stringify(now)} now, the file says ${JSON.stringify(stored)}`;
  for (const [field, value] of Object.entries(stored)) {
    const found = changed(value, Object.hasOwn(now, field) ? now[field] : undefined, path ? `${path}.${field}` : field);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Why the path of the file cannot be taken in the model that the file names, or undefined. A regression has no parameters. */
export function refused(
  model: Omit<ModelRecord, "parameters"> & { readonly parameters?: Json },
): ReplayOutcome | undefined {
  const unknown = unknownIn(model);
  if (unknown) return { kind: "unknown", ...unknown };
  for (const [knob, value] of Object.entries(model.set))
    if (!allKnobs.some(({ name, values }) => name === knob && fits(values, value)))
      return { kind: "stale", because: `${JSON.stringify(value)} is no value of ${knob}` };
  const because =
    contradiction(model) ??
    (model.parameters === undefined ? undefined : changed(model.parameters, parametersFor(model), ""));
  return because === undefined ? undefined : { kind: "stale", because };
}
