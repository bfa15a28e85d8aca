/** The focused model `teardown`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { exhaustive } from "../checker/explore/exhaustive.ts";
import { build } from "./build.ts";
import { teardownBreakages } from "./departures/teardown.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

const HOSTS = ["intended", "linux-6.12.117", "linux-6.1.192", "linux-7.3.4", "linux-7.3.4-pasid"];

describe("the end of page faults", () => {
  test.each(HOSTS)("%s does what XState does", (host) => {
    expectOneSemantics({ system: "teardown", hardware: "any", host, bounds: "small", set: {} });
  });

  test.each(teardownBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  /** The design of 6.1.192 runs the core of 6.12. With remove-before-flush the rule matters: departures/teardown.ts. */
  test("in the order of 6.1.192 no group is pending at a removal, so that its rule changes nothing", () => {
    const seen = ["answer-and-free", "free-only", "answer-only"].map((pendingAtRemoval) => {
      const set = { slots: 1, ownerExits: true, pendingAtRemoval };
      const request = { system: "teardown", hardware: "any", host: "linux-6.1.192", bounds: "small", set } as const;
      const { search, properties } = exhaustive(build(request), request);
      return JSON.stringify([search.states, properties.map(({ id, verdict }) => [id, verdict.kind])]);
    });
    expect(new Set(seen).size).toBe(1);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("teardown")).toEqual([]);
  });
});
