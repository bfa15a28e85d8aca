/** The two counts of an object, its ID, and what is left of a vDEVICE whose device went first. */
import { describe, expect, test } from "vitest";
import { initialSnapshot, step } from "../../../../../../checker/kernel/step.ts";
import type { Message } from "../../../../../../checker/json.ts";
import { objectTable } from "./object-table.ts";

/** What the table answers to the last event. */
function answers(...events: readonly Message[]): readonly Message[] {
  let snapshot = initialSnapshot(objectTable, undefined);
  let emitted: readonly Message[] = [];
  for (const event of events) {
    const taken = step(objectTable, snapshot, event);
    if (!taken) return [{ type: "blocked" }];
    ({ snapshot, emitted } = taken);
  }
  return emitted;
}

const by = "thread";
const device = { kind: "device", at: 0 };
const vdevice = { kind: "vdevice", at: 0 };
const allocates = (object: object) => ({ type: "object.allocates", by, ...object });
const publishes = (object: object) => ({ type: "object.publishes", ...object });
const looksUp = (id: number) => ({ type: "object.looks-up", by, id, kind: null });
const removes = (id: number) => ({ type: "object.removes", by, id });

describe("the table of objects", () => {
  test("takes the lowest free ID, and hides an object until it is published", () => {
    const made = [allocates(device), allocates(vdevice), publishes(vdevice)];
    expect(answers(...made, looksUp(1))).toMatchObject([{ kind: null }]);
    expect(answers(...made, looksUp(2))).toMatchObject([{ kind: "vdevice", at: 0 }]);
    expect(answers(...made, { type: "object.aborts", ...device }, allocates({ kind: "fault", at: 0 }))).toMatchObject([
      { id: 1 },
    ]);
  });

  test("refuses to destroy what somebody uses, and frees it after the last short user", () => {
    const made = [allocates(device), publishes(device)];
    expect(answers(...made, looksUp(1), removes(1))).toMatchObject([{ result: -16 }]);
    const removed = [...made, removes(1)];
    expect(answers(...removed)).toMatchObject([{ result: 0, kind: "device" }]);
    expect(answers(...removed, { type: "object.awaits", by, ...device })).toEqual([{ type: "blocked" }]);
    const dropped = [...removed, { type: "object.drops-wait", by, ...device }];
    expect(answers(...dropped, { type: "object.awaits", by, ...device })).toMatchObject([{ result: 0 }]);
  });

  test("keeps the ID of a vDEVICE whose device went first", () => {
    const left = [
      allocates(vdevice),
      publishes(vdevice),
      { type: "object.tries-users", by, ...vdevice },
      { type: "object.drops-wait", by, ...vdevice },
      { type: "object.leaves", by, ...vdevice, tombstone: true, waited: true },
    ];
    expect(answers(...left)).toMatchObject([{ result: 0 }]);
    expect(answers(...left, looksUp(1))).toMatchObject([{ kind: null }]);
    expect(answers(...left, allocates(device))).toMatchObject([{ id: 2 }]);
  });

  test("lets nobody lock an object whose short users were waited for, or that is being destroyed", () => {
    const waited = [allocates(device), publishes(device), { type: "object.drops-wait", by, ...device }];
    expect(answers(...waited, looksUp(1))).toMatchObject([{ kind: null }]);
    const made = [allocates(device), publishes(device)];
    const locks = { type: "object.locks", by, ...device };
    expect(answers(...made, locks)).toMatchObject([{ result: 0 }]);
    expect(answers(...made, removes(1), locks)).toMatchObject([{ result: -2 }]);
  });
});
