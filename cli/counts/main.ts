/** `npm run counts`: writes what each run of the suite counts to properties/suite/counts.ts, and prints what has changed. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunRecord } from "../../checker/run-record.ts";
import { countsOf, nameOfRun } from "../../properties/counts.ts";
import { COUNTS } from "../../properties/suite/counts.ts";
import { EXIT } from "../exit.ts";
import { countsText, differences } from "./counts-text.ts";

/** Those of the tests, and those of `check`. */
const BOUNDS = ["small", "default"];
const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const FILE = path("properties/suite/counts.ts");
/** Bytes of the records of all runs. */
const MOST = 1 << 29;

interface Checked {
  readonly runs: readonly RunRecord[];
  readonly failures: readonly { readonly message: string }[];
}

const out = mkdtempSync(join(tmpdir(), "faultline-counts-"));

function checked(bounds: string): readonly RunRecord[] {
  const args = [path("cli/faultline.mjs"), "check", "--bounds", bounds, "--json", "--out", out];
  const { stdout } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    maxBuffer: MOST,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { runs, failures } = JSON.parse(stdout) as Checked;
  const open = runs.find(({ search }) => !search.complete);
  const wrong = failures[0]?.message ?? (open && `${nameOfRun(open.model)} is incomplete`);
  if (wrong !== undefined) throw new Error(`${bounds}: ${wrong}: nothing was written.`);
  return runs;
}

try {
  const all = Object.fromEntries(
    BOUNDS.map((bounds) => [
      bounds,
      Object.fromEntries(checked(bounds).map((run) => [nameOfRun(run.model), countsOf(run)])),
    ]),
  );
  writeFileSync(FILE, countsText(all));
  for (const line of differences(COUNTS, all)) process.stdout.write(`${line}\n`);
} catch (error) {
  process.stderr.write(`counts: ${(error as Error).message}\n`);
  process.exitCode = EXIT.internal;
} finally {
  rmSync(out, { recursive: true });
}
