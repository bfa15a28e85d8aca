import { afterEach, describe, expect, test, vi } from "vitest";
import { Core } from "../../kernel/core.ts";
import { ModelError, type System } from "../../system.ts";
import { counters } from "../../textbook/counters.ts";
import { dieHard } from "../../textbook/die-hard.ts";
import { diningPhilosophers } from "../../textbook/dining-philosophers.ts";
import { drawnWiring } from "../../textbook/drawn-wiring.ts";
import { enginesCompared } from "../../textbook/engines-compared.ts";
import { lockedLimit } from "../../textbook/locked-limit.ts";
import { withOneMemory } from "../../textbook/one-memory.ts";
import { pageFaultProtocol, PROTOCOL_SIZES } from "../../textbook/page-fault-protocol.ts";
import { searched } from "../../textbook/searched.ts";
import { twoPhaseCommit } from "../../textbook/two-phase-commit.ts";
import type { Limits } from "./limits.ts";
import { layoutFor } from "../states/layout.ts";
import { ENTRY, isFresh, leafOf, REFUSED, ROOT, StepTrees, UNKNOWN } from "./step-trees.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

const seeded = pageFaultProtocol(PROTOCOL_SIZES.XS.size, { seeded: true });

describe("a search by step trees finds what one that takes every step on the core finds, byte for byte", () => {
  const systems: readonly { name: string; system: System; limits?: Limits }[] = [
    { name: "page faults", system: pageFaultProtocol(PROTOCOL_SIZES.XS.size) },
    {
      name: "page faults, with claims about paths",
      system: pageFaultProtocol(PROTOCOL_SIZES.XS.size, { claimsProgress: true, pins: "weak" }),
    },
    { name: "page faults, one by one", system: pageFaultProtocol(PROTOCOL_SIZES.XS.size), limits: { symmetry: false } },
    {
      name: "page faults, without their graph",
      system: pageFaultProtocol(PROTOCOL_SIZES.XS.size),
      limits: { keepGraph: false },
    },
    { name: "a seeded defect", system: seeded },
    { name: "a seeded defect, up to the first violation", system: seeded, limits: { stopAt: "first" } },
    { name: "a seeded defect, up to each violation", system: seeded, limits: { stopAt: "each", symmetry: false } },
    { name: "page faults, up to a bound", system: seeded, limits: { maxStates: 777 } },
    { name: "two-phase commit", system: twoPhaseCommit(3) },
    { name: "dining philosophers", system: diningPhilosophers(4) },
    { name: "die hard", system: dieHard() },
    { name: "locked_vm", system: lockedLimit({ pinners: 2, limit: 2, log: 3, atomic: false }) },
    { name: "counters that outgrow their bits", system: counters(2, 90, 3, false) },
    { name: "loud counters that outgrow their bits", system: counters(2, 140, 5, true), limits: { keepGraph: true } },
  ];
  test.each(systems)("$name", ({ system, limits }) => {
    const { differences, states } = enginesCompared(system, limits);
    expect(differences).toEqual([]);
    expect(states).toBeGreaterThan(10);
  });

  test("drawn systems, up to symmetry where they declare one, and without", () => {
    vi.stubGlobal("WebAssembly", withOneMemory());
    let states = 0;
    for (let seed = 0; seed < 150; seed++) {
      const system = drawn(seed);
      if (!system) continue;
      for (const symmetry of system.symmetry ? [true, false] : [false]) {
        const compared = enginesCompared(system, { maxStates: 400, symmetry });
        expect(compared.differences, `drawnWiring(${seed})`).toEqual([]);
        states += compared.states;
      }
    }
    expect(states).toBeGreaterThan(10_000);
  });
});

function drawn(seed: number): System | undefined {
  try {
    return drawnWiring(seed);
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

describe("a leaf", () => {
  const { core, store, vectorOf, layout } = (() => {
    const search = searched(pageFaultProtocol(PROTOCOL_SIZES.XS.size), { symmetry: false });
    return { core: search.core, store: search.store, layout: search.layout, vectorOf: search.vectorOf.bind(search) };
  })();

  /** Of the entries of the states, in turn, until `found`. */
  function seek(trees: StepTrees, found: (vector: Int32Array, slot: number, entry: number) => boolean): boolean {
    for (let state = 0; state < store.count; state++) {
      const vector = vectorOf(state);
      for (let slot = 0; slot < core.slots; slot++) {
        const list = trees.list(slot, vector[slot]!);
        for (let k = 0; k < trees.cells[list]!; k++) if (found(vector, slot, list + 1 + k * ENTRY)) return true;
      }
    }
    return false;
  }

  test("is fresh until it is confirmed, and then says the same", () => {
    const trees = new StepTrees(core, layout);
    const isDone = seek(trees, (vector, slot, entry) => {
      if (trees.cells[entry + ROOT] !== UNKNOWN) return false;
      trees.fill(vector, slot, entry, () => {});
      const ref = trees.cells[entry + ROOT]!;
      // A tree of one leaf: the step reads nothing else.
      if (ref >= 0 || leafOf(ref) === REFUSED) return false;
      expect(isFresh(ref)).toBe(true);
      trees.confirm(vector, slot, entry, entry + ROOT);
      expect(isFresh(trees.cells[entry + ROOT]!)).toBe(false);
      expect(leafOf(trees.cells[entry + ROOT]!)).toBe(leafOf(ref));
      return true;
    });
    expect(isDone).toBe(true);
  });

  test("that a second state does not confirm is a mistake: the step depends on what was not reported", () => {
    const trees = new StepTrees(core, layout);
    const isDone = seek(trees, (vector, slot, entry) => {
      if (trees.cells[entry + ROOT] !== UNKNOWN) return false;
      trees.fill(vector, slot, entry, () => {});
      const ref = trees.cells[entry + ROOT]!;
      if (ref >= 0 || leafOf(ref) === REFUSED) return false;
      // As if the step had done something else before.
      trees.cells[entry + ROOT] = ref - 2;
      expect(() => trees.confirm(vector, slot, entry, entry + ROOT)).toThrow(
        /depends on more than it is known to read/,
      );
      return true;
    });
    expect(isDone).toBe(true);
  });

  test("is not made where a number does not fit the layout", () => {
    const sizes = Array.from({ length: core.slots }, () => 2);
    const narrow = layoutFor(sizes);
    const trees = new StepTrees(new Core(core.system), { ...narrow, mask: narrow.mask.map(() => 0) });
    const { initial, componentCount } = core;
    let refused = 0;
    for (let slot = 0; slot < componentCount; slot++) {
      const list = trees.list(slot, initial[slot]!);
      for (let k = 0; k < trees.cells[list]!; k++)
        if (!trees.fill(initial, slot, list + 1 + k * ENTRY, () => {})) refused++;
    }
    expect(refused).toBeGreaterThan(0);
  });
});

test("most leaves are confirmed from a second state", () => {
  const search = searched(pageFaultProtocol(PROTOCOL_SIZES.XS.size), { symmetry: false });
  expect(search.steps.bytes).toBeGreaterThan(10_000);
  expect(search.steps.confirmed).toBeGreaterThan(200);
});
