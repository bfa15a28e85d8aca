/** The whole program as a process: what no test within this one can do. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { engineThatFinds, goodRun } from "./fake-engine.ts";
import { faultline, fresh } from "./fake-run.ts";

const program = fileURLToPath(new URL("faultline.mjs", import.meta.url));

test("a disk that is full: the verdicts are told, the former results stay, and the exit code is 4", () => {
  const out = fresh();
  const check = (limit: string) =>
    spawnSync(
      "bash",
      [
        "-c",
        `${limit} "$0" "$@"`,
        process.execPath,
        program,
        "check",
        "pri-overflow",
        "--set",
        "ovfLastResponse=none",
        "--bounds",
        "small",
        "--out",
        out,
      ],
      {
        encoding: "utf8",
      },
    );
  const before = check("");
  expect(before.status).toBe(1);
  expect(before.stdout).toContain("is violated after step");
  const content = () =>
    readdirSync(out, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(json|md|txt|tmp)$/.test(name))
      .map((name) => [name, readFileSync(join(out, name), "utf8")]);
  const kept = content();
  expect(kept.length).toBeGreaterThan(3);
  // No file may become longer than 1 KiB: writing more fails as on a full disk, for root too.
  const { status, stdout, stderr } = check("ulimit -f 1;");
  expect(status).toBe(4);
  expect(stdout).toContain("is violated after step");
  expect(stdout).not.toContain("Kept in");
  expect(stderr).toMatch(/^faultline: no results were kept: .*cannot be written: EFBIG.*\n$/m);
  expect(content()).toEqual(kept);
});

/** Waits until a run writes its results there. */
async function begun(out: string): Promise<void> {
  while (!existsSync(join(out, ".faultline-lock"))) await new Promise((resolve) => setTimeout(resolve, 50));
}

test("an interrupt reaches every thread, and what each has found is kept", async () => {
  const out = fresh();
  const args = ["check", "pri-overflow", "iommufd", "--bounds", "deep", "--jobs", "2", "--out", out];
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let told = "";
  child.stderr.on("data", (data: Buffer) => (told += data.toString()));
  await begun(out);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  child.kill("SIGINT");
  const [status] = (await once(child, "exit")) as [number];
  expect(status).toBe(130);
  expect(told).toContain("faultline: interrupted.\n");
  const { runs } = JSON.parse(readFileSync(join(out, "run.json"), "utf8")) as {
    readonly runs: readonly { readonly search: { readonly complete: boolean; readonly states: number } }[];
  };
  expect(runs).toHaveLength(2);
  for (const { search } of runs) {
    expect(search.complete).toBe(false);
    expect(search.states).toBeGreaterThan(0);
  }
});

test.each([
  ["SIGHUP", 129],
  ["SIGTERM", 143],
  ["SIGKILL", null],
] as const)(
  "while a run goes on, a second one takes another directory; %s ends the first with %s",
  async (signal, code) => {
    const out = fresh();
    const child = spawn(
      process.execPath,
      [program, "check", "iommufd", "rfc", "--bounds", "deep", "--jobs", "1", "--out", out],
      {
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let told = "";
    child.stderr.on("data", (data: Buffer) => (told += data.toString()));
    await begun(out);
    const second = await faultline(["check", "--out", out], engineThatFinds(goodRun));
    expect(second.err).toContain(`process ${child.pid} on `);
    expect(readdirSync(`${out}-2`).sort()).toEqual(["report.html", "report.md", "run.json"]);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    child.kill(signal);
    const [status] = (await once(child, "exit")) as [number];
    expect(status).toBe(code);
    if (code === null) {
      // The lock of a process that was killed holds nobody up.
      expect(readdirSync(out)).toEqual([".faultline-lock"]);
      expect((await faultline(["check", "--out", out], engineThatFinds(goodRun))).err).toBe("");
      expect(readdirSync(out).sort()).toEqual(["report.html", "report.md", "run.json"]);
      return;
    }
    expect(told).toContain("interrupted; 1 of 2 runs were not begun");
    expect(readdirSync(out)).toContain("run.json");
    expect(readdirSync(out)).not.toContain(".faultline-lock");
  },
);
