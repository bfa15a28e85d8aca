import { describe, expect, test } from "vitest";
import { studies } from "../model/systems/studies/index.ts";
import { systems } from "../model/systems/systems.ts";
import { suite } from "../properties/suite.ts";
import { engine } from "./engine.ts";
import { selectionOf } from "./options.ts";
import { knobDefaults, leftOutOf, namedKnobs, runsOf, warningOf } from "./selection.ts";

const names = (selection: Partial<Parameters<typeof runsOf>[0]>): readonly string[] =>
  runsOf({ systems: [], bounds: "small", set: {}, ...selection }).map(({ system }) => system);

describe("Without a system named", () => {
  test("nothing chosen is the suite", () => {
    expect(names({})).toEqual(suite("small").map(({ system }) => system));
  });

  test("what a system cannot be built with is named as it was given", () => {
    expect(() => names({ systems: ["group-open"], host: "rfc-v1" })).toThrow(
      "group-open cannot be built with design rfc-v1: there is no design rfc-v1 in it",
    );
    expect(() => names({ systems: ["unmap-race"], set: { stallSlots: 1 } })).toThrow(
      "unmap-race cannot be built with knob stallSlots: stalls need an event queue",
    );
  });

  test("a design selects the systems that are meant for it: not pri-flat, whose search has no end on hmm", () => {
    expect(names({ host: "hmm" })).toEqual(["mmu-notifier", "mm-events"]);
    expect(names({ host: "viommu" })).toEqual(["policies"]);
  });

  test("a knob selects the systems that have it", () => {
    expect(names({ set: { bitOrder: "before-map" } })).toEqual(["policies"]);
    const having = names({ set: { stallSlots: 1 } });
    expect(having).toContain("stall-flat");
    expect(having).toContain("stalls");
    expect(having).not.toContain("rfc");
  });

  test("hardware selects the page fault systems that name it", () => {
    expect(names({ hardware: "qemu-riscv" })).toEqual(["pri-flat", "pri-overflow"]);
  });

  test("systems that have a knob, and cannot be built with its value, are left out with the reason", () => {
    const selection = { systems: [], bounds: "small", set: { stallSlots: 1 } };
    expect(leftOutOf(selection)).toContainEqual({
      system: "unmap-race",
      because: "stalls need an event queue (evtqEntries of at least 1)",
    });
    const having = namedKnobs.find(({ name }) => name === "stallSlots")!.systems;
    expect([...names(selection), ...leftOutOf(selection).map(({ system }) => system)].sort()).toEqual(
      [...having].sort(),
    );
    expect(leftOutOf({ ...selection, systems: ["stall-flat"] })).toEqual([]);
    expect(leftOutOf({ ...selection, set: {} })).toEqual([]);
  });

  test("what no system has together is refused, with what was chosen", () => {
    expect(() => names({ hardware: "riscv", set: { bitOrder: "before-map" } })).toThrow(
      "no system is meant for hardware riscv, knob bitOrder.",
    );
    expect(() => names({ host: "rfc-v3", hardware: "vtd" })).toThrow(
      "no system is meant for hardware vtd, design rfc-v3.",
    );
    expect(() => names({ set: { bitOrder: "before-map", premap: "none" } })).toThrow(
      "no system is meant for knob bitOrder, knob premap.",
    );
  });
});

describe("With a system named", () => {
  const request = { system: "pri-flat", hardware: "vtd", host: "hmm", bounds: "default", set: {} };

  test("it may be run with a design that its sizes were not chosen for, and a warning says so", () => {
    expect(names({ systems: ["pri-flat"], host: "hmm" })).toEqual(["pri-flat"]);
    expect(warningOf(request)).toMatch(
      /^the sizes of pri-flat fit other designs .*\n  Sized for rfc-v1-on-groups, rfc-v1 on .*--max-states ends/,
    );
    expect(warningOf({ ...request, host: "rfc-v1" })).toBeUndefined();
    expect(warningOf({ ...request, system: "rfc", hardware: "any", host: "rfc-v2" })).toBeUndefined();
  });

  test("a design that is named by its series is the newest release of the system", () => {
    const hostOf = (system: string, host: string) =>
      runsOf({ systems: [system], host, bounds: "small", set: {} }).map((run) => run.host);
    expect(hostOf("iommufd", "linux-6.12")).toEqual(["linux-6.12.117"]);
    expect(hostOf("iommufd", "linux-6.12.0")).toEqual(["linux-6.12.0"]);
    expect(hostOf("lifetimes", "linux-6.12-amd")).toEqual(["linux-6.12.117-amd"]);
    expect(() => hostOf("iommufd", "linux-6.1")).toThrow(
      "there is no design linux-6.1 in it; it has intended, linux-6.12.0, linux-6.12.117",
    );
  });

  test("each design of a Linux kernel is named by its release", () => {
    const kernels = studies.flatMap(({ hosts }) => Object.keys(hosts)).filter((name) => /linux|\d\.\d/.test(name));
    expect(kernels.length).toBeGreaterThan(10);
    for (const name of kernels) expect(name).toMatch(/^linux-\d+\.\d+\.\d+(-[a-z0-9]+)?$/);
  });

  test("a focused model with a design that the suite does not run at such bounds gets a warning", () => {
    const study = { system: "nested", hardware: "any", host: "rfc-v2", bounds: "default", set: {} };
    expect(warningOf(study)).toMatch(
      /^the suite has no run of nested with design rfc-v2 at bounds default\.\n.*--max-states ends/,
    );
    expect(warningOf({ ...study, host: "linux-6.12.117" })).toBeUndefined();
    // Each design of each focused model that has no run at these bounds, and no other.
    for (const { name: system, hosts } of studies)
      for (const host of Object.keys(hosts)) {
        const runs = ["default", "deep"].flatMap(suite).filter((run) => run.system === system && run.host === host);
        const isRun = runs.some(({ bounds }) => bounds !== "small");
        expect([system, host, warningOf({ ...study, system, host }) === undefined]).toEqual([system, host, isRun]);
      }
  });

  test("no run of the suite is warned of", () => {
    expect(["small", "default"].flatMap(suite).map(warningOf)).toEqual(
      expect.not.arrayContaining([expect.any(String)]),
    );
  });
});

test("a knob that no system looks at selects none", () => {
  const idle = namedKnobs.filter(({ systems: having }) => having.length === 0).map(({ name }) => name);
  expect(idle).toContain("flr");
  expect(() => names({ set: { flr: "anytime" } })).toThrow("no system is meant for knob flr.");
});

describe("A knob that systems define differently", () => {
  const range = (system: string) =>
    namedKnobs.filter(({ name, systems: having }) => name === "groupDevices" && having.includes(system))[0]?.values;

  test("is there once for each definition", () => {
    expect(range("dirty-log")).toEqual({ kind: "integer", from: 1, to: 2 });
    expect(range("attachments")).toEqual({ kind: "integer", from: 1, to: 3 });
    expect(range("group-open")).toEqual({ kind: "integer", from: 1, to: 3 });
    const systemsOnce = namedKnobs.flatMap(({ name, systems: having }) => having.map((system) => `${system} ${name}`));
    expect(new Set(systemsOnce).size).toBe(systemsOnce.length);
  });

  const read = (systems: readonly string[], value: string) =>
    selectionOf(engine, systems, { set: [`groupDevices=${value}`] }).set["groupDevices"];

  test("is read as the system that is named defines it", () => {
    expect(read(["attachments"], "3")).toBe(3);
    expect(read(["group-open"], "3")).toBe(3);
    expect(read(["dirty-log"], "2")).toBe(2);
    expect(() => read(["dirty-log"], "3")).toThrow(
      '"3" is no value of groupDevices; expected a whole number from 1 to 2.',
    );
    expect(() => read(["attachments", "dirty-log"], "3")).toThrow("groupDevices; expected a whole number from 1 to 2.");
    expect(() => read(["attachments"], "4")).toThrow("groupDevices; expected a whole number from 1 to 3.");
    expect(() => read([], "4")).toThrow(/from 1 to 2\. .*from 1 to 3\.$/);
  });

  test("leaves out the systems that do not have the value, where none is named", () => {
    const selection = { systems: [], bounds: "small", set: { groupDevices: read([], "3")! } };
    expect(names(selection)).toEqual(expect.arrayContaining(["attachments", "group-open"]));
    expect(leftOutOf(selection)).toEqual([
      { system: "dirty-log", because: "groupDevices takes a whole number from 1 to 2, and was given 3" },
    ]);
  });
});

test("every system has a default for each of its knobs", () => {
  const missing = [...systems, ...studies].flatMap(({ name: system }) => {
    const defaults = knobDefaults(system);
    return namedKnobs
      .filter(({ name, systems: having }) => having.includes(system) && defaults[name] === undefined)
      .map(({ name }) => `${system} ${name}`);
  });
  expect(missing).toEqual([]);
});
