/** What was expected and was not found: a situation that never occurs, and a known violation that is gone. */
import type { ModelRecord, PropertyRecord, RunRecord, SearchRecord } from "../checker/run-record.ts";
import type { Judged } from "./standing.ts";
import { laid, paragraph as flowing, type Line } from "./lines.ts";
import { claimName, coverage, modelName, verdictWords } from "./words.ts";

type Named = Omit<ModelRecord, "parameters" | "fingerprint">;

/** The command that makes the run again. */
export function checkCommand({ system, hardware, host, bounds, set }: Named): string {
  const knobs = Object.entries(set).map(
    ([knob, value]) => `--set ${knob}=${Array.isArray(value) ? value.join(",") : String(value)}`,
  );
  const named = hardware === "any" ? [] : [`--hardware ${hardware}`];
  // With choices of its own a run would end at its first violation, which may come before what is to be shown.
  const whole = knobs.length > 0 ? ["--stop-at never"] : [];
  return ["npx faultline check", system, ...named, `--design ${host}`, `--bounds ${bounds}`, ...knobs, ...whole].join(
    " ",
  );
}

/** A claim that was looked for in vain. */
export interface Lost {
  readonly id: string;
  readonly name?: string;
  readonly statement: string;
  /** "PCIe 6.0, section 10.4.2". */
  readonly source: string;
  /** Where it was looked for and how far, one line for each search. */
  readonly searched: readonly string[];
  /** Ids of the claims that say nothing without it. */
  readonly resting: readonly string[];
  /** The command that shows it. */
  readonly command: string;
}

const paragraph = (name: string, text: string): readonly Line[] => [
  flowing(text, 66, `  ${name.padEnd(8)}  `, " ".repeat(12)),
];

const lostLines = (
  title: string,
  { id, name, statement, source, searched, resting, command }: Lost,
): readonly Line[] => [
  flowing(`${title} ${claimName({ id, ...(name !== undefined && { name }) })}: ${statement}`, 76, "", "  "),
  ...searched.flatMap((line, k) => paragraph(k === 0 ? "Searched" : "", line)),
  ...(resting.length > 0
    ? paragraph("So", `these claims are vacuous as long as ${id} is not seen: ${resting.join(", ")}.`)
    : []),
  ...paragraph("Source", `${source}.`),
  `  ${"Command".padEnd(8)}  ${command}`,
];

/** A situation that was never seen, told as fully as a violation. */
export const lostWitnessLines = (lost: Lost): readonly Line[] => lostLines("NEVER WITNESSED", lost);

/** "pri-flat, hardware vtd, design rfc-v1, bounds small. Complete: 12 345 reachable states, ..." */
export const searchedWords = (model: Named, how: SearchRecord | string): string =>
  `${modelName(model)}. ${typeof how === "string" ? `${how}.` : coverage(how)}`;

const lostIn = (run: RunRecord, { id, name, statement, source }: PropertyRecord): Lost => ({
  id,
  ...(name !== undefined && { name }),
  statement,
  source: `${source.document}, ${source.clause}`,
  searched: [searchedWords(run.model, run.search)],
  resting: [
    ...(run.leftOut ?? []).flatMap(({ ids, witness }) => (witness === id ? ids : [])),
    ...run.properties.filter(({ witness }) => witness === id).map((property) => property.id),
  ],
  command: checkCommand(run.model),
});

/** Lines for the claims of the runs that are never witnessed; `remarks` follow. */
export const neverWitnessed = ({ run, property }: Judged, remarks: readonly string[]): readonly Line[] =>
  property.verdict.kind === "never-witnessed"
    ? [...lostWitnessLines(lostIn(run, property)), ...remarks.flatMap((line) => paragraph("", line)), ""]
    : [];

/** Lines for a violation that is declared as known, but does not happen. */
export const gone = ({ run, property }: Pick<Judged, "run" | "property">): readonly Line[] => [
  ...lostLines("NO LONGER BROKEN", { ...lostIn(run, property), resting: [] }),
  ...paragraph("Verdict", `${verdictWords(property.verdict)}, but the suite lists it as violated: ${property.known}`),
  "",
];

/** As a test prints it: as wide as a mail. */
export const lostText = (lines: readonly Line[]): string => laid(lines).join("\n");
