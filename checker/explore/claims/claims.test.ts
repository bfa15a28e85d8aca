import { describe, expect, test } from "vitest";
import { assign, setup } from "xstate";
import {
  all,
  always,
  canAlways,
  each,
  leadsTo,
  messages,
  optional,
  parameters,
  sometimes,
  type Applicability,
  type Property,
  type Reads,
  type Roles,
} from "../../property.ts";
import { defineSystem, ModelError, type SystemDefinition } from "../../system.ts";
import { claimsFor } from "./claims.ts";

const source = { document: "none", clause: "none" };

/** A jug that is filled and emptied, and a pipe that nobody uses. */
const jug = setup({
  types: { context: {} as { gallons: number }, events: {} as { type: "fills" | "empties" } },
}).createMachine({
  context: { gallons: 0 },
  on: {
    fills: {
      guard: ({ context }) => context.gallons < 3,
      actions: assign({ gallons: ({ context }) => context.gallons + 1 }),
    },
    empties: { actions: assign({ gallons: 0 }) },
  },
});
const jugs: SystemDefinition = {
  name: "jugs",
  parameters: { wanted: 3 },
  components: { small: { machine: jug, role: "jug", events: [{ type: "fills" }, { type: "empties" }] } },
  channels: { pipe: { to: "small", capacity: 1, whenFull: "block", unhandled: "block", role: "water" } },
  routes: [],
  fairness: { hands: [] },
  properties: [],
};
const full = sometimes({
  id: "JUG-2",
  statement: "Full.",
  source,
  reads: { it: each<{ gallons: number }>("jug") },
  holds: ({ it }) => it.context.gallons === 3,
});
const claim = (reads: Reads, changed: Partial<Property> = {}): Property => ({
  ...always({ id: "JUG-1", statement: "Dry.", source, witness: "JUG-2", reads, holds: () => true }),
  ...changed,
});
const defined = (...properties: readonly Property[]) => defineSystem({ ...jugs, properties });
const jugReads = { it: each("jug") };

const nowhere: Applicability = { belongs: () => true, when: () => false };
const elsewhereOnly: Applicability = { belongs: () => false, when: () => true };

describe("a system refuses what it could never evaluate", () => {
  test.each<readonly [string, Reads, string]>([
    ["no reads", {}, 'JUG-1 can never be evaluated in "jugs": it reads no component and no channel'],
    ["only parameters", { p: parameters() }, "it reads no component and no channel"],
    ["each of a mistyped role", { it: each("jgu") }, 'JUG-1 reads role "jgu", which no component has. Nearest: jug.'],
    ["all of a mistyped role", { it: all("jugs") }, 'reads role "jugs", which no component has. Nearest: jug.'],
    ["optional of a mistyped role", { it: optional("jog") }, 'reads role "jog", which no component has. Nearest: jug.'],
    ["messages of a mistyped role", { m: messages("watre") }, "which no channel has. Nearest: water."],
    [
      "messages by the name of a channel that has another role",
      { m: messages("pipe") },
      'which no channel has. It is the name of a channel with the role "water".',
    ],
    ["a component by its name", { it: each("small") }, 'It is the name of a component with the role "jug".'],
    ["a role without a function", { it: "jug" } as never, 'JUG-1 reads "it" by "undefined". It must be one of each,'],
    ["no list", undefined as never, 'JUG-1 has no "reads"'],
    ["messages of components", { m: messages("jug") }, "which no channel has. It is a role of components."],
    ["a component that is a channel", { it: optional("water") }, "no component has. It is a role of channels."],
    ["a mistyped role beside a good one", { ...jugReads, m: messages("wtaer") }, "Nearest: water."],
  ])("%s", (_, reads, message) => {
    const attempt = () => defined(claim(reads), full);
    expect(attempt).toThrow(ModelError);
    expect(attempt).toThrow(message);
    expect(() => defined(full, { ...full, id: "JUG-3", reads })).toThrow(ModelError);
  });

  test.each<readonly [string, readonly Property[], string]>([
    ["a mistyped witness", [claim(jugReads, { witness: "JGU-2" }), full], 'the witness "JGU-2", which is no property'],
    ["a witness that is a claim", [claim(jugReads, { witness: "JUG-1" }), full], 'is no "sometimes". Nearest: JUG-2.'],
    ["no witness", [claim(jugReads, { witness: undefined as never }), full], "JUG-1 names no witness"],
    ["two of one id", [full, full], 'Two properties have the id "JUG-2"'],
    ["an id that is taken", [{ ...full, id: "DEADLOCK" }], "reserved"],
    ["no id", [{ ...full, id: "" }], "empty"],
    ["an id that every object has", [{ ...full, id: "constructor" }], "reserved"],
    ["a mistyped kind", [{ ...full, kind: "sometime" as never }], 'of the kind "sometime". Nearest: sometimes.'],
    [
      "a mistyped selector",
      [claim({ it: { select: "eahc" as never, role: "jug" } }), full],
      'by "eahc". Nearest: each',
    ],
    ["no predicate", [claim(jugReads, { holds: undefined as never }), full], "JUG-1 has no predicate"],
    ["a claim that does not apply", [claim(jugReads, { applies: nowhere }), full], "by its own condition"],
    ["a claim about others", [claim(jugReads, { applies: elsewhereOnly }), full], "systems of another kind"],
    [
      "applies that says neither",
      [claim(jugReads, { applies: { belongs: () => true, when: () => 1 as never } }), full],
      "applies.when() returned number 1",
    ],
    [
      "a mistyped group",
      [claim(jugReads, { kind: "leadsTo", when: () => true, assumes: ["hand"] }), full],
      '"hand" is fair; "jugs" has no such group. Nearest: hands.',
    ],
  ])("%s", (_, properties, message) => {
    const attempt = () => defined(...properties);
    expect(attempt).toThrow(ModelError);
    expect(attempt).toThrow(message);
  });

  test.each<readonly [string, unknown]>([
    ["undefined", undefined],
    ["a number", 1],
    ["a text", "true"],
    ["null", null],
    ["a promise", Promise.resolve(true)],
  ])("a predicate that returns %s", (_, answer) => {
    const about = { id: "JUG-1", statement: "Dry.", source, witness: "JUG-2", reads: jugReads };
    const wrong = (): boolean => answer as boolean;
    const properties = [
      always({ ...about, holds: wrong }),
      canAlways({ ...about, holds: wrong }),
      sometimes({ ...about, holds: wrong }),
      leadsTo({ ...about, when: wrong, eventually: () => false, assumes: [] }),
      leadsTo({ ...about, when: () => true, eventually: wrong, assumes: [] }),
    ];
    for (const property of properties)
      expect(() => defined(property, full)).toThrow(/JUG-1: (holds|when|eventually)\(\) returns .* neither true nor/);
  });

  test("and accepts what reads something, beside parameters and channels", () => {
    expect(defined(claim({ ...jugReads, m: messages("water"), p: parameters() }), full).properties).toHaveLength(2);
  });
});

describe("a shared catalogue", () => {
  const elsewhere: Roles = { components: ["jug", "tap"], channels: ["water", "steam"] };
  const of = (id: string, changed: Partial<Property>): Property => ({ ...full, id, ...changed });
  const catalogue = [
    full,
    claim(jugReads),
    of("TAP-1", { reads: { it: each("tap") } }),
    claim({ it: optional("jug"), taps: optional("tap") }, { id: "JUG-3" }),
    claim({ taps: optional("tap"), steam: messages("steam") }, { id: "JUG-4" }),
    claim(jugReads, { id: "JUG-5", witness: "TAP-1" }),
    claim(jugReads, { id: "JUG-6", applies: nowhere }),
  ];

  test("is claimed where it applies, and what is left out is named with its cause", () => {
    const system = defineSystem({ ...jugs, ...claimsFor(jugs, catalogue, elsewhere) });
    expect(system.properties.map(({ id }) => id)).toEqual(["JUG-2", "JUG-1", "JUG-3"]);
    expect(system.notClaimed).toEqual([
      { id: "TAP-1", cause: "role", because: 'no component has the role "tap"' },
      { id: "JUG-4", cause: "nothing", because: 'nothing has the role "tap" or "steam"' },
      { id: "JUG-5", cause: "witness", because: "its witness TAP-1 is not claimed" },
      { id: "JUG-6", cause: "parameters", because: "by its own condition, whatever the parameters" },
    ]);
  });

  test("what was selected for other parts is refused: a claim would hold of nobody", () => {
    const system = defineSystem({ ...jugs, ...claimsFor(jugs, catalogue, elsewhere) });
    const { small } = system.components;
    const renamed = { small: { ...small!, role: "cup" } };
    expect(() => defineSystem({ ...system, components: renamed })).toThrow('no component has the role "jug"');
  });

  test.each<readonly [string, readonly Property[], string]>([
    ["a role that no system has", [of("TAP-1", { reads: { it: each("tpa") } })], 'role "tpa", which no component has.'],
    ["a channel that no system has", [claim({ m: messages("streams") }), full], "Nearest: steam."],
    ["a mistyped witness", [claim(jugReads, { witness: "JUG-22" }), full], "Nearest: JUG-2."],
  ])("with %s is refused", (_, wrong, message) => {
    expect(() => claimsFor(jugs, wrong, elsewhere)).toThrow(message);
  });
});
