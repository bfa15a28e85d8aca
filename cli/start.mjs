/** Starts the program from its bundle, or, where there can be none, from the sources. */
import { readFileSync } from "node:fs";
import { bundleOf, sourcesHash } from "./bundle.mjs";

/** The program as a bundle and as sources exports this. @typedef {typeof import("./main.ts")} Main */

async function main() {
  const hash = sourcesHash();
  const bundle = process.env["FAULTLINE_FROM"] === "sources" ? undefined : await bundleOf(hash);
  if (bundle === undefined) {
    await import("./typescript.mjs");
    return { hash, from: "sources", module: await import("./main.ts") };
  }
  process.setSourceMapsEnabled(true);
  return { hash, from: "bundle", module: /** @type {Main} */ (await import(bundle)) };
}

/** Runs the command that the arguments of the process name. */
export async function started() {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const { hash, from, module } = await main();
  await module.start(
    `faultline ${version} (sources ${hash}, loaded from ${from === "bundle" ? "a bundle of them" : "them"})`,
  );
}
