/** The words that a trace carries: of its steps, messages, states and lanes. */
import { emit, assign, setup } from "xstate";
import { expect, test } from "vitest";
import { defineSystem } from "../../system.ts";
import { traceOf } from "./trace.ts";

const origin = { of: "Linux", at: "drivers/bell.c", functions: ["bell_ring"] };

const bell = setup({
  types: { context: {} as { times: number }, emitted: {} as { type: "bell.sounds"; page: number } },
}).createMachine({
  description: "a bell",
  meta: {
    origin,
    lane: "bell {number}",
    messages: { "bell.sounds": { says: "sounds for page {page}", origin: { ...origin, functions: ["bell_sound"] } } },
  },
  context: { times: 0 },
  initial: "silent",
  states: {
    silent: {
      description: "is silent",
      on: {
        "bell.rings": {
          description: "rings for page {page}",
          target: "ringing",
          actions: [assign({ times: 1 }), emit({ type: "bell.sounds", page: 7 })],
        },
      },
    },
    ringing: {
      description: "rings, {times} of 3",
      on: { "bell.rings": { actions: assign({ times: ({ context }) => context.times + 1 }) } },
    },
  },
});
const ear = setup({}).createMachine({ initial: "open", states: { open: { on: { "bell.sounds": {} } } } });

test("a trace says what its steps, messages, states and lanes are; a machine without words says nothing", () => {
  const rings = { type: "bell.rings", page: 3 };
  const system = defineSystem({
    name: "bells",
    parameters: {},
    components: {
      bell: { machine: bell, role: "bell", input: { number: 2 }, events: [rings] },
      ear: { machine: ear, role: "ear" },
    },
    routes: [{ kind: "call", from: "bell", types: ["bell.sounds"], to: () => "ear", unhandled: "error" }],
    properties: [],
  });
  const action = { kind: "event", component: "bell", event: rings } as const;
  const about = { id: "A-1", statement: "Any." };
  const trace = traceOf(system, {} as never, [action, action], about, "unknown");
  expect(trace.lanes).toEqual({ bell: "bell 2" });
  expect(trace.steps.map(({ says, transfers, changes }) => [says, transfers[0]?.says, changes[0]?.after.says])).toEqual(
    [
      [
        { text: "rings for page 3", by: "bell_ring()" },
        { text: "sounds for page 7", by: "bell_sound()" },
        "rings, 1 of 3",
      ],
      [{ text: "rings for page 3", by: "bell_ring()" }, undefined, "rings, 2 of 3"],
    ],
  );
});

test("a trace of a deadlock says who waits for whom, and what for", () => {
  const lock = setup({}).createMachine({
    initial: "free",
    states: { free: { on: { "lock.taken": "held" } }, held: {} },
  });
  const thread = setup({ types: { emitted: {} as { type: "lock.taken"; lock: string } } }).createMachine({
    description: "a thread",
    meta: { origin, lane: "a thread", messages: { "lock.taken": { says: "takes {lock}" } } },
    initial: "running",
    states: {
      running: {
        description: "runs",
        on: { "thread.locks": { description: "takes L", actions: emit({ type: "lock.taken", lock: "lock" }) } },
      },
    },
  });
  const locks = { type: "thread.locks" };
  const system = defineSystem({
    name: "locks",
    parameters: {},
    components: {
      thread: { machine: thread, role: "thread", events: [locks] },
      lock: { machine: lock, role: "lock", lane: "iommu->lock" },
    },
    routes: [{ kind: "call", from: "thread", types: ["lock.taken"], to: () => "lock", unhandled: "block" }],
    properties: [],
  });
  const action = { kind: "event", component: "thread", event: locks } as const;
  const about = { id: "DEADLOCK", statement: "Some step must always be possible." };
  const trace = traceOf(system, {} as never, [action], about, "shortest");
  expect(trace.steps[0]!.transfers.map(({ says }) => says?.text)).toEqual(["takes iommu->lock"]);
  expect(trace.blocked).toEqual([{ component: "thread", by: "lock", says: { text: "takes L", by: "bell_ring()" } }]);
  expect(trace).not.toHaveProperty("goesOn");
  const before = traceOf(system, {} as never, [], about, "shortest");
  expect(before).not.toHaveProperty("blocked");
  expect(before.goesOn).toEqual(["thread"]);
});
