/** The knobs that a system is said to look at are those that it reads. */
import { describe, expect, test } from "vitest";
import { hardwareKnobs } from "../model/hardware/knobs.ts";
import { hardwarePresets } from "../model/hardware/presets.ts";
import { hostKnobs } from "../model/hosts/host.ts";
import { hostPresets } from "../model/hosts/presets.ts";
import { boundsKnobs } from "../model/systems/bounds.ts";
import { studies } from "../model/systems/studies/index.ts";
import { systems } from "../model/systems/systems.ts";
import { ANY_HARDWARE, contradiction, defaultsOf, knobsOf, type Request } from "./build.ts";
import { lookedAt, neighbours, opens } from "./looked-at.ts";

const pageFaultKnobs = Object.keys({ ...hardwareKnobs, ...hostKnobs, ...boundsKnobs });
const plain = (system: string): Request => ({ system, ...defaultsOf(system), bounds: "small", set: {} });
const union = (requests: Iterable<Request>): Set<string> => {
  const found = new Set<string>();
  for (const request of requests) for (const knob of lookedAt(request)) found.add(knob);
  return found;
};

describe("a page fault system", () => {
  const read = new Map<string, ReadonlySet<string>>();
  const notified = { ...plain("mmu-notifier"), hardware: "smmu-stall" };

  test.each(systems)("$name reads no knob that it is not said to look at", ({ name: system }) => {
    const requests = Object.keys(hardwarePresets).flatMap((hardware) =>
      Object.keys(hostPresets)
        .map((host) => ({ system, hardware, host, bounds: "small", set: {} }))
        .filter((request) => contradiction(request) === undefined),
    );
    const found = union(requests);
    read.set(system, found);
    expect(pageFaultKnobs.filter((knob) => found.has(knob) && !knobsOf(system).includes(knob))).toEqual([]);
  });

  test.each([plain("pri-overflow"), plain("stall-flat"), notified])(
    "$system reads none with another value of any of its knobs",
    (request) => {
      const found = union([...neighbours(request)].map((one) => one.request));
      read.set(`${request.system} changed`, found);
      expect(pageFaultKnobs.filter((knob) => found.has(knob) && !knobsOf(request.system).includes(knob))).toEqual([]);
    },
  );

  test("each of the knobs is read by one of them", () => {
    const found = new Set([...read.values()].flatMap((knobs) => [...knobs]));
    const named = new Set(systems.flatMap(({ name }) => knobsOf(name)));
    expect([...named].filter((knob) => !found.has(knob))).toEqual([]);
    expect(named.size).toBeLessThan(pageFaultKnobs.length);
  });
});

describe("a focused model", () => {
  test.each(studies)("$name reads each of its knobs", ({ name: system, hosts, bounds }) => {
    const missing = new Set(knobsOf(system));
    const requests = function* (): Generator<Request> {
      for (const host of Object.keys(hosts))
        for (const size of Object.keys(bounds)) yield { system, hardware: ANY_HARDWARE, host, bounds: size, set: {} };
      for (const { request } of neighbours(plain(system))) yield request;
    };
    for (const request of requests()) {
      if (missing.size === 0) break;
      for (const knob of lookedAt(request)) missing.delete(knob);
    }
    expect([...missing]).toEqual([]);
  });
});

describe("a knob that nothing looks at", () => {
  const at = (system: string, knob: string, set: Request["set"] = {}) => opens({ ...plain(system), set }, knob);

  test("is opened by bounds, or by another knob, so that it is read then", () => {
    expect(at("pri-control", "interfaceOrder")).toBe("--bounds default");
    const opened = at("iommufd", "fdCloseOrder");
    const [, knob, value] = /^--set (\w+)=(\S+)$/.exec(opened ?? "")!;
    const typed = value === "true" ? true : /^\d+$/.test(value!) ? Number(value) : value!;
    expect(lookedAt(plain("iommufd")).has("fdCloseOrder")).toBe(false);
    expect(lookedAt({ ...plain("iommufd"), set: { [knob!]: typed } }).has("fdCloseOrder")).toBe(true);
  });

  test("or by nothing, where the system never looks at it", () => {
    expect(at("stall-flat", "pqEntries")).toBeUndefined();
    expect(at("pri-flat", "httu")).toBeUndefined();
  });
});
