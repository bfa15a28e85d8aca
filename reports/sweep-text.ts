/** A sweep as plain text: how much was run, what holds, and what breaks each property. */
import { checkCommand } from "./lost.ts";
import { changesWords, mendingWords, setWords, settingWords, settingsWords } from "./sweep-words.ts";
import {
  brokeEarly,
  outcomeOf,
  type BreakingSet,
  type ClaimSweep,
  type SweepRecord,
  type SweptRun,
  type SystemSweep,
} from "./sweep.ts";
import { laid, paragraph as flowing, type Line } from "./lines.ts";
import { table } from "./table.ts";
import { claimName, count, counted } from "./words.ts";

/** As many rows, sets and pairs are printed; --csv and --json have all. */
const MOST_ROWS = 40;
/** Columns of a table where nobody says how many there are. */
const TABLE = 100;
const MOST_SETS = 8;
/** With more factors a row says only what it changes of the base. */
const MOST_COLUMNS = 6;

const list = (lines: readonly string[], indent = "  "): readonly Line[] =>
  lines.map((line) => flowing(line, 74 - indent.length, `${indent}- `, `${indent}  `));

const paragraph = (text: string, indent = ""): readonly Line[] => [flowing(text, 78 - indent.length, indent)];

const some = (lines: readonly string[]): readonly string[] =>
  lines.length <= MOST_SETS
    ? lines
    : [...lines.slice(0, MOST_SETS), `and ${counted(lines.length - MOST_SETS, "other")} (--json has all)`];

/** Sets of a claim. Where many pairs could explain a few runs, none of them says much. */
function setLines(
  { factors }: SystemSweep,
  sets: readonly BreakingSet[],
  method: SweepRecord["method"],
): readonly string[] {
  const pairs = method === "pairs" ? sets.filter(({ settings }) => settings.length === 2) : [];
  if (pairs.length <= MOST_SETS) return some(sets.map((set) => setWords(factors, set)));
  const others = sets.filter(({ settings }) => settings.length < 2).map((set) => setWords(factors, set));
  return [...some(others), `${pairs.length} pairs of settings would explain the other runs; ${TELLS}`];
}

const TELLS = "--each-pair, or fewer knobs, would tell which do";

/** "12 combinations, of releaseOrder (3 values) and core (2 values)". */
function whatWords({ factors, combinations, runs }: SystemSweep, method: SweepRecord["method"]): string {
  const varied = factors
    .filter(({ values }) => values.length > 1)
    .map(({ name, values }) => `${name} (${values.length})`);
  const of = method === "product" ? "" : ` out of ${combinations < 1e15 ? count(combinations) : "more than 10^15"}`;
  return `${counted(runs.length, "combination")}${of} of these, with how many values each: ${varied.join(", ")}.`;
}

const outcomes = (runs: readonly SweptRun[], wanted: ReturnType<typeof outcomeOf>): readonly SweptRun[] =>
  runs.filter(({ result }) => outcomeOf(result) === wanted);

function countWords(runs: readonly SweptRun[]): string {
  const parts = (["holds", "breaks", "incomplete", "failed", "not run"] as const).flatMap((outcome) => {
    const { length } = outcomes(runs, outcome);
    return length === 0
      ? []
      : [`${count(length)} ${length === 1 || outcome === "not run" ? WORDS[outcome][0] : WORDS[outcome][1]}`];
  });
  return `${parts.join(", ")}.`;
}

const WORDS = {
  holds: ["holds", "hold"],
  breaks: ["breaks a property", "break a property"],
  incomplete: ["is incomplete, and neither holds nor breaks", "are incomplete, and neither hold nor break"],
  failed: ["failed", "failed"],
  "not run": ["not run", "not run"],
} as const;

/** How each run began, and what it found; in columns while there are few factors. */
function rowsOf({ factors }: SystemSweep, runs: readonly SweptRun[], columns: number): readonly string[] {
  const shown = factors.flatMap(({ values }, factor) => (values.length > 1 ? [factor] : []));
  const inColumns = shown.length <= MOST_COLUMNS;
  const titles = inColumns ? shown.map((factor) => factors[factor]!.name) : [];
  const body = runs.slice(0, MOST_ROWS).map((run) => {
    const { result } = run;
    const states = result.kind === "searched" ? `${count(result.states)}${result.complete ? "" : "+"}` : "";
    const values = inColumns ? shown.map((factor) => factors[factor]!.values[run.values[factor]!]!) : [];
    const claims = result.kind === "searched" ? count(result.holds.length) : "";
    return [...values, states, claims, ...(inColumns ? [] : [changesWords(factors, run)])];
  });
  const titled = [
    ...titles.map((title) => ({ title })),
    { title: "STATES", align: "right" as const },
    { title: "CLAIMS", align: "right" as const },
    ...(inColumns ? [] : [{ title: "DIFFERS FROM THE BASE IN" }]),
  ];
  const more = runs.length - MOST_ROWS;
  // The last column is not aligned, but wrapped.
  const text = table(titled, body, columns - 2);
  return [
    ...text.split("\n").map((line) => (line === "" ? "" : `  ${line}`)),
    ...(more > 0 ? [`  and ${counted(more, "other")} (--csv has all)`] : []),
  ];
}

function holding(sweep: SystemSweep, columns: number): readonly Line[] {
  const runs = outcomes(sweep.runs, "holds");
  const open = sweep.runs.some(({ result }) => !["holds", "breaks"].includes(outcomeOf(result)));
  if (runs.length === 0) return [open ? "None of the combinations with an answer holds." : "No combination holds.", ""];
  const unseen = [...new Set(runs.flatMap(({ result }) => (result.kind === "searched" ? result.unseen : [])))];
  const vacuous =
    unseen.length > 0
      ? paragraph(`Never witnessed in some of them, so that claims are vacuous there: ${unseen.join(", ")}.`, "  ")
      : [];
  return [
    `Combinations that hold (${runs.length} of ${sweep.runs.length}):`,
    "",
    ...rowsOf(sweep, runs, columns),
    ...vacuous,
    "",
  ];
}

/** Claims that the same settings break and mend are told together. */
function groups(claims: readonly ClaimSweep[]): readonly (readonly [ClaimSweep, ...ClaimSweep[]])[] {
  const byKey = new Map<string, [ClaimSweep, ...ClaimSweep[]]>();
  for (const claim of claims) {
    const { sets, mends, pairs, unexplained, open, unclaimed, example } = claim;
    const key = JSON.stringify([sets, mends, pairs, unexplained, open, unclaimed, example]);
    const group = byKey.get(key);
    if (group) group.push(claim);
    else byKey.set(key, [claim]);
  }
  return [...byKey.values()];
}

function breaking(sweep: SystemSweep, method: SweepRecord["method"]): readonly Line[] {
  if (sweep.claims.length === 0) return [];
  const { factors, runs } = sweep;
  const told = groups(sweep.claims).flatMap((group) => {
    const [{ sets, mends, unexplained, open, unclaimed, example }] = group;
    const names = group.flatMap((claim) => {
      const known = claim.known > 0 ? `; the suite lists it for ${counted(claim.known, "of them", "of them")}` : "";
      return paragraph(`${claimName(claim)}: ${claim.statement} (broken in ${counted(claim.broken, "run")}${known})`);
    });
    const longer = method === "product" ? "of longer sets of settings" : "none that one or two settings explain";
    const lines = [
      ...setLines(sweep, sets, method),
      ...(unexplained > 0 ? [`${counted(unexplained, "run")} besides, ${longer}`] : []),
      ...mendingWords(factors, mends).map((words) => `mended by ${words}`),
      ...(open > 0 ? [`without an answer in ${counted(open, "run")}`] : []),
      ...(unclaimed > 0 ? [`not claimed in ${counted(unclaimed, "run")}`] : []),
    ];
    return [...names, ...list(lines), `  ${checkCommand(runs[example]!.request)}`, ""];
  });
  const what =
    method === "product"
      ? "What breaks each property:"
      : "What breaks each property, as far as these runs say (none contradicts it):";
  return [what, "", ...told];
}

/** Pairs by the claims that they break. */
function pairLines(sweep: SystemSweep): readonly Line[] {
  const byPair = new Map<string, { readonly ids: string[]; readonly alone: boolean }>();
  for (const { id, pairs } of sweep.claims)
    for (const { settings, alone } of pairs) {
      const words = `${settingsWords(sweep.factors, settings)}${alone ? "" : " (not run alone; no run contradicts it)"}`;
      const pair = byPair.get(words);
      if (pair) pair.ids.push(id);
      else byPair.set(words, { ids: [id], alone });
    }
  if (byPair.size === 0) return [];
  const linesOf = (wanted: boolean): readonly string[] =>
    [...byPair].flatMap(([words, { ids, alone }]) => (alone === wanted ? [`${words}: ${ids.join(", ")}`] : []));
  const suspected = linesOf(false);
  const lines = [
    ...some(linesOf(true)),
    ...(suspected.length > MOST_SETS ? [`${suspected.length} pairs that were not run alone may; ${TELLS}`] : suspected),
  ];
  return ["Pairs that break what neither of the two breaks alone, with the base:", "", ...list(lines), ""];
}

function openLines({ factors, runs }: SystemSweep): readonly Line[] {
  const open = runs.filter(({ result }) => ["incomplete", "failed"].includes(outcomeOf(result)));
  const early = runs.filter(({ result }) => brokeEarly(result));
  const because = ({ result }: SweptRun): string =>
    result.kind === "searched"
      ? (result.stoppedBy ?? `no answer to ${result.open.join(", ")}`)
      : result.kind === "failed"
        ? result.message
        : "";
  const told = (title: string, of: readonly SweptRun[]): readonly Line[] =>
    of.length === 0
      ? []
      : [title, "", ...list(some(of.map((run) => `${changesWords(factors, run)}: ${because(run)}`))), ""];
  return [
    ...told("Neither hold nor break:", open),
    ...told("Break a property, and may break others, as their searches ended early:", early),
  ];
}

/** Values that hold here only because what they need to break a property is not in these runs. */
function unshownLines({ factors, unshown }: SystemSweep): readonly Line[] {
  if (unshown.length === 0) return [];
  const told = unshown.flatMap(({ setting, breaks, command }) => [
    ...list([`${settingWords(factors, setting)}: ${breaks.join(", ")}`]),
    `    ${command}`,
  ]);
  return [...paragraph("Known to break properties elsewhere, and broke none of them in these runs:"), "", ...told, ""];
}

function besides({ leftOut, unmet, factors, idle }: SystemSweep): readonly Line[] {
  const pairs = unmet.map(([one, other]) => `${settingWords(factors, one)} with ${settingWords(factors, other)}`);
  return [
    ...leftOut.flatMap(({ what, because }) => paragraph(`Left out: ${what} (${because}).`)),
    ...(pairs.length > 0
      ? ["Pairs that are in no run, because nothing was found that can be built with them:", ...list(some(pairs))]
      : []),
    ...(idle.length > 0
      ? paragraph(`Made no difference in any two runs that differ in it alone: ${idle.join(", ")}.`)
      : []),
  ];
}

function systemText(sweep: SystemSweep, { method }: SweepRecord, room: number | undefined): string {
  const { system, factors, runs } = sweep;
  const base = runs[0]!.request;
  const varied = (name: string): boolean => factors.some((factor) => factor.name === name && factor.values.length > 1);
  const fixed = Object.entries(base.set).filter(([knob]) => !factors.some(({ name }) => name === knob));
  const title = [
    system,
    ...(varied("hardware") ? [] : [`hardware ${base.hardware}`]),
    ...(varied("design") ? [] : [`design ${base.host}`]),
    `bounds ${base.bounds}`,
    ...fixed.map(([knob, value]) => `${knob}=${String(value)}`),
  ].join(", ");
  const first = settingsWords(
    factors,
    factors.map((_, factor) => ({ factor, value: 0 })).slice(0, MOST_COLUMNS),
  ).replaceAll(/ together with | and /g, ", ");
  const more = factors.length > MOST_COLUMNS ? ", ..." : "";
  const lines = [
    ...paragraph(`${title}.`),
    ...paragraph(whatWords(sweep, method)),
    ...paragraph(`The base: ${first}${more}.`),
    ...paragraph(countWords(runs)),
    "",
    ...holding(sweep, room ?? TABLE),
    ...breaking(sweep, method),
    ...pairLines(sweep),
    ...openLines(sweep),
    ...unshownLines(sweep),
    ...besides(sweep),
  ];
  return laid(lines, room).join("\n").trimEnd();
}

export const sweepText = (sweep: SweepRecord, columns?: number): string =>
  `${sweep.systems.map((system) => systemText(system, sweep, columns)).join("\n\n")}\n`;
