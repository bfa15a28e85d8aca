/** The files that commands read, in words: what is expected where another file was given. */
import { RUN_SCHEMA, TRACE_SCHEMA } from "../checker/run-record.ts";
import { REGRESSION_SCHEMA } from "../scenarios/regression.ts";
import { RUNS_SCHEMA } from "./document.ts";

const TRACE = `a counterexample (${TRACE_SCHEMA})`;
const REGRESSION = `a regression (${REGRESSION_SCHEMA})`;

/** By what is done with the file. */
export const FORMS = {
  save: TRACE,
  replay: `${TRACE} or ${REGRESSION}`,
  why: `run.json (${RUNS_SCHEMA}), ${TRACE} or ${REGRESSION}`,
  report: `run.json (${RUNS_SCHEMA} or ${RUN_SCHEMA}) or ${TRACE}`,
} as const;
