/** The process: arguments in, exit code out. Imported by faultline.mjs once TypeScript, or the bundle, can be loaded. */
import { masked } from "./errors.ts";
import type { Started } from "./program/common.ts";
import { run } from "./program.ts";
import { processTerminal } from "./terminal.ts";

/** Runs the command that the arguments of the process name. */
export async function start(started: Started): Promise<void> {
  // The password of a queue is nothing for the list of processes.
  const args = process.argv.slice(2).map(masked);
  if (args.some((arg, k) => arg !== process.argv[k + 2])) process.title = ["faultline", ...args].join(" ");
  // Set, not exit(): what was written to a pipe must still get there.
  process.exitCode = await run(
    process.argv.slice(2),
    async () => (await import("./engine.ts")).engine,
    processTerminal(),
    started,
  );
}
