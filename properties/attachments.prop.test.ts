/** The focused model `attachments`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { attachmentsBreakages } from "./departures/attachments.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

const HOSTS = ["intended", "linux-6.12.117", "linux-6.12.117-smmu", "linux-7.3.4"];

describe("page tables attached to a group", () => {
  test.each(HOSTS)("%s does what XState does", (host) => {
    const set = { attachesPasid: true, groupDevices: 1 };
    expectOneSemantics({ system: "attachments", hardware: "any", host, bounds: "small", set });
  });

  test.each(attachmentsBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("attachments")).toEqual([]);
  });
});
