import { describe, expect, test } from "vitest";
import { createMachine } from "xstate";
import { call, defineSystem, destination, ModelError, send, takesSteps, type SystemDefinition } from "./system.ts";

const machine = createMachine({});
const definition: SystemDefinition = {
  name: "pair",
  parameters: {},
  components: {
    left: { machine, role: "side", events: [{ type: "a" }, { type: "b", n: 1 }] },
    right: { machine, role: "side", events: [{ type: "a" }] },
  },
  channels: { pipe: { to: "right", capacity: 1, whenFull: "block", unhandled: "block" } },
  routes: [
    call("side", ["both"], () => ["left", "right"]),
    call("side", ["astray"], (message) => String(message["to"])),
    send("side", ["piped"], "pipe"),
    send("side", ["lost"], () => "hole"),
  ],
  properties: [],
};

const side = definition.components["left"]!;
const pipe = definition.channels!["pipe"]!;

describe("a system", () => {
  test("lists its actions in order of declaration: events of components, then deliveries of channels", () => {
    expect(defineSystem(definition).actions).toEqual([
      { kind: "event", component: "left", event: { type: "a" } },
      { kind: "event", component: "left", event: { type: "b", n: 1 } },
      { kind: "event", component: "right", event: { type: "a" } },
      { kind: "deliver", channel: "pipe" },
    ]);
  });

  test("says where a message goes", () => {
    const system = defineSystem(definition);
    expect(destination(system, "left", { type: "both" }).components).toEqual(["left", "right"]);
    expect(destination(system, "left", { type: "astray", to: "right" }).components).toEqual(["right"]);
    expect(destination(system, "left", { type: "piped" }).channel).toBe("pipe");
  });

  test("names what emits without a route, and what is sent to nowhere", () => {
    const system = defineSystem(definition);
    expect(() => destination(system, "left", { type: "unknown" })).toThrow(
      '"left" (role "side") emits "unknown", but no route takes it.',
    );
    expect(() => destination(system, "left", { type: "astray", to: "middle" })).toThrow(
      '"astray" of "left" is for "middle", which is not a component.',
    );
    expect(() => destination(system, "left", { type: "lost" })).toThrow(
      '"lost" of "left" goes into "hole", which is not a channel.',
    );
    // The function of the route finds no field of that name.
    const nowhere = { ...definition, routes: [send("side", ["lost"], ({ to }) => to as string)] };
    expect(() => destination(defineSystem(nowhere), "left", { type: "lost" })).toThrow('goes into "undefined"');
    const nobody = { ...definition, routes: [call("side", ["lost"], ({ to }) => to as string)] };
    expect(() => destination(defineSystem(nobody), "left", { type: "lost" })).toThrow('is for "undefined"');
    // What every object inherits is no name of a component.
    expect(() => destination(system, "left", { type: "astray", to: "toString" })).toThrow("not a component");
  });

  test("tells of several mistakes the first: components, channels, routes, prologue, fairness, symmetry", () => {
    const mistakes: readonly (readonly [part: object, message: string])[] = [
      [{ components: { "le ft": { machine, role: "" } } }, 'A component is named "le ft"'],
      [{ components: { left: { machine, role: "" } } }, 'A role is named ""'],
      [{ channels: { pipe: { ...pipe, whenFull: "x", unhandled: "y" } } }, 'whenFull of channel "pipe"'],
      [{ routes: [call("side", ["both"], "left", "x" as "block")] }, "unhandled of the route"],
      [{ prologue: [{ kind: "deliver", channel: "none" }] }, 'The prologue of "pair" names "none"'],
      [{ fairness: { all: [{ ...takesSteps("left"), kind: "x" as "weak" }] } }, 'The fairness class "left"'],
      [{ symmetry: { page: { size: 0 } } }, 'The sort "page" has 0 values'],
    ];
    for (const [k, [, message]] of mistakes.entries()) {
      // The first of them, and all that come after it.
      const parts = mistakes.slice(k).map(([part]) => part);
      const all = Object.assign({}, definition, ...parts.toReversed()) as SystemDefinition;
      expect(() => defineSystem(all)).toThrow(message);
    }
  });

  test("refuses a fairness class of no action, with the nearest name", () => {
    const fair = (name: string) => () => defineSystem({ ...definition, fairness: { all: [takesSteps(name)] } });
    expect(fair("left")).not.toThrow();
    expect(fair("lfet")).toThrow('No action of the universe is in the fairness class "lfet". Nearest: left.');
  });

  test("refuses a word that would count as another one", () => {
    const piped = (change: object) => () => defineSystem({ ...definition, channels: { pipe: { ...pipe, ...change } } });
    expect(piped({ whenFull: "blcok" })).toThrow(
      'whenFull of channel "pipe" is "blcok"; it must be one of block, drop.',
    );
    expect(piped({ unhandled: "dorp" })).toThrow('unhandled of channel "pipe" is "dorp"');
    const routes = [call("side", ["both"], "left", "blokc" as "block")];
    expect(() => defineSystem({ ...definition, routes })).toThrow("Nearest: block.");
  });

  test.each(["a.b", "a:b", "a b", ""])("refuses a machine with a state named %j", (key) => {
    const named = { [key]: {}, z: {} };
    for (const states of [named, { z: { initial: "z", states: named } }])
      expect(() =>
        defineSystem({
          ...definition,
          components: { ...definition.components, left: { ...side, machine: createMachine({ initial: "z", states }) } },
        }),
      ).toThrow("which join the names of nested states");
  });

  test.each<readonly [string, Partial<SystemDefinition>, string]>([
    ["two routes for one type", { routes: [call("side", ["a"], "left"), send("side", ["a"], "pipe")] }, "Two routes"],
    [
      "a channel to nobody",
      { channels: { pipe: { ...definition.channels!["pipe"]!, to: "middle" } } },
      "not a component",
    ],
    ["a channel without room", { channels: { pipe: { ...definition.channels!["pipe"]!, capacity: 0 } } }, "capacity 0"],
    ["no components", { components: {}, channels: {} }, 'The system "pair" has no components'],
    [
      "a component and a channel of one name",
      { channels: { left: { ...definition.channels!["pipe"]! } } },
      '"left" is both a component and a channel',
    ],
    ["a component without a name", { components: { ...definition.components, "": side } }, 'named ""'],
    ["a name of two lines", { components: { ...definition.components, "a\nb": side } }, "must not be empty or contain"],
    [
      "a role of two lines",
      { components: { ...definition.components, other: { ...side, role: "a\nb" } } },
      "must not be empty or contain",
    ],
    [
      "an event listed twice",
      {
        components: {
          ...definition.components,
          left: {
            ...side,
            events: [
              { type: "a", n: 1 },
              { n: 1, type: "a" },
            ],
          },
        },
      },
      "twice",
    ],
    ["a channel to a mistyped component", { channels: { pipe: { ...pipe, to: "rihgt" } } }, "Nearest: right."],
    ["a channel to what every object has", { channels: { pipe: { ...pipe, to: "toString" } } }, "not a component"],
    [
      "a prologue of nobody",
      { prologue: [{ kind: "event", component: "lfet", event: { type: "a" } }] },
      "Nearest: left.",
    ],
    ["a prologue of no channel", { prologue: [{ kind: "deliver", channel: "pip" }] }, "Nearest: pipe."],
    [
      "two fairness classes of one name",
      { fairness: { all: [takesSteps("left"), takesSteps("left")] } },
      'The fairness group "all" has two classes named left (weak)',
    ],
    ["an empty sort", { symmetry: { side: { fields: [], size: 0 } } }, 'The sort "side" has 0 values'],
    [
      "an exchange with nobody",
      { symmetry: { side: { fields: [], size: 2, component: (name: string) => `${name}s` } } },
      'puts "left" in the place of "lefts", which is neither a component nor a channel. Nearest: left.',
    ],
    [
      "two in one place",
      { symmetry: { side: { fields: [], size: 2, component: () => "left" } } },
      'puts both "left" and "right" in the place of "left"',
    ],
    [
      "a name that could be a key",
      { components: { ...definition.components, 'a {"n":1}': side } },
      "must not be empty or",
    ],
    ["a mistyped rule for deadlocks", { deadlock: "forbiden" as never }, "Nearest: forbidden."],
    [
      "a mistyped kind of fairness",
      { fairness: { all: [{ ...takesSteps("left"), kind: "Weak" as never }] } },
      'The fairness class "left" is of kind "Weak"',
    ],
    ["half a message", { channels: { pipe: { ...definition.channels!["pipe"]!, capacity: 1.5 } } }, "capacity 1.5"],
  ])("refuses %s", (_, wrong, message) => {
    const attempt = () => defineSystem({ ...definition, ...wrong });
    expect(attempt).toThrow(ModelError);
    expect(attempt).toThrow(message);
  });
});
