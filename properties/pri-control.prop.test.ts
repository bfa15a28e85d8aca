/** The focused model `pri-control`, beyond its exhaustive runs. */
import { describe, expect, test } from "vitest";
import { startExhaustive } from "../checker/explore/exhaustive.ts";
import { build, type Request } from "./build.ts";
import { catalogue } from "./catalogue/index.ts";
import { priControlBreakages } from "./departures/pri-control.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";
import { only } from "./violations.ts";

const HOSTS = ["intended", "linux-6.12.117", "linux-6.12.117-amd", "linux-6.12.117-smmuv3"];

describe("the control of page requests", () => {
  test.each(HOSTS)("%s does what XState does", (host) => {
    expectOneSemantics({ system: "pri-control", hardware: "any", host, bounds: "small", set: {} });
  });

  test.each(priControlBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test.each([
    [false, "invalid"],
    [false, "failure"],
    [true, "invalid"],
    [true, "failure"],
    [true, "success"],
  ])("a failed interface is claimed where it occurs: queueRestarts=%s, offLastResponse=%s", (restarts, code) => {
    const set = { queueRestarts: restarts, offLastResponse: code };
    const request: Request = { system: "pri-control", hardware: "any", host: "intended", bounds: "small", set };
    const system = build(request);
    const search = startExhaustive(only(system, ["PCL-36"]));
    while (search.advance(1 << 12));
    const isClaimed = catalogue.find(({ id }) => id === "PCL-36")!.applies!.when(system.parameters);
    expect(isClaimed).toBe(search.judge.found.has("PCL-36"));
    expect(isClaimed).toBe(restarts && code === "failure");
  });

  test("random walks at deep bounds find nothing else", () => {
    expect(violatedAtDeepBounds("pri-control")).toEqual([]);
  });
});
