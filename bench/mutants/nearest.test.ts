import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";
import { textOf, whoImports } from "./sources.ts";
import type { Survey } from "./survey.ts";

const KEY = "model/machines/linux/iommu/io-pgfault/partial-key.ts";
const OTHER = "model/machines/linux/iommu/io-pgfault/6.1/device-fault-data.ts";
const sequences = [1, 2, 3].map((line) => ({ recording: "r", class: "c", line }));
const text = textOf(KEY);
const inside = text.indexOf("=== last.grp");
const start = text.lastIndexOf("(", text.lastIndexOf("=>", inside));
const linesOf = (survey: Survey, place: number): readonly number[] =>
  nearest(survey, { file: KEY, start: place }).map(({ line }) => line);

const survey = (of: object, makers = {}): Survey => ({
  sequences,
  makers,
  files: {
    [KEY]: of as Survey["files"][string],
    [OTHER]: {
      "7": [
        [0, 900],
        [1, 1],
        [2, 1],
      ],
    },
  },
});

test("the sequence is first in whose calls the function has the largest share; one that does not run it is left out", () => {
  const calls = [
    [0, 50],
    [1, 9],
  ];
  expect(linesOf(survey({ [functionStart()]: calls, "3": [[2, 1]] }), inside)).toEqual([2, 1]);
});

test("a change outside of functions concerns the machines that are made with the file", () => {
  expect(whoImports(KEY)).toContain(OTHER);
  expect(linesOf(survey({ "3": [[1, 5]] }), 0)).toEqual([2, 1, 3]);
});

test("so does a change of a function that runs when machines are made", () => {
  expect(linesOf(survey({ [functionStart()]: [[1, 5]] }, { [KEY]: [functionStart()] }), inside)).toEqual([2, 1, 3]);
});

function functionStart(): number {
  expect(start).toBeGreaterThan(0);
  return start;
}
