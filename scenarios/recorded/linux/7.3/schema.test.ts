/** The recordings of Linux 7.3 have the shape that the adapter expects, and scripts that cannot be are refused. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Json } from "../../../../checker/json.ts";
import { readRecording } from "../../read.ts";
import { shape73 } from "./schema.ts";

const file = fileURLToPath(new URL("../../data/linux-7.3-booted-iommufd.jsonl.gz", import.meta.url));

test("every recorded line is sound", () => {
  const lines = readRecording(file);
  expect(lines.length).toBe(520);
  expect(lines.flatMap(({ value }) => shape73(value) ?? []).slice(0, 3)).toEqual([]);
});

test.each<[string, readonly Json[], string]>([
  ["an operation that there is not", [{ op: "vdev_allok", d: 0 }], "nearest: vdev_alloc"],
  ["a read of a file that nobody opened", [{ op: "fd_read", f: 0, n: 1 }], 'names fault queue 0, which no "fq_alloc"'],
  ["a device that was never made", [{ op: "dev_destroy", dev: 1 }], 'names device 1, which no "dev_new"'],
])("%s is refused", (_, ops, complaint) => {
  expect(shape73({ kernel: "7.3.4 (booted, QEMU)", class: "mixed", seed: 1, ops, events: [] })).toContain(complaint);
});
