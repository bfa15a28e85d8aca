import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { setup } from "xstate";
import { initialState, take } from "../../simulation.ts";
import { defineSystem } from "../../system.ts";
import { drawnSystem } from "../../textbook/drawn-system.ts";
import { firstDepth, naiveSearch, textOf } from "../../textbook/naive-search.ts";
import { pageFaultProtocol, PROTOCOL_SIZES } from "../../textbook/page-fault-protocol.ts";
import { BreadthFirst } from "./breadth-first.ts";
import { searched } from "../../textbook/searched.ts";
import { counters } from "../../textbook/counters.ts";

const numbers = fc.array(fc.nat(59), { minLength: 30, maxLength: 160, size: "max" });
const LIMIT = 800;

describe("breadth-first search", () => {
  test("finds what the naive search finds: states, transitions, depth, deadlock, shortest paths", () => {
    let compared = 0;
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 50 }), fc.boolean(), (drawn, slice, keepGraph) => {
        const system = drawnSystem(drawn);
        const nodes = naiveSearch(system, LIMIT);
        const search = searched(system, { maxStates: LIMIT + 1, keepGraph }, slice);
        if (!nodes) {
          expect(search).toMatchObject({ complete: false, stoppedBy: `max-states ${LIMIT + 1}` });
          return;
        }
        compared++;
        expect(search).toMatchObject({ complete: true, stoppedBy: undefined, depth: nodes.at(-1)!.depth });
        expect(search.store.count).toBe(nodes.length);
        const edges = nodes.map(({ successors }) => successors.length);
        expect(search.transitions).toBe(edges.reduce((sum, count) => sum + count, 0));
        expect(search.graph?.transitions).toBe(keepGraph ? search.transitions : undefined);
        const stuck = nodes.find(({ successors }) => successors.length === 0);
        expect(search.deadlock < 0 ? -1 : search.pathTo(search.deadlock).length).toBe(stuck?.depth ?? -1);
        for (const [id, holding] of [
          ["DRAWN-1", false],
          ["DRAWN-2", true],
        ] as const) {
          const found = search.judge.found.get(id);
          expect(found ? search.pathTo(found.state).length : -1).toBe(firstDepth(system, nodes, id, holding));
        }
      }),
      { numRuns: 120 },
    );
    expect(compared).toBeGreaterThan(60);
  });

  test("every state is where its path leads", () => {
    const system = pageFaultProtocol(PROTOCOL_SIZES.XS.size);
    const search = searched(system);
    for (let id = 0; id < search.store.count; id += 97) {
      let state = initialState(system);
      for (const action of search.pathTo(id)) {
        const taken = take(system, state, action);
        if (!taken.taken) throw new Error(taken.because);
        state = taken.state;
      }
      const vector = search.vectorOf(id);
      const snapshots = new Map(
        system.componentNames.map((name, slot) => [name, search.core.locals[slot]!.values[vector[slot]!]!]),
      );
      expect(textOf({ snapshots, channels: new Map() })).toBe(textOf(state));
    }
  });

  test("has the same answer in slices as in one go", () => {
    const system = pageFaultProtocol(PROTOCOL_SIZES.XS.size);
    const [one, many] = [searched(system), searched(system, {}, 7)];
    expect([many.store.count, many.transitions, many.depth]).toEqual([one.store.count, one.transitions, one.depth]);
  });
});

describe.each([
  [1, 1_500],
  [2, 150],
])("%i counters up to %i outgrow their bits", (count, limit) => {
  test.each([false, true])("and are repacked, and no state is taken for another; loud: %s", (loud) => {
    let repacked = 0;
    for (let still = 1; still < 40; still += count) {
      const search = new BreadthFirst(counters(count, limit, still, loud), { keepGraph: still % 2 === 0 });
      const first = search.layout;
      while (search.advance(1_000));
      if (search.layout !== first) repacked++;
      expect(search.complete).toBe(true);
      expect(search.store.count).toBe((limit + 1) ** count);
      expect(search.transitions).toBe(count * (limit + 1) ** count);
      expect(search.depth).toBe(count * limit);
      expect(search.pathTo(search.firstViolation)).toHaveLength(count * limit);
    }
    expect(repacked).toBeGreaterThan(2);
  });
});

test("a mistake of the model is told with the shortest path to it", () => {
  const system = defineSystem({
    ...counters(1, 3, 1, false),
    routes: [],
    components: {
      loud: {
        machine: setup({
          types: { events: {} as { type: "go" }, emitted: {} as { type: "noise" } },
        }).createMachine({
          initial: "a",
          states: {
            a: { on: { go: "b" } },
            b: { on: { go: { actions: ({ self }) => void self } } },
          },
        }),
        role: "counter",
        events: [{ type: "go" }],
      },
    },
    properties: [],
  });
  expect(() => searched(system)).toThrow(/may only assign[\s\S]*It happens after 1 step:\n {2}loud: {"type":"go"}/);
});
