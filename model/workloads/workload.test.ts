import { describe, expect, test } from "vitest";
import { auditLive } from "../../checker/kernel/live-audit.ts";
import { stepNames } from "../../checker/measure/pattern.ts";
import { Simulation } from "../../checker/measure/simulate/simulation.ts";
import { defineSystem } from "../../checker/system.ts";
import { vtd } from "../hardware/vtd.ts";
import { rfcV1OnGroups } from "../hosts/rfc-v1.ts";
import { BASE_BOUNDS } from "../systems/systems.ts";
import { carrying } from "./carrying.ts";
import { choicesOf, itemsOf, weightsOf, type Workload } from "./workload.ts";

const PAGES = 256;
const hot: Workload = { pick: "hot-set", itemPages: 1, hot: 32, share: 0.9 };

test("pieces of work are neighbouring pages and do not overlap", () => {
  expect(itemsOf({ pick: "random", itemPages: 3 }, 8)).toEqual([
    [0, 1, 2],
    [3, 4, 5],
  ]);
});

test("a piece of a ring begins with the page of its descriptor", () => {
  expect(itemsOf({ pick: "ring", itemPages: 2 }, 5)).toEqual([
    [0, 1, 2],
    [0, 3, 4],
  ]);
  const large = itemsOf({ pick: "ring", itemPages: 1 }, 300);
  expect([large.length, large[255], large[256]]).toEqual([298, [0, 257], [1, 258]]);
});

test("a hot set has its share, and Zipf's second piece half of the first", () => {
  const weights = weightsOf(hot, PAGES);
  const total = (of: readonly number[]): number => of.reduce((sum, weight) => sum + weight, 0);
  expect(total(weights)).toBeCloseTo(1);
  expect(total(weights.slice(0, 32))).toBeCloseTo(0.9);
  expect(weightsOf({ pick: "zipf", itemPages: 1, exponent: 1 }, 3)).toEqual([1, 1 / 2, 1 / 3]);
});

test.each<[string, Workload, string]>([
  ["pieces larger than memory", { pick: "random", itemPages: 300 }, "it must be 1 to 256"],
  ["half a page", { pick: "random", itemPages: 0.5 }, "it must be 1 to 256"],
  ["a ring without a buffer", { pick: "ring", itemPages: 256 }, "there must be one more"],
  ["a hot set of everything", { ...hot, hot: 256 }, "it must be 1 to 255"],
  ["a hot set without a share", { ...hot, share: 1 }, "it must lie between 0 and 1"],
  ["a Zipf distribution that grows", { pick: "zipf", itemPages: 1, exponent: -1 }, "it must be above 0"],
])("refused is %s", (_, workload, message) => {
  expect(() => {
    itemsOf(workload, PAGES);
    choicesOf(workload, PAGES, "prg-slot");
  }).toThrow(message);
});

describe("a device with 256 pages and 64 DMAs in flight", () => {
  const system = (limit: number, workload: Workload) => {
    const bounds = { name: "large", ...BASE_BOUNDS, pages: PAGES, slots: 64, instances: 4, commands: 64 };
    const hardware = { ...vtd, pqEntries: 128, creditsPerDev: 64 };
    const host = { ...rfcV1OnGroups, limit, reclaim: "direct" } as const;
    const wiring = carrying({ hardware, host, bounds }, workload);
    return defineSystem({ name: "large", parameters: {}, ...wiring, properties: [] });
  };
  const run = (limit: number, workload: Workload) => {
    const built = system(limit, workload);
    const rules = stepNames(built).map((step) => ({
      step,
      timing: {
        kind: "timed" as const,
        cost: {
          distribution: "exponential" as const,
          mean: 100,
          unit: "ns" as const,
          basis: { assumed: "an example" },
        },
      },
    }));
    const rates = { name: "example", rules, choices: choicesOf(workload, PAGES, "prg-slot") };
    const simulation = new Simulation(
      built,
      rates,
      {
        work: { label: "DMA", of: [{ step: "prg-slot: slot.retires" }] },
        counted: [{ label: "faults", of: [{ message: { type: "driver.reports-fault" } }] }],
        levels: [{ label: "mapped", role: "container", field: "mapped" }],
      },
      { seed: 3, replications: 2, warmUp: 0, length: { pieces: 250 }, confidence: 0.99 },
    );
    while (simulation.advance(10_000));
    return simulation.record();
  };

  test("maps no more than the limit, and faults less where the hot set fits", () => {
    const [evenly, hotly] = [run(64, { pick: "random", itemPages: 1 }), run(64, hot)];
    expect(evenly.levels[0]!.most).toBe(64);
    expect(hotly.levels[0]!.most).toBeLessThanOrEqual(64);
    expect(hotly.counted[0]!.perWork!.mean).toBeLessThan(evenly.counted[0]!.perWork!.mean / 2);
  });
});

test("work in a fixed order is the same in a live system and in a core", () => {
  const bounds = { name: "small", ...BASE_BOUNDS, pages: 3, slots: 2 };
  const hardware = { ...vtd, pqEntries: 4, creditsPerDev: 2 };
  const wiring = carrying({ hardware, host: rfcV1OnGroups, bounds }, { pick: "sequential", itemPages: 1 });
  const system = defineSystem({ name: "in order", parameters: {}, ...wiring, properties: [] });
  expect(auditLive(system, 150).steps).toBe(150);
});
