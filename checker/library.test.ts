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

describe("what would make a verdict empty is refused", () => {
  const checked = (change: Partial<library.Definition>) => () =>
    library.check(library.defineSystem({ ...lamps, ...change }));
  const withEvents = (machine: typeof lamp | object, ...types: readonly string[]) =>
    checked({
      components: { lamp: { machine: machine as typeof lamp, role: "lamp", events: types.map((type) => ({ type })) } },
    });

  test("an event that no state names, except where a state names all", () => {
    expect(withEvents(lamp, "trns")).toThrow('which no state of machine "lamp" handles. Nearest: turns.');
    expect(withEvents(createMachine({ on: { "*": {} } }), "trns")).not.toThrow();
    expect(withEvents(createMachine({ on: { forbidden: {} } }), "forbidden")).not.toThrow();
  });

  test("a field that means nothing, at each level", () => {
    const component = { machine: lamp, role: "lamp" };
    const channel = { to: "lamp", capacity: 1, whenFull: "drop", unhandled: "drop" } as const;
    const route = library.call("lamp", ["glows"], "lamp");
    const refused = (change: object, words: string) => expect(checked(change)).toThrow(words);
    refused({ deadlok: "forbidden" }, '"deadlok", which means nothing here. Nearest: deadlock.');
    refused({ components: { lamp: { ...component, event: [] } } }, 'component "lamp" has a field "event"');
    refused({ channels: { wire: { ...channel, size: 2 } } }, 'channel "wire" has a field "size"');
    refused({ routes: [{ ...route, unhandeld: "drop" }] }, 'route from "lamp" has a field "unhandeld"');
    refused({ routes: [{ ...library.send("lamp", ["glows"], "wire"), unhandled: "drop" }] }, "Known: kind, from");
    refused({ symmetry: { lamps: { fields: ["lamp"], size: 2, sise: 2 } } }, 'sort "lamps" has a field "sise"');
    const fair = { ...library.takesSteps("lamp"), strong: true };
    refused({ fairness: { lamps: [fair] } }, 'fairness group "lamps" has a field "strong"');
    refused({ properties: [{ ...isOff, witnes: "LAMP-2" }] }, "Nearest: witness.");
    const read = { lamp: { ...library.each("lamp"), roles: "lamp" } };
    refused({ properties: [{ ...isOff, reads: read }] }, '"lamp", read by LAMP-1, has a field "roles"');
  });

  test("a machine that is none, that goes on for ever, or that has a guard that is none", () => {
    expect(withEvents({}, "turns")).toThrow('The component "lamp" has no machine');
    const circle = { off: { on: { turns: "a" } }, a: { always: "b" }, b: { always: "a" } };
    expect(withEvents(createMachine({ initial: "off", states: circle }), "turns")).toThrow(/fails on "turns".*loop/);
    const guarded = createMachine({ on: { turns: { guard: "isDark", actions: [] } } });
    expect(withEvents(guarded, "turns")).toThrow(library.ModelError);
    expect(withEvents(guarded, "turns")).toThrow("'isDark' is not implemented");
  });

  test("a limit that is none, and walks of no number", () => {
    const system = library.defineSystem(lamps);
    expect(() => library.check(system, { stopAt: "frist" as "first" })).toThrow("one of first, each");
    expect(() => library.walk(system, {} as { seed: number; runs: number })).toThrow("seed is undefined");
    expect(() => library.walk(system, { seed: 1, runs: 0 })).toThrow("runs is 0");
  });
});
