/** What is told of mails without a diff: nothing is looked up, so nothing has to be loaded. */
import type { ImpactRecord, PatchRecord } from "../../reports/impact.ts";

export const nothingTouched = (patches: readonly PatchRecord[]): ImpactRecord => ({
  schema: "faultline-impact/1",
  patches,
  files: [],
  functions: [],
  calls: [],
  machines: [],
  properties: [],
  knobs: [],
  scenarios: [],
  known: [],
  defects: [],
  sources: {},
  commands: [],
});
