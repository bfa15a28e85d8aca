/**
 * `npm run counts`: writes what each run of the suite counts to properties/suite/counts.ts, and what each other search counts
 * and what is refused to other-counts.ts beside it, and prints what has changed.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunRecord } from "../../checker/run-record.ts";
import { shownCounts } from "../../properties/gaps/counted.ts";
import { beginningsOf } from "../../properties/beginnings.ts";
import { build, systemNames } from "../../properties/build.ts";
import { countsOf, nameOfRun } from "../../properties/counts.ts";
import { departures } from "../../properties/departures/index.ts";
import { BEGINNINGS, DEFECTS, SHOWN } from "../../properties/other-counts.ts";
import { refusedOf } from "../../properties/refused.ts";
import { COUNTS } from "../../properties/suite/counts.ts";
import { OTHER_COUNTS, REFUSED } from "../../properties/suite/other-counts.ts";
import type { Counts } from "../../properties/suite/run.ts";
import { expectViolations } from "../../properties/violations.ts";
import { EXIT } from "../exit.ts";
import { countsText, differences, otherText, refusals } from "./counts-text.ts";

/** Those of the tests, and those of `check`. */
const BOUNDS = ["small", "default"];
const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
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

const counted = (runs: readonly RunRecord[]): { readonly [run: string]: Counts } =>
  Object.fromEntries(runs.map((run) => [nameOfRun(run.model), countsOf(run)]));

try {
  const all = Object.fromEntries(BOUNDS.map((bounds) => [bounds, counted(checked(bounds))]));
  const other = {
    [BEGINNINGS]: Object.assign({}, ...systemNames.map(beginningsOf)) as { readonly [run: string]: Counts },
    [SHOWN]: shownCounts(() => true),
    [DEFECTS]: counted(
      departures.map(({ shown, breaks, reason }) => expectViolations(build(shown), shown, breaks, reason)),
    ),
  };
  const refused = Object.fromEntries(systemNames.map((system) => [system, refusedOf(system)]));
  writeFileSync(path("properties/suite/counts.ts"), countsText(all));
  writeFileSync(path("properties/suite/other-counts.ts"), otherText(other, refused));
  const changed = [...differences(COUNTS, all), ...differences(OTHER_COUNTS, other), ...refusals(REFUSED, refused)];
  for (const line of changed) process.stdout.write(`${line}\n`);
} catch (error) {
  process.stderr.write(`counts: ${(error as Error).message}\n`);
  process.exitCode = EXIT.internal;
} finally {
  rmSync(out, { recursive: true });
}
