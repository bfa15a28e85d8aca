/** What the queue remembers of a flush: which of its invalidations were not executed, and commands that nobody waits for. */
import { expect, test } from "vitest";
import type { Message } from "../../../checker/json.ts";
import { initialSnapshot, step } from "../../../checker/kernel/step.ts";
import { sharedQueue } from "./shared-queue.ts";

const INPUT = { device: "answers", suspect: "container", refuses: true, slots: 9 };
const takes = (invalidations: number): Message => ({ type: "queue.takes", by: "container", number: 0, invalidations });
const executes: Message = { type: "hardware.executes" };
const looks: Message = { type: "fence.looks", by: "container", how: "own-slot" };

/** What the flusher finds after these events; null: nothing new. */
function found(...events: readonly Message[]): object | null {
  let snapshot = initialSnapshot(sharedQueue, INPUT);
  for (const event of events) {
    const taken = step(sharedQueue, snapshot, event);
    if (!taken) throw new Error(`"${event.type}" is not taken`);
    ({ snapshot } = taken);
  }
  return step(sharedQueue, snapshot, looks)?.emitted[0] ?? null;
}

test.each([0, 1])("a flush owes an invalidation that a fence replaced, also if %s others came before it", (before) => {
  const refused: readonly Message[] = [
    { type: "hardware.refuses" },
    { type: "queue.goes-on", marks: "all", becomes: "fence" },
  ];
  const rest = Array.from({ length: 2 - before }, () => executes);
  const all = [takes(2), ...Array.from({ length: before }, () => executes), ...refused, ...rest];
  expect(found(...all)).toMatchObject({ found: "done", owes: true });
  expect(found(takes(2), executes, executes, executes)).toMatchObject({ found: "done", owes: false });
});

test("commands of a flush that was given up do not count for the next one", () => {
  expect(found(takes(1), takes(1), executes, executes)).toBeNull();
  expect(found(takes(1), takes(1), executes, executes, executes, executes)).toMatchObject({ owes: false });
});
