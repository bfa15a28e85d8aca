/** What the first step has changed in a component that is compared as a whole: the record has it among its changes. */
import { expect, test } from "vitest";
import { assign, createMachine } from "xstate";
import { all, always, check, defineSystem } from "../checker/library.ts";
import { abbreviations } from "./abbreviate.ts";
import { comparedAt, comparedAtEnd } from "./compared.ts";

const lift = createMachine({
  id: "lift",
  context: { floor: 0, wanted: [] as number[] },
  on: { "lift.is-called": { actions: assign({ wanted: [2] }) } },
});

const { properties } = check(
  defineSystem({
    name: "lift",
    components: { lift: { machine: lift, role: "lift", events: [{ type: "lift.is-called" }] } },
    routes: [],
    deadlock: "allowed",
    properties: [
      always({
        id: "L-1",
        statement: "Nobody calls.",
        reads: { lifts: all("lift") },
        holds: ({ lifts }) => lifts.every(({ context }) => (context as { wanted: number[] }).wanted.length === 0),
      }),
    ],
  }),
);

test("is told, with the step; what it has not changed is not", () => {
  const { verdict } = properties.find(({ id }) => id === "L-1")!;
  if (verdict.kind !== "violated") throw new Error(verdict.kind);
  const short = abbreviations(verdict.trace);
  expect(comparedAtEnd(verdict.trace, short.value)).toEqual([{ name: "wanted of lift", value: [2], since: 1 }]);
  expect(comparedAt(verdict.trace, 0, short)).toEqual(["wanted of lift: [] -> [2]"]);
});
