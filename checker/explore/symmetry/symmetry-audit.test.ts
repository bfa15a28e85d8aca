/** A wrong declaration of what is alike changes no verdict: it is found, told, and searched without. */
import { describe, expect, test } from "vitest";
import { assign, setup, type AnyStateMachine } from "xstate";
import { all, always, canAlways, each, sometimes, type Property } from "../../property.ts";
import type { RunRecord } from "../../run-record.ts";
import { call, defineSystem, send, type System, type SystemDefinition } from "../../system.ts";
import { twoPhaseCommit } from "../../textbook/two-phase-commit.ts";
import { BreadthFirst } from "../search/breadth-first.ts";
import { exhaustive, recordOf, startExhaustive } from "../exhaustive.ts";

const origin = { system: "", hardware: "", host: "", bounds: "", set: {} };
const about = { statement: "none", source: { document: "none", clause: "none" } };

type Valve = { readonly last: number; readonly list: readonly number[] };
type ValveEvent = { type: "fills"; page: number } | { type: "opens" } | { type: "closes" };
/** A valve that remembers which page filled it; `mayOpen` says for which it opens. */
const valve = (mayOpen: (context: Valve) => boolean, first: Partial<Valve> = {}): AnyStateMachine =>
  setup({ types: { context: {} as Valve, events: {} as ValveEvent } }).createMachine({
    context: { last: -1, list: [], ...first },
    initial: "shut",
    states: {
      shut: {
        on: {
          fills: { actions: assign({ last: ({ event }) => event.page }) },
          opens: { guard: ({ context }) => mayOpen(context), target: "open" },
        },
      },
      open: { on: { closes: { target: "shut", actions: assign({ last: -1 }) } } },
    },
  });
const claims: readonly Property[] = [
  always({
    ...about,
    id: "VALVE-1",
    witness: "VALVE-2",
    reads: { it: each("valve") },
    holds: ({ it }) => it.state !== "open",
  }),
  sometimes({
    ...about,
    id: "VALVE-2",
    reads: { it: each<Valve>("valve") },
    holds: ({ it }) => it.context.last !== -1,
  }),
];
const definition = (machine: AnyStateMachine, changed: Partial<SystemDefinition> = {}): SystemDefinition => ({
  name: "valve",
  parameters: {},
  components: {
    valve: {
      machine,
      role: "valve",
      events: [{ type: "fills", page: 0 }, { type: "fills", page: 1 }, { type: "opens" }, { type: "closes" }],
    },
  },
  routes: [],
  properties: claims,
  symmetry: { page: { fields: ["page", "last"], size: 2 } },
  ...changed,
});
const onlyPage1 = defineSystem(definition(valve(({ last }) => last === 1)));
const any = defineSystem(definition(valve(({ last }) => last >= 0)));

const verdictsOf = ({ properties }: RunRecord) =>
  properties.map(({ id, verdict }) => [id, verdict.kind, verdict.kind === "violated" && verdict.trace.steps.length]);
const whole = (system: System) => exhaustive(system, origin, { symmetry: false });

/** Believes everything. */
class Credulous extends BreadthFirst {
  override confirmed(): boolean {
    return true;
  }

  override expandSome(count: number): boolean {
    return super.expandSome(count);
  }
}

describe("a machine that treats one page in its own way", () => {
  test("would be said to hold, if nothing were audited", () => {
    const search = new Credulous(onlyPage1, { symmetry: true });
    while (search.advance(100));
    expect(search.complete).toBe(true);
    expect(search.judge.found.has("VALVE-1")).toBe(false);
    expect(verdictsOf(whole(onlyPage1))).toContainEqual(["VALVE-1", "violated", 2]);
  });

  test("is found, told, and searched without symmetry", () => {
    const record = exhaustive(onlyPage1, origin);
    expect(verdictsOf(record)).toEqual(verdictsOf(whole(onlyPage1)));
    expect(record.search).not.toHaveProperty("orbits");
    expect(record.search.symmetry?.because).toContain('"valve" in shut');
    expect(record.notes).toEqual([
      expect.stringMatching(
        /^What valve declares to be alike is not: .*"page":\[1,0\]\} exchanged\. It was searched without/,
      ),
    ]);
  });

  test("also when the search is stopped by a bound, or from outside", () => {
    const bounded = exhaustive(onlyPage1, origin, { stopAt: "first" });
    expect(verdictsOf(bounded)).toContainEqual(["VALVE-1", "violated", 2]);
    const search = startExhaustive(onlyPage1);
    search.advance(2);
    const record = recordOf(search, origin);
    expect(record).toMatchObject({ search: { stoppedBy: "interrupted", states: 1 }, notes: [expect.anything()] });
  });

  test("a sound declaration is used, and how much was audited is in the record", () => {
    const { search, notes } = exhaustive(any, origin);
    expect(search.orbits).toBeGreaterThan(search.states);
    expect(search.symmetry!.compared).toBe(search.symmetry!.of);
    expect(search.symmetry!.compared).toBeGreaterThan(5);
    expect(notes).toBeUndefined();
    expect(exhaustive(twoPhaseCommit(4), origin).search.symmetry).toMatchObject({ compared: expect.any(Number) });
  });
});

describe("other wrong declarations", () => {
  const expectWhole = (system: System, because: RegExp): void => {
    const record = exhaustive(system, origin);
    expect(record.notes?.[0]).toMatch(because);
    expect(record.search).not.toHaveProperty("orbits");
    expect(record.search.symmetry?.because).toMatch(because);
    expect(verdictsOf(record)).toEqual(verdictsOf(whole(system)));
    expect(record.search.states).toBe(whole(system).search.states);
  };
  const pagesInOrder = ({ it }: { it: { context: Valve } }): boolean => it.context.last !== 1;

  test("a claim about states that tells the values apart", () => {
    const [, witness] = claims;
    const reads = { it: each<Valve>("valve") };
    const claim = always({ ...about, id: "VALVE-3", witness: "VALVE-2", reads, holds: pagesInOrder });
    expectWhole(
      defineSystem(
        definition(
          valve(({ last }) => last >= 0),
          { properties: [claim, witness!] },
        ),
      ),
      /VALVE-3 answers/,
    );
  });

  test("a claim that reads the same in two states, and tells only what stands for the second apart", () => {
    const part = definition(valve(({ last }) => last >= 0)).components["valve"]!;
    const holds = ({ them: [a, b] }: { them: readonly { context: Valve }[] }): boolean =>
      a!.context.last !== 1 || b!.context.last !== 0;
    const claim = always({ ...about, id: "VALVE-3", witness: "VALVE-2", reads: { them: all<Valve>("valve") }, holds });
    const properties = [claim, claims[1]!];
    const two = definition(part.machine, { components: { a: part, b: part }, properties });
    expectWhole(defineSystem(two), /VALVE-3 answers/);
  });

  test("a claim about paths that does, which shows when the search is over", () => {
    const [, witness] = claims;
    const reads = { them: all<Valve>("valve") };
    const holds = ({ them }: { them: readonly { context: Valve }[] }) => pagesInOrder({ it: them[0]! });
    const claim = canAlways({ ...about, id: "VALVE-3", witness: "VALVE-2", reads, holds });
    expectWhole(
      defineSystem(
        definition(
          valve(({ last }) => last >= 0),
          { properties: [claim, witness!] },
        ),
      ),
      /VALVE-3 answers/,
    );
  });

  test("a field of values that is not listed", () => {
    const symmetry = { page: { fields: ["page"], size: 2 } };
    expectWhole(
      defineSystem(
        definition(
          valve(({ last }) => last === 1),
          { symmetry },
        ),
      ),
      /takes .* otherwise/,
    );
  });

  test("a set that is not kept in order", () => {
    const machine = valve(({ last }) => last >= 0, { list: [1, 0] });
    const changed = { symmetry: { page: { fields: ["page", "last", "list"], size: 2 } }, sets: ["list"] };
    expectWhole(defineSystem(definition(machine, changed)), /keeps a set out of order/);
  });

  test("a channel that delivers one value to somebody else", () => {
    const ear = setup({}).createMachine({ initial: "a", states: { a: { on: { note: "b" } }, b: {} } });
    const pen = setup({
      types: { events: {} as { type: "writes"; page: number }, emitted: {} as { type: "note"; page: number } },
    });
    const writer = pen.createMachine({
      on: { writes: { actions: pen.emit(({ event }) => ({ type: "note" as const, page: event.page })) } },
    });
    const system = defineSystem({
      ...definition(valve(() => false)),
      components: {
        writer: { machine: writer, role: "valve", events: [0, 1].map((page) => ({ type: "writes", page })) },
        left: { machine: ear, role: "ear" },
        right: { machine: ear, role: "ear" },
      },
      channels: {
        notes: {
          to: ({ page }) => (page === 1 ? "right" : "left"),
          capacity: 1,
          whenFull: "drop",
          unhandled: "drop",
        },
      },
      routes: [send("valve", ["note"], "notes")],
      properties: [
        sometimes({
          ...about,
          id: "VALVE-2",
          reads: { ears: all("ear") },
          holds: ({ ears }) => ears[1]!.state === "b",
        }),
      ],
      deadlock: "allowed",
    });
    expectWhole(system, /"notes" delivers .* otherwise/);
  });

  test("one that leads into states which do not exist, where the model fails", () => {
    const meter = valve(({ last }) => {
      if (last === 0) throw new TypeError("cannot be");
      return false;
    });
    const pen = setup({
      types: {
        context: {} as { last: number },
        events: {} as { type: "writes"; page: number },
        emitted: {} as { type: "fills"; page: number },
      },
    });
    const writer = pen.createMachine({
      context: { last: -1 },
      on: {
        writes: [
          {
            guard: ({ event }) => event.page === 1,
            actions: [
              assign({ last: ({ event }) => event.page }),
              pen.emit(({ event }) => ({ type: "fills" as const, page: event.page })),
            ],
          },
          { actions: assign({ last: ({ event }) => event.page }) },
        ],
      },
    });
    const system = defineSystem(
      definition(meter, {
        components: {
          writer: { machine: writer, role: "writer", events: [0, 1].map((page) => ({ type: "writes", page })) },
          meter: { machine: meter, role: "valve", events: [{ type: "opens" }] },
        },
        routes: [call("writer", ["fills"], "meter")],
      }),
    );
    const search = new Credulous(system, { symmetry: true });
    expect(() => {
      while (search.expandSome(100));
    }).toThrow("cannot be");
    expectWhole(system, /takes .* otherwise/);
  });

  test("a mistake of the model itself is thrown, with a sound declaration and with a wrong one", () => {
    const fails = (page: number) =>
      valve(({ last }) => {
        if (last === page || (page < 0 && last >= 0)) throw new TypeError("a real mistake");
        return false;
      });
    for (const page of [-1, 0, 1])
      expect(() => exhaustive(defineSystem(definition(fails(page))), origin)).toThrow("a real mistake");
  });
});
