/** The parts of the model: machines, roles, components, steps and messages; and the kernel functions that they stand for. */
import { nameOf, type Origin } from "../../checker/said.ts";
import { defaultsOf, type Request } from "../../properties/build.ts";
import { catalogue } from "../../properties/catalogue/index.ts";
import {
  propertiesAbout,
  scenariosOf,
  type ComponentEntry,
  type FunctionEntry,
  type FunctionUse,
  type MachineEntry,
  type NameIndex,
  type RoleEntry,
  type TypeEntry,
} from "../../scenarios/names/index-of-names.ts";
import { claimWords } from "./claims.ts";
import { closestFirst } from "./closest-use.ts";
import { asks, checks, details, machineWords, sentence, unique, type Entry, type Meaning } from "./meaning.ts";

const small = (system: string): Request => ({ system, ...defaultsOf(system), bounds: "small", set: {} });
const runs = (systems: readonly string[]): readonly string[] => checks(systems.map(small)).slice(0, 1);
const systemsOf = (machine: MachineEntry): readonly string[] => unique(machine.uses.map(({ system }) => system));

/** "vfio_unmap_unpin() in drivers/vfio/vfio_iommu_type1.c (Linux 6.12.117)". */
function originWords(origin: Origin): string {
  const { of, at, functions = [] } = origin;
  if (functions.length === 0) return nameOf(origin) || of;
  return `${functions.map((name) => `${name}()`).join(", ")}, ${at} (${of})`;
}

/** "page-release: unpins page {page} [vfio_unmap_unpin()]". */
function stepWords(
  machine: MachineEntry,
  list: readonly { name: string; text?: string; origins: readonly Origin[] }[],
  type: string,
): string {
  const said = list.find(({ name }) => name === type);
  const by = unique((said?.origins ?? []).map(nameOf)).filter(Boolean);
  const text = said?.text === undefined ? "" : `: ${said.text}`;
  return `${machine.file ?? machine.id}${text}${by.length > 0 ? ` [${by.join(", ")}]` : ""}`;
}

function machineMeaning(machine: MachineEntry, index: NameIndex): Meaning {
  const { id, file, text, origin, lane, uses, takes, own, sends, states, named } = machine;
  const systems = systemsOf(machine);
  const about = propertiesAbout(index, machine);
  const telling = (name: string, words?: string): string => (words === undefined ? name : `${name}: ${words}`);
  return {
    kind: "machine",
    name: id,
    means: text === undefined ? `A machine of the model (${file ?? id}).` : sentence(text),
    source: origin ? `${originWords(origin)}.` : `the header of ${file ?? id}.`,
    details: details(
      ["File", file === undefined ? [] : [file]],
      ["Lane", lane === undefined ? [] : [lane]],
      ["Roles", [unique(uses.map(({ role }) => role)).join(", ")]],
      ["In", [systems.join(", ")]],
      ["Steps", takes.filter(({ name }) => own.includes(name)).map((one) => telling(one.name, one.text))],
      ["Takes", [takes.flatMap(({ name }) => (own.includes(name) ? [] : [name])).join(", ")].filter(Boolean)],
      ["Sends", sends.map((one) => telling(one.name, one.text))],
      ["States", states.map((one) => telling(one.name, one.text))],
      ["Its file names", named.length > 0 ? [named.join(", ")] : []],
      ["Properties", about.map(claimWords)],
    ),
    commands: runs(systems),
  };
}

function roleMeaning({ name, systems, machines, properties }: RoleEntry): Meaning {
  const texts = unique(machines.flatMap(({ text }) => text ?? []));
  const said = texts.length === 1 ? `: ${texts[0]}` : "";
  return {
    kind: "role",
    name,
    means: `The part that properties call ${name}${said}.`,
    details: details(
      ["Played by", machines.map(machineWords)],
      ["In", systems.length > 0 ? [systems.join(", ")] : []],
      ["Read by", catalogue.filter(({ id }) => properties.includes(id)).map(claimWords)],
    ),
    commands: systems.length > 0 ? runs(systems) : ["npx faultline list systems"],
  };
}

function componentMeaning(name: string, entries: readonly ComponentEntry[]): Meaning {
  const machines = unique(entries.map(({ machine }) => machine));
  const lanes = unique(machines.flatMap(({ lane, text }) => lane ?? text ?? []));
  const systems = unique(entries.map(({ system }) => system));
  return {
    kind: "component",
    name,
    means:
      lanes.length === 1
        ? `A lane of charts: ${lanes[0]}.`
        : `A component of ${systems.length} ${systems.length === 1 ? "system" : "systems"}, and a lane of their charts.`,
    details: details(
      ["Runs", machines.map(machineWords)],
      ["Role", [unique(entries.map(({ role }) => role)).join(", ")]],
      ["In", [systems.join(", ")]],
    ),
    commands: runs(systems),
  };
}

function typeMeaning({ name, steps, takenBy, sentBy }: TypeEntry): Meaning {
  const words = unique(
    [...steps, ...sentBy].flatMap(({ takes, sends }) =>
      [...takes, ...sends].flatMap((one) => (one.name === name ? (one.text ?? []) : [])),
    ),
  );
  const systems = unique([...steps, ...takenBy, ...sentBy].flatMap(systemsOf));
  const isStep = steps.length > 0;
  const [first] = words;
  const origins = unique(
    [...steps, ...sentBy]
      .flatMap((machine) =>
        [...machine.takes, ...machine.sends].flatMap((one) => (one.name === name ? one.origins : [])),
      )
      .map(originWords),
  );
  return {
    kind: isStep ? "step" : "message",
    name,
    means:
      first === undefined
        ? `${isStep ? "A step that a machine takes on its own" : "A message between machines"}.`
        : sentence(`${isStep ? "A step" : "A message"}: ${first}`),
    ...(origins.length > 0 && { source: `${origins.join("; ")}.` }),
    details: details(
      ["Also worded", words.slice(1)],
      ["A step of", steps.map((one) => stepWords(one, one.takes, name))],
      ["Sent by", sentBy.map((one) => stepWords(one, one.sends, name))],
      ["Received by", takenBy.map((one) => stepWords(one, one.takes, name))],
      ["In", [systems.join(", ")]],
    ),
    commands: runs(systems),
  };
}

const brackets = (name: string): string => (/^[A-Z0-9_]+$/.test(name) ? name : `${name}()`);

function useWords({ machine, as, name, text }: FunctionUse): string {
  const where = machine.file ?? machine.id;
  const what = as === "machine" || as === "named" ? "" : `${as} ${name}`;
  return `${where}${what === "" ? "" : `, ${what}`}${text === undefined ? "" : `: ${text}`}`;
}

/** Where it is: "drivers/vfio/vfio_iommu_type1.c (6.1.192, 6.12.117)". */
function definedWords({ definedIn }: FunctionEntry): readonly string[] {
  const files = unique(definedIn.map(({ file }) => file));
  return files.map(
    (file) => `${file} (${definedIn.flatMap((one) => (one.file === file ? [one.tree] : [])).join(", ")})`,
  );
}

function functionMeaning(entry: FunctionEntry, index: NameIndex): Meaning {
  const { name, mentions } = entry;
  const uses = closestFirst(entry);
  const said = uses.filter(({ as }) => as !== "named");
  const systems = unique(uses.flatMap(({ machine }) => systemsOf(machine)));
  const of = (kind: string): readonly string[] =>
    unique(mentions.flatMap((one) => (one.kind === kind ? [one.of] : [])));
  const machines = unique(said.map(({ machine }) => machine));
  const about = unique(machines.flatMap((machine) => propertiesAbout(index, machine)).map(({ id }) => id));
  const questions = of("scenario");
  const isModelled = uses.length > 0;
  const use = said.find(({ text }) => text !== undefined);
  const spoken = use?.text === undefined ? undefined : use.as === "machine" ? `is modelled as ${use.text}` : use.text;
  return {
    kind: "function",
    name: brackets(name),
    means:
      spoken !== undefined
        ? `${brackets(name)} ${spoken}.`
        : isModelled
          ? `${brackets(name)} is named by machines of the model.`
          : `No machine models ${brackets(name)}${mentions.length > 0 ? "; sentences name it" : ""}.`,
    source:
      entry.definedIn.length > 0
        ? `${definedWords(entry).slice(0, 3).join("; ")}.`
        : "in no list of symbols of the kernels that were read.",
    details: details(
      ["Modelled by", said.map(useWords)],
      ["Also named in", uses.filter(({ as }) => as === "named").map(useWords)],
      ["Questions", questions.map((id) => `${id}: ${mentions.find((one) => one.of === id)!.text.split("? ")[0]}?`)],
      ["Properties that name it", catalogue.filter(({ id }) => of("property").includes(id)).map(claimWords)],
      ["Properties of its machines", about.length > 0 ? [about.join(", ")] : []],
      ["Knobs", [of("knob").join(", ")].filter(Boolean)],
      ["Designs", [of("design").join(", ")].filter(Boolean)],
      [
        "Defects",
        unique(
          mentions.flatMap(({ kind, settings = {}, text }) =>
            kind === "defect"
              ? [
                  `${Object.entries(settings)
                    .map(([knob, value]) => `${knob}=${String(value)}`)
                    .join(" ")}: ${text}`,
                ]
              : [],
          ),
        ),
      ],
      ["Facts", mentions.flatMap((one) => (one.kind === "fact" ? [`${one.of}: ${one.text}`] : []))],
      ["In", [systems.join(", ")].filter(Boolean)],
    ),
    commands: [
      ...runs(systems),
      ...questions.slice(0, 1).map(asks),
      ...(systems.length + questions.length > 0 ? [] : ["npx faultline list systems"]),
    ],
  };
}

const originFiles = ({ origin, states, takes, sends }: MachineEntry): readonly string[] =>
  [origin, ...[...states, ...takes, ...sends].flatMap(({ origins }) => origins)].flatMap((one) =>
    one?.functions ? [one.at] : [],
  );

function fileMeaning(file: string, functions: readonly FunctionEntry[], index: NameIndex): Meaning {
  const machines = index.machines.filter((machine) => originFiles(machine).includes(file));
  const used = functions.filter(({ uses, mentions }) => uses.length + mentions.length > 0);
  const systems = unique(
    [...machines, ...used.flatMap(({ uses }) => uses.map(({ machine }) => machine))].flatMap(systemsOf),
  );
  return {
    kind: "kernel file",
    name: file,
    means: `A file of Linux; machines or sentences name ${used.length} of its ${functions.length} functions.`,
    details: details(
      ["Machines", machines.map(machineWords)],
      ["Functions", [used.map(({ name }) => brackets(name)).join(", ")].filter(Boolean)],
      ["In", [systems.join(", ")].filter(Boolean)],
    ),
    commands:
      systems.length > 0
        ? [
            ...runs(systems),
            ...scenariosOf(systems[0]!)
              .slice(0, 1)
              .map(({ id }) => asks(id)),
          ]
        : ["npx faultline list systems"],
  };
}

/** "page-release", "page-release.ts", and its path from any folder on. */
const machineNames = ({ id, file = "" }: MachineEntry): readonly string[] => {
  const parts = file.split("/");
  return unique([id, ...parts.map((_, k) => parts.slice(k).join("/")).filter((path) => path !== "")]);
};

export function partEntries(index: NameIndex): readonly Entry[] {
  const { machines, roles, types, components, functions } = index;
  const byFile = new Map<string, FunctionEntry[]>();
  for (const entry of functions.values())
    for (const file of unique(entry.definedIn.map((one) => one.file)))
      byFile.set(file, [...(byFile.get(file) ?? []), entry]);
  return [
    ...[...types.values()].map((one): Entry => ({
      kind: one.steps.length > 0 ? "step" : "message",
      names: [one.name],
      tell: () => typeMeaning(one),
    })),
    ...machines.map((one): Entry => ({
      kind: "machine",
      names: machineNames(one),
      tell: () => machineMeaning(one, index),
    })),
    ...[...roles.values()].map((one): Entry => ({ kind: "role", names: [one.name], tell: () => roleMeaning(one) })),
    ...[...components].map(([name, list]): Entry => ({
      kind: "component",
      names: [name],
      tell: () => componentMeaning(name, list),
    })),
    ...[...functions.values()].map((one): Entry => ({
      kind: "function",
      names: [one.name],
      tell: () => functionMeaning(one, index),
    })),
    ...[...byFile].map(([file, list]): Entry => ({
      kind: "kernel file",
      names: [file],
      tell: () => fileMeaning(file, list, index),
    })),
  ];
}
