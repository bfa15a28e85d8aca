/** The command line in tests: run with a fake engine and a fake terminal, in a directory of its own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unmapAgainstFault } from "../reports/example.ts";
import { fakeEngine, fakeTerminal } from "./fake-engine.ts";
import type { Engine } from "./ports.ts";
import { run } from "./program.ts";
import type { Terminal } from "./terminal.ts";

const directory = mkdtempSync(join(tmpdir(), "faultline-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
let made = 0;

/** A path where nothing is yet. */
export const fresh = (): string => join(directory, String(made++));

/** Runs the command line; what it wrote, and its exit code. */
export async function faultline(args: readonly string[], engine: Engine = fakeEngine, changes: Partial<Terminal> = {}) {
  const { terminal, written } = fakeTerminal(changes);
  const code = await run(args, async () => engine, terminal);
  return { code, ...written };
}

/** A file with this content: by default, a counterexample. */
export function stored(content: unknown = unmapAgainstFault): string {
  const path = `${fresh()}.json`;
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}
