/** Names of files as a diff has them, made into paths of a kernel tree. */
import { filesOf, listedTrees } from "../../model/kernel/symbols.ts";

/** Folders at the top of a kernel tree. */
const TOP = new Set(
  "arch block certs crypto Documentation drivers fs include init io_uring ipc kernel lib LICENSES mm net rust samples scripts security sound tools usr virt".split(
    " ",
  ),
);

const listed: ReadonlySet<string> = new Set(listedTrees.flatMap(filesOf));
const isListed = (path: string): boolean => listed.has(path);

/** git quotes a name with unusual characters as C does: "a/\303\244.c". */
function unquoted(name: string): string {
  const [, quoted] = /^"((?:[^"\\]|\\.)*)"/.exec(name) ?? [];
  if (quoted === undefined) return name;
  const bytes = quoted.replaceAll(/\\([0-7]{1,3}|.)/g, (_, code: string) =>
    /^[0-7]/.test(code) ? String.fromCharCode(parseInt(code, 8) & 0xff) : ({ n: "\n", t: "\t" }[code] ?? code),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/**
 * The path below the top of the kernel tree, where the name has a folder that is at the top of one: "a/mm/gup.c" and
 * "linux-6.12/mm/gup.c" are both "mm/gup.c". `hasPrefix`: the name may begin with the "a/" or "b/" of git.
 */
export function pathOf(name: string, hasPrefix = true): string {
  const whole = name.startsWith('"') ? unquoted(name) : name.replace(/\t.*$/, "").trimEnd();
  if (whole === "/dev/null") return whole;
  const path = hasPrefix ? whole.replace(/^[abciow12]\//, "") : whole;
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  const below = parts.flatMap((part, k) => (TOP.has(part) && k < parts.length - 1 ? [parts.slice(k).join("/")] : []));
  // "/usr/src/linux/mm/gup.c": this "usr" is that of a machine.
  return below.find(isListed) ?? below.find((one) => !one.startsWith("usr/src/")) ?? inSubfolder(parts.join("/"));
}

/** `git diff --relative` names a file from the folder where it was made: "iommufd/fault.c", if only one file ends so. */
function inSubfolder(name: string): string {
  const [only, ...others] = [...listed].filter((file) => file.endsWith(`/${name}`));
  return only !== undefined && others.length === 0 ? only : name;
}

/** The two names of "diff --git a/mm/gup.c b/mm/gup.c"; blanks in a name are not quoted. */
export function pathsOfGitHeader(names: string): { readonly from: string; readonly to: string } {
  const [, first = "", second = ""] =
    /^("(?:[^"\\]|\\.)*"|[^ ]+) ("(?:[^"\\]|\\.)*"|[^ ]+)$/.exec(names) ?? /^(.+) ("?b\/.+)$/.exec(names) ?? [];
  const half = names.slice(0, (names.length - 1) / 2);
  if (first === "") return { from: pathOf(half), to: pathOf(names.slice(half.length + 1) || names) };
  return { from: pathOf(first), to: pathOf(second) };
}
