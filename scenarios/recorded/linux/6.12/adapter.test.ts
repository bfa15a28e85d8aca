import { describe, expect, test } from "vitest";
import { conform, type ConformanceResult } from "../../conformance.ts";
import { readRecording } from "../../read.ts";
import { linux612, type Departure } from "./adapter.ts";

const lines = readRecording(new URL("../../data/linux-6.12-harness.jsonl.gz", import.meta.url).pathname);
const classOf = ({ value }: (typeof lines)[number]) => (value as { class: string }).class;

const CORE = "core overflow nohandler removal err enomem shared_group queue_free no_page_response hazard".split(" ");

const replay = (departure: Departure, only: readonly string[]): Promise<ConformanceResult> =>
  conform(
    [linux612(departure)],
    lines.filter((line) => only.includes(classOf(line))),
  );

describe("Linux 6.12, recorded", () => {
  // cli/conformance.test.ts replays all classes; those of iommufd, SVA and VT-d have tests of their own.
  test("every event of the core's classes is what our machines say", async () => {
    const { differences, outOfScope, sequences, replayed } = await conform(
      [linux612()],
      lines.filter((line) => CORE.includes(classOf(line))),
    );
    expect({ differences, outOfScope }).toEqual({ differences: [], outOfScope: {} });
    expect([sequences, replayed]).toEqual([192, 192]);
  });

  test.each<[string, Departure, readonly string[]]>([
    ["partial faults join only with an equal PASID", { rules: { partialKey: "pasid-prgi" } }, ["core"]],
    ["an overflow discards nothing (B2)", { discards: false }, ["overflow"]],
    ["removal frees pending groups without an answer", { rules: { removal: "free-only" } }, ["removal"]],
    ["removal answers pending groups and does not free them (B5)", { rules: { removal: "answer-only" } }, ["removal"]],
    ["a group that its handler took off the list is not answered", { rules: { answers: "while-pending" } }, ["core"]],
  ])("a kernel in which %s is told from 6.12", async (_, departure, only) => {
    const { differences } = await replay(departure, only);
    expect(differences.length).toBeGreaterThan(0);
    for (const { expected, got, before } of differences) {
      expect(got).not.toEqual(expected);
      expect(before).toHaveProperty("param0");
    }
  });

  test("a line of the wrong shape is refused with the place", async () => {
    const line = {
      kernel: "6.12.117",
      class: "core",
      ops: [{ op: "init", devs: 1 }],
      events: [{ i: 1, ev: "ret", val: 0 }],
    };
    await expect(conform([linux612()], [{ file: "f", line: 1, value: line }])).rejects.toThrow(/events\[0\]\.i/);
  });
});
