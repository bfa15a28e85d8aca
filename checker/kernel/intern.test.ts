import { describe, expect, test } from "vitest";
import { createMachine } from "xstate";
import { eventText, Interner, snapshotText } from "./intern.ts";
import { initialSnapshot } from "./step.ts";

describe("interning", () => {
  test("the same text gets the same number, numbers are dense, and a value is made once", () => {
    const interner = new Interner<string>();
    let made = 0;
    const id = (text: string) => interner.id(text, () => `${text}${++made}`);
    expect([id("a"), id("b"), id("a"), id("c"), id("b")]).toEqual([0, 1, 0, 2, 1]);
    expect(interner.values).toEqual(["a1", "b2", "c3"]);
    expect(interner.size).toBe(3);
  });

  test("an event is its content, not the order of its fields", () => {
    expect(eventText({ type: "x", a: 1, b: [2] })).toBe(eventText({ b: [2], a: 1, type: "x" }));
    expect(eventText({ type: "x", a: 1 })).not.toBe(eventText({ type: "x", a: 2 }));
  });

  test("a snapshot is its state and its context", () => {
    const machine = createMachine({
      type: "parallel",
      context: ({ input }) => ({ n: input as number }),
      states: { ring: { initial: "off", states: { off: {} } }, bell: { initial: "on", states: { on: {} } } },
    });
    expect(snapshotText(initialSnapshot(machine, 1))).toBe('ring:off bell:on {"n":1}');
    expect(snapshotText(initialSnapshot(machine, 1))).not.toBe(snapshotText(initialSnapshot(machine, 2)));
  });

  test("history is refused: two snapshots with one text could behave differently", () => {
    const snapshot = { ...initialSnapshot(createMachine({}), undefined), historyValue: { old: [] } };
    expect(() => snapshotText(snapshot as never)).toThrow("history");
  });
});
