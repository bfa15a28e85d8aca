/** The list of functions of a kernel tree on disk, in the form of model/kernel/linux-*.json. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { filesOf, listedTrees } from "../../model/kernel/symbols.ts";
import { UsageError } from "../errors.ts";
import { definitionsIn } from "./definitions.ts";

/** Folders that are listed whole. Of others the files are listed that the lists of some tree have. */
const FOLDERS = ["drivers/iommu", "drivers/vfio"];

/** By file, names with blanks between them. */
export type SymbolList = { readonly [file: string]: string };

/** "6.12.117", from the first lines of its Makefile. @throws UsageError where that is no kernel's */
export function versionOf(tree: string): string {
  const makefile = join(tree, "Makefile");
  const text = existsSync(makefile) ? readFileSync(makefile, "utf8").slice(0, 2000) : "";
  const [version, level, sub] = ["VERSION", "PATCHLEVEL", "SUBLEVEL"].map(
    (name) => new RegExp(`^${name} *= *(\\d+)$`, "m").exec(text)?.[1],
  );
  if (version === undefined || level === undefined)
    throw new UsageError(`"${tree}" has no Makefile of a kernel.`, "the top folder of a kernel tree");
  return [version, level, ...(sub === undefined || sub === "0" ? [] : [sub])].join(".");
}

function filesIn(tree: string): readonly string[] {
  const whole = FOLDERS.flatMap((folder) =>
    existsSync(join(tree, folder))
      ? readdirSync(join(tree, folder), { recursive: true, encoding: "utf8" }).map(
          (name) => `${folder}/${name.replaceAll("\\", "/")}`,
        )
      : [],
  );
  const others = listedTrees.flatMap(filesOf).filter((file) => existsSync(join(tree, file)));
  return [...new Set([...whole, ...others])].filter((file) => /\.[ch]$/.test(file)).sort();
}

/** @throws UsageError for a folder without drivers/iommu and drivers/vfio */
export function symbolsOfTree(tree: string): SymbolList {
  const files = filesIn(tree);
  if (!files.some((file) => FOLDERS.some((folder) => file.startsWith(`${folder}/`))))
    throw new UsageError(`"${tree}" has no file in ${FOLDERS.join(" or ")}.`, "the top folder of a kernel tree");
  const named = files.map((file) => {
    const text = readFileSync(join(tree, file), "utf8");
    return [file, definitionsIn(text, file.startsWith("include/uapi/")).join(" ")] as const;
  });
  return Object.fromEntries(named.filter(([, names]) => names !== ""));
}

/** One file a line, as the lists are kept. */
export const symbolText = (list: SymbolList): string => `${JSON.stringify(list, null, 2)}\n`;
