import { describe, expect, test } from "vitest";
import { parsePlain, textOf } from "./plain-json.ts";

describe("JSON of somebody else", () => {
  test("is read as JSON.parse reads it", () => {
    const text = '\r\n{"a": [1, -2.5e-3, 0, true, null, "\\"x\\\\"], "b" : {"a": "a:", "\\u0061b": 9007199254740991}}';
    expect(parsePlain(text)).toEqual(JSON.parse(text));
    expect(parsePlain('"a"')).toBe("a");
    expect(parsePlain(`${"[".repeat(100)}${"]".repeat(100)}`)).toBeInstanceOf(Array);
  });

  test.each([
    ["", "is empty"],
    [" \r\n", "is empty"],
    ["{", "is not JSON: "],
    ["NaN", "is not JSON: "],
    ['{"a":1,"b":{"a":1},"a":2}', 'has two fields "a" in one object'],
    ['{"a":1,"\\u0061":2}', 'has two fields "a" in one object'],
    ['[{"__proto__":1}]', 'has a field "__proto__"'],
    ['{"\\u005f_proto__" : 1}', 'has a field "__proto__"'],
    ['{"constructor":{"prototype":1}}', 'has a field "constructor"'],
    ["[1e400]", "has a number that cannot be kept exactly: 1e400"],
    ["-0", "has a number that cannot be kept exactly: -0"],
    ["9007199254740993", "has a number that cannot be kept exactly"],
    [`${"[".repeat(5000)}${"]".repeat(5000)}`, "has more than 100 arrays"],
  ])("%s is refused", (text, because) => {
    expect(() => parsePlain(text)).toThrow(because);
  });

  test("bytes are UTF-8, with or without a byte order mark", () => {
    expect(textOf(Buffer.from("\uFEFF{}", "utf8"))).toBe("{}");
    expect(() => textOf(Buffer.from("\uFEFF{}", "utf16le"))).toThrow("is not UTF-8 text");
    expect(() => textOf(Uint8Array.from([0x7b, 0xff]))).toThrow("is not UTF-8 text");
  });
});
