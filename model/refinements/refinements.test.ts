/** Every comparison of a stand-in with the detailed machines, and that each of them can fail. */
import { describe, expect, test } from "vitest";
import { defineSystem } from "../../checker/system.ts";
import { filled } from "../../checker/said.ts";
import { cuts } from "./cuts.ts";
import { mark, sideOf, verdictOf, type Cut } from "./cut.ts";
import { outside } from "./environment.ts";

/** The last message is the one that the stand-in cannot do. */
const TRACES: { readonly [name: string]: readonly string[] } = {
  "request-service/two-groups": [
    "the device requests page 0 of PRGI 0 (last: true)",
    "the device requests page 0 of PRGI 1 (last: true)",
    "PRGI 1 gets the response success",
  ],
  "unpin-loop/range": ["the pages from page 0 on are to be unmapped", "page 0 is unmapped", "page 0 is unpinned"],
};

describe.each(cuts)("$name", (cut) => {
  test(`${cut.difference === undefined ? "refines" : "does not refine"}`, () => {
    const verdict = verdictOf(cut);
    expect(verdict.kind, JSON.stringify(verdict)).toBe(cut.difference === undefined ? "refines" : "does-not");
    const told =
      verdict.kind === "does-not"
        ? verdict.trace.map(({ name, fields }) => filled(cut.says[name]!, [fields]))
        : undefined;
    expect(told).toEqual(TRACES[cut.name]);
  });

  test("is not vacuous: a stand-in that can do everything would not refuse the forbidden trace", () => {
    const compare = () => ({ ...cut.compare(), simple: { system: anything(cut), shows: showsAny(cut) } });
    expect(verdictOf({ ...cut, compare })).toMatchObject({
      kind: "vacuous",
      because: "the stand-in can do the trace that it must refuse",
    });
  });

  test("a stand-in that does nothing does not refine", () => {
    const compare = () => ({ ...cut.compare(), simple: { system: nothing, shows: {} } });
    expect(verdictOf({ ...cut, compare, forbidden: [mark("anything")] })).toMatchObject({
      kind: "does-not",
      trace: [{}],
      instead: [],
    });
  });

  test("ends at a bound", () => {
    const compare = () => ({ ...cut.compare(), limits: { pairs: 5, simple: 1000 } });
    expect(verdictOf({ ...cut, compare })).toMatchObject({ kind: "bound" });
  });

  test("notices a detailed side that is silent, and a forbidden trace that fails too early", () => {
    const compare = () => ({ ...cut.compare(), detailed: { system: nothing, shows: {} } });
    expect(verdictOf({ ...cut, compare })).toMatchObject({ kind: "vacuous" });
    const forbidden = [mark("never heard of"), ...cut.forbidden];
    expect(verdictOf({ ...cut, forbidden })).toMatchObject({ kind: "vacuous" });
  });
});

const nothing = defineSystem({ name: "nothing", parameters: {}, components: { outside }, routes: [], properties: [] });

/** Shows the marks of the forbidden trace whenever it likes. */
const anything = ({ forbidden }: Cut) =>
  defineSystem({
    name: "anything",
    parameters: {},
    components: {
      outside: { ...outside, events: forbidden.map((_, at) => ({ type: `shows-${at}` })) },
    },
    routes: [],
    properties: [],
  });
const showsAny = ({ forbidden }: Cut) => Object.fromEntries(forbidden.map((one, at) => [`shows-${at}`, () => one]));

test("a table that names a message which nobody sends is a mistake of the model", () => {
  expect(() => sideOf({ system: nothing, shows: { "no.such-message": () => null } })).toThrow(
    'The interface of "nothing" shows "no.such-message", which nobody sends.',
  );
});
