import { describe, expect, test } from "vitest";
import { beforeTrace } from "./before-trace.ts";
import { checkTrace, type TraceChecked } from "./check-trace.ts";
import { madeTrace } from "./made-trace.ts";
import { readTrace } from "./read-trace.ts";

const text = madeTrace({ seed: 1, faults: 6, threads: 1, devices: 1, queues: 1 });
const check = (trace: string): TraceChecked => checkTrace(readTrace("made", trace, /^6\.12/).events, [], 20_000);

/** The trace from the first line of the name on. */
const from = (name: string): string => {
  const lines = text.split("\n");
  return lines.slice(lines.findIndex((line) => line.includes(`: ${name}:`))).join("\n");
};

describe("a trace that begins late", () => {
  test("after the device was attached is explained, given that it was", () => {
    const { answer, attachedBefore } = check(from("report_fault"));
    expect({ kind: answer.kind, attachedBefore }).toEqual({ kind: "explained", attachedBefore: ["iommufd_mock0"] });
  });

  test("from the beginning needs nothing before it", () => {
    expect(check(text)).toMatchObject({ answer: { kind: "explained" }, attachedBefore: [] });
  });

  test("inside a call is not explained, and that is said", () => {
    const { answer, lines, mayBeAttached } = check(from("group_dequeue"));
    expect(answer.kind).toBe("not-explained");
    expect(answer.kind === "not-explained" && beforeTrace(lines, answer.at, mayBeAttached)).toMatch(
      /^faults-100 was inside a call when the trace began: its first line, \d+, is group_dequeue$/,
    );
  });

  test("a line that is wrong is not excused by it", () => {
    const wrong = from("report_fault").replace(/(free_group: .*grpid=)\d+/, "$199");
    const { answer, lines } = check(wrong);
    expect(answer.kind).toBe("not-explained");
    expect(answer.kind === "not-explained" && lines[answer.at]!.word).toBe("free_group");
  });
});
