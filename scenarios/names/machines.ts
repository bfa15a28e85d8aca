/** The machines of the suite: where each lies, what it says, and in which systems it plays which role. */
import { tellingOf, type MachineTelling } from "../../checker/said-all.ts";
import type { Component, SystemDefinition } from "../../checker/system.ts";
import { idsCitedIn } from "./facts.ts";
import { functionsNamedIn } from "./functions-named.ts";

type Machine = Component["machine"];

/** A file of model/machines, as a caller with a disk has read it. */
export interface MachineFile {
  /** Below the project: "model/machines/linux/vfio/type1/page-release.ts". */
  readonly path: string;
  readonly text: string;
  /** The machines that it exports. */
  readonly machines: readonly Machine[];
}

/** Components of one role of one system that run the machine. */
export interface MachineUse {
  readonly system: string;
  readonly role: string;
  readonly components: readonly string[];
}

export interface MachineEntry extends MachineTelling {
  /** Undefined where no file was given that has it. */
  readonly file?: string;
  readonly uses: readonly MachineUse[];
  /** Types of `takes` that come from nowhere: the steps that it takes on its own. */
  readonly own: readonly string[];
  /** Types that its roles send, also where the machine does not say what they mean. */
  readonly sent: readonly string[];
  /** Kernel functions and ioctls that the text of its file names, besides those that it says. */
  readonly named: readonly string[];
  /** Ids of facts that the text of its file cites. */
  readonly cited: readonly string[];
}

/** What of a system says which machines are in it. */
type Wired = Pick<SystemDefinition, "name" | "components" | "routes">;

/** By the files that were looked through, what was found: a machine is in many systems. */
const foundIn = new WeakMap<readonly MachineFile[], Map<Machine, MachineFile | undefined>>();

/** Where a machine lies: the file that exports it, or the one file whose text makes a machine of this id. */
export function fileOf(machine: Machine, files: readonly MachineFile[]): MachineFile | undefined {
  const known = foundIn.get(files) ?? new Map<Machine, MachineFile | undefined>();
  foundIn.set(files, known);
  if (!known.has(machine)) known.set(machine, fileLookedFor(machine, files));
  return known.get(machine);
}

function fileLookedFor(machine: Machine, files: readonly MachineFile[]): MachineFile | undefined {
  const exporting = files.find(({ machines }) => machines.includes(machine));
  if (exporting) return exporting;
  const naming = files.filter(({ text }) => text.includes(`id: "${machine.id}"`));
  return naming.length === 1 ? naming[0] : undefined;
}

interface Found {
  readonly machine: Machine;
  readonly file: MachineFile | undefined;
  /** By "system role". */
  readonly uses: Map<string, { system: string; role: string; components: Set<string> }>;
  readonly own: Set<string>;
  readonly sent: Set<string>;
}

const keyOf = (machine: Machine, file: MachineFile | undefined): string => `${file?.path ?? ""} ${machine.id}`;

function noteUses(found: Map<string, Found>, system: Wired, files: readonly MachineFile[]): void {
  for (const [name, { machine, role, events = [] }] of Object.entries(system.components)) {
    const file = fileOf(machine, files);
    const key = keyOf(machine, file);
    const entry = found.get(key) ?? { machine, file, uses: new Map(), own: new Set(), sent: new Set() };
    found.set(key, entry);
    const place = `${system.name} ${role}`;
    const use = entry.uses.get(place) ?? { system: system.name, role, components: new Set<string>() };
    entry.uses.set(place, use);
    use.components.add(name);
    for (const { type } of events) entry.own.add(type);
    for (const { from, types } of system.routes) if (from === role) for (const type of types) entry.sent.add(type);
  }
}

/** Every machine of these systems, by file; a machine that one function makes for several systems is one entry. */
export function machinesOf(systems: readonly Wired[], files: readonly MachineFile[]): readonly MachineEntry[] {
  const found = new Map<string, Found>();
  for (const system of systems) noteUses(found, system, files);
  const ordered = [...found.values()].sort((a, b) => ((a.file?.path ?? "") < (b.file?.path ?? "") ? -1 : 1));
  return ordered.map(({ machine, file, uses, own, sent }) => ({
    ...tellingOf(machine),
    ...(file && { file: file.path }),
    uses: [...uses.values()].map(({ components, ...use }) => ({ ...use, components: [...components] })),
    own: [...own],
    sent: [...sent],
    named: file ? functionsNamedIn(file.text) : [],
    cited: file ? idsCitedIn(file.text) : [],
  }));
}

/** Which of the entries are in the system. */
export function machinesIn(
  { components }: Pick<Wired, "components">,
  files: readonly MachineFile[],
  entries: readonly MachineEntry[],
): readonly MachineEntry[] {
  const keys = new Set(Object.values(components).map(({ machine }) => keyOf(machine, fileOf(machine, files))));
  return entries.filter(({ file = "", id }) => keys.has(`${file} ${id}`));
}
