/** What patches touch, looked up in the index of names: machines, properties, knobs, questions, and what is known to break. */
import { DEADLOCK } from "../../checker/explore/deadlock.ts";
import { allKnobs } from "../../properties/build.ts";
import { departures } from "../../properties/departures/index.ts";
import { propertiesAbout, type MachineEntry, type NameIndex } from "../../scenarios/names/index-of-names.ts";
import type { Mention } from "../../scenarios/names/mentions.ts";
import type { MachineFile } from "../../scenarios/names/machines.ts";
import { scenarios } from "../../scenarios/questions/index.ts";
import { boundsKnobs } from "../../model/systems/bounds.ts";
import { studies } from "../../model/systems/studies/index.ts";
import { filesOf, listedTrees } from "../../model/kernel/symbols.ts";
import type { ImpactRecord, KnownRecord, PatchRecord, TouchedFileRecord } from "../../reports/impact.ts";
import { checkCommand } from "../../reports/lost.ts";
import { commandsFor } from "./commands-for.ts";
import { modelled, modelledByFile, type Modelled, type OfFile } from "./modelled.ts";
import { runsWith, type RunWith } from "./runs.ts";
import type { TouchedFile } from "./touched.ts";

const listed = new Set(listedTrees.flatMap(filesOf));

/** How large a system is, and no choice of a design. */
const sizeKnobs = new Set(
  [boundsKnobs, ...studies.map((study) => study.sizeKnobs)].flatMap((table) => Object.keys(table)),
);

const unique = <T>(items: readonly T[]): readonly T[] => [...new Set(items)];

/** Things of one kind whose sentences name functions: by the thing, which. */
function namesBy(
  index: NameIndex,
  names: readonly string[],
  kind: Mention["kind"],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const name of names)
    for (const mention of index.functions.get(name)?.mentions ?? [])
      if (mention.kind === kind) {
        const key = kind === "defect" ? JSON.stringify([mention.of, mention.settings, mention.text]) : mention.of;
        found.set(key, unique([...(found.get(key) ?? []), name]) as string[]);
      }
  return found;
}

const fileRecord = (
  known: (file: string) => OfFile,
  { file, from, change, isBinary, functions, data, unplaced }: TouchedFile,
): TouchedFileRecord => ({
  file,
  ...(from !== undefined && { from }),
  change,
  isBinary,
  isListed: listed.has(file),
  modelled: known(from ?? file).said,
  named: known(from ?? file).named,
  data: [...data, ...functions.filter(({ as }) => as === "macro").map(({ name }) => name)],
  unplaced,
});

const isHeader = (file: string): boolean => file.endsWith(".h");

const naming = (text: string, names: readonly string[]): readonly string[] =>
  names.filter((name) => new RegExp(`\\b${name}\\b`).test(text));

/**
 * The violations of properties about these machines that the suite expects of these runs; one entry for each reason. First
 * those that name a function, then those of runs with the most of the machines.
 */
function knownOf(
  runs: readonly RunWith[],
  names: readonly string[],
  about: ReadonlySet<string>,
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
        command: before?.record.command ?? checkCommand(run),
      };
      found.set(key, { record, machines: Math.max(before?.machines ?? 0, machines.length) });
    }
  return [...found.values()]
    .sort((a, b) => b.record.names.length - a.record.names.length || b.machines - a.machines)
    .map(({ record }) => record);
}

function defectsNaming(index: NameIndex, names: readonly string[]): readonly KnownRecord[] {
  const named = namesBy(index, names, "defect");
  return departures.flatMap(({ when, breaks, reason, shown }) => {
    const of = named.get(JSON.stringify([shown.system, when, reason]));
    if (!of) return [];
    const settings = Object.entries(when).map(([knob, value]) => `${knob}=${String(value)}`);
    return [
      {
        system: shown.system,
        designs: [settings.join(", ")],
        properties: breaks,
        reason,
        names: of,
        command: checkCommand(shown),
      },
    ];
  });
}

/** Every driver takes mutexes: that it does says nothing of a patch. */
const isOfLib = ({ file = "" }: MachineEntry): boolean => file.startsWith("model/machines/linux/lib/");

/** Knobs whose sentence names a function; and those that the file of a machine reads and that its systems have. */
function knobsOf(
  index: NameIndex,
  names: readonly string[],
  machines: readonly MachineEntry[],
  files: readonly MachineFile[],
): ImpactRecord["knobs"] {
  const named = namesBy(index, names, "knob");
  const systems = new Set(machines.flatMap(({ uses }) => uses.map(({ system }) => system)));
  const texts = files.filter(({ path }) => machines.some(({ file }) => file === path)).map(({ text }) => text);
  const isRead = (knob: string): boolean => {
    const reads = new RegExp(`\\b(?:rules|design|hardware)\\.${knob}\\b|\\breadonly ${knob}\\??:|[{,] ${knob}[ ,}]`);
    return !sizeKnobs.has(knob) && texts.some((text) => reads.test(text));
  };
  return allKnobs
    .filter((knob) => named.has(knob.name) || (knob.systems.some((one) => systems.has(one)) && isRead(knob.name)))
    .map(({ name, sentence, systems: having }) => ({
      name,
      sentence,
      systems: having.filter((one) => systems.size === 0 || systems.has(one)),
      names: named.get(name) ?? [],
    }))
    .filter((knob) => knob.systems.length > 0 || knob.names.length > 0)
    .sort((a, b) => b.names.length - a.names.length);
}

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
): ImpactRecord {
  const known = modelledByFile(index);
  const inSource = new Set(
    files.flatMap(({ file, functions: own }) => (isHeader(file) ? [] : own.map(({ name }) => name))),
  );
  /** A header has an empty function where the real one is left out of the kernel. */
  const isStub = (file: string, name: string): boolean =>
    isHeader(file) &&
    (inSource.has(name) || (index.functions.get(name)?.definedIn ?? []).some((place) => !isHeader(place.file)));
  const touched: readonly Modelled[] = [
    ...functions.map((name) => modelled(index, name, "", "asked")),
    ...files.flatMap(({ file, functions: own }) =>
      own.map(({ name, as }) => modelled(index, name, file, isStub(file, name) ? "declared" : as)),
    ),
  ];
  // A declaration is no code: what it declares is told with the calls. A macro that no machine knows is told with its file.
  const records = touched.filter(
    ({ record: { how, modelled: by } }) => how !== "declared" && (how !== "macro" || by === "said"),
  );
  const names = unique(records.filter(({ record }) => record.modelled !== "no").map(({ record }) => record.name));
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
  const runs = runsWith(machines, machineFiles);
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
    .filter(({ id }) => inQuestions.has(id))
    .map(({ id, question }) => ({ id, question, names: inQuestions.get(id)! }))
    .sort((a, b) => b.names.length - a.names.length);
  const defects = defectsNaming(index, about);
  return {
    schema: "faultline-impact/1",
    patches,
    files: files.map((file) => fileRecord(known, file)),
    functions: records.map(({ record }) => record),
    calls: calls.map(({ record, said }) => ({ name: record.name, machines: said.map(({ id }) => id) })),
    machines: machines.map(({ file = "", id, text, uses }) => ({
      file,
      machine: id,
      ...(text !== undefined && { text }),
      systems: unique(uses.map(({ system }) => system)),
    })),
    properties,
    knobs: knobsOf(index, about, machines, machineFiles),
    scenarios: questions,
    known: knownOf(runs, about, new Set(properties.map(({ id }) => id))),
    defects,
    commands: commandsFor(
      runs,
      questions.map(({ id }) => id),
    ),
  };
}
