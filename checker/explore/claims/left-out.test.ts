import { describe, expect, test } from "vitest";
import { setup, type AnyStateMachine } from "xstate";
import type { Json } from "../../json.ts";
import { always, each, leadsTo, sometimes, type Applicability, type Property } from "../../property.ts";
import { defineSystem, takesSteps } from "../../system.ts";
import { exhaustive } from "../exhaustive.ts";
import { claimsFor } from "./claims.ts";
import { decidedBy } from "./decided-by.ts";

const light = setup({}).createMachine({
  id: "light",
  initial: "red",
  states: { red: { on: { switch: "green" } }, green: { on: { switch: "red" } } },
}) as unknown as AnyStateMachine;
const about = { statement: "Said.", source: { document: "hand-made", clause: "" }, reads: { it: each("light") } };
const isAt = (state: string) => (view: { it: { state: string } }) => view.it.state === state;
const when = (condition: (parameters: { lamps: number; shop: { open: boolean } }) => boolean): Applicability => ({
  belongs: () => true,
  when: condition as unknown as (parameters: Json) => boolean,
});

const origin = { system: "", hardware: "", host: "", bounds: "", set: {} };

function system(properties: readonly Property[]) {
  const parts = {
    name: "light",
    parameters: { lamps: 1, shop: { open: false } },
    components: { light: { machine: light, role: "light", events: [{ type: "switch" }] } },
    routes: [],
    fairness: { all: [takesSteps("light")] },
  };
  return defineSystem({ ...parts, ...claimsFor(parts, properties, { components: ["light"], channels: [] }) });
}

function run(properties: readonly Property[]) {
  const { properties: judged, leftOut } = exhaustive(system(properties), origin);
  return { said: judged.map(({ id, verdict }) => [id, verdict.kind]), leftOut };
}

const green = sometimes({ ...about, id: "L-1", holds: isAt("green") });
const amber = sometimes({ ...about, id: "L-2", holds: isAt("amber") });

describe("what is not claimed", () => {
  test("is a claim whose condition is false, with the values that the condition looked at", () => {
    const claim = always({
      ...about,
      id: "L-3",
      witness: "L-1",
      holds: () => true,
      applies: when((parameters) => parameters.shop.open && parameters.lamps > 1),
    });
    expect(run([green, claim])).toEqual({
      said: [
        ["L-1", "witnessed"],
        ["DEADLOCK", "holds"],
      ],
      leftOut: [{ ids: ["L-3"], because: "open=false" }],
    });
  });

  test("is a claim whose witness never occurs, which is told as well where it had to occur", () => {
    const claim = always({ ...about, id: "L-3", witness: "L-2", holds: () => true });
    expect(run([amber, claim])).toEqual({
      said: [
        ["L-2", "never-witnessed"],
        ["DEADLOCK", "holds"],
      ],
      leftOut: [{ ids: ["L-3"], because: 'L-2 ("Said") never occurs', witness: "L-2" }],
    });
    const optional = { ...amber, applies: when(({ lamps }) => lamps > 1) };
    expect(run([optional, claim]).leftOut).toEqual([
      { ids: ["L-2"], because: "lamps=1" },
      { ids: ["L-3"], because: 'L-2 ("Said") never occurs', witness: "L-2" },
    ]);
  });

  test("is no claim that is violated, whatever its witness", () => {
    const claim = always({ ...about, id: "L-3", witness: "L-2", holds: isAt("red") });
    const { said, leftOut } = run([{ ...amber, applies: when(() => false) }, claim]);
    expect(said).toContainEqual(["L-3", "violated"]);
    expect(leftOut).toEqual([{ ids: ["L-2"], because: "by its own condition, whatever the parameters" }]);
  });

  test("is no claim whose witness occurs where nobody expected it", () => {
    const claim = always({ ...about, id: "L-3", witness: "L-1", holds: () => true });
    const { said, leftOut } = run([{ ...green, applies: when(({ lamps }) => lamps > 1) }, claim]);
    expect(said).toEqual([
      ["L-1", "witnessed"],
      ["L-3", "holds"],
      ["DEADLOCK", "holds"],
    ]);
    expect(leftOut).toBeUndefined();
  });

  test("is a promise of runs on which nothing is owed", () => {
    const promise = leadsTo({
      ...about,
      id: "L-3",
      witness: "L-1",
      when: isAt("green"),
      eventually: isAt("red"),
      assumes: ["all"],
    });
    expect(run([green, promise]).said).toContainEqual(["L-3", "holds"]);
    const { said, leftOut } = run([green, { ...promise, provided: isAt("red") }]);
    expect(said).not.toContainEqual(["L-3", "holds"]);
    expect(leftOut).toEqual([{ ids: ["L-3"], because: "its premise never occurs on the runs that it is about" }]);
  });

  test("is a promise of runs none of which goes on for ever: something is owed, and all leave", () => {
    const promise = leadsTo({
      ...about,
      id: "L-3",
      witness: "L-1",
      when: isAt("red"),
      eventually: isAt("amber"),
      assumes: ["all"],
      provided: isAt("red"),
    });
    expect(run([green, promise])).toMatchObject({
      said: [
        ["L-1", "witnessed"],
        ["DEADLOCK", "holds"],
      ],
      leftOut: [{ ids: ["L-3"], because: "its premise never occurs on the runs that it is about" }],
    });
  });

  test("is unknown where its witness is, and as long as its witness was not seen", () => {
    const claim = always({ ...about, id: "L-3", witness: "L-1", holds: () => true });
    const failing = {
      ...green,
      holds: (view: { it: { state: string } }): boolean => {
        if (view.it.state === "green") throw new Error("no such lamp");
        return false;
      },
    };
    expect(run([failing, claim]).said).toEqual([
      ["L-1", "unknown"],
      ["L-3", "unknown"],
      ["DEADLOCK", "holds"],
    ]);
    const ofOne = exhaustive(system([green, claim]), origin, { maxStates: 1 }).properties;
    expect(ofOne.map(({ id, verdict }) => [id, verdict])).toEqual([
      ["L-1", { kind: "unknown", because: "not seen before max-states 1" }],
      ["L-3", { kind: "unknown", because: "its witness L-1 was not seen before max-states 1" }],
      ["DEADLOCK", { kind: "holds-within-bounds", bound: "max-states 1" }],
    ]);
    const broken = always({ ...about, id: "L-4", witness: "L-1", holds: isAt("green") });
    const stopped = exhaustive(system([green, claim, broken]), origin, { stopAt: "first" }).properties;
    expect(stopped.find(({ id }) => id === "L-3")?.verdict).toEqual({
      kind: "unknown",
      because: "its witness L-1 was not seen: stopped at the first violation",
    });
  });

  test("says nothing of a property about systems of another kind", () => {
    const claim = always({ ...about, id: "L-3", witness: "L-1", holds: () => true });
    const elsewhere = { ...claim, applies: { belongs: () => false, when: () => false } };
    expect(run([green, elsewhere]).leftOut).toBeUndefined();
  });
});

test("a condition is told by what it looked at before it answered", () => {
  const parameters = { host: { limit: 0, order: ["a", "b"] }, pages: 2, name: "x" };
  const condition = (p: Json): boolean => {
    const { host } = p as typeof parameters;
    return host.limit > 0 || (host.order.length === 3 && (p as typeof parameters).pages > 1);
  };
  expect(decidedBy(condition, parameters)).toEqual(["limit=0", 'order=["a","b"]']);
});
