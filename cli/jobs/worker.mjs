/** Where a worker thread starts. Plain JavaScript: from the sources, TypeScript has to be made loadable first. */

/** @typedef {typeof import("./perform.ts")} Perform */

/** @type {Promise<Perform> | undefined} */
let loaded;

/**
 * @param {string} from
 * @returns {Promise<Perform>}
 */
async function load(from) {
  if (from.endsWith(".cjs")) return (await import("../compiled.mjs")).loaded(from);
  if (from.endsWith(".ts")) await import("../typescript.mjs");
  return import(from);
}

/** Called by the pool. @type {Perform["perform"]} */
export const perform = async (job) => (await (loaded ??= load(job.from))).perform(job);
