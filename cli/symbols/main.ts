/** `npm run symbols -- TREE`: writes the list of functions of a kernel tree to model/kernel (CONTRIBUTING.md). */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { errorText, UsageError } from "../errors.ts";
import { EXIT } from "../exit.ts";
import { symbolsOfTree, symbolText, versionOf } from "./kernel-tree.ts";

const [tree, ...others] = process.argv.slice(2);
try {
  if (tree === undefined || others.length > 0)
    throw new UsageError(
      "one kernel tree is listed at a time.",
      "npm run symbols -- TREE, with the top folder of a tree",
    );
  const version = versionOf(tree);
  const list = symbolsOfTree(tree);
  const name = `model/kernel/linux-${version}.json`;
  writeFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), symbolText(list));
  const names = Object.values(list).reduce((sum, one) => sum + one.split(" ").length, 0);
  process.stdout.write(`${name}: ${names} functions and macros of ${Object.keys(list).length} files.\n`);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(errorText(error));
  process.exitCode = EXIT.usage;
}
