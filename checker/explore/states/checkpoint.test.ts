/** A search that ends anywhere and goes on from its tables finds what one without an end finds, byte for byte. */
import { describe, expect, test } from "vitest";
import { ModelError, type System } from "../../system.ts";
import { counters } from "../../textbook/counters.ts";
import { diningPhilosophers } from "../../textbook/dining-philosophers.ts";
import { drawing } from "../../textbook/drawing.ts";
import { drawnWiring } from "../../textbook/drawn-wiring.ts";
import { factsOf } from "../../textbook/engines-compared.ts";
import { lockedLimit } from "../../textbook/locked-limit.ts";
import { pageFaultProtocol, PROTOCOL_SIZES } from "../../textbook/page-fault-protocol.ts";
import { twoPhaseCommit } from "../../textbook/two-phase-commit.ts";
import type { BreadthFirst } from "../search/breadth-first.ts";
import { checkpointOf, type Table, type Written } from "./checkpoint.ts";
import { resumeExhaustive, startExhaustive } from "../exhaustive.ts";
import type { Limits } from "../search/limits.ts";

/** The checkpoint as it would be read from a disk: it shares nothing with the search. */
function writtenOf(search: BreadthFirst): Written {
  const { plain, growing, others } = checkpointOf(search);
  const tables = new Map<string, Table>([...growing, ...others].map(([name, table]) => [name, table.slice()]));
  return {
    plain: JSON.parse(JSON.stringify(plain)) as Written["plain"],
    lengthOf: (name) => tables.get(name)!.length,
    read: (name, into) => into.set(tables.get(name)!),
  };
}

/** Everything that is told of the search, also how much memory its tables take. */
const toldOf = (search: BreadthFirst): string => JSON.stringify([factsOf(search), search.tableBytes]);

function whole(system: System, limits: Limits): BreadthFirst {
  const search = startExhaustive(system, limits);
  while (search.advance(1_000));
  return search;
}

/** Ends the search as often as `ends` says, after so many states each time. */
function interrupted(system: System, limits: Limits, ends: readonly number[]): BreadthFirst {
  let search = startExhaustive(system, limits);
  for (const states of ends) {
    if (!search.advance(states)) break;
    search = resumeExhaustive(system, limits, writtenOf(search));
  }
  while (search.advance(1_000));
  return search;
}

const XS = pageFaultProtocol(PROTOCOL_SIZES.XS.size);
const seeded = pageFaultProtocol(PROTOCOL_SIZES.XS.size, { seeded: true });
const systems: readonly { readonly name: string; readonly system: System; readonly limits?: Limits }[] = [
  { name: "page faults", system: XS },
  {
    name: "page faults, with claims about paths",
    system: pageFaultProtocol(PROTOCOL_SIZES.XS.size, { claimsProgress: true }),
  },
  { name: "page faults, one by one", system: XS, limits: { symmetry: false } },
  {
    name: "page faults, in the module",
    system: XS,
    limits: { symmetry: false, keepGraph: false, module: { from: 1 } },
  },
  { name: "page faults, up to symmetry in the module", system: XS, limits: { module: { from: 1 } } },
  {
    name: "counters, in the module",
    system: counters(2, 140, 5, true),
    limits: { keepGraph: true, module: { from: 1 } },
  },
  { name: "a seeded defect, on the step table", system: seeded, limits: { engine: "reference" } },
  { name: "a seeded defect, up to the first violation", system: seeded, limits: { stopAt: "first" } },
  { name: "a seeded defect, up to each violation", system: seeded, limits: { stopAt: "each" } },
  { name: "page faults, up to a bound", system: XS, limits: { maxStates: 1_777, symmetry: false, keepGraph: false } },
  { name: "two-phase commit", system: twoPhaseCommit(3) },
  { name: "dining philosophers", system: diningPhilosophers(4) },
  { name: "locked_vm", system: lockedLimit({ pinners: 2, limit: 2, log: 3, atomic: false }) },
  { name: "counters that outgrow their bits", system: counters(2, 90, 3, false) },
  { name: "loud counters that outgrow their bits", system: counters(2, 140, 5, true), limits: { keepGraph: true } },
];

describe("a search that goes on from a checkpoint", () => {
  test.each(systems)("$name", ({ name, system, limits = {} }) => {
    const search = whole(system, limits);
    const { count } = search.store;
    const told = toldOf(search);
    const draw = drawing(name.length);
    for (let k = 0; k < 2; k++) {
      const ends = Array.from({ length: 1 + draw.below(4) }, () => 1 + draw.below(count));
      expect(toldOf(interrupted(system, limits, ends)) === told, `ended after ${ends.join(", ")} states`).toBe(true);
    }
  });

  test("drawn systems", () => {
    let ended = 0;
    for (let seed = 0; seed < 24; seed++) {
      const system = drawn(seed);
      if (!system) continue;
      const limits = { maxStates: 200 };
      let told: string;
      let count: number;
      try {
        const search = whole(system, limits);
        [told, count] = [toldOf(search), search.store.count];
      } catch (error) {
        if (error instanceof ModelError) continue;
        throw error;
      }
      const draw = drawing(seed);
      const ends = [1 + draw.below(count), 1 + draw.below(count)];
      expect(
        toldOf(interrupted(system, limits, ends)) === told,
        `drawnWiring(${seed}), ended after ${ends.join()}`,
      ).toBe(true);
      ended++;
    }
    expect(ended).toBeGreaterThan(8);
  });

  test("that a bound has ended, with a larger bound", () => {
    for (const symmetry of [true, false])
      for (const first of [1, 100, 333]) {
        const ended = startExhaustive(seeded, { maxStates: first, symmetry });
        let written: Written | undefined;
        ended.beforeBound = () => (written = writtenOf(ended));
        while (ended.advance(50));
        const search = resumeExhaustive(seeded, { maxStates: 500, symmetry }, written!);
        while (search.advance(1_000));
        expect(toldOf(search) === toldOf(whole(seeded, { maxStates: 500, symmetry })), `after ${first}`).toBe(true);
      }
  });

  test("refuses another system, and one whose machines do something else", () => {
    const search = startExhaustive(XS, {});
    search.advance(200);
    const written = writtenOf(search);
    for (const other of [seeded, twoPhaseCommit(3), pageFaultProtocol(PROTOCOL_SIZES.S.size)])
      expect(() => resumeExhaustive(other, {}, written)).toThrow(ModelError);
    expect(() => resumeExhaustive(XS, { symmetry: false }, written)).toThrow("The symmetry is another one.");
    const cells = new Int32Array(written.lengthOf("cells"));
    written.read("cells", cells);
    cells[4] = cells[4]! + 1;
    const changed: Written = {
      ...written,
      read: (name, into) => (name === "cells" ? into.set(cells) : written.read(name, into)),
    };
    expect(() => resumeExhaustive(XS, {}, changed)).toThrow(/A step of ".+" is not what was written down\./);
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
