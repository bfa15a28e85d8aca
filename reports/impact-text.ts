/** What a patch touches of the model, as text for a terminal or a mail. */
import {
  COMMANDS,
  type FunctionUseRecord,
  type ImpactCommand,
  type ImpactRecord,
  type KnownRecord,
  type TouchedFileRecord,
  type TouchedFunctionRecord,
} from "./impact.ts";
import { laid, paragraph, type Line } from "./lines.ts";
import { count, counted } from "./words.ts";

const WIDTH = 100;
/** Names in one sentence, and entries of one section; --json has all. */
const NAMES = 8;
const ENTRIES = 6;
/** Machines that are told for one function, and parts of one machine. */
const MACHINES = 5;
const PARTS = 3;
/** Files that no machine models. */
const FILES = 20;
/** Patches of a series; those that are damaged are told besides. */
const PATCHES = 40;

const called = (name: string): string => (/^[A-Z0-9_]+$/.test(name) ? name : `${name}()`);

/** "a(), b() and 3 more". */
function some(names: readonly string[], most = NAMES): string {
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}

const functionsWords = (names: readonly string[], most = NAMES): string => some(names.map(called), most);

/** Further lines have two blanks more. */
const indented = (text: string, blanks: number): readonly Line[] => [
  paragraph(text, WIDTH - blanks - 2, " ".repeat(blanks), " ".repeat(blanks + 2)),
];

/** The first entries, one after the other, and how many are left out. */
function section(title: string, entries: readonly (readonly Line[])[], most = ENTRIES): readonly Line[] {
  if (entries.length === 0) return [];
  const left = entries.length - most;
  return ["", title, ...entries.slice(0, most).flat(), ...(left > 0 ? [`  ... ${left} more: --json has all`] : [])];
}

const distinct = (functions: readonly TouchedFunctionRecord[]): readonly string[] => [
  ...new Set(functions.map(({ name }) => name)),
];
const distinctFiles = (files: readonly TouchedFileRecord[]): readonly string[] => files.map(({ file }) => file);

/** The first line: how much of what is touched has a machine. */
function summary({ patches, functions, files, machines }: ImpactRecord): string {
  const asked = `${patches.length > 1 ? "the patches touch" : "the patch touches"}`;
  const of = (n: number): string => `function${n === 1 ? "" : "s"} that ${patches.length === 0 ? "you name" : asked}`;
  if (files.length === 0 && functions.length === 0) return "Nothing is touched: there is no diff here.";
  const all = distinct(functions);
  if (all.length === 0 && files.some(({ unplaced }) => unplaced > 0))
    return `The diff does not say which function it touches. Files: ${some(distinctFiles(files), 3)}.`;
  if (all.length === 0) return `No function is touched. Files: ${some(distinctFiles(files), 3)}.`;
  const said = distinct(functions.filter(({ modelled }) => modelled === "said"));
  const named = distinct(functions.filter(({ modelled }) => modelled === "named")).filter(
    (name) => !said.includes(name),
  );
  const fresh = distinct(functions.filter(({ how }) => how === "added")).filter(
    (name) => !said.includes(name) && !named.includes(name),
  );
  const others = [
    ...(named.length > 0 ? [`the text of a machine names ${functionsWords(named, 4)}`] : []),
    ...(fresh.length > 0 ? [`${fresh.length} ${fresh.length === 1 ? "is" : "are"} new`] : []),
  ];
  const more = others.length > 0 ? ` (${others.join("; ")})` : "";
  if (said.length === 0) {
    const weak = machines.length > 0 && named.length === 0 ? " Machines model functions that it calls." : "";
    const none = all.length === 1 ? `The ${of(1)} is not modelled` : `None of the ${all.length} ${of(2)} is modelled`;
    return `${none}${more}.${weak}`;
  }
  const names = functionsWords(said);
  if (all.length === 1) return `The ${of(1)} is modelled: ${names}.`;
  return `${said.length} of the ${all.length} ${of(2)} ${said.length === 1 ? "is" : "are"} modelled${more}: ${names}.`;
}

/** Why a part of the input touches nothing. */
const SKIPPED = {
  "cover letter": "a cover letter without a diff: it touches nothing",
  quoted: "quotes a patch and has no diff of its own: it touches nothing",
  "no diff": "has no diff: it touches nothing",
} as const;

function patchLines({ patches }: ImpactRecord): readonly Line[] {
  const isSeries = patches.length > 1;
  const shown = patches.filter(({ damage }, k) => k < PATCHES || damage.length > 0);
  const lines = shown.flatMap(({ title, kind, files, damage }) => {
    const name = title === "" ? "(no subject)" : title;
    const what = kind === "diff" ? counted(files.length, "file") : SKIPPED[kind];
    return [
      ...(isSeries || kind !== "diff" ? indented(`${name}: ${what}`, 0) : []),
      ...damage.slice(0, ENTRIES).flatMap((one) => indented(`The diff is damaged: ${one}.`, isSeries ? 2 : 0)),
    ];
  });
  const left = patches.length - shown.length;
  return left > 0 ? [...lines, `... ${counted(left, "more patch", "more patches")}: --json has all`] : lines;
}

const partWords = ({ as, name, text }: FunctionUseRecord): string =>
  as === "machine" ? "the machine as a whole" : `${as} ${name}${text === undefined ? "" : `: ${text}`}`;

/** What each machine says of one function. */
function usesLines({ uses }: TouchedFunctionRecord): readonly Line[] {
  const said = uses.filter(({ as }) => as !== "named");
  const machines = [...new Set(said.map(({ file, machine }) => `${machine} (${file})`))];
  const lines = machines.slice(0, MACHINES).flatMap((title) => {
    const own = said.filter(({ file, machine }) => `${machine} (${file})` === title);
    const parts = [...new Set(own.filter(({ as }) => as !== "machine").map(partWords))];
    const whole = own.find(({ as }) => as === "machine");
    const trees = [...new Set(own.flatMap(({ tree }) => tree ?? []))];
    const left = parts.length - PARTS;
    return [
      ...indented(
        `${title}${trees.length === 0 ? "" : `, ${some(trees, 2)}`}${whole?.text === undefined ? "" : `: ${whole.text}`}`,
        4,
      ),
      ...parts.slice(0, PARTS).flatMap((part) => indented(part, 6)),
      ...(left > 0 ? [`      ... ${counted(left, "more part")}`] : []),
    ];
  });
  const named = [...new Set(uses.filter(({ as }) => as === "named").map(({ machine }) => machine))];
  const weak = named.length === 0 ? [] : indented(`named in the text of ${some(named)}`, 4);
  const others = machines.length - MACHINES;
  return [...lines, ...(others > 0 ? [`    ... ${counted(others, "more machine")}`] : []), ...weak];
}

function functionLines(one: TouchedFunctionRecord): readonly Line[] {
  const how = one.how === "asked" ? "" : `, ${one.how}`;
  const verb = one.isMoved ? "moved from" : one.isEarlier ? "later in" : "read in";
  const place = one.readIn === undefined ? "" : `${verb} ${one.readIn}`;
  const former = one.was === undefined ? "" : `was ${called(one.was)}`;
  const from = [former, place].filter((part) => part !== "").join("; ");
  const where = from === "" ? "" : ` (${from})`;
  return [...indented(`${called(one.name)}${how}${where}`, 2), ...usesLines(one)];
}

/** Lines of functions that the diff does not name. */
function unplacedWords({ unplaced, labels }: TouchedFileRecord): string {
  const lines = counted(unplaced, "changed line");
  if (labels.length === 0) return `${lines} where the diff names no function (diff -p does)`;
  const shown = labels.length === 1 ? "the label" : "labels";
  return `${lines} of a function that cannot be read off the diff: it shows ${shown} ${some(
    labels.map((one) => `${one}:`),
    4,
  )} in its place (--function NAME looks the function up)`;
}

/** What the patch does to the file besides functions that machines know. */
function restWords(file: TouchedFileRecord, touched: readonly TouchedFunctionRecord[]): readonly string[] {
  const outside = file.modelled.filter((name) => !touched.some((one) => one.name === name));
  const unmodelled = distinct(touched.filter(({ modelled }) => modelled === "no"));
  const data = some(file.data, 4);
  const words: string[] = [];
  if (touched.length === 0) {
    if (file.isBinary) words.push("a binary file");
    else if (file.change === "mode") words.push("only the mode of the file changes");
    else if (file.change === "renamed" && file.hunks === 0) words.push("only the name of the file changes");
    else if (file.unplaced === 0)
      words.push(data === "" ? "no function is touched" : `no function is touched, but ${data}`);
  } else {
    if (unmodelled.length > 0) words.push(`no machine models ${functionsWords(unmodelled)}`);
    if (data !== "") words.push(`outside of functions it touches ${data}`);
  }
  const isOther = touched.every(({ modelled }) => modelled === "no");
  const named = file.named.filter((name) => !touched.some((one) => one.name === name));
  if (isOther && file.modelled.length === 0 && named.length > 0)
    words.push(
      `the texts of machines name ${touched.length > 0 ? "others" : "functions"} of this file: ${functionsWords(named, 4)}`,
    );
  else if (isOther && file.modelled.length === 0) words.push("no machine models this file");
  else if (isOther && outside.length > 0)
    words.push(
      `machines model ${counted(outside.length, touched.length > 0 ? "other function" : "function")} of this file: ${functionsWords(outside, 4)}`,
    );
  if (file.unplaced > 0) words.push(unplacedWords(file));
  return words;
}

function fileLines(record: ImpactRecord): readonly Line[] {
  const isKnown = ({ file }: TouchedFileRecord): boolean =>
    record.functions.some((one) => one.file === file && one.modelled !== "no");
  // Of a file that is modelled in part it says more than of one that is not.
  const others = record.files
    .filter((file) => !isKnown(file))
    .toSorted((a, b) => Number(b.modelled.length > 0) - Number(a.modelled.length > 0));
  const shown = [...record.files.filter(isKnown), ...others.slice(0, FILES)];
  const left = others.length - FILES;
  const asked = record.functions.filter(({ file }) => file === "");
  return [
    ...asked.flatMap((one) => [
      "",
      ...functionLines(one),
      ...(one.modelled === "no" ? ["    no machine models it"] : []),
    ]),
    ...shown.flatMap((file) => {
      const own = record.functions.filter((one) => one.file === file.file);
      const known = own.filter(({ modelled }) => modelled !== "no");
      const from = file.from === undefined ? "" : ` (${file.change} from ${file.from})`;
      const change = file.change === "added" || file.change === "deleted" ? ` (${file.change})` : from;
      const rest = restWords(file, own);
      if (known.length === 0) return ["", ...indented(`${file.file}${change}: ${rest.join("; ")}`, 0)];
      return ["", `${file.file}${change}`, ...known.flatMap(functionLines), ...rest.flatMap((one) => indented(one, 2))];
    }),
    ...(left > 0
      ? ["", `${counted(left, "more file")} without a touched function that a machine models: --json has all.`]
      : []),
  ];
}

const knownLines = ({ system, designs, properties, reason }: KnownRecord): readonly Line[] =>
  indented(`${system}, ${some(designs, 3)}: ${reason} (${some(properties, 5)})`, 2);

const defectLines = (defect: KnownRecord): readonly Line[] => [
  ...indented(`${defect.system} with ${some(defect.designs)}: ${defect.reason} (${some(defect.properties, 5)})`, 2),
  `    ${defect.command}`,
];

function costWords({ states, atLeast }: ImpactCommand): string {
  if (states !== undefined) return `${counted(states, "state")}: `;
  return atLeast === undefined ? "" : `more than ${count(atLeast)} states: `;
}

const commandLines = (one: ImpactCommand): readonly Line[] => [
  `  ${one.command}`,
  ...indented(`${costWords(one)}${one.why}`, 6),
];

/** The facts that the lines cite: an id alone says nothing to a reader. */
function sourceEntries({ sources }: ImpactRecord, lines: readonly Line[]): readonly (readonly Line[])[] {
  const text = laid(lines).join(" ").replaceAll(/\s+/g, " ");
  return Object.entries(sources)
    .filter(([id]) => new RegExp(`(?<![\\w-])${id}(?![\\w-])`).test(text))
    .toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
    .map(([id, fact]) => indented(`${id}: ${fact}`, 2));
}

const isCounted = ({ states, atLeast }: ImpactCommand): boolean => states !== undefined || atLeast !== undefined;

/** `columns`: the width that there is; a mail has room for 100. */
export function impactText(record: ImpactRecord, columns?: number): string {
  const { calls, properties, knobs, scenarios, known, defects, commands, machines } = record;
  const systems = [...new Set(machines.flatMap((one) => one.systems))];
  const told = [
    paragraph(summary(record), WIDTH),
    ...patchLines(record),
    ...fileLines(record),
    ...section(
      "Called or named on changed lines, and modelled:",
      calls.map((one) => indented(`${called(one.name)}: ${some(one.machines, 4)}`, 2)),
    ),
    ...(systems.length > 0 ? ["", ...indented(`Systems with these machines: ${some(systems, 12)}`, 0)] : []),
    ...section("Known to break there:", known.map(knownLines)),
    ...section("Deliberate defects of these machines:", defects.map(defectLines)),
    ...section(
      "Properties about these machines:",
      properties.map(({ id, statement }) => indented(`${id}: ${statement}`, 2)),
    ),
    ...section(
      "Knobs that turn the rules of these machines:",
      knobs.map(({ name, sentence }) => indented(`${name}: ${sentence}`, 2)),
    ),
    ...section(
      "Questions about these functions and knobs (npx faultline scenarios ID):",
      scenarios.map(({ id, question, names, knobs: set }) =>
        indented(`${id}: ${question}${names.length > 0 ? "" : ` (sets ${some(set, 3)})`}`, 2),
      ),
    ),
  ];
  const run = section(
    commands.some(isCounted)
      ? "Run, closest first, and of equally close ones the cheapest first:"
      : "Run, closest first (--count says how many states each searches, and puts the cheapest first):",
    commands.map(commandLines),
    COMMANDS,
  );
  const ids = section("What the ids say:", sourceEntries(record, [...told, ...run]), Infinity);
  return `${laid([...told, ...ids, ...run], columns).join("\n")}\n`;
}
