/**
 * Canaries: a deliberate defect must be found. One that no sentence notices would mean that the sentences,
 * or the searches, see less than they claim.
 */
import { describe, expect, test } from "vitest";
import { randomSearch } from "../checker/explore/random/random.ts";
import { breakersOf, claims } from "./breakers.ts";
import { departures, unbrokenOfStudies } from "./departures/index.ts";
import { pageFaultDepartures } from "./departures/page-fault.ts";
import { build, type Request } from "./build.ts";
import { miswirings } from "./miswirings/index.ts";
import { ONCE } from "./miswirings/once.ts";
import { expectCounted } from "./study-proof.ts";
import { claimedOf, expectViolations, only, violations } from "./violations.ts";

const words = (when: object): string =>
  Object.entries(when)
    .map(([knob, value]) => `${knob}=${String(value)}`)
    .join(" ");

describe("every deliberate defect that excuses a violation does violate it", () => {
  test.each(pageFaultDepartures.map((departure) => ({ ...departure, name: words(departure.when) })))(
    "$name: $reason",
    ({ when, shown, breaks, reason }) => {
      const system = build(shown);
      const { hardware, host, bounds } = system.parameters as unknown as { [part: string]: object };
      expect({ ...hardware, ...host, ...bounds }).toMatchObject(when);
      expect(breaks.filter((id) => !claimedOf(system).has(id))).toEqual([]);
      expectCounted(expectViolations(system, shown, breaks, reason));
    },
  );
});

/** A system that lacks a call may have no end of states; what it breaks is among the first. */
const MOST_STATES = 20_000;

describe("what no knob names is noticed too", () => {
  test.each(miswirings)("$name", ({ request, change, breaks }) => {
    const system = change(build(request));
    expect(breaks.filter((id) => !claimedOf(system).has(id))).toEqual([]);
    expect([...violations(system, request, breaks, MOST_STATES).keys()].sort()).toEqual([...breaks].sort());
  });
});

test("every claim of the catalogue is broken by a deliberate defect, or listed with the reason", () => {
  const broken = new Set([...departures, ...miswirings].flatMap(({ breaks }) => breaks));
  const wanted = "each needs a row in properties/departures that breaks it, or a reason in `unbroken` there";
  expect(claims.filter((id) => !broken.has(id)).sort(), wanted).toEqual(Object.keys(unbrokenOfStudies).sort());
  expect([...broken].filter((id) => !claims.includes(id))).toEqual(["DEADLOCK"]);
});

test("every claim that is broken at all is broken in two ways, or listed with the reason", () => {
  const once = claims.filter((id) => breakersOf().get(id)?.size === 1);
  const wanted = "each needs another row in properties/departures or properties/miswirings, or a reason in ONCE";
  expect(once.sort(), wanted).toEqual(Object.keys(ONCE).sort());
});

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const WALKS = 50;

const onVtd = (system: string, set: Request["set"]): Request => ({
  system,
  hardware: "vtd",
  host: "rfc-v1-on-groups",
  bounds: "small",
  set,
});

describe("random search finds what exhaustive search finds, and shortens it as far", () => {
  test.each([
    {
      name: "no partial fault is forgotten after an overflow",
      request: onVtd("pri-overflow", { discardScope: "none" }),
      id: "GRP-3",
    },
    {
      name: "a page is unpinned before its invalidation completed",
      request: onVtd("unmap-race", { releaseOrder: "unpin-before-wait" }),
      id: "SAFE-2",
    },
  ])("$name: $id", ({ request, id }) => {
    const system = only(build(request), [id]);
    const shortest = violations(system, request, [id]).get(id)!.steps.length;
    const found = SEEDS.map((seed) => {
      const run = randomSearch(system, request, { seed, runs: WALKS, maxLength: 600 });
      const { verdict } = run.properties.find((property) => property.id === id)!;
      return verdict.kind === "violated" ? verdict.trace.steps.length - shortest : Infinity;
    });
    expect(Math.min(...found)).toBeGreaterThanOrEqual(0);
    expect(found.filter((longer) => longer <= 2).length, `longer by ${found.join(", ")}`).toBeGreaterThanOrEqual(9);
  });
});
