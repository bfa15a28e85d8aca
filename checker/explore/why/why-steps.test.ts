/** What a step is, which steps are the same, and what decides a claim that holds. */
import { describe, expect, test } from "vitest";
import { createMachine, setup, type AnyStateMachine } from "xstate";
import { all, always, sometimes } from "../../property.ts";
import { call, defineSystem, type System } from "../../system.ts";
import { finished } from "../search/pause.ts";
import { decisionsOn } from "./why-decided.ts";
import { avoiding, worldOf } from "./why-helpers.ts";
import { variationsOf } from "./why-varied.ts";
import { explainViolation } from "./why-violation.ts";

const source = { document: "none", clause: "none" };

const said = (of: { readonly kind: string; readonly step?: number } | undefined): string | undefined =>
  of && (of.step === undefined ? of.kind : `${of.kind} ${of.step}`);

/** Workers that take all their steps by one event: they begin, then end. */
function workers(isAlike: boolean): System {
  const worker = setup({
    types: { events: {} as { type: "worker.steps" }, emitted: {} as { type: "begins" } | { type: "ends" } },
  });
  const machine = worker.createMachine({
    initial: "idle",
    states: {
      idle: { on: { "worker.steps": { target: "busy", actions: worker.emit({ type: "begins" }) } } },
      busy: { on: { "worker.steps": { target: "done", actions: worker.emit({ type: "ends" }) } } },
      done: {},
    },
  }) as unknown as AnyStateMachine;
  const part = { machine, role: "worker", events: [{ type: "worker.steps" }] };
  return defineSystem({
    name: "workers",
    parameters: null,
    components: { worker0: part, worker1: part, log: { machine: createMachine({}), role: "log" } },
    routes: [call("worker", ["begins", "ends"], "log", "drop")],
    deadlock: "allowed",
    ...(isAlike && {
      symmetry: {
        worker: {
          fields: [],
          size: 2,
          component: (name, [first = 0]) =>
            name === "log" ? name : `worker${first === 0 ? name.at(-1) : 1 - Number(name.at(-1))}`,
        },
      },
    }),
    properties: [
      always({
        id: "WORK-1",
        statement: "No worker is done.",
        source,
        witness: "WORK-2",
        reads: { workers: all("worker") },
        holds: ({ workers: list }) => list.every(({ state }) => state !== "done"),
      }),
      sometimes({
        id: "WORK-2",
        statement: "Some worker is busy.",
        source,
        reads: { workers: all("worker") },
        holds: ({ workers: list }) => list.some(({ state }) => state === "busy"),
      }),
    ],
  });
}

describe("a step", () => {
  const path = { actions: [0, 0] };

  test("is what the machine does at its event: without the first one the second is not possible", () => {
    const { without: left, swapped } = variationsOf(worldOf(workers(false), "WORK-1"), path);
    expect(left.map(said)).toEqual(["impossible 1", "avoids"]);
    expect(swapped.map(said)).toEqual(["impossible 1"]);
  });

  test("of an equal part is the same step: some worker begins, and some worker ends", () => {
    const shortest = (isAlike: boolean) =>
      finished(explainViolation(worldOf(workers(isAlike), "WORK-1"), path)).steps.map((needed) => needed.shortest);
    expect(shortest(true)).toEqual([undefined, undefined]);
    expect(shortest(false)).toEqual([2, 2]);
  });

  test("of a lane that is alone in doing it is needed with all others of the lane", () => {
    const { lanes, lastSafe } = finished(explainViolation(worldOf(workers(true), "WORK-1"), path));
    expect(lanes).toEqual([{ lane: "worker0", known: Infinity }]);
    expect(lastSafe).toBe("the system does not say which steps are taken in the end");
  });
});

test("what decides a claim: the first worker that is done, or both", () => {
  const { search, instances } = worldOf(workers(false), "WORK-1");
  const { decided, constant } = decisionsOn(search, instances);
  expect(decided).toEqual([{ fields: ["worker.state"], states: 9 }]);
  expect(constant).toEqual([]);
  const idle = worldOf(avoiding({ edges: [[0]], classes: [], when: [0], eventually: [] }, [1]), "AVOID-1");
  expect(decisionsOn(idle.search, idle.instances)).toEqual({
    decided: [{ fields: ["graph.state"], states: 1 }],
    constant: [{ field: "graph.state", value: "v0" }],
  });
});
