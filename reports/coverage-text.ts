/** What of the machines, knobs and claims some runs made use of, as plain text. */
import { sumOf, unexcused, useOf, type CoverageRecord, type MachineUse } from "./coverage.ts";
import { valueWords } from "./phrases.ts";
import { modelName, count, counted } from "./words.ts";

/** "8 of 9 rules taken, ...": a part that there is none of is left out. */
export function useWords(use: Omit<MachineUse, "machine">): string {
  const { rules, taken, guards, bothWays, states, entered, messages, sent } = use;
  const parts: readonly (readonly [used: number, all: number, words: string])[] = [
    [taken, rules, "rules taken"],
    [bothWays, guards, "guards seen true and false"],
    [entered, states, "states entered"],
    [sent, messages, "messages sent"],
  ];
  const told = parts.flatMap(([used, all, words]) => (all === 0 ? [] : [`${count(used)} of ${count(all)} ${words}`]));
  return told.join(", ") || "nothing that could be used";
}

export const NOT_EXCUSED = "NOT EXCUSED";

const because = ({ reason = NOT_EXCUSED }: { readonly reason?: string }): string => reason;

/** Each machine with what none of the runs uses of it. */
function machineLines({ machines, gaps }: CoverageRecord): readonly string[] {
  return machines
    .map(useOf)
    .flatMap((use) => [
      `${use.machine}: ${useWords(use)}`,
      ...gaps
        .filter(({ machine, kind }) => machine === use.machine && kind !== "never sent")
        .map((gap) => `  ${gap.rule}${gap.guard === undefined ? "" : ` [${gap.guard}]`}: ${gap.kind}: ${because(gap)}`),
    ]);
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length > 0 ? ["", title, ...lines.map((line) => `  ${line}`)] : [];

function endLines(record: CoverageRecord): readonly string[] {
  const { bounds, runs, machines, knobs, unset, claims, vacuous, stale } = record;
  const values = knobs.reduce((sum, { values: of }) => sum + of.length, 0);
  const open = unexcused(record);
  return [
    "",
    `${counted(machines.length, "machine")} in ${counted(runs.length, "run")} at ${bounds} bounds: ${useWords(sumOf(machines.map(useOf)))}.`,
    `${count(values - unset.length)} of ${count(values)} values of ${counted(knobs.length, "knob")} set; ${count(claims.length - vacuous.length)} of ${counted(claims.length, "claim")} rest on something that occurs.`,
    open === 0
      ? "What is missing has its reason in properties/gaps."
      : `${count(open)} gaps have no reason in properties/gaps.`,
    ...stale.map((text) => `OUT OF DATE in properties/gaps: ${text}`),
    "",
  ];
}

export function coverageText(record: CoverageRecord): string {
  const { runs, gaps, unset, vacuous } = record;
  const perRun =
    runs.length > 1 ? runs.map(({ model, machines }) => `${modelName(model)}: ${useWords(sumOf(machines))}`) : [];
  return [
    ...machineLines(record),
    ...section(
      "Messages that no machine sends:",
      gaps.filter(({ kind }) => kind === "never sent").map((gap) => `${gap.rule} (${gap.machine}): ${because(gap)}`),
    ),
    ...section(
      "Values of knobs that no run is built with:",
      unset.map((one) => `${one.knob}=${valueWords(one.value)}: ${because(one)}`),
    ),
    ...section(
      "Claims that say nothing in these runs, because what they rest on never occurs:",
      vacuous.map((one) => `${one.id}: ${because(one)}`),
    ),
    ...section("Run by run:", perRun),
    ...endLines(record),
  ].join("\n");
}
