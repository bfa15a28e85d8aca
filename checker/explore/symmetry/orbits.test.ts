import { describe, expect, test } from "vitest";
import { assign, createMachine, setup } from "xstate";
import { all, always, canAlways, each, leadsTo, sometimes } from "../../property.ts";
import type { RunRecord } from "../../run-record.ts";
import { defineSystem, takesSteps, type System, type SystemDefinition } from "../../system.ts";
import { lockedLimit } from "../../textbook/locked-limit.ts";
import { pageFaultProtocol, PROTOCOL_SIZES } from "../../textbook/page-fault-protocol.ts";
import { twoPhaseCommit } from "../../textbook/two-phase-commit.ts";
import type { BreadthFirst } from "../search/breadth-first.ts";
import { recordOf, startExhaustive } from "../exhaustive.ts";

const origin = { system: "", hardware: "", host: "", bounds: "", set: {} };

function searched(system: System, symmetry: boolean): BreadthFirst {
  const search = startExhaustive(system, { symmetry });
  while (search.advance(1 << 16));
  return search;
}

/** Verdicts with what must not depend on symmetry: lengths of shortest paths, depths of witnesses. */
const verdictsOf = ({ properties }: RunRecord) =>
  properties.map(({ id, kind, verdict }) => ({
    id,
    verdict: verdict.kind,
    ...(verdict.kind === "violated" && kind !== "leadsTo" && { steps: verdict.trace.steps.length }),
    ...(verdict.kind === "witnessed" && { depth: verdict.depth }),
  }));

const { XS, S } = PROTOCOL_SIZES;
const small = { pages: 3, slots: 2, depth: 1, limit: 2, retries: 0 };
const textbook: readonly (readonly [string, System, number])[] = [
  ["two-phase commit", twoPhaseCommit(4), 24],
  ["a race on a limit", lockedLimit({ pinners: 4, limit: 2, log: 2, atomic: false }), 24],
  ["no race on a limit", lockedLimit({ pinners: 4, limit: 2, log: 2, atomic: true }), 24],
  ["the page-fault protocol", pageFaultProtocol(XS.size), 12],
  ["the page-fault protocol with more slots", pageFaultProtocol(S.size), 12],
  ["the page-fault protocol with a mistake", pageFaultProtocol(XS.size, { seeded: true }), 12],
  ["what slots can always do", pageFaultProtocol(XS.size, { claimsProgress: true }), 6],
  ["what slots do in the end", pageFaultProtocol(small, { pins: "weak" }), 6],
  [
    "what slots do not do in the end",
    pageFaultProtocol({ pages: 3, slots: 3, depth: 1, limit: 2, retries: 0 }, { pins: "weak" }),
    6,
  ],
];

describe.each(textbook)("%s, up to symmetry", (_, system, order) => {
  const whole = searched(system, false);
  const reduced = searched(system, true);

  test("stands for all states, and has the same depth and verdicts", () => {
    expect(reduced.orbits!.exchanges).toHaveLength(order);
    expect(reduced.represented).toBe(whole.store.count);
    expect(reduced.store.count).toBeLessThan(whole.store.count);
    const [record, other] = [recordOf(reduced, origin), recordOf(whole, origin)];
    expect(record.search).toMatchObject({ states: reduced.store.count, orbits: whole.store.count, depth: whole.depth });
    expect(other.search).not.toHaveProperty("orbits");
    expect(verdictsOf(record)).toEqual(verdictsOf(other));
  });
});

const source = { document: "none", clause: "none" };

/** Counters that count to `limit` and begin again; alike, unless something is said of one of them. */
function counters(count: number, limit: number, changed: Partial<SystemDefinition> = {}): System {
  const machine = setup({
    types: { context: {} as { n: number; set: number[] }, events: {} as { type: "count" | "reset" | "tangle" } },
  }).createMachine({
    context: { n: 0, set: [] },
    on: {
      count: {
        guard: ({ context }) => context.n < limit,
        actions: assign({ n: ({ context }) => context.n + 1 }),
      },
      reset: { guard: ({ context }) => context.n === limit, actions: assign({ n: 0 }) },
      tangle: { actions: assign({ set: [1, 0] }) },
    },
  });
  return defineSystem({
    name: "counters",
    parameters: {},
    components: Object.fromEntries(
      Array.from({ length: count }, (_, k) => [
        `counter${k}`,
        { machine, role: "counter", events: [{ type: "count" }, { type: "reset" }] },
      ]),
    ),
    routes: [],
    properties: [],
    symmetry: {
      counter: {
        fields: ["set"],
        size: count,
        component: (name, permutation) =>
          name.startsWith("counter") ? `counter${permutation[Number(name.slice(7))]}` : name,
      },
    },
    sets: ["set"],
    ...changed,
  });
}

const reads = { list: all<{ n: number }>("counter") };
const about = { id: "COUNT-1", statement: "none", source, witness: "COUNT-2" };
const witness = sometimes({ id: "COUNT-2", statement: "none", source, reads, holds: () => true });

describe("only what is alike is exchanged", () => {
  const orderOf = (changed: Partial<SystemDefinition>, count = 3): number =>
    startExhaustive(counters(count, 2, changed)).orbits?.exchanges.length ?? 1;

  test("of large sorts some values", () => {
    expect(orderOf({})).toBe(6);
    expect(orderOf({}, 4)).toBe(24);
    expect(orderOf({}, 6)).toBe(24);
  });

  test("not what the prologue makes different", () => {
    const prologue = [{ kind: "event", component: "counter1", event: { type: "count" } }] as const;
    expect(orderOf({ prologue })).toBe(2);
  });

  test("not components with other events, machines or roles", () => {
    const { components } = counters(3, 2);
    for (const part of [
      { events: [{ type: "count" }] },
      { role: "other" },
      { machine: counters(1, 2).components["counter0"]!.machine },
    ])
      expect(orderOf({ components: { ...components, counter2: { ...components["counter2"]!, ...part } } })).toBe(2);
  });

  test("not what claims about paths are made of, but what those about states are", () => {
    const one = { ...about, reads: { it: each<{ n: number }>("counter") } };
    const holds = ({ it }: { it: { context: { n: number } } }) => it.context.n === 0;
    expect(orderOf({ properties: [always({ ...one, holds }), sometimes({ ...one, id: "COUNT-2", holds })] })).toBe(6);
    expect(orderOf({ properties: [canAlways({ ...one, holds }), witness] })).toBe(1);
    expect(orderOf({ properties: [canAlways({ ...about, reads, holds: () => true }), witness] })).toBe(6);
  });

  test("not what fairness assumes of some", () => {
    const claim = leadsTo({ ...about, reads, when: () => true, eventually: () => false, assumes: ["some"] });
    const fairness = { some: [takesSteps("counter0")] };
    expect(orderOf({ fairness, properties: [claim, witness] })).toBe(2);
    expect(orderOf({ fairness })).toBe(6);
    const everybody = { name: "everybody", kind: "weak", actions: () => true } as const;
    expect(orderOf({ fairness: { some: [everybody] }, properties: [claim, witness] })).toBe(6);
  });
});

describe("a search up to symmetry", () => {
  test("repacks what outgrows its bits", () => {
    const alone = counters(2, 150).components;
    let repacked = 0;
    for (let still = 1; still < 40; still += 6) {
      const names = Array.from({ length: still }, (_, k) => `still${k}`);
      const fillers = names.map((name) => [name, { machine: createMachine({}), role: "still" }] as const);
      const search = startExhaustive(
        counters(2, 150, { components: { ...Object.fromEntries(fillers), ...alone } }),
        still % 4 === 1 ? { keepGraph: true } : {},
      );
      const first = search.layout;
      while (search.advance(1_000));
      if (search.layout !== first) repacked++;
      expect(search.represented).toBe(151 ** 2);
      expect(search.store.count).toBe((151 * 152) / 2);
    }
    expect(repacked).toBeGreaterThan(1);
  });

  test("tells a mistake of the model as it happens on the way to it", () => {
    const loud = setup({ types: { events: {} as { type: "go" } } }).createMachine({
      initial: "a",
      states: { a: { on: { go: "b" } }, b: { on: { go: { actions: ({ self }) => void self } } } },
    });
    const component = { machine: loud, role: "counter", events: [{ type: "go" }] };
    const system = counters(2, 2, { components: { counter0: component, counter1: component } });
    expect(() => searched(system, true)).toThrow(/may only assign[\s\S]*It happens after 1 step:\n {2}counter/);
  });
});
