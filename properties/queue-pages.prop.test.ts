/** The focused model `queue-pages`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { queuePagesHosts } from "../model/systems/studies/queue-pages-design.ts";
import { queuePagesBreakages } from "./departures/queue-pages.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

describe("hardware queues and unmaps", () => {
  test.each(Object.keys(queuePagesHosts))("%s does what XState does", (host) => {
    expectOneSemantics({ system: "queue-pages", hardware: "any", host, bounds: "small", set: {} });
  });

  test.each(queuePagesBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("queue-pages")).toEqual([]);
  });
});
