/**
 * One process for one mutant: reads a job as JSON from its standard input, loads the project with other texts in the place
 * of files, and prints what the replays say. Plain JavaScript, because it is what sets the loader up.
 */
import { readFileSync } from "node:fs";
import { register } from "node:module";

/** @type {{ texts: Readonly<Record<string, string>>, sequences?: readonly import("./replays.ts").Sequence[] }} */
const { texts, sequences } = JSON.parse(readFileSync(0, "utf8"));

register("../../cli/typescript-hooks.mjs", import.meta.url, { data: { texts } });

/** @returns {Promise<unknown>} */
async function answer() {
  if (!sequences) return (await import("./survey.ts")).survey();
  let replays;
  try {
    replays = await import("./replays.ts");
  } catch (error) {
    // A machine that cannot even be made.
    return { where: null, operation: null, how: "throws", because: String(error).split("\n")[0] };
  }
  replays.countRounds();
  return replays.firstNoticed(sequences) ?? null;
}

process.stdout.write(JSON.stringify(await answer()));
