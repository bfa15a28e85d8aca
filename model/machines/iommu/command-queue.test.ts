/** A wait command waits for the invalidations before it, unless the queue has the deliberate defect that it does not. */
import { expect, test } from "vitest";
import { initialSnapshot, step } from "../../../checker/kernel/step.ts";
import { commandQueue } from "./command-queue.ts";

/** Whether a wait command completes while an invalidation of the IOTLB is outstanding. */
function completes(input: { readonly fencesWait?: boolean }): boolean {
  const queued = step(commandQueue, initialSnapshot(commandQueue, input), {
    type: "command.invalidates-iotlb",
    page: 0,
    domain: 0,
  });
  return step(commandQueue, queued!.snapshot, { type: "command.fences", owner: "thread" }) !== undefined;
}

test("a wait command", () => {
  expect([completes({}), completes({ fencesWait: true }), completes({ fencesWait: false })]).toEqual([
    false,
    false,
    true,
  ]);
});
