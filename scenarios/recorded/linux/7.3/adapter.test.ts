import { describe, expect, test } from "vitest";
import { conform, type ConformanceResult, type RecordedLine } from "../../conformance.ts";
import { readRecording } from "../../read.ts";
import { linux73, type Departure } from "./adapter.ts";

const lines = readRecording(new URL("../../data/linux-7.3-booted-iommufd.jsonl.gz", import.meta.url).pathname);
const ofClass = (name: string): readonly RecordedLine[] =>
  lines.filter(({ value }) => (value as { readonly class: string }).class === name);
const replay = (name: string, departure: Departure = {}): Promise<ConformanceResult> =>
  conform([linux73(departure)], ofClass(name));

describe("iommufd of Linux 7.3, recorded", () => {
  test.each([
    ["veventq", { replayed: 65, compared: 4704 }],
    ["vdevice", { replayed: 65, compared: 3611 }],
    ["viommu", { replayed: 65, compared: 3514 }],
    ["hw_queue", { replayed: 65, compared: 3114 }],
    ["fault", { replayed: 65, compared: 5276 }],
    ["pasid", { replayed: 65, compared: 5325 }],
    ["mixed", { replayed: 65, compared: 5219 }],
    ["errors", { replayed: 65, compared: 4900 }],
  ])("every event of class %s is what our machines say", async (name, counts) => {
    const { differences, replayed, compared } = await replay(name);
    expect(differences).toEqual([]);
    expect({ replayed, compared }).toEqual(counts);
  });

  test("what the program says by itself is no agreement", async () => {
    expect((await replay("hw_queue")).ofHarness).toEqual({
      "munmap of what is not mapped": 103,
      "skip: mapped already": 17,
    });
  });

  test("a driver that stores the index of a hardware queue is told apart from the selftest's", async () => {
    const { differences } = await replay("hw_queue", { queueIndex: "stored" });
    expect(differences.length).toBeGreaterThan(10);
    expect(differences.map(({ operation }) => (operation as { readonly op: string }).op)).toContain("hwq_alloc");
  });
});
