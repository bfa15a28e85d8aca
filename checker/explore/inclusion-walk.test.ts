import { describe, expect, test } from "vitest";
import { Lines } from "./inclusion-lines.ts";
import { walk } from "./inclusion-repair.ts";
import type { ObservedStep, Tried, World } from "./inclusion-world.ts";
import { observations } from "./observed.ts";

/** Lane "a" takes the left or the right way, silently; "b" leaves, once; each way ends in a line that tells it. */
interface State {
  readonly way: "none" | "left" | "right";
  readonly left: boolean;
  readonly ended: boolean;
}

const START: State = { way: "none", left: false, ended: false };

function steps(state: State): readonly Tried<State>[] {
  const step = (lane: string, to: State, name: string, touches: readonly string[]): ObservedStep<State> => ({
    to,
    lane,
    marks: name === "" ? [] : [{ name, fields: {} }],
    touches,
    what: { lane, name, way: to.way },
  });
  const { way, left, ended } = state;
  return [
    ...(way === "none" ? (["left", "right"] as const).map((to) => step("a", { ...state, way: to }, "", ["a"])) : []),
    // Nobody ends before "b" has left.
    ...(way === "none" || ended
      ? []
      : left
        ? [step("a", { ...state, ended: true }, way, ["a", "door"])]
        : [{ refused: true, lane: "a", touches: ["door"] } as const]),
    ...(left ? [] : [step("b", { ...state, left: true }, "leaves", ["door"])]),
  ];
}

const world: World<State> = { key: (state) => JSON.stringify(state), steps, calls: () => [] };
const walked = (names: readonly (readonly [lane: string, name: string])[], limit = 100) =>
  walk(
    world,
    new Lines(
      observations(names.map(([lane, name]) => ({ lane, edge: "return" as const, shows: { name, fields: {} } }))),
    ),
    START,
    limit,
  );

describe("a walk", () => {
  test("goes the first way where that shows the lines", () => {
    const { steps: found } = walked([
      ["b", "leaves"],
      ["a", "left"],
    ]);
    expect(found?.flatMap(({ consumed }) => consumed)).toEqual([0, 1]);
  });

  test("goes back and takes the other way where a later line tells it", () => {
    const { steps: found, reached } = walked([
      ["b", "leaves"],
      ["a", "right"],
    ]);
    expect({ ways: found?.map(({ what }) => what), reached }).toMatchObject({
      ways: expect.arrayContaining([{ lane: "a", name: "", way: "right" }]) as unknown,
      reached: 2,
    });
  });

  test("lets another lane move first where that one is in the way", () => {
    const { steps: found } = walk(
      world,
      new Lines([
        { lane: "a", shows: { name: "left", fields: {} }, opens: -1, closes: 0 },
        { lane: "b", shows: { name: "leaves", fields: {} }, opens: -1, closes: 1 },
      ]),
      START,
      100,
    );
    expect(found?.flatMap(({ consumed }) => consumed)).toEqual([1, 0]);
  });

  test("finds nothing where no run shows the lines, and says how far it came", () => {
    expect(
      walked([
        ["b", "leaves"],
        ["b", "leaves"],
      ]),
    ).toEqual({ steps: undefined, reached: 1 });
  });

  test("finds nothing without steps", () => {
    expect(walked([["b", "leaves"]], 0)).toEqual({ steps: undefined, reached: 0 });
  });
});
