/** The focused model `large-pages`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { largePagesHosts } from "../model/systems/studies/large-pages-design.ts";
import { largePagesBreakages } from "./departures/large-pages.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("pages of two sizes", () => {
  test.each(Object.keys(largePagesHosts))("%s does what XState does", (host) => {
    expectOneSemantics({ system: "large-pages", hardware: "any", host, bounds: "small", set: {} });
  });

  test.each(largePagesBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("large-pages")).toEqual([]);
  });
});
