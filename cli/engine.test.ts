/** What the engine does besides searching: it ends a search before its process takes too much of the machine's memory. */
import { expect, test } from "vitest";
import type { RunRecord } from "../checker/run-record.ts";
import { engine } from "./engine.ts";
import { EXIT, exitOf } from "./exit.ts";
import type { RunRequest } from "./ports.ts";

/** About 300,000 states: more than one report of progress, and tables of some megabytes. */
const request: RunRequest = {
  system: "pri-flat",
  hardware: "vtd",
  host: "rfc-v1-on-groups",
  bounds: "default",
  set: {},
};
const MB = 1_000_000;

/** Searches; `grows` is called at each report of progress. */
const searched = (maxMemory: number, grows: () => void) =>
  engine.check(
    request,
    { maxMemory },
    {
      onProgress: async () => grows(),
      signal: new AbortController().signal,
    },
  );

test("a process that grows by more than --max-memory ends its search, although the tables are small", async () => {
  const kept: Buffer[] = [];
  const before = process.memoryUsage.rss();
  // What earlier tests of this process have left may be given back meanwhile.
  const { search, properties } = await searched(150 * MB, () => {
    while (process.memoryUsage.rss() - before < 300 * MB && kept.length < 30) kept.push(Buffer.alloc(200 * MB, 1));
  });
  expect(kept.length).toBeGreaterThan(0);
  expect(search.complete).toBe(false);
  expect(search.stoppedBy).toBe("max-memory 150 MB, of the whole process");
  expect(search.bytes).toBeLessThan(150 * MB);
  expect(properties.map(({ verdict }) => verdict.kind)).not.toContain("holds");
});

test("the same search is complete where nothing else grows", async () => {
  const { search } = await searched(1000 * MB, () => {});
  expect(search).toMatchObject({ complete: true });
  expect(search.stoppedBy).toBeUndefined();
});

test("an interrupt after the last state leaves claims about paths unknown, and keeps what was found", async () => {
  const interrupt = new AbortController();
  const { search, properties } = await engine.check(
    { ...request, bounds: "small" },
    {},
    {
      onProgress: async (progress) => {
        if (progress.kind === "states" && progress.queue === 0) interrupt.abort();
      },
      signal: interrupt.signal,
    },
  );
  expect(search.complete).toBe(true);
  const unknown = properties.filter(({ verdict }) => verdict.kind === "unknown");
  expect(unknown.length).toBeGreaterThan(0);
  expect(unknown.every(({ kind }) => kind === "canAlways" || kind === "leadsTo")).toBe(true);
  expect(properties.some(({ kind, verdict }) => kind === "always" && verdict.kind === "holds")).toBe(true);
});

test("an approximate search is never complete, and leaves what needs the graph unknown", async () => {
  const quiet = { onProgress: () => undefined, signal: new AbortController().signal };
  const small = { ...request, bounds: "small" };
  const [exact, approximate] = [
    await engine.check(small, {}, quiet),
    await engine.check(small, { approximate: true }, quiet),
  ];
  expect(approximate.search).toMatchObject({ complete: false, states: exact.search.states, approximate: { bits: 64 } });
  const ids = (record: RunRecord): readonly string[] => record.properties.map(({ id }) => id);
  expect(ids(approximate)).toEqual(expect.arrayContaining([...ids(exact)]));
  const kinds = new Set(approximate.properties.map(({ verdict }) => verdict.kind));
  expect([...kinds].sort()).toEqual(["approximate", "unknown", "witnessed"]);
  expect(exitOf([approximate])).toBe(EXIT.incomplete);
});
