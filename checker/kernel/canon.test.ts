import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ModelError } from "../wiring.ts";
import { canonical, canonicalOfShared } from "./canon.ts";

/** JSON has one zero: a negative one is refused. */
const plain = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);

const circle: { inner?: unknown } = {};
circle.inner = { list: [circle] };
class Page {
  number = 0;
}
class List extends Array<number> {}
const gap = Object.assign(Array<number>(3), { 0: 1, 2: 3 });

describe("canonical text", () => {
  test("equal data has equal text, whatever the order of the fields", () => {
    const reversed = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(reversed)
        : typeof value === "object" && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([field, inner]) => [field, reversed(inner)]),
            )
          : value;
    fc.assert(
      fc.property(plain, (value) => {
        expect(canonical(reversed(value))).toBe(canonical(value));
      }),
    );
  });

  test("the text is JSON of the same data, so that different data has different texts", () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test.each([
    ["undefined", { a: undefined }],
    ["a function", [() => 0]],
    ["not a number", { a: Number.NaN }],
    ["infinity", Number.POSITIVE_INFINITY],
    ["a map", { at: new Map() }],
    ["a set", new Set([1])],
    ["a big integer", 1n],
    ["minus zero", { at: [-0] }],
    ["a symbol", [Symbol("x")]],
    ["a symbol as a key", { a: 1, [Symbol("x")]: 2 }],
    ["a symbol as a key of a list", Object.assign([1], { [Symbol("x")]: 2 })],
    ["a field of a list", Object.assign([1, 2], { extra: 3 })],
    ["a field in place of an item", Object.assign(Array(1), { extra: 3 })],
    ["a gap in a list", gap],
    ["a list of another class", List.from([1])],
    ["an instance of a class", { at: new Page() }],
    ["a pattern", /x/],
    ["an error", new Error("x")],
    ["an object on an object without prototype", Object.create(Object.create(null))],
    ["a field that is not enumerable", Object.defineProperty({ a: 1 }, "hidden", { value: 2 })],
    ["a getter", Object.defineProperty({}, "a", { get: () => 1, enumerable: true })],
    ["a getter in a list", Object.defineProperty([1], 0, { get: () => 1, enumerable: true })],
    ["a circle", circle],
  ])("%s is refused", (_, value) => {
    expect(() => canonical(value)).toThrow(ModelError);
    expect(() => canonical(value)).toThrow("plain data only");
  });
});

test("a long list that stands more than once has the same text as one that is read each time", () => {
  const list = Array.from({ length: 200 }, (_, number) => ({ number }));
  const nested = Array.from({ length: 150 }, () => list);
  for (const value of [{ one: list, other: list, third: [list, nested] }, nested])
    expect(canonicalOfShared(value)).toBe(canonical(value));
});
