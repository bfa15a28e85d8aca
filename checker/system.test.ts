import { describe, expect, test } from "vitest";
import { createMachine } from "xstate";
import { call, defineSystem, destination, ModelError, send, type SystemDefinition } from "./system.ts";

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
  });

  test.each([
    ["two routes for one type", { routes: [call("side", ["a"], "left"), send("side", ["a"], "pipe")] }, "Two routes"],
    [
      "a channel to nobody",
      { channels: { pipe: { ...definition.channels!["pipe"]!, to: "middle" } } },
      "not a component",
    ],
    ["a channel without room", { channels: { pipe: { ...definition.channels!["pipe"]!, capacity: 0 } } }, "capacity 0"],
    ["half a message", { channels: { pipe: { ...definition.channels!["pipe"]!, capacity: 1.5 } } }, "capacity 1.5"],
  ])("refuses %s", (_, wrong, message) => {
    const attempt = () => defineSystem({ ...definition, ...wrong });
    expect(attempt).toThrow(ModelError);
    expect(attempt).toThrow(message);
  });
});
