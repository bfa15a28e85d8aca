/** Which flush returns an error after a time-out: the one that clears it, or the one whose wait was aborted. */
import { expect, test } from "vitest";
import type { Message } from "../../../../../checker/json.ts";
import { initialSnapshot, step } from "../../../../../checker/kernel/step.ts";
import { flushThread, type FlushRules } from "./flush-thread.ts";

const VTD = {
  fenceNumber: "under-lock",
  fenceWait: "own-slot",
  waitEnds: "when-done",
  abortedSlots: "all",
  refusedBecomes: "told",
} as const;

/** What the thread is doing after it has queued its flush and found this. */
function after(afterAbort: FlushRules["afterAbort"], found: string, timedOut: string): unknown {
  const steps: readonly Message[] = [
    { type: "flush.begins" },
    ...Array.from({ length: 3 }, () => ({ type: "flush.steps" })),
    { type: "fence.found", by: "sva", found, timedOut, owes: true },
  ];
  let snapshot = initialSnapshot(flushThread, { name: "sva", rules: { ...VTD, afterAbort }, invalidations: 1 });
  for (const event of steps) snapshot = step(flushThread, snapshot, event)!.snapshot;
  return [snapshot.value, snapshot.context.result];
}

test("the flush that clears the time-out of a removed device fails (6.12.117), whatever it is for", () => {
  expect(after("fails-if-removed", "stopped", "removed")).toEqual(["idle", "failure"]);
  expect(after("fails-if-removed", "stopped", "present")).toEqual(["waiting", "none"]);
  expect(after("retries", "stopped", "removed")).toEqual(["waiting", "none"]);
});

test("a flush that finds its wait aborted begins again, also if its device was removed", () => {
  expect(after("fails-if-removed", "aborted", "none")).toEqual(["queueing", "none"]);
  expect(after("fails", "aborted", "none")).toEqual(["idle", "failure"]);
});
