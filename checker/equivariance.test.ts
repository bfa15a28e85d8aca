import { describe, expect, test } from "vitest";
import { assign, emit, setup, type AnyStateMachine } from "xstate";
import { checkEquivariance } from "./equivariance.ts";
import { BreadthFirst } from "./explore/search/breadth-first.ts";
import type { Core } from "./kernel/core.ts";
import { permuteName, permuteValue, transpositions } from "./permute.ts";
import { call, defineSystem, send, type System, type SystemDefinition } from "./system.ts";
import { lockedLimit } from "./textbook/locked-limit.ts";
import { twoPhaseCommit } from "./textbook/two-phase-commit.ts";

function searched(system: System): Core {
  const search = new BreadthFirst(system);
  while (search.advance(1 << 16));
  return search.core;
}

type PageEvent = { readonly type: "pages.pins" | "pages.unpins"; readonly page: number };
const pageSet = setup({
  types: {
    context: {} as { pinned: number[] },
    events: {} as PageEvent,
    emitted: {} as { type: "pinned"; page: number },
  },
});
const pinning = (first: number[], mayUnpin: (page: number) => boolean) =>
  pageSet.createMachine({
    context: { pinned: first },
    on: {
      "pages.pins": {
        guard: ({ context, event }) => !context.pinned.includes(event.page),
        actions: [
          assign(({ context, event }) => ({ pinned: [...context.pinned, event.page].sort((a, b) => a - b) })),
          emit(({ event }) => ({ type: "pinned" as const, page: event.page })),
        ],
      },
      "pages.unpins": {
        guard: ({ event }) => mayUnpin(event.page),
        actions: assign(({ context, event }) => ({ pinned: context.pinned.filter((page) => page !== event.page) })),
      },
    },
  });
const pins = pinning([], () => true);
const page = setup({}).createMachine({ on: { pinned: {} } });

const pages = [0, 1, 2];
const definition = (machine: AnyStateMachine): SystemDefinition => ({
  name: "pages",
  parameters: {},
  components: {
    handler: {
      machine,
      role: "handler",
      events: pages.flatMap((number) => [
        { type: "pages.pins", page: number },
        { type: "pages.unpins", page: number },
      ]),
    },
    page0: { machine: page, role: "page" },
    page1: { machine: page, role: "page" },
    page2: { machine: page, role: "page" },
  },
  routes: [call("handler", ["pinned"], (message) => `page${String(message["page"])}`)],
  properties: [],
  symmetry: {
    page: {
      fields: ["page", "pinned"],
      size: 3,
      component: (name, permutation) => (name.startsWith("page") ? `page${permutation[Number(name.slice(4))]}` : name),
    },
  },
  sets: ["pinned"],
});
const check = (changed: SystemDefinition) => checkEquivariance(searched(defineSystem(changed)));

describe("a system as symmetric as it says", () => {
  test.each([
    twoPhaseCommit(3),
    lockedLimit({ pinners: 3, limit: 2, log: 2, atomic: true }),
    defineSystem(definition(pins)),
  ])("passes: $name", (system) => {
    const report = checkEquivariance(searched(system));
    expect(report).toMatchObject({ asymmetries: 0 });
    expect(report.compared).toBeGreaterThan(100);
    expect(report).not.toHaveProperty("first");
  });

  test("a system without sorts has nothing to compare", () => {
    const { symmetry: _, ...rest } = definition(pins);
    expect(check(rest)).toEqual({ sorts: [], compared: 0, asymmetries: 0 });
  });
});

describe("a system less symmetric than it says", () => {
  test("is caught when a machine treats page 0 in its own way", () => {
    const { asymmetries, first } = check(definition(pinning([], (number) => number !== 0)));
    expect(asymmetries).toBeGreaterThan(0);
    expect(first).toEqual({
      sort: "page",
      permutation: [1, 0, 2],
      what: "step",
      component: "handler",
      given: expect.stringContaining('"type":"pages.unpins"'),
      expected: "not handled",
      found: expect.stringContaining('"pinned":'),
    });
  });

  test("is caught when a field with pages is not listed", () => {
    const { symmetry, ...rest } = definition(pins);
    expect(check({ ...rest, symmetry: { page: { ...symmetry!["page"]!, fields: ["page"] } } }).first).toMatchObject({
      what: "step",
    });
  });

  test("is caught when a set is not declared, because order then counts", () => {
    const { sets: _, ...rest } = definition(pins);
    expect(check(rest).asymmetries).toBeGreaterThan(0);
  });

  test("is caught when a route knows a page", () => {
    const changed = { ...definition(pins), routes: [call("handler", ["pinned"], "page0")] };
    expect(check(changed).first).toMatchObject({ what: "step", component: "handler" });
  });

  test("is caught when the action universe lacks a page", () => {
    const { components, ...rest } = definition(pins);
    const handler = { ...components["handler"]!, events: components["handler"]!.events!.slice(1) };
    expect(check({ ...rest, components: { ...components, handler } }).first).toMatchObject({ what: "action universe" });
  });

  test("is caught when a first snapshot knows a page", () => {
    expect(check(definition(pinning([0], () => true))).first).toMatchObject({ what: "first snapshot" });
  });

  test("is caught when a channel delivers to one page only", () => {
    const changed: SystemDefinition = {
      ...definition(pins),
      channels: { notices: { to: "page0", capacity: 1, whenFull: "block", unhandled: "error" } },
      routes: [send("handler", ["pinned"], "notices")],
    };
    expect(check(changed).first).toMatchObject({
      what: "receiver of a channel",
      component: "notices",
      expected: "page1",
      found: "page0",
    });
  });
});

describe("exchanging values", () => {
  const system = defineSystem(definition(pins));
  const swap = { page: [1, 0, 2] };

  test("renames listed fields at any depth, sorts sets, and leaves the rest alone", () => {
    const value = {
      page: 0,
      pinned: [0, 2],
      order: 0,
      inner: [{ page: 1, pinned: [[0], [1]] }, null, -1],
      other: { page: null },
    };
    expect(permuteValue(value, system, swap)).toEqual({
      page: 1,
      pinned: [1, 2],
      order: 0,
      inner: [{ page: 0, pinned: [[0], [1]] }, null, -1],
      other: { page: null },
    });
    expect(permuteValue({ pinned: [2, 0, 1] }, system, { page: [2, 0, 1] })).toEqual({ pinned: [0, 1, 2] });
  });

  test("renames components", () => {
    expect(["page0", "page2", "handler"].map((name) => permuteName(name, system, swap))).toEqual([
      "page1",
      "page2",
      "handler",
    ]);
  });

  test("is enough for every pair", () => {
    expect(transpositions(3)).toEqual([
      [1, 0, 2],
      [2, 1, 0],
      [0, 2, 1],
    ]);
    expect(transpositions(1)).toEqual([]);
  });
});
