/** The page of a counterexample, with the files that others read inside. */
import type { TraceRecord } from "../checker/run-record.ts";
import { itf } from "../reports/formats/itf.ts";
import { counterexamplePage } from "../reports/page/counterexample-page.ts";
import type { WhyRecord } from "../reports/why.ts";
import { neatJson } from "./neat-json.ts";

/** A page takes no more characters of files along; what is left out is in the kept file. */
const MOST = 1_000_000;

/** `trace`: with whole states, as a kept counterexample has them. */
export function pageOf(trace: TraceRecord, directory: string, why?: WhyRecord): string {
  const files = [
    ["Counterexample, for faultline replay", neatJson(trace)],
    ["ITF, for Apalache and Quint", neatJson(itf(trace))],
  ] as const;
  let left = MOST;
  const copies = files.filter(([, text]) => (left -= text.length) >= 0);
  return counterexamplePage(trace, { directory, copies, ...(why && { why }) });
}
