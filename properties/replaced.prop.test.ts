/** What was chosen is what the system is built with, or it is told as replaced, with a way to keep it. */
import { describe, expect, test } from "vitest";
import type { Json } from "../checker/json.ts";
import { hardwarePresets } from "../model/hardware/presets.ts";
import { hostPresets } from "../model/hosts/presets.ts";
import { studies } from "../model/systems/studies/index.ts";
import { systems } from "../model/systems/systems.ts";
import { build, contradiction, parametersFor, replacedBy, type Request } from "./build.ts";

type Values = { readonly [knob: string]: Json };

const valuesOf = (request: Request): Values =>
  Object.assign({}, ...Object.values(parametersFor(request) as { readonly [part: string]: Values }));

const BOUNDS = ["small", "default", "deep"];
const pageFaults: readonly Request[] = systems.flatMap(({ name: system }) =>
  Object.keys(hardwarePresets).flatMap((hardware) =>
    Object.keys(hostPresets)
      .map((host) => ({ system, hardware, host, bounds: "small", set: {} }))
      .filter((request) => contradiction(request) === undefined),
  ),
);

/** The knobs of the presets that the system does not have as they are there. */
function differing(request: Request): readonly string[] {
  const presets: readonly (readonly [string, unknown])[] = [
    ...Object.entries((hardwarePresets as { readonly [name: string]: object })[request.hardware]!),
    ...Object.entries((hostPresets as { readonly [name: string]: object })[request.host]!),
  ];
  const has = valuesOf(request);
  return presets.filter(([knob, value]) => knob !== "name" && has[knob] !== value).map(([knob]) => knob);
}

describe("A preset", () => {
  test("is replaced in some systems, so that what follows says something", () => {
    const replacing = new Set(pageFaults.filter((one) => replacedBy(one).length > 0).map(({ system }) => system));
    expect([...replacing]).toEqual(["pri-overflow", "unmap-race", "pin-limit"]);
    expect(systems.filter(({ fit, host, needs }) => (fit ?? host) && !needs)).toEqual([]);
  });

  test.each(pageFaults)("$system on $hardware, host $host: each difference is told", (request) => {
    const told = replacedBy(request);
    expect(told.map(({ knob }) => knob).sort()).toEqual([...differing(request)].sort());
    const has = valuesOf(request);
    for (const { knob, to } of told) expect(has[knob]).toEqual(to);
  });

  test.each(pageFaults)("$system on $hardware, host $host: is kept by what the report says", (request) => {
    const kept = { ...request, set: Object.fromEntries(replacedBy(request).map(({ knob, from }) => [knob, from])) };
    expect(differing(kept)).toEqual([]);
    expect(replacedBy(kept).filter(({ of }) => of !== "--set")).toEqual([]);
  });

  test.each(studies)("of $name is taken as it is", ({ name: system, hosts, bounds: sizes }) => {
    for (const host of Object.keys(hosts))
      for (const bounds of BOUNDS) {
        const request = { system, hardware: "any", host, bounds, set: {} };
        const chosen = { ...hosts[host]!.design, ...(sizes as { readonly [name: string]: object })[bounds] };
        expect(valuesOf(request)).toMatchObject(chosen);
        expect(replacedBy(request)).toEqual([]);
      }
  });
});

describe("What was set by hand", () => {
  test("wins over what the system needs, and what it needs follows what was set", () => {
    const request = { system: "pri-overflow", hardware: "vtd", host: "rfc-v1", bounds: "small", set: {} };
    expect(valuesOf({ ...request, set: { pqEntries: 3 } })["pqEntries"]).toBe(3);
    expect(valuesOf({ ...request, set: { pqUsable: "N" } })["pqEntries"]).toBe(1);
    expect(valuesOf({ ...request, set: { core: "6.1" } })["core"]).toBe("6.1");
  });

  const pri = { system: "pri-flat", hardware: "vtd", host: "rfc-v1", bounds: "small" };
  const stalls = { system: "stall-flat", hardware: "smmu-stall", host: "rfc-v1", bounds: "small" };
  const nested = { system: "nested", hardware: "any", host: "intended", bounds: "small" };

  test("and is cut down is told, and no other size is", () => {
    const told = (request: Omit<Request, "set">, set: Values) =>
      replacedBy({ ...request, set })
        .filter(({ of }) => of === "--set")
        .map(({ knob, from, to }) => [knob, from, to]);
    expect(told(pri, { itemPages: 4, slots: 2 })).toEqual([["itemPages", 4, 2]]);
    expect(told(pri, { itemPages: 2 })).toEqual([]);
    expect(told(pri, { creditsPerDev: 4, creditPolicy: "sumWithinUsable", pqEntries: 4 })).toEqual([
      ["creditsPerDev", 4, 3],
    ]);
    expect(told(pri, { commands: 1, devices: 2 })).toEqual([["commands", 1, 2]]);
    expect(told(stalls, { slots: 4 })).toEqual([["slots", 4, 2]]);
    expect(told(nested, { itemPages: 2 })).toEqual([["itemPages", 2, 1]]);
    expect(told(nested, { itemPages: 2, pages: 2 })).toEqual([]);
  });

  test("is cut down by the wiring as it is told", () => {
    const wide = build({ ...pri, set: { itemPages: 4, creditsPerDev: 4, creditPolicy: "sumWithinUsable" } });
    const starts = (system: typeof wide): number =>
      Math.max(
        ...system.actions.flatMap((action) =>
          action.kind === "event" && action.event.type === "slot.starts"
            ? [(action.event["pages"] as readonly number[]).length]
            : [],
        ),
      );
    expect(starts(wide)).toBe(2);
    expect(wide.components["pri0"]!.input).toMatchObject({ allocation: 3 });
    expect(build({ ...pri, set: { commands: 1, devices: 2 } }).channels!["commands"]!.capacity).toBe(2);
    const slots = Object.keys(build({ ...stalls, set: { slots: 4 } }).components).filter((name) =>
      name.startsWith("slot0."),
    );
    expect(slots).toHaveLength(2);
    expect(starts(build({ ...nested, set: { itemPages: 2 } }))).toBe(1);
  });
});
