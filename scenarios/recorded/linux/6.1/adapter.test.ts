import { describe, expect, test } from "vitest";
import type { Json } from "../../../../checker/json.ts";
import { conform, type ConformanceResult } from "../../conformance.ts";
import { readRecording } from "../../read.ts";
import { linux61, type Departure } from "./adapter.ts";

const lines = readRecording(new URL("../../data/linux-6.1-harness.jsonl.gz", import.meta.url).pathname);
const booted = readRecording(new URL("../../data/linux-6.1-booted.jsonl.gz", import.meta.url).pathname);
const classOf = ({ value }: (typeof lines)[number]) => (value as { class: string }).class;

const replay = (departure: Departure, only: readonly string[]): Promise<ConformanceResult> =>
  conform(
    [linux61(departure)],
    lines.filter((line) => only.includes(classOf(line))),
  );

describe("Linux 6.1, recorded", () => {
  test("every event of every sequence is what our machines say", async () => {
    const { differences, ...counts } = await conform([linux61()], lines);
    expect(differences).toEqual([]);
    expect(counts).toMatchObject({ sequences: 171, operations: 8723, compared: 8829, outOfScope: {} });
    // Works run in the order in which the harness let them run: "idle" is its word for a queue without work.
    expect(counts.ofHarness).toEqual({ idle: 1048 });
  });

  // cli/conformance.test.ts replays all of them.
  test("and so it is with sequences of a booted 6.1, as far as it can be seen from outside", async () => {
    const { differences, outOfScope, ...counts } = await conform([linux61()], booted.slice(0, 40));
    expect(differences).toEqual([]);
    expect(counts).toMatchObject({ sequences: 40, compared: 2719 });
    expect(Object.keys(outOfScope).map((reason) => reason.split(":")[0])).toEqual([
      "state_wq",
      "log",
      "mm_fault",
      "alloc_fail",
    ]);
  });

  test.each<[string, Departure, readonly string[]]>([
    ["partial faults join only with an equal PASID", { partialKey: "pasid-prgi" }, ["core"]],
    ["an overflow discards nothing (B2)", { discards: false }, ["overflow"]],
    ["a handler may go while faults wait for an answer", { refusesBusy: false }, ["core", "scenario"]],
  ])("a kernel in which %s is told from 6.1", async (_, departure, only) => {
    const { differences } = await replay(departure, only);
    expect(differences.length).toBeGreaterThan(0);
    for (const { expected, got } of differences) expect(got).not.toEqual(expected);
  });

  test.each<[string, object, RegExp]>([
    [
      "an operation of another kernel",
      { op: "attach", dev: 0, pasid: 1, mode: "hold" },
      /ops\[1\].*"attach" is none of/,
    ],
    ["a mistyped operation", { op: "falt", dev: 0, addr: 0 }, /ops\[1\].*nearest: fault/],
    ["a fault without fields", { op: "fault" }, /ops\[1\]\.dev/],
    ["a device that is not there", { op: "flush", dev: 2 }, /ops\[1\]\.dev: expected one of 2 devices/],
    ["a mode that is none", { op: "register", dev: 0, mode: "hlod" }, /ops\[1\]\.mode/],
    ["a field that the operation has not", { op: "state", q: 0 }, /ops\[1\]: Unrecognized key: "q"/],
    ["a second begin", { op: "init", devs: 2 }, /ops\[1\]\.op: "init" is the first operation/],
  ])("%s is refused", async (_, op, text) => {
    const value = {
      kernel: "6.1.192",
      class: "core",
      ops: [{ op: "init", devs: 2 }, op],
      events: [],
    } as unknown as Json;
    await expect(conform([linux61()], [{ file: "f", line: 1, value }])).rejects.toThrow(text);
  });
});
