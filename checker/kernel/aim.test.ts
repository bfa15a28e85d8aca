/** Where messages go is remembered, and never told of a message that another field decides. */
import { describe, expect, test } from "vitest";
import type { Message } from "../json.ts";
import { Aim, UNKNOWN, type Names } from "./aim.ts";

const NAMES = ["a", "b", "c", "d"];
function aimOf(route: (message: Message) => Names) {
  const calls = { count: 0 };
  const counting = (message: Message): Names => {
    calls.count++;
    return route(message);
  };
  const aim = new Aim(counting, (name) => NAMES.indexOf(name));
  /** As a live system asks. */
  const slotsOf = (message: Message): readonly number[] => {
    const known = aim.find(message);
    if (known >= 0) return [known];
    const to = known < UNKNOWN ? aim.listOf(known) : aim.ask(message);
    return (typeof to === "string" ? [to] : to).map((one: string | number) =>
      typeof one === "number" ? one : NAMES.indexOf(one),
    );
  };
  return { slotsOf, calls };
}

const messages = [0, 1, 2].flatMap((one) => [0, 1].map((other) => ({ type: "t", one, other, owner: `${one}` })));

describe("a way gives what its route gives, and asks it seldom:", () => {
  const pick = (k: unknown): string => NAMES[Number(k) % NAMES.length]!;
  test.each<[string, (message: Message) => Names, number]>([
    ["to one place", () => "b", 1],
    ["by one number", ({ one }) => pick(one), 3],
    ["by two numbers", ({ one, other }) => pick(Number(one) + Number(other)), 6],
    ["by a text", ({ owner }) => pick(owner), 3],
    ["to several places", ({ one }) => [pick(one), "d"], 3],
    ["to nobody", () => [], 1],
    // The second field is read of some messages only: what was known before is forgotten.
    ["by a field that another one asks for", ({ one, other }) => (one === 1 ? pick(other) : "c"), 8],
  ])("%s", (_, route, most) => {
    const { slotsOf, calls } = aimOf(route);
    for (let round = 0; round < 3; round++)
      for (const message of messages) {
        const to = route(message);
        const wanted = (typeof to === "string" ? [to] : to).map((name) => NAMES.indexOf(name));
        expect(slotsOf(message)).toEqual(wanted);
      }
    expect(calls.count).toBeLessThanOrEqual(most);
  });

  test.each<[string, (message: Message) => Names]>([
    ["by three fields", ({ one, other, owner }) => pick(Number(one) + Number(other) + Number(owner ?? 0))],
    ["by whether there is a field", (message) => ("owner" in message ? "a" : "b")],
    ["by all fields", (message) => pick(Object.keys(message).length)],
  ])("each time, where it is decided %s", (_, route) => {
    const { slotsOf, calls } = aimOf(route);
    for (const message of messages) expect(slotsOf(message)).toEqual([NAMES.indexOf(route(message) as string)]);
    expect(calls.count).toBe(messages.length);
    expect(slotsOf({ type: "t", one: 0, other: 0 })).toHaveLength(1);
  });

  test("a number and its text are two values", () => {
    const { slotsOf } = aimOf(({ one }) => (typeof one === "string" ? "a" : "b"));
    expect([1, "1", 1, "1", -1, 0.5].map((one) => slotsOf({ type: "t", one })[0])).toEqual([1, 0, 1, 0, 1, 1]);
  });
});
