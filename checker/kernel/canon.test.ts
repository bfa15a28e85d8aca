import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonical } from "./canon.ts";

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
      fc.property(fc.jsonValue(), (value) => {
        expect(canonical(reversed(value))).toBe(canonical(value));
      }),
    );
  });

  test("the text is JSON of the same data, so that different data has different texts", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // JSON has one zero.
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
  ])("%s is refused", (_, value) => {
    expect(() => canonical(value)).toThrow("plain data only");
  });
});
