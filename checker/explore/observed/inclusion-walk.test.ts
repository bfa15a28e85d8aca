import { describe, expect, test } from "vitest";
import { explain } from "./inclusion.ts";
import { Lines } from "./inclusion-lines.ts";
import { walk } from "./inclusion-repair.ts";
import type { ObservedStep, Tried, Turn, World } from "./inclusion-world.ts";
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

  describe("with a plan", () => {
    const planned: World<State> = {
      ...world,
      steps: (state) =>
        steps(state).map((step) => ("refused" in step ? step : { ...step, turns: () => [turnOf(step)] })),
    };
    const turnOf = ({ lane, what }: ObservedStep<State>): string => `${lane} ${(what as { name: string }).name}`;
    const turn = (name: string, lane: string, after: Turn["after"] = []): Turn => ({ name, lane, chain: lane, after });
    const lines = new Lines([
      { lane: "a", shows: { name: "right", fields: {} }, opens: -1, closes: 0 },
      { lane: "b", shows: { name: "leaves", fields: {} }, opens: -1, closes: 1 },
    ]);
    const lanes = (turns: readonly Turn[]) =>
      walk(planned, lines, START, 100, turns).steps?.map(({ what }) => (what as { lane: string }).lane);

    test("lets the lane move first whose turn it is", () => {
      expect(lanes([])).toEqual(["a", "b", "a"]);
      expect(lanes([turn("b leaves", "b"), turn("a ", "a", [["b", 1]])])).toEqual(["b", "a", "a"]);
    });

    test("finds nothing with a wrong one, and the answer does not depend on it", () => {
      const wrong = [turn("a waves", "a"), turn("a ", "a")];
      expect(lanes(wrong)).toBeUndefined();
      const { kind } = explain({ ...planned, plan: () => wrong }, [START], lines.observed, { states: 100 });
      expect(kind).toBe("explained");
    });

    test("finds nothing that no run shows", () => {
      const twice = new Lines([
        { lane: "b", shows: { name: "leaves", fields: {} }, opens: -1, closes: 0 },
        { lane: "b", shows: { name: "leaves", fields: {} }, opens: 0, closes: 1 },
      ]);
      expect(walk(planned, twice, START, 100, [turn("b leaves", "b"), turn("b leaves", "b")]).steps).toBeUndefined();
    });
  });
});
