import { afterEach, describe, expect, test, vi } from "vitest";
import { enginesCompared } from "../../../textbook/engines-compared.ts";
import { pageFaultProtocol, PROTOCOL_SIZES } from "../../../textbook/page-fault-protocol.ts";
import { counters } from "../../../textbook/counters.ts";
import { searched } from "../../../textbook/searched.ts";
import { BreadthFirst } from "../breadth-first.ts";
import type { Limits } from "../limits.ts";
import { StepTrees } from "../step-trees.ts";
import { hashOf, Store } from "../../states/store.ts";
import type { TreeSteps } from "../tree-steps.ts";
import { NoRoom } from "./ground.ts";

const { size, states, transitions } = PROTOCOL_SIZES.XS;
const system = pageFaultProtocol(size);
const whole: Limits = { symmetry: false, module: { from: 1 } };
const counted = { complete: true, transitions, store: { count: states } };

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("the module", () => {
  test("takes over where it is told to, and else where a search has grown", () => {
    expect(searched(system, whole)).toMatchObject({ ...counted, isInModule: true });
    expect(searched(system, { symmetry: false }).isInModule).toBe(false);
    const large = new BreadthFirst(pageFaultProtocol(PROTOCOL_SIZES.M.size), { symmetry: false });
    while (!large.isInModule && large.advance(10_000));
    expect(large.isInModule).toBe(true);
    expect(large.store.count).toBeGreaterThanOrEqual(262_144);
  });

  test("enlarges the index as often as needed, and finds every state in it", () => {
    const { size: larger, ...counts } = PROTOCOL_SIZES.S;
    const search = searched(pageFaultProtocol(larger), whole);
    expect(search).toMatchObject({ isInModule: true, transitions: counts.transitions });
    const { store } = search;
    expect(store.count).toBe(counts.states);
    expect(store.index.length).toBe(16 * new Store(store.words).index.length);
    const lost = (): readonly number[] => {
      const missed: number[] = [];
      for (let id = 0; id < counts.states; id++) {
        const known = store.add(store.states, store.at(id), hashOf(store.states, store.at(id), store.words), -1, 0);
        if (known !== -1 - id) missed.push(id);
      }
      return missed;
    };
    expect(lost()).toEqual([]);
    // One free place too many, and the state behind it is not found.
    store.index[store.index.findIndex((entry) => (entry & store.idMask) === 1_001)] = 0;
    expect(lost()).toContain(1_000);
  });

  test.each<[string, Limits]>([
    ["without the module", { ...whole, engine: "script" }],
    ["on the core", { ...whole, engine: "reference" }],
  ])("is not used in a search %s", (_, limits) => {
    expect(searched(system, limits).isInModule).toBe(false);
  });

  test("hands the search back where no more states fit, and the loop in JavaScript goes on with the same tables", () => {
    const search = new BreadthFirst(system, { ...whole, keepGraph: true, module: { from: 1, until: 1_000 } });
    let wasInModule = false;
    while (search.advance(100)) wasInModule ||= search.isInModule;
    expect(wasInModule).toBe(true);
    expect(search).toMatchObject({ ...counted, isInModule: false, graph: { transitions } });
    const { differences } = enginesCompared(system, { symmetry: false }, { from: 1, until: 500 });
    expect(differences).toEqual([]);
  });

  test("looks up and judges the states of a search up to symmetry, whose steps are taken in JavaScript", () => {
    const limits = { symmetry: true, keepGraph: true };
    const search = searched(system, { ...limits, module: { from: 1 } });
    expect(search).toMatchObject({ complete: true, represented: states, isInModule: true });
    expect(search.store.count).toBeLessThan(states / 3);
    for (const until of [Infinity, 200])
      expect(enginesCompared(system, limits, { from: 1, until }).differences).toEqual([]);
  });

  test("is done without where there is no memory for it", () => {
    const Memory = vi.fn<(pages: object) => never>(function none() {
      throw new RangeError("could not allocate memory");
    });
    vi.stubGlobal("WebAssembly", { Memory });
    expect(searched(system, whole)).toMatchObject({ ...counted, isInModule: false });
    expect(Memory.mock.calls).toEqual([65_536, 32_768, 16_384].map((pages) => [{ initial: pages, maximum: pages }]));
  });

  test("is done without where a state has too many slots", () => {
    expect(searched(counters(1, 300, 127, false), { module: { from: 1 } }).isInModule).toBe(true);
    expect(searched(counters(1, 300, 128, false), { module: { from: 1 } }).isInModule).toBe(false);
  });

  test("fills trees anew that outgrow their part of the memory", () => {
    const search = new BreadthFirst(system, whole);
    search.advance(500);
    const steps = search.steps as TreeSteps;
    const { trees } = steps;
    vi.spyOn(StepTrees.prototype, "fill").mockImplementationOnce(() => {
      throw new NoRoom();
    });
    search.advance(500);
    expect(steps.trees).not.toBe(trees);
    while (search.advance(500));
    expect(search).toMatchObject({ ...counted, isInModule: true });
  });

  test("keeps within a limit of memory", () => {
    const search = searched(counters(2, 140, 5, true), { module: { from: 1 }, maxBytes: 400_000 });
    expect(search).toMatchObject({ stoppedBy: "max-memory 400 kB", isInModule: true });
    expect(search.bytes).toBeLessThan(500_000);
  });
});

test("a module that hands over something else is noticed", () => {
  vi.spyOn(Store.prototype, "born").mockImplementation(function wrong(this: Store, parents) {
    this.count += parents.length;
  });
  expect(enginesCompared(system, { symmetry: false }).differences).toContain("module: paths");
});
