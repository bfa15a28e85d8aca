/** Starts the program from its bundle, or, where there can be none, from the sources. */
import { readFileSync } from "node:fs";
import { bundleOf, modelHash, sourcesHash } from "./bundle.mjs";

/** The program as a bundle and as sources exports this. @typedef {typeof import("./main.ts")} Main */

/** From where the user wants it: "bundle" (default) or "sources". */
const wanted = process.env["FAULTLINE_FROM"] ?? "bundle";

async function main() {
  const hash = sourcesHash();
  const bundle = wanted === "sources" ? undefined : await bundleOf(hash);
  if (bundle === undefined) {
    await import("./typescript.mjs");
    const worker = new URL("jobs/perform.ts", import.meta.url).href;
    return { hash, from: "sources", worker, module: await import("./main.ts") };
  }
  process.setSourceMapsEnabled(true);
  const worker = new URL("perform.mjs", bundle).href;
  return { hash, from: "bundle", worker, module: /** @type {Main} */ (await import(bundle)) };
}

/** Runs the command that the arguments of the process name. */
export async function started() {
  if (wanted !== "bundle" && wanted !== "sources") {
    console.error(`faultline: FAULTLINE_FROM cannot be ${JSON.stringify(wanted)}.\n  Expected bundle or sources.`);
    process.exitCode = 2;
    return;
  }
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const { hash, from, worker, module } = await main();
  const tool = `faultline ${version} (sources ${hash})`;
  const origin = from === "bundle" ? "a bundle of them" : "them";
  await module.start({
    version: `faultline ${version} (sources ${hash}, loaded from ${origin})`,
    tool,
    worker,
    identity: () => ({ version, model: modelHash() }),
  });
}
