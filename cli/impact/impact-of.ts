/** What patches touch, looked up in the index of names: machines, properties, knobs, questions, and what is known to break. */
import { DEADLOCK } from "../../checker/explore/claims/deadlock.ts";
import { departures } from "../../properties/departures/index.ts";
import { propertiesAbout, type MachineEntry, type NameIndex } from "../../scenarios/names/index-of-names.ts";
import { factsCitedIn } from "../../scenarios/names/cited-facts.ts";
import type { MachineFile } from "../../scenarios/names/machines.ts";
import { scenarios } from "../../scenarios/questions/index.ts";
import { filesOf, listedTrees } from "../../model/kernel/symbols.ts";
import type { ImpactRecord, KnownRecord, PatchRecord, TouchedFileRecord } from "../../reports/impact.ts";
import { checkCommand } from "../../reports/lost.ts";
import { commandsFor, type StatesOf } from "./commands-for.ts";
import { knobRecords, touchedKnobs, setByDefect, setByScenario, type TouchedKnobs } from "./knobs.ts";
import { modelled, modelledByFile, type Modelled, type OfFile } from "./modelled.ts";
import { closeness, keyOf, namesBy } from "./named.ts";
import { runsWith, type RunWith } from "./runs.ts";
import type { TouchedFile } from "./touched.ts";
import { turnedKnobs } from "./turned.ts";
import { vendorOfFile } from "./vendor.ts";

const listed = new Set(listedTrees.flatMap(filesOf));

const unique = <T>(items: readonly T[]): readonly T[] => [...new Set(items)];

const fileRecord = (
  known: (file: string) => OfFile,
  { file, from, change, isBinary, hunks, functions, data, unplaced, labels }: TouchedFile,
): TouchedFileRecord => ({
  file,
  ...(from !== undefined && { from }),
  change,
  isBinary,
  hunks,
  isListed: listed.has(file),
  modelled: known(from ?? file).said,
  named: known(from ?? file).named,
  data: [...data, ...functions.filter(({ as }) => as === "macro").map(({ name }) => name)],
  unplaced,
  labels,
});

const isHeader = (file: string): boolean => file.endsWith(".h");

const naming = (text: string, names: readonly string[]): readonly string[] =>
  names.filter((name) => new RegExp(`\\b${name}\\b`).test(text));

/**
 * The violations of properties about these machines that the suite expects of these runs; one entry for each reason. First
 * those that name a function, then those of close systems, then those of runs with the most of the machines.
 */
function knownOf(
  runs: readonly RunWith[],
  names: readonly string[],
  about: ReadonlySet<string>,
  close: (system: string) => number,
): readonly KnownRecord[] {
  const found = new Map<string, { readonly record: KnownRecord; readonly machines: number }>();
  for (const { run, machines } of runs)
    for (const [id, reason] of Object.entries(run.known)) {
      if (!about.has(id) && id !== DEADLOCK.id) continue;
      const key = JSON.stringify([run.system, reason]);
      const before = found.get(key);
      const record = {
        system: run.system,
        designs: unique([...(before?.record.designs ?? []), run.host]),
        properties: unique([...(before?.record.properties ?? []), id]),
        reason,
        names: naming(reason, names),
        knobs: [],
        command: before?.record.command ?? checkCommand(run),
      };
      found.set(key, { record, machines: Math.max(before?.machines ?? 0, machines.length) });
    }
  return [...found.values()]
    .sort(
      (a, b) =>
        b.record.names.length - a.record.names.length ||
        close(b.record.system) - close(a.record.system) ||
        b.machines - a.machines,
    )
    .map(({ record }) => record);
}

/** Deliberate defects whose reason names a function, and those that set a touched knob. */
function defectsOf(index: NameIndex, names: readonly string[], knobs: TouchedKnobs): readonly KnownRecord[] {
  const named = namesBy(index, names, "defect");
  return departures
    .map((defect) => {
      const { when, breaks, reason, shown } = defect;
      const settings = Object.entries(when).map(([knob, value]) => `${knob}=${String(value)}`);
      return {
        system: shown.system,
        designs: [settings.join(", ")],
        properties: breaks,
        reason,
        names: named.get(keyOf({ kind: "defect", of: shown.system, settings: when, text: reason })) ?? [],
        knobs: setByDefect(knobs, defect),
        command: checkCommand(shown),
      };
    })
    .filter((one) => one.names.length > 0 || one.knobs.length > 0);
}

/** Every driver takes mutexes: that it does says nothing of a patch. */
const isOfLib = ({ file = "" }: MachineEntry): boolean => file.startsWith("model/machines/linux/lib/");

export interface Asked {
  readonly patches: readonly PatchRecord[];
  readonly files: readonly TouchedFile[];
  /** Functions that the user named. */
  readonly functions: readonly string[];
}

export function impactOf(
  index: NameIndex,
  machineFiles: readonly MachineFile[],
  { patches, files, functions }: Asked,
  statesOf?: StatesOf,
): ImpactRecord {
  const modelledIn = modelledByFile(index);
  const inSource = new Set(
    files.flatMap(({ file, functions: own }) => (isHeader(file) ? [] : own.map(({ name }) => name))),
  );
  /** A header has an empty function where the real one is left out of the kernel. */
  const isStub = (file: string, name: string): boolean =>
    isHeader(file) &&
    (inSource.has(name) || (index.functions.get(name)?.definedIn ?? []).some((place) => !isHeader(place.file)));
  const touched: readonly Modelled[] = [
    ...functions.map((name) => modelled(index, name, "", "asked")),
    ...files.flatMap(({ file, from, functions: own }) =>
      own.map(({ name, as }) => modelled(index, name, file, isStub(file, name) ? "declared" : as, from)),
    ),
  ];
  // A declaration is no code: what it declares is told with the calls. A macro that no machine knows is told with its file.
  const records = touched.filter(
    ({ record: { how, modelled: by } }) => how !== "declared" && (how !== "macro" || by === "said"),
  );
  const names = unique(
    records.flatMap(({ record: { modelled: by, name, was } }) =>
      by === "no" ? [] : was === undefined ? [name] : [name, was],
    ),
  );
  const declared = touched.filter(({ record }) => record.how === "declared").map(({ record }) => record.name);
  const mentioned = unique([...declared, ...files.flatMap((file) => file.mentioned)]).filter(
    (name) => !records.some(({ record }) => record.name === name),
  );
  const calls = mentioned
    .map((name) => modelled(index, name, "", "declared"))
    .filter(({ said }) => said.length > 0 && !said.some(isOfLib));
  const own = unique(records.flatMap(({ said }) => said));
  const weak = unique(records.flatMap(({ named }) => named));
  // What is closest: a machine that stands for a touched function, one whose file names it, one for what it calls.
  const machines = own.length > 0 ? own : weak.length > 0 ? weak : unique(calls.flatMap(({ said }) => said));
  const about = names.length > 0 ? names : calls.map(({ record }) => record.name);
  const runs = runsWith(index, machines, machineFiles);
  const close = closeness(index, about);
  const nearer = (a: string, b: string): number => close(b) - close(a);
  const knobNames = namesBy(index, about, "knob");
  const turned = turnedKnobs(machines, runs, machineFiles, close);
  const touchedHere = touchedKnobs(machines, machineFiles, [...knobNames.keys()], turned);
  /** How many of the knobs have a sentence that names a touched function. */
  const ofNamed = (knobs: readonly string[]): number => knobs.filter((knob) => knobNames.has(knob)).length;
  const inQuestions = namesBy(index, about, "scenario");
  const inProperties = namesBy(index, about, "property");
  const reading = machines.flatMap((machine) => propertiesAbout(index, machine));
  const broken = new Set(runs.flatMap(({ run }) => Object.keys(run.known)));
  const readers = (id: string): number => reading.filter((one) => one.id === id).length;
  const properties = unique(reading)
    .map(({ id, statement }) => ({ id, statement, names: inProperties.get(id) ?? [] }))
    .sort(
      (a, b) =>
        b.names.length - a.names.length ||
        readers(b.id) - readers(a.id) ||
        Number(broken.has(b.id)) - Number(broken.has(a.id)),
    );
  const questions = scenarios
    .map((scenario) => ({
      id: scenario.id,
      question: scenario.question,
      names: inQuestions.get(scenario.id) ?? [],
      knobs: setByScenario(touchedHere, scenario),
      systems: unique(scenario.runs.map(({ request }) => request.system)),
    }))
    .filter(({ names: own, knobs }) => own.length > 0 || knobs.length > 0)
    .sort(
      (a, b) =>
        b.names.length - a.names.length ||
        ofNamed(b.knobs) - ofNamed(a.knobs) ||
        Math.max(...b.systems.map(close)) - Math.max(...a.systems.map(close)) ||
        b.knobs.length - a.knobs.length,
    )
    .map(({ systems: _, ...question }) => question);
  const knobs = knobRecords(knobNames, touchedHere, turned, close);
  const known = knownOf(runs, about, new Set(properties.map(({ id }) => id)), close);
  const defects = [...defectsOf(index, about, touchedHere)].sort(
    (a, b) => b.names.length - a.names.length || ofNamed(b.knobs) - ofNamed(a.knobs) || nearer(a.system, b.system),
  );
  const paths = records.flatMap(({ record: { name, file } }) =>
    file === "" ? (index.functions.get(name)?.definedIn ?? []).map((place) => place.file) : [file],
  );
  const told = [
    ...[...known, ...defects].map(({ reason }) => reason),
    ...knobs.map(({ sentence }) => sentence),
    ...questions.map(({ question }) => question),
  ];
  return {
    schema: "faultline-impact/1",
    patches,
    files: files.map((file) => fileRecord(modelledIn, file)),
    functions: records.map(({ record }) => record),
    calls: calls.map(({ record, said }) => ({ name: record.name, machines: said.map(({ id }) => id) })),
    machines: machines
      .map(({ file = "", id, text, uses }) => ({
        file,
        machine: id,
        ...(text !== undefined && { text }),
        systems: unique(uses.map(({ system }) => system)).toSorted(nearer),
      }))
      .sort((a, b) => nearer(a.systems[0] ?? "", b.systems[0] ?? "")),
    properties,
    knobs,
    scenarios: questions,
    known,
    defects,
    sources: Object.fromEntries(factsCitedIn(told.join("\n"), index.facts)),
    commands: commandsFor(
      runs,
      questions.map(({ id }) => id),
      unique(paths.flatMap((path) => vendorOfFile(path) ?? [])),
      close,
      statesOf,
    ),
  };
}
