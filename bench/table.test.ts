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
  const against = { seconds: 2, cpuSeconds: 2 };
  const { states: _states, transitions: _transitions, ...start } = untold;
  const table = tableOf([
    { ...ours, against },
    { ...untold, against },
    { ...untold, tool: "earlier", mayDiffer: true, against },
    { ...untold, tool: "short", cpuSeconds: 0, against },
    { ...start, size: "list systems", against },
  ]);
  expect(table).toMatchInlineSnapshot(`
    "size          tool          states  transitions  seconds  cpu s  states/cpu s  transitions/cpu s  bytes/state  peak MB  time / ours  cpu / ours    counts
    M             faultline  1,510,694    6,371,677     2.00   2.00         755 k             3.19 M         20.0      150         1.00        1.00     agree
    M             peer       1,510,694    6,371,677     4.00   4.00         378 k             1.59 M     not told      150         2.00        2.00  DISAGREE
    M             earlier    1,510,694    6,371,677     4.00   4.00         378 k             1.59 M     not told      150         2.00        2.00    differ
    M             short      1,510,694    6,371,677     4.00   0.00             -                  -     not told      150         2.00        0.00  DISAGREE
    list systems  peer                                  4.00   4.00                                                    150         2.00        2.00"
  `);
});

test("runs agree when all of them do", () => {
  expect(summary("t", "M", [run(1), run(2, false)]).agrees).toBe(false);
});
