/** `npm run explorer:build [FOLDER]`: the files of the explorer, written into a folder, from which any web server can serve them. */
import { rmSync } from "node:fs";
import { errorText, UsageError } from "../errors.ts";
import { EXIT } from "../exit.ts";
import { explorerFiles } from "./build.ts";
import { writeExplorer } from "./folder.ts";

const OWN = "reports/out/explorer";

try {
  const [given, ...others] = process.argv.slice(2);
  if (given?.startsWith("-") || others.length > 0)
    throw new UsageError(`explorer:build does not take "${others[0] ?? given}".`, "npm run explorer:build [-- FOLDER]");
  const folder = given ?? OWN;
  const files = await explorerFiles();
  if (given === undefined) rmSync(OWN, { recursive: true, force: true });
  writeExplorer(folder, files);
  console.log(`The explorer is in ${folder}: any web server can serve it, from any path.`);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(errorText(error));
  process.exitCode = EXIT.usage;
}
