import fc from "fast-check";
import { expect, test } from "vitest";
import { drawnSystem } from "../../textbook/drawn-system.ts";
import { naiveSearch, stuckStates } from "../../textbook/naive-search.ts";
import { pageFaultProtocol, PROTOCOL_SIZES } from "../../textbook/page-fault-protocol.ts";
import { BreadthFirst } from "../search/breadth-first.ts";
import { firstStuck } from "./can-always.ts";
import { exhaustive } from "../exhaustive.ts";

const numbers = fc.array(fc.nat(59), { minLength: 30, maxLength: 160, size: "max" });
const origin = { system: "", hardware: "", host: "", bounds: "", set: {} };

test("the states that cannot reach the goal are those that a search from each of them finds", () => {
  let stuckSystems = 0;
  let freeSystems = 0;
  fc.assert(
    fc.property(numbers, (drawn) => {
      const system = drawnSystem(drawn);
      const nodes = naiveSearch(system, 250);
      if (!nodes) return;
      const search = new BreadthFirst(system, { keepGraph: true });
      while (search.advance(1_000));
      for (const instance of search.judge.instances) {
        if (instance.property.kind !== "canAlways") continue;
        const expected = stuckStates(instance, nodes);
        const { state, stuck } = firstStuck(search, instance);
        expect(stuck).toBe(expected.length);
        expect(state < 0 ? -1 : search.pathTo(state).length).toBe(
          expected.length > 0 ? nodes[expected[0]!]!.depth : -1,
        );
        if (stuck > 0) stuckSystems++;
        else freeSystems++;
      }
    }),
    { numRuns: 120 },
  );
  expect(stuckSystems).toBeGreaterThan(10);
  expect(freeSystems).toBeGreaterThan(10);
});

test("a slot of the page-fault protocol can always become idle again", () => {
  const run = exhaustive(pageFaultProtocol(PROTOCOL_SIZES.XS.size, { claimsProgress: true }), origin);
  expect(run.properties.find(({ id }) => id === "PFP-3")!.verdict).toEqual({ kind: "holds" });
});

test("an incomplete graph gives no answer", () => {
  const system = pageFaultProtocol(PROTOCOL_SIZES.XS.size, { claimsProgress: true });
  const run = exhaustive(system, origin, { maxStates: 100 });
  expect(run.properties.find(({ id }) => id === "PFP-3")!.verdict.kind).toBe("unknown");
});
