import { expect, test } from "vitest";
import { initialSnapshot, step } from "../../../../../../checker/kernel/step.ts";
import { iopfWorker } from "./iopf-worker.ts";

test("a worker ends only the work that it runs: several workers hear of every work", () => {
  const idle = initialSnapshot(iopfWorker, {});
  expect(step(iopfWorker, idle, { type: "work.done", device: 0, group: 1 })).toBeUndefined();
  const { snapshot, emitted } = step(iopfWorker, idle, { type: "worker.begins", device: 0, group: 1 })!;
  expect(emitted.map(({ type }) => type)).toEqual(["work.begins", "work.runs"]);
  expect(step(iopfWorker, snapshot, { type: "work.done", device: 0, group: 0 })).toBeUndefined();
  expect(step(iopfWorker, snapshot, { type: "work.done", device: 1, group: 1 })).toBeUndefined();
  const done = step(iopfWorker, snapshot, { type: "work.done", device: 0, group: 1 });
  expect(done).toMatchObject({
    snapshot: { value: "idle", context: { work: null } },
    emitted: [{ type: "work.done" }],
  });
});
