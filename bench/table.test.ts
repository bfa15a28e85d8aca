import { expect, test } from "vitest";
import { summary, tableOf, type Run } from "./table.ts";

const run = (seconds: number, agrees = true): Run => ({
  states: 1_510_694,
  transitions: 6_371_677,
  seconds,
  cpuSeconds: seconds,
  peakBytes: 150 * 1024 ** 2,
  bytes: 30_213_880,
  agrees,
});

test("a table of measurements", () => {
  const ours = summary("faultline", "M", [run(3), run(1.5), run(2)]);
  const { bytes: _, ...untold } = summary("peer", "M", [run(4, false)]);
  const table = tableOf([
    { ...ours, against: 2 },
    { ...untold, against: 2 },
  ]);
  expect(table).toMatchInlineSnapshot(`
    "size  tool          states  transitions  seconds  cpu s  states/s  transitions/s  bytes/state  peak MB  time / ours    counts
    M     faultline  1,510,694    6,371,677     2.00   2.00    0.76 M         3.19 M         20.0      150         1.00     agree
    M     peer       1,510,694    6,371,677     4.00   4.00    0.38 M         1.59 M     not told      150         2.00  DISAGREE"
  `);
});

test("runs agree when all of them do", () => {
  expect(summary("t", "M", [run(1), run(2, false)]).agrees).toBe(false);
});
