/** Every machine says what it is, what its steps do, and where in the kernel or in a specification that is. */
import { readdirSync, readFileSync } from "node:fs";
import { emit, setup, type AnyStateMachine } from "xstate";
import { describe, expect, test } from "vitest";
import { defineSystem } from "../checker/system.ts";
import { functionsOf } from "../model/kernel/symbols.ts";
import { stepSaid } from "../checker/said.ts";
import { linux612, whereIs, type Origin } from "../model/said.ts";
import { build } from "./build.ts";
import { smallPresets } from "./one-knob.ts";
import { originsOf, silencesOf, silencesOfMachine } from "./said.ts";
import { suite } from "./suite.ts";

const STATES = 4_000;
const MACHINES = new URL("../model/machines/", import.meta.url);

const files = readdirSync(MACHINES, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
  .sort();
const isMachine = (value: unknown): value is AnyStateMachine =>
  typeof value === "object" && value !== null && "createMachine" in value === false && "getTransitionData" in value;

/** By file: the machines that it exports, and those that one of its functions made for a system of the suite. */
const machinesOf = new Map<string, Set<AnyStateMachine>>(files.map((file) => [file, new Set()]));
for (const file of files)
  for (const value of Object.values((await import(new URL(file, MACHINES).href)) as Record<string, unknown>))
    if (isMachine(value)) machinesOf.get(file)!.add(value);
const exported = new Set([...machinesOf.values()].flatMap((machines) => [...machines]));
const textOf = new Map(files.map((file) => [file, readFileSync(new URL(file, MACHINES), "utf8")]));

const silences = silencesOf([...suite("small"), ...smallPresets()].map(build), STATES);
for (const machine of silences.keys()) {
  if (exported.has(machine)) continue;
  const [home = "", ...others] = files.filter((file) => textOf.get(file)!.includes(`id: "${machine.id}"`));
  if (others.length > 0) throw new Error(`${machine.id} may be of ${home} or ${others.join(", ")}`);
  machinesOf.get(home)?.add(machine);
}
const known = new Set([...machinesOf.values()].flatMap((machines) => [...machines]));
const speaking = files
  .filter((file) => machinesOf.get(file)!.size > 0)
  .map((file) => ({ file, machines: [...machinesOf.get(file)!] }));
const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];

/** What is wrong with an origin: a file or a function that the list of its tree does not have. */
function wrongWith({ of, at, functions }: Origin): readonly string[] {
  if (!functions) return [];
  const trees = of.replace("Linux ", "").split(" and ");
  return trees.flatMap((tree) => {
    const listed = functionsOf(tree, at);
    if (!listed) return [`${of}: ${at} is in no list of functions`];
    return functions.filter((name) => !listed.has(name)).map((name) => `${of}: ${at} has no ${name}()`);
  });
}

describe("the machines", () => {
  test.each(speaking)("$file says what its states, steps and messages are", ({ machines }) => {
    expect(unique(machines.flatMap((machine) => [...(silences.get(machine) ?? silencesOfMachine(machine))]))).toEqual(
      [],
    );
  });

  test.each(speaking)("$file names functions that exist", ({ machines }) => {
    expect(unique(machines.flatMap(originsOf).flatMap(wrongWith))).toEqual([]);
  });

  test("of the suite all lie in model/machines, and most machines are met there", () => {
    expect([...silences.keys()].filter((machine) => !known.has(machine)).map(({ id }) => id)).toEqual([]);
    expect(silences.size).toBeGreaterThan(150);
  });
});

describe("what is missing is found", () => {
  const quiet = setup({}).createMachine({
    id: "quiet",
    initial: "idle",
    states: { idle: { on: { "quiet.wakes": { target: "busy", actions: emit({ type: "bell.rings" }) } } }, busy: {} },
  });
  const loud = setup({}).createMachine({
    id: "loud",
    description: "a bell",
    meta: {
      origin: linux612("drivers/iommu/io-pgfault.c", "no_such_function"),
      lane: "bell {number}",
      messages: { "bell.rings": { says: "rings {times} times" } },
    },
    initial: "idle",
    states: {
      idle: {
        description: "silent",
        on: {
          "loud.wakes": { description: "Wakes up.", target: "idle", actions: emit({ type: "bell.rings" }) },
        },
      },
    },
  });
  const systemOf = (machine: AnyStateMachine, event: string) =>
    defineSystem({
      name: machine.id,
      parameters: {},
      components: {
        bell: { machine, role: "bell", events: [{ type: event }] },
        ear: { machine: setup({}).createMachine({ on: { "bell.rings": {} } }), role: "ear" },
      },
      routes: [{ kind: "call", from: "bell", types: ["bell.rings"], to: () => "ear", unhandled: "error" }],
      properties: [],
    });

  test("of a machine that says nothing", () => {
    expect([...silencesOf([systemOf(quiet, "quiet.wakes")], STATES).get(quiet)!]).toEqual([
      "the machine has no meta.origin",
      "the machine has no description",
      "state idle has no description",
      "state busy has no description",
      "event quiet.wakes has no description",
      "message bell.rings has no words",
    ]);
  });

  test("of one that says it wrongly", () => {
    expect([...silencesOf([systemOf(loud, "loud.wakes")], STATES).get(loud)!]).toEqual([
      'the lane names a field that the input has not: "bell {number}"',
      "event loud.wakes ends with a full stop",
      'message bell.rings names a field that it has not: "rings {times} times"',
    ]);
    expect(originsOf(loud).flatMap(wrongWith)).toEqual([
      "Linux 6.12.117: drivers/iommu/io-pgfault.c has no no_such_function()",
    ]);
  });

  test("of another driver, which the context names", () => {
    const file = "drivers/iommu/intel/prq.c";
    const two = setup({ types: { context: {} as { driver: string }, input: {} as { driver: string } } }).createMachine({
      id: "two",
      context: ({ input }) => input,
      meta: {
        origin: whereIs(linux612(file, "prq_event_thread"), "driver", { amd: linux612(file, "no_such_function") }),
        lane: "",
      },
      on: { "two.wakes": { description: "wakes up" } },
    });
    const wakes = { type: "two.wakes" };
    const by = (driver: string) => stepSaid(two, two.getInitialSnapshot({} as never, { driver }) as never, wakes)?.by;
    expect([by("vtd"), by("amd")]).toEqual(["prq_event_thread()", "no_such_function()"]);
    expect(originsOf(two).flatMap(wrongWith)).toEqual([
      "Linux 6.12.117: drivers/iommu/intel/prq.c has no no_such_function()",
    ]);
  });
});
