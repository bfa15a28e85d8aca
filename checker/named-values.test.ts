import { describe, expect, it } from "vitest";
import { NamedValues } from "./named-values.ts";

const ofTwo = () =>
  NamedValues.of([
    ["ring", 1],
    ["queue", 2],
  ]);

describe("values by name", () => {
  it("read as a map does, in the order in which the names were given", () => {
    const map = new Map(ofTwo());
    const values = ofTwo();
    expect([...values.keys()]).toEqual([...map.keys()]);
    expect([...values.values()]).toEqual([...map.values()]);
    expect([...values.entries()]).toEqual([...map.entries()]);
    expect(values.size).toBe(map.size);
    expect([values.get("queue"), values.get("other"), values.has("other")]).toEqual([2, undefined, false]);
    const told: unknown[] = [];
    values.forEach((value, name) => told.push([name, value]));
    expect(told).toEqual(Array.from(map));
  });

  it("a copy that is changed leaves the other as it was", () => {
    const values = ofTwo();
    const copy = values.copy().set("ring", 7);
    expect([values.get("ring"), copy.get("ring"), copy.get("queue")]).toEqual([1, 7, 2]);
    expect(copy).not.toEqual(values);
    expect(values.copy()).toEqual(values);
  });

  it("refuses a name that it does not have, and one that is given twice", () => {
    expect(() => ofTwo().set("rign", 3)).toThrow('There is no "rign".');
    expect(() =>
      NamedValues.of([
        ["ring", 1],
        ["ring", 2],
      ]),
    ).toThrow("A name is given twice.");
  });
});
