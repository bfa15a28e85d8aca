import { describe, expect, test } from "vitest";
import { createMachine, type AnyStateMachine } from "xstate";
import { counters } from "../textbook/counters.ts";
import { dieHard } from "../textbook/die-hard.ts";
import { pageFaultProtocol, PROTOCOL_SIZES } from "../textbook/page-fault-protocol.ts";
import { stationsSystem } from "../textbook/stations.ts";
import { call, defineSystem } from "../system.ts";
import { auditLive } from "./live-audit.ts";
import { Live } from "./live.ts";

describe("a live system takes the steps of a core:", () => {
  test.each([
    ["jugs", dieHard()],
    ["counters that tell others", counters(3, 5, 2, true)],
    ["stations that block each other", stationsSystem([{ room: 2 }, { room: 1, servers: 2 }, { room: 1 }])],
    ["page faults through channels", pageFaultProtocol(PROTOCOL_SIZES.XS.size)],
  ])("%s", (_, system) => {
    const { steps, tried } = auditLive(system, 200);
    expect(steps).toBe(200);
    expect(tried).toBe(200 * system.actions.length);
  });

  test("and one that does something else is noticed", () => {
    const system = dieHard();
    const other = new Live(system);
    other.make(other.tryEvent(0, { type: "jug.fills" })!);
    expect(() => auditLive(system, 5, other)).toThrow('"small" is not the same in both.');
  });
});

test("a trial changes nothing until it is made", () => {
  const live = new Live(dieHard());
  const trial = live.tryEvent(1, { type: "jug.fills" })!;
  expect(live.local(1).context).toMatchObject({ gallons: 0 });
  live.make(trial);
  expect(live.local(1).context).toMatchObject({ gallons: 5 });
});

test("a message that nobody takes is a mistake of the model", () => {
  const deaf = createMachine({}) as unknown as AnyStateMachine;
  const { components, routes } = dieHard();
  const system = defineSystem({
    name: "deaf",
    parameters: {},
    components: { small: components["small"]!, big: { machine: deaf, role: "deaf" } },
    routes: [call("jug", ["poured", "left-over"], "big"), ...routes.slice(1)],
    properties: [],
  });
  expect(() => new Live(system).tryEvent(0, { type: "jug.pours" })).toThrow(
    '"big" in state "" {} does not handle {"type":"poured","gallons":0} of "small".',
  );
});
