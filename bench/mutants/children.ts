/** Child processes: one survey, one replay for each mutant, and one run of a test file with a mutant. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PATIENCE, watched, type Patience } from "./patience.ts";
import { pathOf, type Texts } from "./sources.ts";
import { counted } from "./ticks.ts";
import type { Noticed, Sequence } from "./replays.ts";
import type { Survey } from "./survey.ts";

const ROOT = pathOf("");
const WORKER = fileURLToPath(new URL("worker.mjs", import.meta.url));

/** A text in the place of a file of the project. */
export interface Changed {
  readonly file: string;
  readonly mutated: string;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it was ended, with the processes that it started; undefined: it ended by itself. */
  readonly impatience?: string;
}

interface Setting {
  readonly env?: NodeJS.ProcessEnv;
  /** None: it may take as long as it takes. */
  readonly patience?: Patience;
}

export const ran = (args: readonly string[], input: string, { env, patience }: Setting = {}): Promise<Ended> =>
  new Promise((resolve, reject) => {
    // A group of its own, so that the workers of a test runner end with it.
    const detached = patience !== undefined;
    const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env }, detached });
    let impatience: string | undefined;
    const stop =
      patience &&
      watched(child.pid!, patience, (why) => {
        impatience ??= why;
        process.kill(-child.pid!, "SIGKILL");
      });
    child.on("close", () => stop?.());
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => (stdout += part));
    child.stderr.setEncoding("utf8").on("data", (part: string) => (stderr += part));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr, ...(impatience !== undefined && { impatience }) }));
    child.stdin.end(input);
  });

async function worker<Answer>(job: object): Promise<Answer> {
  const { code, stdout, stderr } = await ran([WORKER], JSON.stringify(job));
  if (code !== 0) throw new Error(`The worker ended with ${String(code)}:\n${stderr.slice(-2_000)}`);
  return JSON.parse(stdout) as Answer;
}

export const surveyed = (texts: Texts): Promise<Survey> => worker<Survey>({ texts });

/** The first recorded operation that notices the change, of the sequences in their order; null: none does. */
export const noticedBy = (
  { file, mutated }: Changed,
  sequences: readonly Sequence[],
  texts: Texts,
): Promise<Noticed | null> => worker({ texts: { ...texts, [pathOf(file)]: counted(mutated) ?? mutated }, sequences });

interface TestReport {
  readonly testResults: readonly {
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** The name of the first test of the file that fails with the change; undefined: all pass. */
export async function failedTest(changed: Changed, test: string, patience = PATIENCE): Promise<string | undefined> {
  const directory = mkdtempSync(join(tmpdir(), "faultline-mutant-"));
  try {
    const changedFile = join(directory, "changed.json");
    const report = join(directory, "report.json");
    writeFileSync(changedFile, JSON.stringify({ path: pathOf(changed.file), text: changed.mutated }));
    const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
    const args = ["run", "--config", "bench/mutants/vitest.config.ts", "--bail", "1", "--reporter", "json"];
    const { stderr, impatience } = await ran([vitest, ...args, "--outputFile", report, test], "", {
      env: { FAULTLINE_CHANGED: changedFile },
      patience,
    });
    if (impatience !== undefined) return impatience;
    const { testResults } = readReport(report, stderr);
    if (testResults.length === 0) throw new Error(`There is no test file ${test}.`);
    const failed = testResults.find(({ status }) => status === "failed");
    if (!failed) return undefined;
    const assertion = failed.assertionResults.find(({ status }) => status === "failed");
    // A slow machine notices nothing.
    if (assertion?.failureMessages.some((message) => message.includes("timed out")))
      throw new Error(`${test}: "${assertion.fullName}" had too little time: try again on an idle machine.`);
    return assertion?.fullName ?? "the file cannot be loaded";
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function readReport(path: string, stderr: string): TestReport {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as TestReport;
  } catch {
    throw new Error(`Vitest wrote no report:\n${stderr.slice(-2_000)}`);
  }
}
