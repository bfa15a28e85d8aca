import { describe, expect, test } from "vitest";
import { assign, emit, raise, setup, type AnyStateMachine } from "xstate";
import { auditReport } from "./audit.ts";
import { BreadthFirst } from "./explore/search/breadth-first.ts";
import type { Core } from "./kernel/core.ts";
import { call, defineSystem, send, type System } from "./system.ts";
import { lockedLimit } from "./textbook/locked-limit.ts";
import { twoPhaseCommit } from "./textbook/two-phase-commit.ts";

function searched(system: System): Core {
  const search = new BreadthFirst(system);
  while (search.advance(1 << 16));
  return search.core;
}

const alone = (machine: AnyStateMachine, ...types: string[]): System =>
  defineSystem({
    name: "alone",
    parameters: {},
    components: { it: { machine, role: "it", events: types.map((type) => ({ type })) } },
    routes: [],
    properties: [],
  });

describe("the audit", () => {
  test.each([twoPhaseCommit(3), lockedLimit({ pinners: 3, limit: 2, log: 2, atomic: false })])(
    "finds memo and XState of one opinion, and nothing unused, in $name",
    (system) => {
      const report = auditReport(searched(system));
      expect(report.cells).toBeGreaterThan(50);
      expect(report).toMatchObject({ differences: 0, told: [] });
      expect(Object.values(report.coverage).flat()).toEqual([]);
      expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    },
  );

  test("catches a machine with a hidden variable", () => {
    let hidden = 0;
    const machine = setup({ types: { context: {} as { n: number } } }).createMachine({
      context: { n: 0 },
      on: { ticks: { actions: assign(() => ({ n: hidden++ % 3 })) } },
    });
    const report = auditReport(searched(alone(machine, "ticks")));
    expect(report.differences).toBeGreaterThan(0);
    expect(report.told[0]).toMatchObject({ component: "it", event: { type: "ticks" } });
    expect(report.told[0]!.memo).not.toBe(report.told[0]!.fresh);
  });

  test("catches a guard with a hidden variable", () => {
    let asked = 0;
    const machine = setup({}).createMachine({
      initial: "off",
      states: { off: { on: { turns: { guard: () => asked++ < 2, target: "on" } } }, on: {} },
    });
    expect(auditReport(searched(alone(machine, "turns"))).told).toMatchObject([{ fresh: "does not handle it" }]);
  });

  test("need not look for a machine that changes its context in place: contexts are frozen", () => {
    const machine = setup({ types: { context: {} as { seen: string[] } } }).createMachine({
      context: { seen: [] },
      on: {
        looks: {
          actions: assign(({ context }) => {
            context.seen[0] = "it";
            return {};
          }),
        },
      },
    });
    expect(() => searched(alone(machine, "looks"))).toThrow(
      /fails on "looks": .* Does it change its context in place\?/,
    );
  });

  test("catches an emission with a hidden variable", () => {
    let emitted = 0;
    const machine = setup({ types: { emitted: {} as { type: "said"; n: number } } }).createMachine({
      on: { speaks: { actions: emit(() => ({ type: "said" as const, n: emitted++ })) }, said: {} },
    });
    const system = alone(machine, "speaks");
    const report = auditReport(searched(defineSystem({ ...system, routes: [call("it", ["said"], "it")] })));
    expect(report.told).toMatchObject([
      { memo: expect.stringContaining('"n":0'), fresh: expect.stringContaining('"n":1') },
    ]);
  });
});

describe("coverage of the model", () => {
  test("names what was never taken, sent, handled, enabled or filled", () => {
    const producer = setup({ types: { emitted: {} as { type: "item" | "alarm" } } }).createMachine({
      initial: "well",
      states: {
        well: { on: { makes: [{ actions: emit({ type: "item" }) }, { target: "ill" }] } },
        ill: { on: { cries: { actions: emit({ type: "alarm" }) } } },
      },
    });
    const consumer = setup({}).createMachine({ on: { alarm: {} } });
    const system = defineSystem({
      name: "gaps",
      parameters: {},
      components: {
        producer: { machine: producer, role: "producer", events: [{ type: "makes" }, { type: "cries" }] },
        consumer: { machine: consumer, role: "consumer" },
      },
      channels: { spare: { to: "consumer", capacity: 2, whenFull: "block", unhandled: "drop" } },
      routes: [call("producer", ["item"], "consumer", "drop"), send("producer", ["alarm"], "spare")],
      properties: [],
    });
    expect(auditReport(searched(system)).coverage).toEqual({
      transitionsNeverTaken: [
        { role: "producer", state: "well", event: "makes", choice: 1 },
        { role: "producer", state: "ill", event: "cries", choice: 0 },
        { role: "consumer", state: consumer.id, event: "alarm", choice: 0 },
      ],
      messagesNeverSent: [{ role: "producer", type: "alarm" }],
      messagesNeverHandled: [{ role: "consumer", type: "item" }],
      eventsNeverEnabled: [{ component: "producer", event: { type: "cries" } }],
      channelsNeverFull: [{ channel: "spare", capacity: 2, longest: 0 }],
    });
  });

  test("does not count an event that a machine raises for itself as never taken", () => {
    const machine = setup({}).createMachine({
      initial: "first",
      states: {
        first: { on: { goes: { actions: raise({ type: "inner" }), target: "second" } } },
        second: { on: { inner: { target: "third" } } },
        third: {},
      },
    });
    expect(auditReport(searched(alone(machine, "goes"))).coverage.transitionsNeverTaken).toEqual([]);
  });
});
