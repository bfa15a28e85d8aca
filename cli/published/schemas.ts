/** The shapes of our files as JSON Schema, for programs that are not ours. */
import { z } from "zod";
import type { Json } from "../../checker/json.ts";
import { COVERAGE_SCHEMA } from "../../reports/coverage.ts";
import { coverageShape } from "../coverage/schemas.ts";
import { SHAPES } from "../schemas.ts";

const TITLES: { readonly [schema: string]: string } = {
  "faultline-trace/1": "A counterexample or a witness: the path, step by step.",
  "faultline-regression/1": "A path that is kept, and what is expected of it.",
  "faultline-run/1": "One run: what was searched, and the verdict on each property.",
  "faultline-runs/2": "run.json: all runs of one call of the command line.",
  "faultline-coverage/1": "What of the machines, knobs and claims some runs made use of.",
};

/** "trace-1.json" of "faultline-trace/1". */
export const fileOf = (schema: string): string => `${schema.replace(/^faultline-/, "").replace("/", "-")}.json`;

/** By file name. What JSON Schema cannot say (that a path which is named is there) is checked when a file is read. */
export const schemas = (): { readonly [file: string]: Json } =>
  Object.fromEntries(
    Object.entries({ ...SHAPES, [COVERAGE_SCHEMA]: coverageShape }).map(([schema, shape]) => [
      fileOf(schema),
      {
        title: schema,
        description: TITLES[schema] ?? schema,
        ...(z.toJSONSchema(shape) as { readonly [field: string]: Json }),
      },
    ]),
  );
