import { describe, expect, test } from "vitest";
import { conform, type ConformanceResult } from "../conformance.ts";
import { readRecording } from "../read.ts";
import { linux61, type Departure } from "./linux-6.1.ts";

const lines = readRecording(new URL("../data/linux-6.1-harness.jsonl.gz", import.meta.url).pathname);
const classOf = ({ value }: (typeof lines)[number]) => (value as { class: string }).class;

const replay = (departure: Departure, only: readonly string[]): Promise<ConformanceResult> =>
  conform(
    [linux61(departure)],
    lines.filter((line) => only.includes(classOf(line))),
  );

describe("Linux 6.1, recorded", () => {
  test("every event of every sequence is what our machines say", async () => {
    const { differences, outOfScope, ...counts } = await conform([linux61()], lines);
    expect(differences).toEqual([]);
    expect(counts).toMatchObject({ sequences: 171, operations: 8723, compared: 9876 });
    expect(outOfScope).toEqual({ "discard of no queue": 1 });
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
});
