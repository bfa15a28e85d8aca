import { expect, test } from "vitest";
import { rowsOf, type Entrant } from "./contest.ts";

const counts = (name: string, states: number): Entrant => ({
  name,
  needs: [],
  prepare: () => [process.execPath, "-e", `console.log(${states})`],
  read: (stdout) => ({ states: Number(stdout), transitions: 7 }),
});
const ours = counts("ours", 3);
const same = counts("same", 3);
const other = counts("other", 4);

const silent = (): void => {};

test("programs are measured in turn, and those that count something else do not agree", async () => {
  const said: string[] = [];
  const rows = await rowsOf({ size: "S", entrants: [ours, same, other] }, 2, (line) => said.push(line));
  expect(rows.map(({ tool, agrees }) => [tool, agrees])).toEqual([
    ["ours", true],
    ["same", true],
    ["other", false],
  ]);
  expect(said).toEqual(["S: ours ...", "S: same ...", "S: other ...", "S: ours ...", "S: same ...", "S: other ..."]);
});

test("what all must count may be known before", async () => {
  const agreed = { states: 4, transitions: 7 };
  const rows = await rowsOf({ size: "S", agreed, entrants: [ours, other] }, 1, silent);
  expect(rows.map(({ agrees }) => agrees)).toEqual([false, true]);
});

test("a program that is not installed has no row", async () => {
  const rows = await rowsOf({ size: "S", entrants: [ours, { ...same, needs: ["no-such-program"] }] }, 1, silent);
  expect(rows.map(({ tool }) => tool)).toEqual(["ours"]);
});
