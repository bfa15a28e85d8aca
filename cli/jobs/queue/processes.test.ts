/** The whole thing as processes: a server, workers and submissions, of which some are killed. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { faultline, fresh } from "../../fake-run.ts";
import { freePort, installed, OwnServer, skipped } from "./own-server.ts";

const program = fileURLToPath(new URL("../../faultline.mjs", import.meta.url));
const LONG = 120_000;

/** The command line that a list of processes shows; where there is no such list, one without a password. */
const titleOf = ({ pid }: ChildProcess): string =>
  existsSync("/proc/self/cmdline")
    ? readFileSync(`/proc/${pid}/cmdline`, "utf8")
    : "worker --queue redis://***@127.0.0.1:";

/** A process of the program, with what it has written so far. */
class Running {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  out = "";
  err = "";

  constructor(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    const env = { ...process.env, ...environment };
    this.child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"], env });
    this.child.stdout!.on("data", (data: Buffer) => (this.out += data.toString()));
    this.child.stderr!.on("data", (data: Buffer) => (this.err += data.toString()));
    this.exit = once(this.child, "close").then(([code]) => code as number | null);
  }

  async says(text: string): Promise<void> {
    while (!`${this.out}${this.err}`.includes(text)) {
      if (this.child.exitCode !== null) throw new Error(`it ended without "${text}": ${this.out}${this.err}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

const RANDOM = ["random", "pri-flat", "pri-overflow", "--set", "ovfLastResponse=none", "--bounds", "small"];

/** Exit code, report and files of a random search, which has no times. */
async function found(...more: readonly string[]) {
  const out = fresh();
  const running = new Running([...RANDOM, "--runs", "40", ...more, "--out", out]);
  const status = await running.exit;
  const files = readdirSync(out, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(json|md|txt)$/.test(name))
    .sort()
    .map((name) => [name, readFileSync(join(out, name), "utf8").replaceAll(out, "OUT")]);
  return { status, stdout: running.out.replaceAll(out, "OUT"), files };
}

describe.skipIf(installed === undefined)(`faultline worker${skipped}`, () => {
  let server: OwnServer;
  let locked: OwnServer;
  let embedded: Awaited<ReturnType<typeof found>>;
  beforeAll(async () => {
    [server, locked] = await Promise.all([OwnServer.start(), OwnServer.start("--requirepass", "se/cr@et")]);
    embedded = await found("--jobs", "1");
  }, LONG);
  afterAll(async () => {
    for (const one of [server, locked]) await one?.stop();
  });
  const queue = (database: number): readonly string[] => ["--queue", `${server.url}/${database}`];

  test(
    "gives the bytes of the embedded run, and the second submission needs no worker",
    async () => {
      const worker = new Running(["worker", ...queue(0), "--jobs", "2"]);
      const byWorker = await found(...queue(0));
      worker.child.kill("SIGTERM");
      expect(await worker.exit).toBe(0);
      expect(worker.out).toMatch(/\n2 jobs done\n$/);
      const again = await found(...queue(0));
      expect(embedded.status).toBe(1);
      expect(embedded.files.length).toBeGreaterThan(3);
      expect(JSON.stringify(byWorker) === JSON.stringify(embedded)).toBe(true);
      expect(JSON.stringify(again) === JSON.stringify(embedded)).toBe(true);
    },
    LONG,
  );

  test(
    "that is killed loses nothing: another one does what it had begun",
    async () => {
      const args = ["worker", ...queue(1), "--jobs", "1", "--lost-after", "2"];
      const submitted = found(...queue(1));
      const killed = new Running(args);
      await killed.says(": random ");
      killed.child.kill("SIGKILL");
      await killed.exit;
      expect(killed.out).not.toContain("done in");
      const second = new Running([...args, "--drain"]);
      const byWorkers = await submitted;
      expect(await second.exit).toBe(0);
      expect(second.out).toContain("the worker that had it is gone; it is done again");
      expect(second.out).toMatch(/\n2 jobs done\n$/);
      expect(JSON.stringify(byWorkers) === JSON.stringify(embedded)).toBe(true);
    },
    LONG,
  );

  test(
    "that is told to stop finishes what it has begun, and leaves the rest; so does an interrupted submission",
    async () => {
      const args = [...RANDOM, "--runs", "40", ...queue(2), "--out", fresh()];
      const first = new Running(args);
      const worker = new Running(["worker", ...queue(2), "--jobs", "1"]);
      await worker.says(": random ");
      first.child.kill("SIGINT");
      worker.child.kill("SIGINT");
      expect(await first.exit).toBe(130);
      expect(first.err).toContain(
        "interrupted; 2 of 2 runs stay in the queue, and the same command goes on with them.\n",
      );
      expect(await worker.exit).toBe(0);
      expect(worker.out).toMatch(/\n1 job done\n$/);
      const drain = new Running(["worker", ...queue(2), "--jobs", "1", "--drain"]);
      const second = new Running(args);
      expect([await second.exit, await drain.exit]).toEqual([1, 0]);
      expect(drain.out).toMatch(/\n1 job done\n$/);
    },
    LONG,
  );

  test(
    "shows its password to nobody",
    async () => {
      const url = locked.url.replace("//", "//:se%2Fcr%40et@");
      const workers = [
        new Running(["worker", "--queue", url, "--jobs", "1"]),
        new Running(["worker", "--queue", locked.url, "--jobs", "1"], { FAULTLINE_QUEUE_PASSWORD: "se/cr@et" }),
        new Running(["worker", "--queue", url.replace("se%2F", "other")]),
      ];
      for (const one of workers.slice(0, 2)) await one.says("1 at once; jobs from redis://127.0.0.1:");
      const titles = workers.slice(0, 2).map(({ child }) => titleOf(child));
      expect(titles[0]).toContain("worker --queue redis://***@127.0.0.1:");
      for (const { child } of workers.slice(0, 2)) child.kill("SIGTERM");
      expect(await Promise.all(workers.map(({ exit }) => exit))).toEqual([0, 0, 2]);
      const misused = [
        ["worker", "--queue", url.replace("redis:", "redi:")],
        ["worker", "--queue", url, "--queue", url],
        ["check", url],
        ["replay", url],
        ["worker", `--queu=${url}`],
      ];
      const refusals = await Promise.all(misused.map((args) => faultline(args)));
      expect(refusals.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2]);
      for (const text of [...titles, ...[...workers, ...refusals].map(({ out, err }) => out + err)]) {
        expect(text).not.toMatch(/se%2Fcr%40et|se\/cr@et|cr%40et/);
        expect(text).not.toBe("");
      }
    },
    LONG,
  );
});

describe("--queue", () => {
  test("without a server is one clear error, before anything is written", async () => {
    const out = fresh();
    const url = `redis://127.0.0.1:${await freePort()}`;
    const check = new Running(["check", "stalls", "--queue", url, "--out", out]);
    const worker = new Running(["worker", "--queue", url]);
    expect([await check.exit, await worker.exit]).toEqual([2, 2]);
    for (const { out: stdout, err } of [check, worker]) {
      expect(stdout).toBe("");
      expect(err).toMatch(
        /^faultline: the queue redis:.* cannot be used: nothing listens there[.]\n {2}Expected .*\n$/,
      );
    }
    expect(() => readdirSync(out)).toThrow("ENOENT");
  });

  test.each([
    [["check", "stalls", "--queue", "redis://127.0.0.1", "--jobs", "2"], "--queue and --jobs exclude each other"],
    [
      ["check", "stalls", "--queue", "redis://127.0.0.1", "--checkpoint", "x"],
      "A checkpoint is kept on this machine, and --queue searches on others.",
    ],
    [["random", "stalls", "--queue", "127.0.0.1"], '--queue cannot be "127.0.0.1".'],
    [["worker"], "worker needs a queue."],
    [["worker", "--queue", "redis://127.0.0.1", "--lost-after", "0"], '--lost-after cannot be "0".'],
    [["worker", "--queue", "redis://127.0.0.1", "--jobs", "0"], '--jobs cannot be "0".'],
  ])("%j is refused", async (args, message) => {
    const { code, err } = await faultline(args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  test("loads what it needs, and no other command does", async () => {
    const script = `${fresh()}.mjs`;
    writeFileSync(
      script,
      `import { Module } from "node:module";
       process.on("exit", () => {
         const loaded = Object.keys(Module._cache);
         const names = ["bullmq", "ioredis"].filter((name) => loaded.some((path) => path.includes("/" + name + "/")));
         console.error("loaded: " + names.join(", "));
       });`,
    );
    const loadedBy = (args: readonly string[]): string =>
      /^loaded: (.*)$/m.exec(
        spawnSync(process.execPath, ["--import", script, program, ...args], { encoding: "utf8" }).stderr,
      )![1]!;
    const url = `redis://127.0.0.1:${await freePort()}`;
    expect(loadedBy(["check", "stalls", "--bounds", "small", "--jobs", "2", "--out", fresh()])).toBe("");
    expect(loadedBy(["check", "stalls", "--bounds", "small", "--queue", url])).toBe("bullmq, ioredis");
  });
});
