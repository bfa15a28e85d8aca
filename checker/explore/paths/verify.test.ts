import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { possible } from "../../simulation.ts";
import { drawnSystem } from "../../textbook/drawn-system.ts";
import { pageFaultProtocol, PROTOCOL_SIZES } from "../../textbook/page-fault-protocol.ts";
import { BreadthFirst } from "../search/breadth-first.ts";
import { firstStuck } from "../future/can-always.ts";
import { modelRecord } from "../exhaustive.ts";
import { replay, StepError } from "./trace.ts";
import { claimedOf, verifyPath } from "./verify.ts";

const origin = { system: "", hardware: "", host: "", bounds: "", set: {} };

describe("a stored path, judged again", () => {
  test("a goal that is lost is lost from the step on that loses it, whatever follows", () => {
    const seen = { lost: 0, longer: 0 };
    fc.assert(
      fc.property(fc.array(fc.nat(59), { minLength: 30, maxLength: 160, size: "max" }), (drawn) => {
        const system = drawnSystem(drawn);
        const search = new BreadthFirst(system, { keepGraph: true, maxStates: 250 });
        while (search.advance(1_000));
        if (!search.complete) return;
        const claims = search.judge.instances.filter(({ property }) => property.kind === "canAlways");
        for (const property of new Set(claims.map((claim) => claim.property))) {
          const paths = claims
            .filter((claim) => claim.property === property)
            .map((claim) => firstStuck(search, claim).state)
            .filter((state) => state >= 0)
            .map((state) => search.pathTo(state))
            .sort((a, b) => a.length - b.length);
          const [path] = paths;
          if (!path) continue;
          const judged = (actions: typeof path) =>
            verifyPath(system, modelRecord(system, origin), actions, property, "shortest");
          expect(judged(path)).toMatchObject({ verdict: "violated", spare: 0, trace: { minimality: "shortest" } });
          seen.lost++;
          const [more] = possible(system, replay(system, path).final);
          if (!more) continue;
          expect(judged([...path, more])).toMatchObject({
            verdict: "violated",
            spare: 1,
            trace: { minimality: "unknown" },
          });
          seen.longer++;
        }
      }),
      { numRuns: 60, endOnFailure: true },
    );
    expect(seen.lost).toBeGreaterThan(5);
    expect(seen.longer).toBeGreaterThan(5);
  });

  const system = pageFaultProtocol(PROTOCOL_SIZES.XS.size, { claimsProgress: true });
  const model = modelRecord(system, origin);
  const progress = system.properties.find(({ id }) => id === "PFP-3")!;
  /** As the claim, of a goal that no state has. */
  const hopeless = { ...system, properties: [{ ...progress, holds: () => false }] };

  test("a look ahead that ends too soon decides nothing", () => {
    expect(verifyPath(system, model, [], progress, "unknown").verdict).toBe("holds");
    expect(verifyPath(hopeless, model, [], progress, "unknown").verdict).toBe("violated");
    const { verdict, because } = verifyPath(hopeless, model, [], progress, "unknown", 0, 100);
    expect(verdict).toBe("unknown");
    expect(because).toContain("among the first 100 after the end of the path");
  });

  test("an action that is none of the system is no step, whatever the machines would take", () => {
    const { final } = replay(system, []);
    const [first] = possible(system, final);
    for (const action of [
      { kind: "deliver", channel: "nowhere" } as const,
      { kind: "event", component: "nobody", event: { type: "x" } } as const,
      { kind: "event", component: system.componentNames[0]!, event: { type: "x" } } as const,
    ])
      expect(() => verifyPath(system, model, [first!, action], progress, "unknown")).toThrow(StepError);
  });

  test("only what is claimed can be judged", () => {
    expect(claimedOf(system)).toContain("PFP-3");
    expect(verifyPath(system, model, [], { id: "PFP-99", statement: "" }, "unknown")).toMatchObject({
      verdict: "unknown",
      because: "PFP-99 is not claimed",
    });
  });
});
