/**
 * The ground that every verdict stands on: the fast core takes the steps that XState takes, a run can be run again, and
 * the machines treat pages, slots and devices alike.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { auditReport } from "../checker/audit.ts";
import { checkEquivariance } from "../checker/equivariance.ts";
import { startExhaustive } from "../checker/explore/exhaustive.ts";
import { randomSearch } from "../checker/explore/random/random.ts";
import type { Core } from "../checker/kernel/core.ts";
import { defineSystem, type System } from "../checker/system.ts";
import { anyRequest } from "./arbitraries/configuration.ts";
import { anyWalk } from "./arbitraries/walk.ts";
import { build, type Request } from "./build.ts";
import { LARGE, seed } from "./proof.ts";
import { expectActorsToFollow, expectCoreToFollow } from "./semantics.ts";

const at = (system: string, hardware: string, set: Request["set"]): Request => ({
  system,
  hardware,
  host: "rfc-v1-on-groups",
  bounds: "small",
  set,
});

/** Two or three of everything, and every machine somewhere. */
const REPRESENTATIVE: readonly Request[] = [
  at("pri-overflow", "vtd", { slots: 2, devices: 2, commands: 2 }),
  at("pri-overflow", "riscv", { core: "6.1", slots: 2, devices: 2, commands: 2, allocations: "may-fail" }),
  at("unmap-race", "vtd", { slots: 2, pages: 2, reclaims: true }),
  at("unmap-race", "smmu-stall", { core: "6.12", slots: 2, pages: 2, devices: 2, commands: 2 }),
  at("pin-limit", "amd", { reclaim: "direct", slots: 2, pages: 3 }),
  at("stall-flat", "smmu-stall", { core: "6.1", slots: 2, pages: 2, devices: 2 }),
  { ...at("mmu-notifier", "vtd", { core: "6.12", slots: 2 }), host: "hmm" },
];
const named = REPRESENTATIVE.map((request) => ({
  request,
  name: [request.system, request.hardware, JSON.stringify(request.set)].join(" "),
}));

const bare = (request: Request): System => defineSystem({ ...build(request), properties: [] });
const WALKS = 2;
const STEPS = 300;

describe("one semantics", () => {
  test.each(named)("the core walks through $name as XState does", ({ request }) => {
    expectCoreToFollow(bare(request), { walks: WALKS, steps: STEPS });
  });

  test.each(named)("running actors emit and become in $name what the walk says", ({ request }) => {
    expectActorsToFollow(bare(request), { walks: WALKS, steps: STEPS });
  });

  test.each(named)("every cell of the memo of $name is what a fresh step gives", ({ request }) => {
    const report = auditReport(searched(request));
    expect(report).toMatchObject({ differences: 0, told: [] });
    expect(report.cells).toBeGreaterThan(500);
  });
});

const CELLS_OF = 10_000;

const cores = new Map<Request, Core>();

/** The core after a search of some states. */
function searched(request: Request): Core {
  const known = cores.get(request);
  if (known) return known;
  const search = startExhaustive(bare(request), { maxStates: CELLS_OF, symmetry: false });
  while (search.advance(1 << 14));
  cores.set(request, search.core);
  return search.core;
}

describe("a run can be run again", () => {
  test("the same seed gives the same record, counterexamples included, byte for byte", () => {
    const request = at("pri-overflow", "vtd", { discardScope: "none" });
    const whole = build(request);
    const system = { ...whole, properties: whole.properties.filter(({ kind }) => kind === "always") };
    const once = () => JSON.stringify(randomSearch(system, request, { seed: seed(), runs: 20 }));
    const record = once();
    expect(once()).toBe(record);
    expect(record).toContain('"kind":"violated"');
  });

  test("the same seed draws the same walks through the same configurations", () => {
    const drawn = () =>
      fc
        .sample(
          anyWalk(anyRequest({ transports: ["pri", "stall"], size: "small" }), 100, () => false),
          {
            seed: seed(),
            numRuns: 5,
          },
        )
        .map(({ request, entries }) => ({ request, entries }));
    expect(drawn()).toEqual(drawn());
  });

  test("large configurations are large, and their walks long", () => {
    const walks = fc.sample(
      anyWalk(anyRequest({ transports: ["pri"], size: "large" }), LARGE.steps, () => false),
      {
        seed: seed(),
        numRuns: 12,
      },
    );
    const largest = walks.filter(
      ({ request: { set } }) => set["devices"] === 4 && set["pages"] === 8 && set["pqEntries"] === 16,
    );
    expect(largest.length).toBeGreaterThan(1);
    expect(Math.max(...largest.map(({ entries }) => entries.length))).toBeGreaterThan(1000);
  });
});

describe("equivariance", () => {
  test.each(named)("exchanging pages, slots or devices of $name commutes with every step", ({ request }) => {
    const report = checkEquivariance(searched(request));
    expect(report.first).toBeUndefined();
    expect(report.asymmetries).toBe(0);
    expect(report.compared).toBeGreaterThan(1000);
    expect(report.sorts).toEqual(expect.arrayContaining(["page", "slot"]));
  });

  test("devices that share one domain, without caches, are alike too", () => {
    expect(checkEquivariance(searched(REPRESENTATIVE[5]!)).sorts).toContain("device");
  });
});
