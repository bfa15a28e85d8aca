import { describe, expect, test } from "vitest";
import { ForeseenQueues } from "./foreseen-queues.ts";
import { assignReads, type QueuedGroup, type Read } from "./foreseen-reads.ts";
import { madeTrace } from "./made-trace.ts";
import { readTrace } from "./read-trace.ts";
import { sortLines } from "./trace-lines.ts";

const group = (queue: number, delivered: number, cookie: number): QueuedGroup => ({
  queue,
  delivered,
  until: delivered + 1,
  records: 1,
  cookie,
  returns: [900, 910],
});
const read = (begins: number, records: number): Read => ({ begins, returns: begins + 5, room: 4, records });

describe("reads of two queues", () => {
  // Of queue 0 one group is there when it is read first, and of queue 1 two.
  const groups = [group(0, 10, 1), group(1, 12, 1), group(1, 14, 2), group(0, 30, 2)];
  const reads = [read(20, 1), read(26, 2), read(40, 1)];

  test("are of the queue that had as many groups, with these cookies", () => {
    expect(assignReads(groups, reads)).toEqual({
      score: 4,
      queues: new Map([
        [20, 0],
        [26, 1],
        [40, 0],
      ]),
    });
  });

  test("fit worse where a group has a cookie that was not the lowest free one", () => {
    expect(assignReads([group(0, 10, 2), ...groups.slice(1)], reads).score).toBeLessThan(4);
  });
});

test("what two devices on two queues report is answered by writes of two queues", () => {
  const text = madeTrace({ seed: 22, faults: 60, threads: 4, devices: 2, queues: 2 });
  const { lines, observed } = sortLines(readTrace("made", text, /^6\.12/).events, []);
  const foreseen = new ForeseenQueues(lines, observed);
  const queueOf = (word: string): readonly (number | undefined)[] =>
    lines.flatMap((line, place) => (line.word === word ? [foreseen.of(place)] : []));
  expect(queueOf("iopf_enable")).toEqual([0, 1]);
  expect(new Set(queueOf("fops_write").filter((queue) => queue !== undefined))).toEqual(new Set([0, 1]));
});
