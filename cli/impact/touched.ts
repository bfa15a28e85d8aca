/** What patches touch, taken together: files once, and of each file the functions that hunks of any patch change. */
import type { Patch } from "../patch/mails.ts";
import { touchedNames, type Touched } from "../patch/touched-names.ts";
import type { FileDiff } from "../patch/unified-diff.ts";

export interface TouchedFile {
  readonly file: string;
  readonly from?: string;
  readonly change: FileDiff["change"];
  readonly isBinary: boolean;
  /** Of its diff; none where only the name or the mode of the file changes. */
  readonly hunks: number;
  readonly functions: readonly Touched[];
  readonly data: readonly string[];
  readonly mentioned: readonly string[];
  readonly unplaced: number;
  readonly labels: readonly string[];
}

/** Functions are looked for in C: in other files nothing would say what a hunk is in. */
const isC = (path: string): boolean => /\.[ch]$/.test(path);

function fileOf({ path, from, change, isBinary, hunks }: FileDiff): TouchedFile {
  const { touched, mentioned, unplaced, labels } = isC(path)
    ? touchedNames(hunks)
    : { touched: [], mentioned: [], unplaced: 0, labels: [] };
  return {
    file: path,
    ...(from !== undefined && { from }),
    change,
    isBinary,
    hunks: hunks.length,
    functions: touched.filter(({ as }) => as !== "data"),
    data: touched.filter(({ as }) => as === "data").map(({ name }) => name),
    mentioned,
    unplaced,
    labels,
  };
}

/** The file as two patches of a series change it, one after the other. */
function together(first: TouchedFile, second: TouchedFile): TouchedFile {
  const known = new Set(first.functions.map(({ name }) => name));
  const from = first.from ?? second.from;
  // `git log -p` has the newest first: the patch that renames the file may come after those that change it.
  const isLater = second.change === "deleted" || first.change === "mode" || (!first.from && second.from);
  return {
    ...first,
    ...(from !== undefined && { from }),
    change: isLater ? second.change : first.change,
    isBinary: first.isBinary || second.isBinary,
    hunks: first.hunks + second.hunks,
    functions: [...first.functions, ...second.functions.filter(({ name }) => !known.has(name))],
    data: [...new Set([...first.data, ...second.data])],
    mentioned: [...new Set([...first.mentioned, ...second.mentioned])],
    unplaced: first.unplaced + second.unplaced,
    labels: [...new Set([...first.labels, ...second.labels])],
  };
}

/** In the order in which the patches name them. */
export function touchedBy(patches: readonly Patch[]): readonly TouchedFile[] {
  const files = new Map<string, TouchedFile>();
  for (const diff of patches.flatMap((patch) => patch.files)) {
    const file = fileOf(diff);
    const before = files.get(file.file);
    files.set(file.file, before ? together(before, file) : file);
  }
  return [...files.values()];
}
