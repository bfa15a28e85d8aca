/** Work on several threads gives what one gives, and what happens to a thread is told. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { fakeEngine, goodRun } from "../fake-engine.ts";
import { fresh } from "../fake-run.ts";
import { ThreadLost, type RunRequest, type SimulationAsked, type Watch } from "../ports.ts";
import { inTurn } from "./in-turn.ts";
import { pooled } from "./pool.ts";

const program = fileURLToPath(new URL("../faultline.mjs", import.meta.url));
const run = (args: readonly string[]) => spawnSync(process.execPath, [program, ...args], { encoding: "utf8" });

describe("pieces of work", () => {
  const later = (turns: number): Promise<void> =>
    turns === 0 ? Promise.resolve() : Promise.resolve().then(() => later(turns - 1));

  test("are begun in order, so many at once, and give their results in order", async () => {
    const begun: number[] = [];
    let [now, most] = [0, 0];
    const results = await inTurn([50, 1, 30, 2], 2, async (turns, index) => {
      begun.push(index);
      most = Math.max(most, ++now);
      await later(turns);
      now--;
      return turns * 2;
    });
    expect(results).toEqual([100, 2, 60, 4]);
    expect(begun).toEqual([0, 1, 2, 3]);
    expect(most).toBe(2);
  });

  test("are begun longest first where several are done at once, and give their results in order", async () => {
    const begunOf = async (atOnce: number) => {
      const begun: number[] = [];
      const work = async (turns: number): Promise<number> => {
        begun.push(turns);
        await later(turns);
        return turns * 2;
      };
      const results = await inTurn([3, 50, 3, 70], atOnce, work, (turns) => Math.floor(turns / 10));
      return { begun, results };
    };
    expect(await begunOf(2)).toEqual({ begun: [70, 50, 3, 3], results: [6, 100, 6, 140] });
    expect(await begunOf(1)).toEqual({ begun: [3, 50, 3, 70], results: [6, 100, 6, 140] });
  });

  test("are not begun any more once one has failed", async () => {
    const begun: number[] = [];
    const work = async (turns: number, index: number): Promise<void> => {
      begun.push(index);
      await later(turns);
      if (index === 1) throw new Error("the second");
    };
    await expect(inTurn([20, 1, 1, 1], 2, work)).rejects.toThrow("the second");
    await later(50);
    expect(begun).toEqual([0, 1]);
  });
});

describe("threads", () => {
  const request = { system: "unmap", hardware: "vtd", host: "rfc-v2", bounds: "small", set: {} } as RunRequest;
  const quiet: Watch = { onProgress: () => undefined, signal: new AbortController().signal };
  /** A module in the place of perform.ts. */
  const module = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;
  const performing = async (text: string, watch: Watch = quiet) => {
    const { engine, close } = pooled(fakeEngine, 1, module(text));
    try {
      return await engine.check(request, {}, watch);
    } finally {
      await close();
    }
  };

  test("send the record back, and tell progress and violations on the way", async () => {
    const told: unknown[] = [];
    const watch: Watch = {
      ...quiet,
      onProgress: (progress) => {
        told.push(progress);
        return undefined;
      },
      onViolation: (violation) => void told.push(violation),
    };
    const text = `export const perform = async ({ task, port }) => {
      port.postMessage({ kind: "progress", progress: { kind: "sequences", sequences: 7 } });
      port.postMessage({ kind: "violation", violation: { id: task.run.system } });
      await new Promise((resolve) => setTimeout(resolve, 50));
      return JSON.stringify({ kind: "record", record: ${JSON.stringify(goodRun)} });
    };`;
    expect(await performing(text, watch)).toEqual(JSON.parse(JSON.stringify(goodRun)));
    expect(told).toEqual([{ kind: "sequences", sequences: 7 }, { id: "unmap" }]);
  });

  test("learn of an interrupt", async () => {
    const control = new AbortController();
    const watch: Watch = {
      onProgress: () => {
        control.abort(143);
        return undefined;
      },
      signal: control.signal,
    };
    const text = `export const perform = async ({ port, interrupt }) => {
      port.postMessage({ kind: "progress", progress: { kind: "sequences", sequences: 1 } });
      while (Atomics.load(interrupt, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      return JSON.stringify({ kind: "mistake", message: "interrupted with " + Atomics.load(interrupt, 0) });
    };`;
    await expect(performing(text, watch)).rejects.toThrow("interrupted with 143");
  });

  test("that still build the system of a replication are ended by an interrupt", async () => {
    const control = new AbortController();
    const { engine, close } = pooled(
      fakeEngine,
      1,
      module(`export const perform = ({ port }) => {
        port.postMessage({ kind: "progress", progress: { kind: "sequences", sequences: 1 } });
        for (;;);
      };`),
    );
    const watch: Watch = {
      signal: control.signal,
      onProgress: () => {
        control.abort(130);
        return undefined;
      },
    };
    try {
      expect(await engine.replicate(request, {} as SimulationAsked, 0, watch)).toBe(undefined);
      expect(control.signal.aborted).toBe(true);
    } finally {
      await close();
    }
  });

  test("that end before their work are lost, by a call or for want of memory", async () => {
    await expect(performing("export const perform = () => process.exit(3);")).rejects.toThrow(ThreadLost);
    const hungry = `export const perform = () => { const all = []; for (;;) all.push(new Array(1000).fill({})); };`;
    const script = `${fresh()}.mjs`;
    const text = `import { pooled } from ${JSON.stringify(new URL("pool.ts", import.meta.url).href)};
      const { engine } = pooled({}, 1, ${JSON.stringify(module(hungry))});
      const watch = { onProgress() {}, signal: new AbortController().signal };
      engine.check({}, {}, watch).catch((error) => {
        console.log(error.constructor.name + ": " + error.message);
        process.exit(7);
      });`;
    writeFileSync(script, text);
    const loader = new URL("../typescript.mjs", import.meta.url).href;
    const args = ["--max-old-space-size=64", "--import", loader, script];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect(stdout).toMatch(/^ThreadLost: Worker terminated due to reaching memory limit/);
    expect(status).toBe(7);
  }, 60_000);
});

describe("faultline --jobs", () => {
  test.each([["0"], ["1.5"], ["-2"], ["257"], ["two"]])("%s is refused", (jobs) => {
    const { status, stderr } = run(["random", "pri-flat", "--jobs", jobs, "--out", fresh()]);
    expect(status).toBe(2);
    expect(stderr).toContain(`--jobs cannot be "${jobs}".`);
  });

  test("2 gives the bytes of 1: report, files, exit code", () => {
    const of = (jobs: string, out: string) => {
      const knob = ["--set", "ovfLastResponse=none"];
      const args = ["random", "pri-flat", "pri-overflow", ...knob, "--runs", "40", "--bounds", "small"];
      const { status, stdout } = run([...args, "--jobs", jobs, "--out", out]);
      const files = readdirSync(out, { recursive: true, encoding: "utf8" })
        .filter((name) => /\.(json|md|txt)$/.test(name))
        .sort()
        .map((name) => [name, readFileSync(join(out, name), "utf8").replaceAll(out, "OUT")]);
      return { status, stdout: stdout.replaceAll(out, "OUT"), files };
    };
    const [one, two] = [of("1", fresh()), of("2", fresh())];
    expect(one.status).toBe(1);
    expect(one.files.length).toBeGreaterThan(3);
    expect(JSON.stringify(two) === JSON.stringify(one)).toBe(true);
  }, 120_000);

  test("shares --max-memory out", () => {
    const out = fresh();
    const args = ["check", "unmap-race", "nested", "--max-memory", "2MB", "--out", out];
    const { status, stdout } = run([...args, "--jobs", "2"]);
    expect(status).toBe(3);
    expect(stdout).toContain("max-memory 1 MB");
  }, 60_000);
});
