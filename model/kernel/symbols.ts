/**
 * Functions, ioctls and macros of the kernels that machines name, by file: which exist, not what they do. The three lists are
 * made from the sources of Debian's linux-source packages; `elsewhere` has what was read in other trees, and the RFC's own.
 */
import elsewhere from "./elsewhere.json" with { type: "json" };
import linux61 from "./linux-6.1.192.json" with { type: "json" };
import linux612 from "./linux-6.12.117.json" with { type: "json" };
import linux73 from "./linux-7.3.4.json" with { type: "json" };

type Listed = { readonly [file: string]: string };

const lists: { readonly [tree: string]: Listed } = {
  "6.1.192": linux61,
  "6.12.117": linux612,
  "7.3.4": linux73,
  ...elsewhere,
};

/** Names of the trees that have a list: "6.12.117", "RFC v1 patch 2". */
export const listedTrees: readonly string[] = Object.keys(lists);

/** The functions of one file of a tree; undefined where the list has no such file. */
export function functionsOf(tree: string, file: string): ReadonlySet<string> | undefined {
  const names = lists[tree]?.[file];
  return names === undefined ? undefined : new Set(names.split(" "));
}

/** The files of a tree that define the function. */
export const filesWith = (tree: string, name: string): readonly string[] =>
  Object.entries(lists[tree] ?? {}).flatMap(([file, names]) => (names.split(" ").includes(name) ? [file] : []));

export const filesOf = (tree: string): readonly string[] => Object.keys(lists[tree] ?? {});
