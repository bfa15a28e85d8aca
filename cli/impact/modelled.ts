/** Whether a machine stands for a function that a patch touches, and which parts of the machine do. */
import type { Origin } from "../../checker/said.ts";
import { formerName } from "../../model/kernel/successors.ts";
import type { FunctionEntry, FunctionUse, MachineEntry, NameIndex } from "../../scenarios/names/index-of-names.ts";
import type { FunctionUseRecord, HowTouched, TouchedFunctionRecord } from "../../reports/impact.ts";

const isPath = (at: string): boolean => /^[\w.-]+(?:\/[\w.-]+)*\.[ch]$/.test(at);

export interface Modelled {
  readonly record: TouchedFunctionRecord;
  /** Machines of which a part stands for it. */
  readonly said: readonly MachineEntry[];
  /** Machines whose file names it, and of which no part stands for it. */
  readonly named: readonly MachineEntry[];
}

/** "Linux 6.12.117", "RFC v2 patch 3". */
const treeOf = ({ of, at }: Origin): string => (of === "RFC" ? `${of} ${at}` : of);

const useOf = ({ machine, as, name, text, origin }: FunctionUse): FunctionUseRecord => ({
  file: machine.file ?? "",
  machine: machine.id,
  as,
  ...(name !== undefined && { name }),
  ...(text !== undefined && { text }),
  ...(origin && { tree: treeOf(origin) }),
});

/** The files that have the function which machines mean. */
function filesMeant({ uses, definedIn }: FunctionEntry): readonly string[] {
  const said = uses.flatMap(({ origin }) => origin?.at ?? []).filter(isPath);
  // Of a function that only the RFC has, the file is a patch.
  return said.length > 0 ? said : definedIn.map(({ file }) => file).filter(isPath);
}

/** "drivers/iommu", "drivers/vfio", "virt/kvm": what a function is moved within. */
const subsystem = (path: string): string => path.split("/", 2).join("/");
const folder = (path: string): string => path.slice(0, path.lastIndexOf("/"));

const treesWith = ({ definedIn }: FunctionEntry, file: string): readonly string[] =>
  definedIn.flatMap((place) => (place.file === file ? [place.tree] : []));

/**
 * Where a function of `file` is in the kernels which the machines stand for, if it is the same one: a kernel has it in
 * `file` and in no file that machines mean. Two functions of one name are in two files of one kernel.
 */
function meantElsewhere(entry: FunctionEntry, meant: readonly string[], file: string): string | undefined {
  const trees = treesWith(entry, file);
  const inTrees = (path: string): boolean => treesWith(entry, path).some((tree) => trees.includes(tree));
  return meant.some(inTrees) ? undefined : meant.find((path) => subsystem(path) === subsystem(file));
}

/** "6.1.192" is before "6.12.117"; a patch of the RFC has no place among releases. */
const isBefore = (one: string, other: string): boolean =>
  /^\d/.test(one) && /^\d/.test(other) && one.localeCompare(other, "en", { numeric: true }) < 0;

/** Whether every kernel that has it in `file` is older than every one that has it in `later`. */
const isEarlierThan = (entry: FunctionEntry, file: string, later: string): boolean =>
  treesWith(entry, file).every((tree) => treesWith(entry, later).every((other) => isBefore(tree, other)));

interface UsesIn {
  readonly uses: readonly FunctionUse[];
  readonly readIn?: string;
  readonly isMoved?: boolean;
  readonly isEarlier?: boolean;
}

/** Which of its uses are about the function in this file: another file may have a function of the same name. */
function usesIn(entry: FunctionEntry, file: string): UsesIn {
  const { uses, definedIn } = entry;
  const meant = filesMeant(entry);
  if (file === "" || meant.includes(file) || meant.length === 0) return { uses };
  if (definedIn.some((place) => place.file === file)) {
    const readIn = meantElsewhere(entry, meant, file);
    if (readIn === undefined) return { uses: uses.filter(({ as }) => as === "named") };
    return { uses, readIn, ...(isEarlierThan(entry, file, readIn) ? { isEarlier: true } : { isMoved: true }) };
  }
  // No list has the file: it is a new one, or one of a folder that is not listed.
  const files = new Set(definedIn.map((place) => place.file).filter(isPath));
  const near =
    meant.find((one) => folder(one) === folder(file)) ??
    (files.size <= 1 ? meant.find((one) => subsystem(one) === subsystem(file)) : undefined);
  return near === undefined ? { uses: [] } : { uses, readIn: near };
}

const distinct = (machines: readonly MachineEntry[]): readonly MachineEntry[] => [...new Set(machines)];

/** Of the function itself, or of the one that did its work under another name before. */
function usesOf(index: NameIndex, name: string, file: string): UsesIn & { readonly was?: string } {
  const entry = index.functions.get(name);
  const found: UsesIn = entry ? usesIn(entry, file) : { uses: [] };
  const was = formerName(file, name);
  const former = was === undefined ? undefined : index.functions.get(was);
  if (was === undefined || !former) return found;
  const [place] = filesMeant(former);
  return {
    uses: [...former.uses, ...found.uses.filter(({ as }) => as !== "named")],
    was,
    ...(place !== file && place !== undefined && { readIn: place, isMoved: true }),
  };
}

/** The same of a file that the patch renames `from`: it may move the function away from where machines have it, or to there. */
function renamed(found: UsesIn, file: string, from: string): UsesIn {
  if (from === file) return found;
  if (found.readIn === file) return { uses: found.uses };
  return found.readIn === undefined ? { uses: found.uses, readIn: from, isMoved: true } : found;
}

/** What machines say of a function that a patch has in `file`, which it may rename `from`; an empty `file` stands for any. */
export function modelled(index: NameIndex, name: string, file: string, how: HowTouched, from = file): Modelled {
  const { was, ...found } = usesOf(index, name, from);
  const { uses, readIn, isMoved = false, isEarlier = false } = renamed(found, file, from);
  const said = distinct(uses.filter(({ as }) => as !== "named").map(({ machine }) => machine));
  const named = distinct(uses.filter(({ as }) => as === "named").map(({ machine }) => machine));
  return {
    record: {
      name,
      file,
      how,
      modelled: said.length > 0 ? "said" : named.length > 0 ? "named" : "no",
      ...(was !== undefined && { was }),
      ...(uses.length > 0 && readIn !== undefined && file !== "" && { readIn }),
      // What a patch takes away it does not move to here.
      isMoved: uses.length > 0 && isMoved && file !== "" && how !== "removed",
      isEarlier: uses.length > 0 && isEarlier && file !== "",
      uses: uses.map(useOf),
    },
    said,
    named,
  };
}

export interface OfFile {
  /** Functions for which a part of a machine stands. */
  readonly said: readonly string[];
  /** Functions that only the text of a machine's file names. */
  readonly named: readonly string[];
}

/** What machines have of each file, whether a patch touches it or not. */
export function modelledByFile(index: NameIndex): (file: string) => OfFile {
  const files = new Map<string, { readonly said: Set<string>; readonly named: Set<string> }>();
  const of = (file: string) => {
    const found = files.get(file) ?? { said: new Set<string>(), named: new Set<string>() };
    files.set(file, found);
    return found;
  };
  for (const entry of index.functions.values()) {
    const { name, uses, definedIn } = entry;
    const meant = uses.length > 0 ? filesMeant(entry) : [];
    for (const { origin } of uses) if (origin) of(origin.at).said.add(name);
    if (uses.some(({ origin }) => origin))
      for (const { file } of definedIn)
        if (!meant.includes(file) && meantElsewhere(entry, meant, file) !== undefined) of(file).said.add(name);
    if (uses.length > 0 && uses.every(({ as }) => as === "named"))
      for (const { file } of definedIn) of(file).named.add(name);
  }
  return (file) => ({ said: [...(files.get(file)?.said ?? [])], named: [...(files.get(file)?.named ?? [])] });
}
