/** What the library asks less of a property, and what it still asks. docs/checker.md is tested in cli/package. */
import { describe, expect, test } from "vitest";
import { createMachine } from "xstate";
import * as library from "./library.ts";
import { defineSystem } from "./system.ts";

const lamp = createMachine({
  id: "lamp",
  initial: "off",
  states: { off: { on: { turns: "on" } }, on: { on: { turns: "off" } } },
});
const lamps: library.Definition = {
  name: "lamps",
  components: { lamp: { machine: lamp, role: "lamp", events: [{ type: "turns" }] } },
  routes: [],
  properties: [],
};
const reads = { lamp: library.each("lamp") };
const isOff = library.always({ id: "LAMP-1", statement: "Off.", reads, holds: ({ lamp }) => lamp.state === "off" });

describe("a property of the library", () => {
  test("needs no witness and no source; reports name the system and the id", () => {
    const { properties } = library.check(library.defineSystem({ ...lamps, properties: [isOff] }));
    expect(properties[0]).toMatchObject({
      id: "LAMP-1",
      source: { document: "lamps", clause: "LAMP-1" },
      verdict: { kind: "violated", trace: { steps: { length: 1 } } },
    });
  });

  test("keeps the source that it has", () => {
    const source = { document: "a manual", clause: "2" };
    const system = library.defineSystem({ ...lamps, properties: [{ ...isOff, source }] });
    expect(system.properties[0]?.source).toEqual(source);
  });

  test("is refused with a witness that is none, and, without one, by the project", () => {
    const mistyped = { ...isOff, witness: "LAMP-7" };
    expect(() => library.defineSystem({ ...lamps, properties: [mistyped] })).toThrow("which is no property beside it");
    const source = { document: "none", clause: "none" };
    expect(() => defineSystem({ ...lamps, parameters: {}, properties: [{ ...isOff, source }] })).toThrow(
      "LAMP-1 names no witness",
    );
  });

  test("random walks find the violation too, and never say that something holds", () => {
    const holds = library.always({ id: "LAMP-2", statement: "A lamp.", reads, holds: ({ lamp }) => lamp.state !== "" });
    const { properties } = library.walk(library.defineSystem({ ...lamps, properties: [isOff, holds] }), {
      seed: 1,
      runs: 5,
    });
    expect(properties.map(({ verdict }) => verdict.kind)).toEqual(["violated", "no-violation", "no-violation"]);
  });
});
