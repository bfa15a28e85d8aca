/** Submissions and workers within one process, with work that is only made up: what is done once, again, or never. */
import { once } from "node:events";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ModelError } from "../../../checker/system.ts";
import { OutputError } from "../../errors.ts";
import { fakeEngine, goodRun } from "../../fake-engine.ts";
import {
  BrokenOff,
  JobLost,
  StillQueued,
  ThreadLost,
  type Progress,
  type RunRequest,
  type Watch,
} from "../../ports.ts";
import type { Outcome, Task } from "../job.ts";
import type { Perform } from "../through.ts";
import { addressOf } from "./address.ts";
import { idOf, type Identity } from "./identity.ts";
import { installed, OwnServer, skipped } from "./own-server.ts";
import { isReusable } from "./results.ts";
import { queued } from "./submit.ts";
import { take, type Taking } from "./take.ts";

const OURS: Identity = { version: "0.1.0", model: "0123456789ab" };
const THEIRS: Identity = { version: "0.1.0", model: "ba9876543210" };

const requestOf = (system: string): RunRequest => ({ system, hardware: "vtd", host: "rfc", bounds: "small", set: {} });
const good = (task: Task): Outcome => ({
  kind: "record",
  record: { ...goodRun, notes: ["run" in task ? task.run.system : ""] },
});
const quiet = { onProgress: () => undefined };

/** Work that is counted; by default each job is as good as the other. */
function counting(work: Perform = async (task) => good(task)) {
  const begun: Task[] = [];
  const perform: Perform = (task, watch) => {
    begun.push(task);
    return work(task, watch);
  };
  return { begun, perform };
}

describe.skipIf(installed === undefined)(`jobs of a queue${skipped}`, () => {
  let server: OwnServer;
  let client: Redis;
  let told: string[] = [];
  const tell = (text: string): void => void told.push(text);
  beforeAll(async () => {
    server = await OwnServer.start();
    client = new Redis(server.url);
    client.on("error", () => undefined);
  });
  afterAll(async () => {
    client?.disconnect();
    await server?.stop();
  });
  beforeEach(async () => {
    told = [];
    await client.flushall();
  });

  /** A submission of checks of these systems. */
  async function checks(
    systems: readonly string[],
    watch: Partial<Watch> = quiet,
    identity = OURS,
    maxMemory?: number,
    patience = 60_000,
  ) {
    const queueing = { address: addressOf(server.url), identity: () => identity, tell, maxMemory, patience };
    const { engine, close } = await queued(fakeEngine, queueing);
    try {
      const whole = { ...quiet, signal: new AbortController().signal, ...watch };
      const limits = { maxMemory: 7_000_000, maxProcess: 9_000_000, stopAt: "first" } as const;
      return await Promise.allSettled(systems.map((system) => engine.check(requestOf(system), limits, whole)));
    } finally {
      await close();
    }
  }
  const notesOf = (settled: Awaited<ReturnType<typeof checks>>) =>
    settled.map((one) => (one.status === "fulfilled" ? one.value.notes : (one.reason as Error)));

  /** A worker that ends when nothing is left, or with `control`. */
  const worker = (perform: Perform, changes: Partial<Taking> = {}) =>
    take(perform, {
      address: addressOf(server.url),
      identity: OURS,
      memory: { all: 1_000_000_000, jobs: 2 },
      lostAfter: 1000,
      drain: true,
      signal: new AbortController().signal,
      tell,
      ...changes,
    });
  /** A worker for as long as the submission takes. */
  async function withWorker<Result>(perform: Perform, work: () => Promise<Result>): Promise<Result> {
    const control = new AbortController();
    const working = worker(perform, { drain: false, signal: control.signal });
    try {
      return await work();
    } finally {
      control.abort();
      await working;
    }
  }
  /** Submits, and interrupts when the jobs are there. */
  async function left(systems: readonly string[]): Promise<void> {
    const control = new AbortController();
    const submitted = checks(systems, { ...quiet, signal: control.signal });
    while ((await client.llen("faultline:0.1.0-0123456789ab:wait")) < systems.length)
      await new Promise((resolve) => setTimeout(resolve, 20));
    control.abort();
    for (const one of notesOf(await submitted)) expect(one).toBeInstanceOf(StillQueued);
  }

  test("give what each gave, in the order of the submission", async () => {
    const slow = counting(async (task) => {
      if (task.kind === "check" && task.run.system === "a") await new Promise((resolve) => setTimeout(resolve, 200));
      return good(task);
    });
    const settled = await withWorker(slow.perform, () => checks(["a", "b", "c"]));
    expect(notesOf(settled)).toEqual([["a"], ["b"], ["c"]]);
    expect(slow.begun).toHaveLength(3);
  });

  test("are not done again: in a second submission, in two at once, twice in one", async () => {
    const { begun, perform } = counting();
    await withWorker(perform, async () => {
      const both = await Promise.all([checks(["a", "b", "a"]), checks(["b", "a"])]);
      expect(both.map(notesOf)).toEqual([
        [["a"], ["b"], ["a"]],
        [["b"], ["a"]],
      ]);
      expect(await checks(["a", "b"])).toEqual(both[0].slice(0, 2));
    });
    expect(begun).toHaveLength(2);
  });

  test("leave nothing behind but their results, for two weeks", async () => {
    await withWorker(counting().perform, () => checks(["a"]));
    const keys = (await client.keys("faultline:*")).filter((key) => /result|:check-/.test(key));
    expect(keys).toHaveLength(1);
    expect(await client.ttl(keys[0]!)).toBeGreaterThan(13 * 24 * 3600);
  });

  test("are done again when the result is damaged, and that is said", async () => {
    const { begun, perform } = counting();
    await withWorker(perform, async () => {
      const before = await checks(["a"]);
      const [key = ""] = await client.keys("faultline:result:*");
      const bytes = (await client.getBuffer(key))!;
      await client.setrange(key, bytes.length - 12, "xxxx");
      expect(notesOf(await checks(["a"]))).toEqual(notesOf(before));
    });
    expect(begun).toHaveLength(2);
    expect(told.join("\n")).toContain("is damaged; the job is done again");
  });

  test("stay when the submission is interrupted; a worker does them, and the next submission has them", async () => {
    await left(["a", "b"]);
    const { begun, perform } = counting();
    expect((await worker(perform)).done).toBe(2);
    expect(notesOf(await checks(["a", "b"]))).toEqual([["a"], ["b"]]);
    expect(begun).toHaveLength(2);
  });

  test("tell progress, violations, and that they begin", async () => {
    const progress: Progress = { kind: "sequences", sequences: 7 };
    const violation = { id: "UNM-1", statement: "It is so.", where: "in 3 steps", search: "goes on" } as const;
    const events: unknown[] = [];
    const watch: Partial<Watch> = {
      onBegin: () => void events.push("begin"),
      onProgress: (one) => void events.push(one),
      onViolation: (one) => void events.push(one),
    };
    const telling: Perform = async (task, { onProgress, onViolation }) => {
      void onProgress(progress);
      void onProgress({ kind: "sequences", sequences: 8 });
      onViolation?.(violation);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return good(task);
    };
    await withWorker(telling, () => checks(["a"], watch));
    expect(events).toEqual(["begin", progress, violation]);
  });

  test("that meet a mistake of the model say so, with what they had found", async () => {
    const mistaken: Perform = async (task) => ({
      kind: "mistake",
      message: "no such place",
      ...(task.kind === "check" && task.run.system === "b" && { record: goodRun }),
    });
    const [plain, broken] = notesOf(await withWorker(mistaken, () => checks(["a", "b"])));
    expect(plain).toBeInstanceOf(ModelError);
    expect(broken).toBeInstanceOf(BrokenOff);
    expect(broken).toMatchObject({ message: "no such place", record: goodRun });
  });

  test("whose thread or worker fails are told as such, and a later submission does them again", async () => {
    const failing: Perform = (task) =>
      Promise.reject(
        task.kind === "check" && task.run.system === "a" ? new ThreadLost("no memory") : new TypeError("a mistake"),
      );
    const [lost, mistaken] = notesOf(await withWorker(failing, () => checks(["a", "b"])));
    expect(lost).toBeInstanceOf(JobLost);
    expect(lost).toMatchObject({ message: "no memory" });
    expect(mistaken).not.toBeInstanceOf(JobLost);
    expect(mistaken).toMatchObject({ message: expect.stringContaining("TypeError: a mistake") });
    expect(notesOf(await withWorker(counting().perform, () => checks(["a", "b"])))).toEqual([["a"], ["b"]]);
  });

  test("of other sources are left by a worker, and both sides are told", async () => {
    await left(["a"]);
    const { begun, perform } = counting();
    const { done, foreign } = await worker(perform, { identity: THEIRS });
    expect({ done, foreign, begun }).toEqual({ done: 0, foreign: [{ of: OURS, jobs: 1 }], begun: [] });
    expect(told.join("\n")).toContain("1 job waits for a worker of faultline 0.1.0, sources 0123456789ab");
    expect((await worker(perform)).done).toBe(1);
  });

  test("for which there are only workers of other sources say so, and wait", async () => {
    const [theirs, control, ours] = [new AbortController(), new AbortController(), counting()];
    const foreign = worker(counting().perform, { identity: THEIRS, drain: false, signal: theirs.signal });
    const submitted = checks(["a"], { ...quiet, signal: control.signal });
    while (!told.some((text) => text.startsWith("no worker of")))
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told.at(-1)).toContain("those of faultline 0.1.0, sources ba9876543210 refuse it");
    expect(await withWorker(ours.perform, () => submitted)).toMatchObject([{ status: "fulfilled" }]);
    theirs.abort();
    await foreign;
  });

  test("whose content is not what their id says are refused", async () => {
    await left(["a"]);
    const task = { kind: "check", run: requestOf("a"), limits: { stopAt: "first" } } as const;
    const key = `faultline:0.1.0-0123456789ab:${idOf({ ...OURS, task })}`;
    expect(await client.exists(key)).toBe(1);
    await client.hset(key, "data", JSON.stringify({ ...OURS, task: { ...task, run: requestOf("b") } }));
    const { begun, perform } = counting();
    const [refused] = notesOf(await withWorker(perform, () => checks(["a"])));
    expect(begun).toEqual([]);
    expect(refused).toMatchObject({ message: expect.stringContaining("is not a job of these sources") });
  });

  test("are submitted again when the server has forgotten them", async () => {
    const submitted = checks(["a", "b"]);
    while ((await client.llen("faultline:0.1.0-0123456789ab:wait")) < 2)
      await new Promise((resolve) => setTimeout(resolve, 20));
    await server.restart();
    expect(notesOf(await withWorker(counting().perform, () => submitted))).toEqual([["a"], ["b"]]);
  });

  test("of a server that is gone for good are told as lost; what came before is there", async () => {
    const [begun, control] = [new AbortController(), new AbortController()];
    const halting: Perform = async (task) => {
      if (task.kind === "check" && task.run.system === "a") return good(task);
      begun.abort();
      return new Promise(() => undefined);
    };
    const drained = worker(halting, { patience: 300, memory: { all: 1, jobs: 1 } }).catch((error: Error) => error);
    const submitted = checks(["a", "b"], { ...quiet, signal: control.signal }, OURS, undefined, 300);
    await once(begun.signal, "abort");
    await server.kill();
    const [first, second] = notesOf(await submitted);
    expect(first).toEqual(["a"]);
    expect(second).toBeInstanceOf(JobLost);
    expect(second).toMatchObject({ message: expect.stringContaining("has been gone for 0.3 s") });
    expect(await drained).toBeInstanceOf(OutputError);
    expect(told).toContain(`the connection to ${server.url} is lost; trying again`);
    await server.restart();
  });

  test("have the memory of their worker, unless the user has set a limit", async () => {
    const { begun, perform } = counting();
    await withWorker(perform, async () => {
      await checks(["a"]);
      await checks(["a"], quiet, OURS, 3_000_000);
    });
    expect(begun.map((task) => task.kind === "check" && task.limits)).toEqual([
      { stopAt: "first", maxMemory: 500_000_000, maxProcess: 1_000_000_000 },
      { stopAt: "first", maxMemory: 3_000_000, maxProcess: 6_000_000 },
    ]);
  });
});

test("a result for want of memory is used again only where the user has set the limit", () => {
  const record = { ...goodRun, search: { ...goodRun.search, complete: false, stoppedBy: "max-memory 1 MB" } };
  const task = { kind: "check", run: requestOf("a"), limits: {} } as const;
  expect(isReusable({ kind: "record", record }, task)).toBe(false);
  expect(isReusable({ kind: "record", record }, { ...task, limits: { maxMemory: 1_000_000 } })).toBe(true);
  expect(isReusable({ kind: "record", record: goodRun }, task)).toBe(true);
});

test("equal work has one id; other work, other sources and another version have others", () => {
  const task = { kind: "check", run: requestOf("a"), limits: {} } as const;
  const ids = [
    { ...OURS, task },
    { ...THEIRS, task },
    { ...OURS, version: "0.2.0", task },
    { ...OURS, task: { ...task, run: requestOf("b") } },
    { ...OURS, task: { ...task, limits: { maxStates: 5 } } },
  ].map(idOf);
  expect(new Set(ids).size).toBe(5);
  expect(idOf({ task, model: OURS.model, version: OURS.version })).toBe(ids[0]);
});
