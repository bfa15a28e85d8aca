import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { claimDirectory } from "./claim.ts";
import { brokenRun, engineThatFinds, fakeEngine, goodRun } from "./fake-engine.ts";
import { faultline, fresh } from "./fake-run.ts";
import type { Engine } from "./ports.ts";

const PROGRAM = fileURLToPath(new URL("faultline.mjs", import.meta.url));
const LOCK = ".faultline-lock";
/** More than any kernel gives (Linux: 2^22). */
const NOBODY = 2 ** 30;

/** A directory that is locked like that. */
function locked(content: string): string {
  const directory = fresh();
  mkdirSync(directory);
  writeFileSync(join(directory, LOCK), content);
  return directory;
}

describe("a directory for one run at a time", () => {
  test("the second takes another directory and says so; when both have ended, it is free", async () => {
    const out = fresh();
    const first = await claimDirectory(out);
    const { code, out: text, err } = await faultline(["check", "--out", `${out}/`], engineThatFinds(brokenRun));
    expect(code).toBe(1);
    expect(err).toBe(
      `faultline: process ${process.pid} on ${hostname()} is writing its results to "${out}/"; ` +
        `those of this run go to "${out}-2".\n`,
    );
    expect(text).toContain(`Kept in ${out}-2:`);
    expect(text).toContain(`npx faultline replay ${out}-2/counterexamples/`);
    expect(readdirSync(out)).toEqual([LOCK]);
    await faultline(["check", "--out", out], engineThatFinds(goodRun));
    // The results of the second are still there.
    expect(existsSync(`${out}-3/run.json`)).toBe(true);
    expect(readFileSync(`${out}-2/run.json`, "utf8")).toContain("violated");
    await first.release();
    expect((await faultline(["check", "--out", out], engineThatFinds(goodRun))).err).toBe("");
    expect(readdirSync(out).sort()).toEqual(["report.html", "report.md", "run.json"]);
  });

  test("of many at once, each gets a directory of its own", async () => {
    const out = fresh();
    const claims = await Promise.all(Array.from({ length: 8 }, () => claimDirectory(out)));
    expect(new Set(claims.map(({ directory }) => directory)).size).toBe(8);
  });

  test.each([
    ["a process that is gone", JSON.stringify({ pid: NOBODY, started: "1", host: hostname() })],
    ["a process whose number another has now", JSON.stringify({ pid: process.pid, started: "1", host: hostname() })],
    ["nobody", "hello"],
    ["a number that is none", JSON.stringify({ pid: -1, started: "", host: hostname() })],
    ["nothing", ""],
  ])("the lock of %s is taken over", async (_, content) => {
    const directory = locked(content);
    const claim = await claimDirectory(directory);
    expect(claim).toMatchObject({ directory, notes: [] });
    await claim.release();
    expect(readdirSync(directory)).toEqual([]);
  });

  test("the lock of a process on another host is believed", async () => {
    const directory = locked(JSON.stringify({ pid: NOBODY, started: "", host: `not-${hostname()}` }));
    expect((await claimDirectory(directory)).directory).toBe(`${directory}-2`);
  });

  test("what a process that was killed had begun to write is removed, and nothing else", async () => {
    const out = fresh();
    mkdirSync(join(out, "counterexamples"), { recursive: true });
    for (const name of [`.faultline-${NOBODY}-0.tmp`, `counterexamples/.faultline-${NOBODY}-1.tmp`, "mine.tmp"])
      writeFileSync(join(out, name), "");
    await (await claimDirectory(out)).release();
    expect(readdirSync(out, { recursive: true, encoding: "utf8" }).sort()).toEqual(["counterexamples", "mine.tmp"]);
  });

  test("no control character of a name reaches the terminal", async () => {
    const out = `${fresh()}\u001b[2J\u202e`;
    const { out: text, err } = await faultline(["check", "--out", out], engineThatFinds(brokenRun));
    expect((text + err).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text).toContain("\\u001b[2J\\u202e/counterexamples/");
  });

  test("files of others in the place of results are 2, before anything is searched", async () => {
    for (const name of ["run.json", "report.md", "report.html"]) {
      const out = fresh();
      mkdirSync(join(out, name), { recursive: true });
      const { code, err } = await faultline(["check", "--out", out]);
      expect(code).toBe(2);
      expect(err).toContain(`/${name}" cannot be written: it is a directory.`);
    }
    for (const [name, text] of [
      ["run.json", '{ "measured": 7 }'],
      ["report.md", "# My report\n"],
      ["report.html", "<!doctype html>\n<title>My report</title>\n"],
    ] as const) {
      const mine = fresh();
      mkdirSync(mine);
      writeFileSync(join(mine, name), text);
      const { code, err } = await faultline(["check", "--out", mine]);
      expect(code).toBe(2);
      expect(err).toContain(`/${name}" cannot be written: it is there, and no run of faultline wrote it.`);
      expect(readFileSync(join(mine, name), "utf8")).toBe(text);
    }
    const out = fresh();
    mkdirSync(out);
    writeFileSync(join(out, "counterexamples"), "");
    expect((await faultline(["check", "--out", out])).err).toContain("it is no directory");
    expect((await faultline(["check", "--out", join(out, "counterexamples")])).code).toBe(2);
  });
  const noSearch = (): Engine => ({
    ...fakeEngine,
    check: async () => {
      throw new Error("searched");
    },
  });

  test.each([LOCK, "run.json", "report.md", "counterexamples", "counterexamples/a.json", "counterexamples/a.txt"])(
    "a pipe in the place of %s is 2, and is not waited for",
    async (name) => {
      const out = fresh();
      mkdirSync(dirname(join(out, name)), { recursive: true });
      execFileSync("mkfifo", [join(out, name)]);
      const { code, err } = await faultline(["check", "--out", out], noSearch());
      expect(code).toBe(2);
      expect(err).toMatch(/" cannot be written: it is no (regular file|directory)\.\n/);
      expect(err).toContain(join(out, name));
      expect(readdirSync(out)).toEqual([name.split("/")[0]]);
    },
  );

  test("a directory or a link in the place of the lock is 2, and stays", async () => {
    for (const make of [(path: string) => mkdirSync(path), (path: string) => symlinkSync("/dev/null", path)]) {
      const out = fresh();
      mkdirSync(out);
      make(join(out, LOCK));
      const { code, err } = await faultline(["check", "--out", out], noSearch());
      expect(code).toBe(2);
      expect(err).toContain(`"${join(out, LOCK)}" cannot be written: it is no regular file.`);
      expect(readdirSync(out)).toEqual([LOCK]);
    }
  });

  test("a link to a record that is kept elsewhere is none of that", async () => {
    const out = fresh();
    mkdirSync(out);
    const elsewhere = fresh();
    writeFileSync(elsewhere, "");
    symlinkSync(elsewhere, join(out, "run.json"));
    expect((await faultline(["check", "--out", out], engineThatFinds(goodRun))).code).toBe(0);
    expect(readFileSync(elsewhere, "utf8")).toContain("faultline-runs/2");
  });

  // A process of its own: root may write everything, unless it gives that right up.
  test.each(["run.json", "report.md", "report.html", "counterexamples/a.json", "counterexamples"])(
    "%s that is write-protected is 2, before anything is searched",
    (name) => {
      const out = fresh();
      mkdirSync(join(out, "counterexamples"), { recursive: true });
      const path = join(out, name);
      if (name !== "counterexamples") writeFileSync(path, "mine");
      chmodSync(path, name === "counterexamples" ? 0o500 : 0o400);
      const command = [process.execPath, PROGRAM, "check", "type1-unmap", "--out", out];
      const without = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"];
      const [file, ...args] = process.getuid?.() === 0 ? [...without, ...command] : command;
      const { status, stdout, stderr } = spawnSync(file!, args, { encoding: "utf8" });
      expect(stderr).toContain(`"${path}" cannot be written: EACCES`);
      expect(status).toBe(2);
      expect(stdout).toBe("");
    },
  );
});
