/** `npm run layers`: who may import whom. Exit code 1 and one line for each import that is not allowed. */
import { fileURLToPath } from "node:url";
import configuration from "../.dependency-cruiser.mjs";
import { cruiseTree, unknownFolders } from "./cruise.ts";

const { files, unseen, imports, violations } = await cruiseTree(fileURLToPath(new URL("..", import.meta.url)));
const problems = [
  ...unknownFolders(files).map((folder) => `${folder}/ is in no row of LAYERS in .dependency-cruiser.mjs`),
  ...unseen.map((file) => `${file} was not looked at by dependency-cruiser`),
  ...violations.map(({ from, to, rule }) => {
    const why = configuration.forbidden?.find(({ name }) => name === rule.name)?.comment ?? "";
    return `${from === to ? from : `${from} -> ${to}`}\n    ${rule.name}: ${why}`;
  }),
];
for (const problem of problems) console.error(`  ${problem}`);
console.log(`layers: ${files.length} modules, ${imports} imports, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
