import { describe, expect, test } from "vitest";
import { hardwareKnobs } from "./hardware/knobs.ts";
import { parseKnob } from "./knobs.ts";

const parse = (name: string, text: string) => parseKnob(hardwareKnobs, name, text);
const errorOf = (name: string, text: string) => {
  const parsed = parse(name, text);
  return parsed.ok ? undefined : parsed.error;
};

describe("setting a knob from text", () => {
  test("every kind of value is read", () => {
    expect(parse("pqUsable", "N")).toEqual({ ok: true, value: "N" });
    expect(parse("pqEntries", "4")).toEqual({ ok: true, value: 4 });
    expect(parse("ovfInhibits", "false")).toEqual({ ok: true, value: false });
    expect(parse("memberReorder", "on")).toEqual({ ok: true, value: true });
    expect(parse("faultable", "2, 0,2")).toEqual({ ok: true, value: [0, 2] });
    expect(parse("faultable", "all")).toEqual({ ok: true, value: "all" });
    expect(parse("faultable", "")).toEqual({ ok: true, value: [] });
  });

  test("a value that is none says what was expected, and what is near", () => {
    expect(errorOf("ovfLastResponse", "sucess")).toBe(
      '"sucess" is no value of ovfLastResponse; expected one of success, invalid, failure, none. Nearest: success.',
    );
    expect(errorOf("pqEntries", "2048")).toBe('"2048" is no value of pqEntries; expected a whole number from 0 to 16.');
    expect(errorOf("pqEntries", "-1")).toContain("a whole number");
    expect(errorOf("ovfInhibits", "maybe")).toContain("expected true or false");
    expect(errorOf("faultable", "0,9")).toContain("numbers from 0 to 7");
  });

  test("a number is written in one way", () => {
    for (const text of ["01", " 1", "1 ", "+1", "1.0", ""])
      expect(parseKnob(hardwareKnobs, "pqEntries", text)).toMatchObject({
        ok: false,
        error: `"${text}" is no value of pqEntries; expected a whole number from 0 to 16.`,
      });
    expect(parseKnob(hardwareKnobs, "pqEntries", "0")).toEqual({ ok: true, value: 0 });
  });

  test("a knob that does not exist gets the nearest names, and never a property of all objects", () => {
    expect(errorOf("pqUsabel", "N")).toBe('there is no knob "pqUsabel". Nearest: pqUsable.');
    expect(errorOf("qqqqqqqqqq", "N")).toContain("faultline list knobs");
    expect(errorOf("constructor", "N")).toContain('there is no knob "constructor"');
  });
});
