import { describe, expect, test } from "vitest";
import { readRecording } from "../../read.ts";
import { compare, type Recording } from "../drive.ts";
import { PasidRun } from "./pasid.ts";

const lines = readRecording(new URL("../../data/linux-7.3-booted-iommufd.jsonl.gz", import.meta.url).pathname);
const recordings = lines.map(({ value }) => value as unknown as Recording);

describe("Linux 7.3, devices with fault queues and PASIDs, recorded", () => {
  test.each(["fault", "pasid"])("every event of the class %s is what our machines say", (name) => {
    const replays = recordings.filter((one) => one.class === name).map((one) => compare(one, () => new PasidRun(one)));
    expect(replays.flatMap(({ differences }) => differences)).toEqual([]);
    expect(replays.length).toBe(65);
    expect(replays.reduce((sum, { compared }) => sum + compared, 0)).toBeGreaterThan(5_000);
  });
});
