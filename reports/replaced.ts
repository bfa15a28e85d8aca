/** What was chosen and is not what was checked: the report says it before its verdicts. */
import type { Json } from "../checker/json.ts";
import type { ReplacedRecord, RunRecord } from "../checker/run-record.ts";

const value = (json: Json): string => (typeof json === "string" ? json : JSON.stringify(json));

const change = ({ knob, from, to }: ReplacedRecord): string => `${knob}=${value(to)} in place of ${value(from)}`;

/** For each preset, and for what was set by hand, a sentence; one for each reason. */
export function replacedLines({ model, replaced = [] }: RunRecord): readonly string[] {
  const groups = new Map<string, ReplacedRecord[]>();
  for (const one of replaced) {
    const key = one.of === "--set" ? `${one.of} ${one.knob}` : one.of;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((group) => {
    const [{ of, because }] = group as [ReplacedRecord];
    const changes = group.map(change).join(", ");
    const keep = group.map(({ knob, from }) => `--set ${knob}=${value(from)}`).join(" ");
    if (of === "--set") return `${model.system} uses ${changes}, which was set: ${because}.`;
    return `${model.system} replaces values of ${of}: ${changes} (${because}). To keep the preset: ${keep}.`;
  });
}

/** Of the whole suite, where nobody chose a preset: which systems do so. */
export function replacedInSuite(runs: readonly RunRecord[]): readonly string[] {
  const names = [...new Set(runs.filter(({ replaced = [] }) => replaced.length > 0).map(({ model }) => model.system))];
  if (names.length === 0) return [];
  return [`${names.join(", ")}: some values of the preset are replaced ("replaced" in run.json says which and why).`];
}
