/** Known violations, one line for each reason: what was expected needs no more. */
import type { Verdict } from "../checker/run-record.ts";
import type { Judged } from "./standing.ts";
import { counted, runName, verdictWords } from "./words.ts";

const howLong = (verdict: Verdict): string =>
  verdict.kind === "violated" ? `(${counted(verdict.trace.steps.length, "step")})` : `(${verdictWords(verdict)})`;

/** "Known, pri-overflow vtd rfc-v1: RSP-8 (5 steps), RSP-12 (5 steps): nobody answers"; runs and reasons in order. */
export function knownLines(known: readonly Judged[]): readonly string[] {
  const groups = new Map<string, { readonly run: string; readonly reason: string; readonly ids: string[] }>();
  for (const { run, property } of known) {
    const name = runName(run.model);
    const reason = property.known ?? "";
    const key = JSON.stringify([name, reason]);
    const group = groups.get(key) ?? { run: name, reason, ids: [] };
    groups.set(key, group);
    group.ids.push(`${property.id} ${howLong(property.verdict)}`);
  }
  return [...groups.values()].map(({ run, reason, ids }) => `Known, ${run}: ${ids.join(", ")}: ${reason}`);
}
