import { describe, expect, test } from "vitest";
import { parseKnob } from "../knobs.ts";
import { hardwareKnobs } from "./knobs.ts";
import { hardwarePresets } from "./presets.ts";

describe("hardware presets", () => {
  test.each(Object.entries(hardwarePresets))("%s gives every knob a value that the table allows", (name, preset) => {
    expect(preset.name).toBe(name);
    const { name: _, ...knobs } = preset;
    expect(Object.keys(knobs).sort()).toEqual(Object.keys(hardwareKnobs).sort());
    for (const [knob, value] of Object.entries(knobs)) {
      const text = Array.isArray(value) ? value.join(",") : String(value);
      expect(parseKnob(hardwareKnobs, knob, text)).toEqual({ ok: true, value });
    }
  });

  test("K1 to K39 are all in the table, and besides only the device rules G2 and G4", () => {
    const ids = new Set(Object.values(hardwareKnobs).map(({ id }) => id));
    const wanted = Array.from({ length: 39 }, (_, index) => `K${index + 1}`);
    expect([...ids].sort()).toEqual([...wanted, "G2", "G4"].sort());
  });

  test("no two presets are the same hardware", () => {
    const named = new Map<string, string>();
    const alike = Object.values(hardwarePresets).flatMap(({ name, ...knobs }) => {
      const contents = JSON.stringify(knobs);
      const other = named.get(contents);
      named.set(contents, name);
      return other === undefined ? [] : [`${name} has the same knobs as ${other}`];
    });
    expect(alike).toEqual([]);
  });
});
