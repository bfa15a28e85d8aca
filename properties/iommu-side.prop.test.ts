/**
 * Command queue and translations under drawn commands, completions, accesses and mappings: what specifications say of
 * them, as statements about what was submitted and what came out. The recordings of an IOMMU have some of these orders.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Message } from "../checker/json.ts";
import type { System } from "../checker/system.ts";
import { withInput } from "./miswirings/changes.ts";
import { unguarded, withMachine, withRules, type Rule } from "./arbitraries/mutated.ts";
import { iommu, ITAGS, Watched } from "./iommu-side-watched.ts";
import { seed } from "./proof.ts";

type Step = (iommu: Watched) => unknown;
const page = fc.nat({ max: 1 });
const device = fc.nat({ max: 1 });
const submits = (command: fc.Arbitrary<Message>) =>
  command.map(
    (one): Step =>
      (watched) =>
        watched.submit(one),
  );
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    submits(page.map((one) => ({ type: "command.invalidates-iotlb", page: one, domain: 0 }))),
    submits(fc.tuple(device, page).map(([to, one]) => ({ type: "command.invalidates-atc", device: to, page: one }))),
    submits(device.map((of) => ({ type: "command.invalidates-configuration", device: of }))),
    submits(fc.constant({ type: "command.fences", owner: "software" })),
    submits(
      fc.tuple(device, fc.nat({ max: 9 })).map(([to, prgi]) => {
        const answer = { device: to, prgi, pasid: null, code: "success", instance: 0 };
        return { type: "command.responds", ...answer };
      }),
    ),
    { weight: 4, arbitrary: fc.constant<Step>((watched) => watched.works()) },
    {
      weight: 2,
      arbitrary: fc.tuple(device, fc.nat({ max: ITAGS })).map(
        ([of, itag]): Step =>
          (watched) =>
            watched.completes(of, itag),
      ),
    },
    fc.tuple(page, fc.boolean()).map(
      ([one, writable]): Step =>
        (watched) =>
          watched.maps(one, writable),
    ),
    page.map(
      (one): Step =>
        (watched) =>
          watched.unmaps(one),
    ),
    fc.tuple(page, fc.boolean()).map(
      ([one, write]): Step =>
        (watched) =>
          watched.accesses(one, write),
    ),
    page.map(
      (one): Step =>
        (watched) =>
          watched.requests(one),
    ),
    page.map(
      (one): Step =>
        (watched) =>
          watched.retires(one),
    ),
  ),
  { maxLength: 60, size: "max" },
);

const checked = (system: System, seen: (watched: Watched) => void = () => {}) =>
  fc.check(
    fc.property(steps, (drawn) => {
      const watched = new Watched(system);
      for (const step of drawn) step(watched);
      watched.settles();
      seen(watched);
    }),
    { seed: seed(), numRuns: 500 },
  );

describe("command queue and translations", () => {
  test("do what specifications say, whatever the order", () => {
    let stale = 0;
    let blocked = 0;
    const { failed, errorInstance } = checked(iommu(), (watched) => {
      stale += watched.stale;
      blocked += watched.blocked;
    });
    expect(errorInstance).toBeNull();
    expect(failed).toBe(false);
    expect(stale).toBeGreaterThan(100);
    expect(blocked).toBeGreaterThan(100);
  });

  const changed = (
    component: string,
    event: string,
    change: (rules: readonly Rule[]) => readonly Rule[],
  ): ((system: System) => System) =>
    withMachine(
      (name) => name.startsWith(component),
      (machine) => withRules(machine, event, change),
    );
  test.each<[string, (system: System) => System, RegExp]>([
    ["one ITag too many", withInput("iommu", { itags: ITAGS + 1 }), /an ITag that is free/],
    [
      "a fence that does not wait",
      changed("iommu", "command.fences", (rules) => rules.map(unguarded)),
      /every earlier invalidation has/,
    ],
    [
      "a fence that others pass",
      changed("iommu", "command.fences", (rules) => [...rules, { actions: [] }]),
      /takes effect/,
    ],
    [
      "responses that pass an invalidation without an ITag",
      changed("iommu", "command.responds", (rules) => rules.map(unguarded)),
      /S32/,
    ],
    [
      "completions that complete nothing",
      changed("iommu", "atc.invalidation-completed", ([unexpected]) => [unexpected!, { actions: [] }]),
      /every invalidation completes/,
    ],
    [
      "IOTLB invalidations that never complete",
      changed("iommu", "iotlb.invalidated", () => [{ actions: [] }]),
      /every invalidation completes/,
    ],
    [
      "an invalidation that leaves the old entry in the IOTLB",
      changed("translation", "iotlb.invalidates", ([waits, clears]) => [
        waits!,
        { ...clears, actions: (clears!.actions as readonly unknown[]).slice(-1) },
      ]),
      /I1/,
    ],
    [
      "invalidations that wait for no access",
      changed("translation", "iotlb.invalidates", (rules) => rules.slice(1)),
      /I5/,
    ],
    [
      "accesses that never end",
      changed("translation", "access.retires", () => [{ actions: [] }]),
      /every invalidation/,
    ],
  ])("%s: noticed", (_, change, sentence) => {
    const { failed, errorInstance } = checked(change(iommu()));
    expect(failed).toBe(true);
    expect(String(errorInstance)).toMatch(sentence);
  });
});
