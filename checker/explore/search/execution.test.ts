import { describe, expect, test } from "vitest";
import { assign, setup } from "xstate";
import { each, leadsTo, sometimes } from "../../property.ts";
import { initialState, take } from "../../simulation.ts";
import { defineSystem, type System } from "../../system.ts";
import { lockedLimit } from "../../textbook/locked-limit.ts";
import { textOf } from "../../textbook/naive-search.ts";
import { pageFaultProtocol, PROTOCOL_SIZES } from "../../textbook/page-fault-protocol.ts";
import type { BreadthFirst } from "./breadth-first.ts";
import { recordOf, startExhaustive } from "../exhaustive.ts";
import { replay } from "../paths/trace.ts";

const origin = { system: "", hardware: "", host: "", bounds: "", set: {} };
const source = { document: "none", clause: "none" };
const { XS } = PROTOCOL_SIZES;

function searched(system: System): BreadthFirst {
  const search = startExhaustive(system);
  while (search.advance(1 << 16));
  return search;
}

describe("paths of representatives", () => {
  const system = pageFaultProtocol(XS.size);
  const search = searched(system);
  const { store, core } = search;
  const orbits = search.orbits!;

  test("are executions, whose ends together with their exchanges are all states, each once", () => {
    const texts = new Set<string>();
    for (let state = 0; state < store.count; state++) {
      const vector = search.vectorOf(state);
      const orbit = new Set(
        orbits.exchanges.map((_, exchange) => {
          const snapshots = orbits.vectorUnder(exchange, vector);
          return textOf({
            snapshots: new Map(
              system.componentNames.map((name, slot) => [name, core.locals[slot]!.values[snapshots[slot]!]!]),
            ),
            channels: new Map(),
          });
        }),
      );
      // Replays take their time.
      if (state % 8 === 0) expect(orbit).toContain(textOf(replay(system, search.pathTo(state)).final));
      for (const text of orbit) {
        expect(texts).not.toContain(text);
        texts.add(text);
      }
    }
    expect(texts.size).toBe(XS.states);
  });

  test("end in a state of which the exchanged claim says what the claim says of the representative", () => {
    const seeded = searched(pageFaultProtocol(XS.size, { seeded: true }));
    const { instance, state } = seeded.judge.found.get("PFP-1")!;
    const claims = new Set<string>();
    for (let at = state; at < seeded.store.count; at += 7) claims.add(seeded.claimAt(at, instance).slots.join());
    expect([...claims].sort()).toEqual(["slot0,pages", "slot1,pages"]);
  });
});

describe("cycles that come back with other values", () => {
  /** Whoever has the token hands it on; nobody ever rests. */
  const ring = (count: number, assumes: boolean): System => {
    const holder = setup({
      types: { context: {} as { at: number }, events: {} as { type: "moves"; to: number } },
    }).createMachine({
      context: { at: -1 },
      on: {
        moves: {
          guard: ({ context, event }) => event.to !== context.at,
          actions: assign({ at: ({ event }) => event.to }),
        },
      },
    });
    const values = Array.from({ length: count }, (_, value) => value);
    const everywhere = { name: "moves", kind: "weak", actions: () => true } as const;
    return defineSystem({
      name: "token",
      parameters: {},
      components: {
        token: { machine: holder, role: "token", events: values.map((to) => ({ type: "moves", to })) },
      },
      routes: [],
      fairness: { steps: assumes ? [everywhere] : [] },
      properties: [
        leadsTo({
          id: "TOKEN-1",
          statement: "The token comes home.",
          source,
          witness: "TOKEN-2",
          reads: { token: each<{ at: number }>("token") },
          when: ({ token }) => token.context.at >= 0,
          eventually: ({ token }) => token.context.at === -1,
          assumes: ["steps"],
        }),
        sometimes({
          id: "TOKEN-2",
          statement: "Somebody has the token.",
          source,
          reads: { token: each<{ at: number }>("token") },
          holds: ({ token }) => token.context.at >= 0,
        }),
      ],
      symmetry: { place: { fields: ["at", "to"], size: count } },
    });
  };

  test.each([2, 3, 4])("of %i values are told with their own values, and seen in a single representative", (count) => {
    const search = searched(ring(count, true));
    expect(search.store.count).toBe(2);
    expect(search.represented).toBe(1 + count);
    const { verdict } = recordOf(search, origin).properties[0]!;
    if (verdict.kind !== "violated") throw new Error("A token that never rests is not seen.");
    const { steps, loop } = verdict.trace;
    const cycle = steps.slice(loop).map(({ action }) => (action.kind === "event" ? action.event["to"] : undefined));
    expect(cycle.length).toBeGreaterThan(1);
    expect(new Set(cycle).size).toBe(cycle.length);
  });

  test("and where no step has to come, staying is enough", () => {
    const { verdict } = recordOf(searched(ring(3, false)), origin).properties[0]!;
    expect(verdict).toMatchObject({ kind: "violated", trace: { loop: 1, steps: { length: 1 } } });
  });
});

test("a path to a violation is one of the system, step by step", () => {
  const system = lockedLimit({ pinners: 4, limit: 2, log: 2, atomic: false });
  const search = searched(system);
  const { state } = search.judge.found.get("LIM-1")!;
  let at = initialState(system);
  for (const action of search.pathTo(state)) {
    const taken = take(system, at, action);
    if (!taken.taken) throw new Error(taken.because);
    at = taken.state;
  }
  expect([...at.snapshots.values()].filter(({ value }) => value === "pinned").length).toBeGreaterThan(2);
});
