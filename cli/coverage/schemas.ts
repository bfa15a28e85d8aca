/** The shape of what `coverage --json` prints. Only loaded when a file is read: zod takes a tenth of a second to start. */
import { z } from "zod";
import { COVERAGE_SCHEMA, type CoverageRecord } from "../../reports/coverage.ts";
import type { Document } from "../document.ts";
import { shaped } from "../schemas.ts";

const json = z.json();
const whole = z.int().min(0);
const texts = z.array(z.string());
const reason = z.string().optional();

const use = z.strictObject({
  machine: z.string(),
  rules: whole,
  taken: whole,
  guards: whole,
  bothWays: whole,
  states: whole,
  entered: whole,
  messages: whole,
  sent: whole,
});

const rule = z.strictObject({
  rule: z.string(),
  guard: z.string().optional(),
  asked: z.boolean(),
  taken: z.boolean(),
  refused: z.boolean(),
});

export const coverageShape = z.strictObject({
  schema: z.literal(COVERAGE_SCHEMA),
  bounds: z.string(),
  whole: z.boolean(),
  runs: z.array(
    z.strictObject({
      model: z.strictObject({
        system: z.string(),
        hardware: z.string(),
        host: z.string(),
        bounds: z.string(),
        set: z.record(z.string(), json),
        fingerprint: z.string(),
      }),
      machines: z.array(use),
    }),
  ),
  machines: z.array(
    z.strictObject({
      machine: z.string(),
      systems: texts,
      rules: z.array(rule),
      states: z.array(z.strictObject({ state: z.string(), entered: z.boolean() })),
      messages: z.array(z.strictObject({ message: z.string(), sent: z.boolean() })),
    }),
  ),
  gaps: z.array(
    z.strictObject({
      machine: z.string(),
      rule: z.string(),
      kind: z.enum(["never taken", "never refused", "never entered", "never sent"]),
      guard: z.string().optional(),
      reason,
    }),
  ),
  knobs: z.array(
    z.strictObject({
      knob: z.string(),
      systems: texts,
      values: z.array(z.strictObject({ value: json, runs: whole })),
    }),
  ),
  unset: z.array(z.strictObject({ knob: z.string(), value: json, systems: texts, reason })),
  claims: z.array(z.strictObject({ id: z.string(), kind: z.string(), runs: whole, seen: whole })),
  vacuous: z.array(z.strictObject({ id: z.string(), reason })),
  stale: texts,
});

/** @throws UsageError for a file of another shape */
export const coverageIn = (document: Document, path: string): CoverageRecord =>
  shaped(document, coverageShape, path, COVERAGE_SCHEMA);
