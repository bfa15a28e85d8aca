import { describe, expect, test } from "vitest";
import { conform, type ConformanceResult } from "../../conformance.ts";
import { readRecording } from "../../read.ts";
import { linux612, type Departure } from "./adapter.ts";

const SVA = ["sva", "sva_enomem", "scenario"];
const lines = readRecording(new URL("../../data/linux-6.12-harness.jsonl.gz", import.meta.url).pathname).filter(
  ({ value }) => {
    const { class: name, ops } = value as { class: string; ops: readonly { op: string }[] };
    return SVA.includes(name) && ops.some(({ op }) => op === "mm_new");
  },
);

const replay = (departure: Departure): Promise<ConformanceResult> => conform([linux612(departure)], lines);

describe("SVA of Linux 6.12, recorded", () => {
  test("every event is what our machines say", async () => {
    const { differences, outOfScope, ofHarness, ...counts } = await replay({});
    expect({ differences, outOfScope }).toEqual({ differences: [], outOfScope: {} });
    expect(counts).toMatchObject({ sequences: 34, replayed: 34, operations: 1573, compared: 2082 });
    expect(ofHarness).toEqual({ idle: 75, "skip: not bound": 17 });
  });

  test.each<[string, Departure]>([
    ["a fault ignores what the area allows", { resolution: { checksAccess: false } }],
    ["SIGBUS is responded to with Success", { resolution: { checksError: false } }],
    ["a fault of an exited process is handled", { resolution: { checksMm: false } }],
    ["the work handles the first fault of a group only", { sva: { handles: "first" } }],
    ["the last unbind leaves the attach handle", { bonds: { erases: false } }],
    ["a bind is refused, as on x86", { bonds: { x86: true } }],
  ])("a kernel in which %s is told from 6.12", async (_, departure) => {
    const { differences } = await replay(departure);
    expect(differences.length).toBeGreaterThan(0);
    for (const { expected, got } of differences) expect(got).not.toEqual(expected);
  });
});
