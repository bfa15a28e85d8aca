import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assign, setup } from "xstate";
import { all, always, each, sometimes, type Property, type Seen } from "../../property.ts";
import { defineSystem, type System } from "../../system.ts";
import { drawnSystem } from "../../textbook/drawn-system.ts";
import { pageFaultProtocol, PROTOCOL_SIZES } from "../../textbook/page-fault-protocol.ts";
import { searched } from "../../textbook/searched.ts";
import { sourceOf } from "./core-source.ts";
import { impartially } from "./impartial.ts";
import { instancesOf } from "./instances.ts";
import { askHolds } from "./predicate.ts";
import { ReadTree, Views } from "./read-tree.ts";
import { Held } from "./reads.ts";

type Counts = { readonly n: number; readonly past: readonly number[]; readonly last: { readonly of: number } | null };

/** Keeps a number, the numbers before it, and a record that is null at times. */
const machine = setup({ types: { context: {} as Counts } }).createMachine({
  context: { n: 0, past: [], last: null },
  on: {
    counts: {
      actions: assign(({ context: { n, past } }) => ({
        n: (n + 1) % 5,
        past: [...past, n].slice(-3),
        last: n === 3 ? null : { of: n % 2 },
      })),
    },
  },
});
const witnessed = { statement: "none", source: { document: "none", clause: "none" }, witness: "SEEN-0" };
const seen = sometimes({
  statement: "none",
  source: { document: "none", clause: "none" },
  id: "SEEN-0",
  reads: { it: each<Counts>("counter") },
  holds: ({ it }) => it.context.n === 4,
});

function counting(...properties: readonly Property[]): System {
  const part = { machine, role: "counter", events: [{ type: "counts" }] };
  return defineSystem({
    name: "counting",
    parameters: {},
    components: { a: part, b: part, c: part },
    routes: [],
    properties: [...properties, seen],
  });
}

const list = { list: all<Counts>("counter") };
type List = { readonly list: readonly Seen<Counts>[] };
const PREDICATES: readonly ((view: List) => boolean)[] = [
  ({ list: [a, b] }) => a!.context.n < 3 || b!.context.n > 0,
  ({ list: of }) => of.every(({ context }) => context.past.length < 3),
  ({ list: of }) => of.some(({ context }) => context.last === null),
  ({ list: of }) => !of.some(({ context }) => context.last?.of === 1),
  ({ list: of }) => new Set(of.map(({ context }) => context.n)).size > 1,
  ({ list: [a, , c] }) => a!.context.past.includes(2) === c!.context.past.includes(2),
  ({ list: of }) => of.map(({ context }) => JSON.stringify(context)).join() !== "",
  ({ list: of }) => Object.keys(of[0]!.context.last ?? {}).length === 0,
  ({ list: [a, b] }) => (a!.context.past.at(-1) ?? 9) > Math.max(...b!.context.past, -1),
  ({ list: of }) => Array.isArray(of[1]!.context.past) && of[1]!.state === "{}",
  ({ list: of }) => of.flatMap(({ context: { past } }) => past).reduce((sum, n) => sum + n, 0) < 12,
];

describe("answers by what was read", () => {
  test.each(PREDICATES)("are those of the predicate in every state: %s", (holds) => {
    const property = always({ ...witnessed, id: "SEEN-1", reads: list, holds });
    const system = counting(property);
    const search = searched(system);
    const [instance] = instancesOf(system);
    const tree = new ReadTree(new Views(new Held(search.core)), (reads) => impartially(reads, instance!, askHolds));
    let answered = 0;
    // The order in which states come decides how the tree grows.
    for (let k = 0; k < search.store.count; k++) {
      const vector = search.vectorOf((k * 7_919) % search.store.count);
      if (tree.of(vector) === askHolds(instance!, sourceOf(search.core, vector))) answered++;
    }
    expect(answered).toBe(search.store.count);
    // The two that read all of everything are asked of every state.
    expect(tree.asked).toBeLessThan(/stringify|flatMap/.test(String(holds)) ? answered + 1 : answered / 2);
  });

  test("what decides is read once, and what is behind it not at all", () => {
    let asked = 0;
    const holds = ({ list: [a, b] }: List): boolean => {
      asked++;
      return a!.context.n !== 4 || b!.context.n !== 4;
    };
    const system = counting(always({ ...witnessed, id: "SEEN-1", reads: list, holds }));
    const search = searched(system);
    expect(search.store.count).toBeGreaterThan(500);
    // Five values of the first counter, five of the second where the first is 4; the claim is asked once when it is made.
    expect(asked).toBeLessThanOrEqual(12);
    expect(search.judge.found.has("SEEN-1")).toBe(true);
  });

  test("a predicate over drawn systems answers as when asked directly", () => {
    let states = 0;
    fc.assert(
      fc.property(fc.array(fc.nat(59), { minLength: 30, maxLength: 160, size: "max" }), (drawn) => {
        const search = searched(drawnSystem(drawn), { maxStates: 300 });
        for (const instance of search.judge.instances) {
          const tree = new ReadTree(new Views(new Held(search.core)), (reads) =>
            impartially(reads, instance, askHolds),
          );
          for (let id = 0; id < search.store.count; id++) {
            const vector = search.vectorOf(id);
            expect(tree.of(vector)).toBe(askHolds(instance, sourceOf(search.core, vector)));
            states++;
          }
        }
      }),
      { numRuns: 40 },
    );
    expect(states).toBeGreaterThan(1_000);
  });
});

describe("a predicate that treats a watched copy in its own way", () => {
  test("is asked of the state itself, and of each state", () => {
    const hasGetter = (of: object): boolean =>
      Object.values(Object.getOwnPropertyDescriptors(of)).some((field) => "get" in field);
    const holds = ({ it }: { it: Seen<Counts> }): boolean => {
      if (hasGetter(it.context)) throw new TypeError("a getter");
      return it.context.n < 4;
    };
    const property = always({ ...witnessed, id: "SEEN-1", reads: { it: each<Counts>("counter") }, holds });
    const search = searched(counting(property));
    expect(search.judge.failed.size).toBe(0);
    expect(search.pathTo(search.judge.found.get("SEEN-1")!.state)).toHaveLength(4);
  });

  test("and may not change it", () => {
    const holds = ({ it }: { it: Seen<Counts> }): boolean => (it.context.past as number[]).push(1) > 0;
    const property = always({ ...witnessed, id: "SEEN-1", reads: { it: each<Counts>("counter") }, holds });
    expect(searched(counting(property)).judge.failed.get("SEEN-1")).toMatch(/throws TypeError/);
  });
});

test("claims of the page-fault protocol are asked of few of its states", () => {
  const search = searched(pageFaultProtocol(PROTOCOL_SIZES.XS.size));
  const asked = search.judge.groups.reduce((sum, { bad }) => sum + bad.asked, 0);
  expect(asked).toBeGreaterThan(5);
  expect(asked).toBeLessThan(search.store.count / 4);
  expect(search.judge.bytes).toBeGreaterThan(1_000);
});
