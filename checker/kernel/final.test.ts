/** After a top-level final state an actor of XState stops: the kernel, the simulation and real actors agree about that. */
import { describe, expect, test } from "vitest";
import { createActor, emit, setup, type AnyStateMachine } from "xstate";
import { auditReport } from "../audit.ts";
import { BreadthFirst } from "../explore/search/breadth-first.ts";
import { each, always, sometimes } from "../property.ts";
import { initialState, possible, take } from "../simulation.ts";
import { call, defineSystem } from "../system.ts";
import { followWalk } from "./actors.ts";
import { handles, initialSnapshot, step } from "./step.ts";

const shaped = setup({
  types: { events: {} as { type: "ends" } | { type: "rings" }, emitted: {} as { type: "ring" } },
  actions: { ring: emit({ type: "ring" as const }) },
});
/** Rings while it lives; the root would ring for ever. */
const single = shaped.createMachine({
  id: "single",
  initial: "alive",
  on: { rings: { actions: "ring" } },
  states: { alive: { on: { ends: "over" } }, over: { type: "final" } },
});
const parallel = shaped.createMachine({
  id: "parallel",
  type: "parallel",
  on: { rings: { actions: "ring" } },
  states: {
    left: { initial: "alive", states: { alive: { on: { ends: "over" } }, over: { type: "final" } } },
    right: { initial: "alive", states: { alive: { on: { ends: "over" } }, over: { type: "final" } } },
  },
});
const inner = shaped.createMachine({
  id: "inner",
  initial: "outer",
  on: { rings: { actions: "ring" } },
  states: { outer: { initial: "alive", states: { alive: { on: { ends: "over" } }, over: { type: "final" } } } },
});
const born = shaped.createMachine({
  id: "born",
  initial: "over",
  on: { rings: { actions: "ring" }, ends: {} },
  states: { over: { type: "final" } },
});

const systemOf = (machine: AnyStateMachine) => {
  const listener = setup({}).createMachine({ on: { ring: {} } });
  const about = { source: { document: "none", clause: "none" }, reads: { it: each("it") } };
  return defineSystem({
    name: "end",
    parameters: {},
    components: {
      it: { machine, role: "it", events: [{ type: "ends" }, { type: "rings" }] },
      listener: { machine: listener, role: "listener" },
    },
    routes: [call("it", ["ring"], "listener")],
    deadlock: "allowed",
    properties: [
      always({ id: "END-1", statement: "Alive.", witness: "END-2", holds: () => true, ...about }),
      sometimes({ id: "END-2", statement: "Some state.", holds: () => true, ...about }),
    ],
  });
};

describe.each<readonly [string, AnyStateMachine, boolean]>([
  ["a final state", single, true],
  ["final states in all regions", parallel, true],
  ["a final state from the start", born, true],
  ["a final state further inside", inner, false],
])("after %s", (_, machine, ends) => {
  const rings = { type: "rings" };

  test("the kernel takes what a running actor takes", () => {
    const actor = createActor(machine).start();
    let rung = 0;
    actor.on("ring", () => rung++);
    actor.send({ type: "ends" });
    actor.send(rings);
    const first = initialSnapshot(machine, undefined);
    const after = step(machine, first, { type: "ends" })?.snapshot ?? first;
    expect(after.status).toBe(actor.getSnapshot().status);
    expect(handles(machine, after, rings)).toBe(rung === 1);
    expect(step(machine, after, rings)?.emitted.length ?? 0).toBe(rung);
    expect(rung).toBe(ends ? 0 : 1);
  });

  test("simulation and search end there too, and the audit is of their opinion", () => {
    const system = systemOf(machine);
    const start = initialState(system);
    const end = take(system, start, system.actions[0]!);
    expect(possible(system, end.taken ? end.state : start)).toHaveLength(ends ? 0 : 1);
    const search = new BreadthFirst(system);
    while (search.advance(100));
    expect(search.deadlock >= 0).toBe(ends);
    expect(auditReport(search.core).differences).toBe(0);
    if (machine !== born) followWalk(system, [1, 0]);
  });
});
