/** Loads the program of a clone: from its bundle, or, where there can be none, from the sources. */
import { bundleOf, commitOf, modelHash, sourcesHash } from "./bundle.mjs";

/** Made from the sources, which may have changed since the last time. */
async function explorer() {
  await import("./typescript.mjs");
  const { explorerFiles } = await import("./explorer/build.ts");
  return explorerFiles();
}

/**
 * @param {string} wanted "bundle" or "sources"
 * @param {boolean} withCommit whether the commit is asked for
 * @returns {Promise<import("./start.mjs").Origin>}
 */
export async function load(wanted, withCommit) {
  const hash = sourcesHash();
  const commit = withCommit ? commitOf() : undefined;
  const about = { hash, ...(commit !== undefined && { commit }), model: modelHash, explorer };
  const bundle = wanted === "sources" ? undefined : await bundleOf(hash);
  if (bundle === undefined) {
    await import("./typescript.mjs");
    const worker = new URL("jobs/perform.ts", import.meta.url).href;
    return { ...about, from: "them", worker, module: await import("./main.ts") };
  }
  const { keepCompiled, loaded } = await import("./compiled.mjs");
  const worker = new URL("perform.cjs", bundle).href;
  return { ...about, from: "a bundle of them", worker, module: loaded(bundle), ended: keepCompiled };
}
