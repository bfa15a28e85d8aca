/** The published schemas against a validator that is not ours, and against what the command line writes. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Json } from "../../checker/json.ts";
import { exampleRuns, unmapAgainstFault } from "../../reports/example.ts";
import { storedRuns } from "../stored-runs.ts";
import { fileOf, schemas } from "./schemas.ts";

const validators = new Map(
  Object.entries(schemas()).map(([file, schema]) => [file, new Ajv2020({ strict: true }).compile(schema as object)]),
);
const validatorOf = (schema: string): ValidateFunction => validators.get(fileOf(schema))!;
const REGRESSION = "scenarios/regressions/GRP-10-9022ced3.json";
const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

test("docs/schemas has them as they are (npm run schemas)", () => {
  for (const [file, schema] of Object.entries(schemas()))
    expect(JSON.parse(readFileSync(new URL(`../../docs/schemas/${file}`, import.meta.url), "utf8"))).toEqual(
      plain(schema),
    );
});

describe.each([
  ["faultline-runs/2", plain(storedRuns(exampleRuns, { expectKnown: true }))],
  ["faultline-run/1", plain(exampleRuns[0])],
  ["faultline-trace/1", plain(unmapAgainstFault)],
] as const)("%s", (schema, document) => {
  const valid = validatorOf(schema);

  test("takes what is written", () => {
    valid(document);
    expect(valid.errors).toBeNull();
  });

  test("refuses another schema, a field too much and a field too few", () => {
    const of = document as { readonly [field: string]: Json };
    expect(valid({ ...of, schema: "faultline-run/0" })).toBe(false);
    expect(valid({ ...of, more: 1 })).toBe(false);
    const [first] = Object.keys(of).filter((name) => name !== "schema");
    expect(valid(Object.fromEntries(Object.entries(of).filter(([name]) => name !== first)))).toBe(false);
  });
});

test("regressions that are kept fit their schema", () => {
  const valid = validatorOf("faultline-regression/1");
  const kept = JSON.parse(readFileSync(new URL(`../../${REGRESSION}`, import.meta.url), "utf8")) as Json;
  valid(kept);
  expect(valid.errors).toBeNull();
});
