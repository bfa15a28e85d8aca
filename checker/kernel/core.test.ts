import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assign, createActor, emit, setup, type AnyStateMachine } from "xstate";
import type { Message } from "../json.ts";
import { initialState, take, type GlobalState } from "../simulation.ts";
import { call, defineSystem, destination, send, type System, type Unhandled } from "../system.ts";
import { drawnSystem } from "../textbook/drawn-system.ts";
import { textOf } from "../textbook/naive-search.ts";
import { pageFaultProtocol, PROTOCOL_SIZES } from "../textbook/page-fault-protocol.ts";
import { twoPhaseCommit } from "../textbook/two-phase-commit.ts";
import { Core } from "./core.ts";
import { snapshotText } from "./intern.ts";

/** What the core holds, told as the simulation would hold it. */
function held(core: Core): GlobalState {
  const { system, vector } = core;
  return {
    snapshots: new Map(system.componentNames.map((name, slot) => [name, core.locals[slot]!.values[vector[slot]!]!])),
    channels: new Map(
      system.channelNames.map((name) => [name, core.messagesOf(core.slotOf(name), vector[core.slotOf(name)]!)]),
    ),
  };
}

function expectSameWalk(system: System, tape: readonly number[]): void {
  const core = new Core(system);
  let state = initialState(system);
  expect(textOf(held(core))).toBe(textOf(state));
  for (const entry of tape) {
    const action = entry % system.actions.length;
    const taken = take(system, state, system.actions[action]!);
    const before = Int32Array.from(core.vector);
    expect(core.takeAction(action)).toBe(taken.taken);
    if (taken.taken) state = taken.state;
    expect(textOf(held(core))).toBe(textOf(state));
    // Undone and taken again: the step is the same, and nothing of it stays behind.
    if (!taken.taken) continue;
    const after = Int32Array.from(core.vector);
    core.undo();
    expect(core.vector).toEqual(before);
    core.takeAction(action);
    expect(core.vector).toEqual(after);
  }
}

const tape = fc.array(fc.nat(999), { maxLength: 60, size: "max" });
const numbers = fc.array(fc.nat(59), { minLength: 30, maxLength: 160, size: "max" });

describe("the core takes the steps of the simulation", () => {
  test("in drawn systems: calls, channels, blocking, loss", () => {
    fc.assert(
      fc.property(numbers, tape, (drawn, steps) => expectSameWalk(drawnSystem(drawn), steps)),
      { numRuns: 150 },
    );
  });

  test.each([
    ["two-phase commit", twoPhaseCommit(3)],
    ["the page-fault protocol", pageFaultProtocol(PROTOCOL_SIZES.XS.size)],
  ])("in %s", (_, system) => {
    fc.assert(
      fc.property(tape, (steps) => expectSameWalk(system, steps)),
      { numRuns: 30 },
    );
  });

  test("the choices of a snapshot are the events that its machine handles", () => {
    const system = pageFaultProtocol(PROTOCOL_SIZES.XS.size);
    const core = new Core(system);
    const choices = [...core.choices(core.slotOf("slot0"), 0)].filter((_, k) => k % 2 === 0);
    expect(choices.map((action) => system.actions[action])).toEqual(
      [0, 1, 2].map((page) => ({ kind: "event", component: "slot0", event: { type: "slot.issues", page } })),
    );
  });
});

test("live XState actors, each handing what it emits to its receivers, go through the same snapshots", () => {
  const system = twoPhaseCommit(3);
  fc.assert(
    fc.property(tape, (steps) => {
      const actors = new Map(
        system.componentNames.map((name) => {
          const { machine, input } = system.components[name]!;
          return [name, createActor(machine, { input })] as const;
        }),
      );
      for (const [name, actor] of actors) {
        actor.on("*", (message: Message) => {
          for (const to of destination(system, name, message).components) actors.get(to)!.send(message);
        });
        actor.start();
      }
      const core = new Core(system);
      for (const entry of steps) {
        const number = entry % system.actions.length;
        const action = system.actions[number]!;
        if (!core.takeAction(number) || action.kind !== "event") continue;
        actors.get(action.component)!.send(action.event);
        system.componentNames.forEach((name, slot) => {
          const ours = core.locals[slot]!.values[core.vector[slot]!]!;
          expect(snapshotText(actors.get(name)!.getSnapshot())).toBe(snapshotText(ours));
        });
      }
    }),
    { numRuns: 30 },
  );
});

/** Says "hello" once or twice at a time; may say it in every state. */
const speaker = setup({
  types: { events: {} as { type: "say" } | { type: "say-twice" }, emitted: {} as { type: "hello" } },
}).createMachine({
  on: {
    say: { actions: emit({ type: "hello" }) },
    "say-twice": { actions: [emit({ type: "hello" }), emit({ type: "hello" })] },
  },
}) as unknown as AnyStateMachine;

/** Hears one "hello", then none until it has rested. */
const listener = setup({
  types: { events: {} as { type: "hello" } | { type: "rest" } },
}).createMachine({
  initial: "listening",
  states: { listening: { on: { hello: "tired" } }, tired: { on: { rest: "listening" } } },
}) as unknown as AnyStateMachine;

const people = {
  speaker: { machine: speaker, role: "speaker", events: [{ type: "say" }, { type: "say-twice" }] },
  listener: { machine: listener, role: "listener", events: [{ type: "rest" }] },
};
const SAY = 0;
const SAY_TWICE = 1;
const REST = 2;
const DELIVER = 3;

function through(whenFull: "block" | "drop", unhandled: Unhandled): System {
  return defineSystem({
    name: "people",
    parameters: {},
    components: people,
    channels: { air: { to: "listener", capacity: 1, whenFull, unhandled } },
    routes: [send("speaker", ["hello"], "air")],
    properties: [],
  });
}
const calling = (unhandled: Unhandled): System =>
  defineSystem({
    name: "people",
    parameters: {},
    components: people,
    routes: [call("speaker", ["hello"], "listener", unhandled)],
    properties: [],
  });

/** Takes the actions in the core and in the simulation; tells which could be taken, and what is left in the channels. */
function run(system: System, ...actions: readonly number[]) {
  const core = new Core(system);
  let state = initialState(system);
  const taken = actions.map((action) => {
    const result = take(system, state, system.actions[action]!);
    if (result.taken) state = result.state;
    expect(core.takeAction(action)).toBe(result.taken);
    return result.taken;
  });
  expect(textOf(held(core))).toBe(textOf(state));
  return { taken, inAir: state.channels.get("air")?.length };
}

describe("a full channel", () => {
  test("that blocks disables the whole step, also when only the second message does not fit", () => {
    expect(run(through("block", "error"), SAY, SAY)).toEqual({ taken: [true, false], inAir: 1 });
    expect(run(through("block", "error"), SAY_TWICE)).toEqual({ taken: [false], inAir: 0 });
  });

  test("that drops loses what does not fit", () => {
    expect(run(through("drop", "error"), SAY, SAY, SAY_TWICE)).toEqual({ taken: [true, true, true], inAir: 1 });
  });
});

describe("a message that its receiver does not handle", () => {
  test("stays at the head of a channel that blocks, and is delivered later", () => {
    const steps = [SAY, DELIVER, SAY, DELIVER, REST, DELIVER];
    expect(run(through("block", "block"), ...steps)).toEqual({
      taken: [true, true, true, false, true, true],
      inAir: 0,
    });
  });

  test("is lost by a channel that drops", () => {
    expect(run(through("block", "drop"), SAY, DELIVER, SAY, DELIVER)).toEqual({
      taken: [true, true, true, true],
      inAir: 0,
    });
  });

  test("is a mistake of the model otherwise, named by core and simulation", () => {
    for (const system of [through("block", "error"), calling("error")]) {
      const steps = system.channelNames.length > 0 ? [SAY, DELIVER, SAY] : [SAY];
      const last = system.channelNames.length > 0 ? DELIVER : SAY;
      const core = new Core(system);
      let state = initialState(system);
      for (const step of steps) {
        expect(core.takeAction(step)).toBe(true);
        const taken = take(system, state, system.actions[step]!);
        if (taken.taken) state = taken.state;
      }
      expect(() => core.takeAction(last)).toThrow(/"listener" in state "tired".*does not handle {"type":"hello"}/);
      expect(() => take(system, state, system.actions[last]!)).toThrow(/"listener" in state "tired".*does not handle/);
    }
  });

  test("disables a call that blocks, with all that happened before it in the step", () => {
    expect(run(calling("block"), SAY, SAY, SAY_TWICE, REST, SAY_TWICE).taken).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
  });

  test("is ignored by a call that drops", () => {
    expect(run(calling("drop"), SAY_TWICE, SAY, REST, SAY).taken).toEqual([true, true, true, true]);
  });

  test("an empty channel has nothing to deliver", () => {
    expect(run(through("block", "error"), DELIVER).taken).toEqual([false]);
  });
});

describe("calls within calls", () => {
  /** A ring of machines that pass a token on until it has made `length` steps. */
  function ring(length: number): System {
    const passer = setup({
      types: {
        context: {} as { last: number },
        events: {} as { type: "start" } | { type: "token"; made: number },
        emitted: {} as { type: "token"; made: number },
      },
    }).createMachine({
      context: { last: 0 },
      on: {
        start: { actions: emit({ type: "token", made: 1 }) },
        token: [
          { guard: ({ event }) => event.made >= length, actions: assign({ last: ({ event }) => event.made }) },
          { actions: emit(({ event }) => ({ type: "token" as const, made: event.made + 1 })) },
        ],
      },
    });
    const machine = passer as unknown as AnyStateMachine;
    return defineSystem({
      name: "ring",
      parameters: { length },
      components: {
        ping: { machine, role: "ping", events: [{ type: "start" }] },
        pong: { machine, role: "pong" },
      },
      routes: [call("ping", ["token"], "pong"), call("pong", ["token"], "ping")],
      properties: [],
      deadlock: "allowed",
    });
  }

  test("come back to the sender within one step", () => {
    const core = new Core(ring(64));
    expect(core.takeAction(0)).toBe(true);
    expect(held(core).snapshots.get("ping")!.context).toEqual({ last: 64 });
    expect(take(ring(64), initialState(ring(64)), ring(64).actions[0]!).taken).toBe(true);
  });

  test("deeper than 64 are a mistake of the model", () => {
    expect(() => new Core(ring(65)).takeAction(0)).toThrow("Calls nest deeper than 64");
    expect(() => take(ring(65), initialState(ring(65)), ring(65).actions[0]!)).toThrow("Calls nest deeper than 64");
  });
});

test("the memo asks XState once for each snapshot and event", () => {
  const core = new Core(through("block", "drop"));
  core.takeAction(SAY);
  core.takeAction(DELIVER);
  const calls = core.machineCalls;
  core.vector.set(core.initial);
  core.takeAction(SAY);
  core.takeAction(DELIVER);
  expect(core.machineCalls).toBe(calls);
  const cells = [...core.cells()].filter(({ outcome }) => outcome);
  expect(cells.map(({ slot, outcome }) => [core.slotName(slot), outcome!.emitted])).toEqual([
    ["speaker", [{ target: "air", message: { type: "hello" } }]],
    ["listener", []],
  ]);
});
