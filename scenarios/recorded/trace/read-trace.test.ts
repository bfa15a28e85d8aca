import { describe, expect, test } from "vitest";
import { RecordingError } from "../conformance.ts";
import { readTrace } from "./read-trace.ts";

const line = (seconds: number, name: string): string =>
  `  iommufd-48      [000] .....     ${seconds.toFixed(6)}: ${name}: (f+0x0/0x1) ret=0`;
const read = (lines: readonly string[]): ReturnType<typeof readTrace> => readTrace("a.txt", lines.join("\n"), /^6\.12/);

describe("the text of a trace", () => {
  test("is its events, and what was lost and not understood", () => {
    const trace = read([
      "# tracer: nop",
      line(1, "a"),
      "CPU:1 [LOST 3 EVENTS]",
      "what is this",
      line(2, "b"),
      line(1.5, "c"),
      "",
    ]);
    expect(trace.events.map(({ name, line: at }) => [name, at])).toEqual([
      ["a", 2],
      ["b", 5],
      ["c", 6],
    ]);
    expect(trace).toMatchObject({
      losses: [{ line: 3, cpu: 1, events: 3 }],
      unknown: [4],
      backwards: [6],
      cutOff: false,
    });
  });

  test("that is cut off loses its last line, and says so", () => {
    const trace = read([line(1, "a"), line(2, "b").slice(0, 50)]);
    expect(trace).toMatchObject({ cutOff: true, events: [{ name: "a" }] });
  });

  test("tells how much of its beginning was overwritten", () => {
    expect(read(["# entries-in-buffer/entries-written: 100/130   #P:4", line(1, "a"), ""]).overwritten).toBe(30);
    const lost = read(["CPU:0 [LOST 7 EVENTS]", line(1, "a"), "CPU:1 [LOST 3 EVENTS]", line(2, "b"), ""]);
    expect(lost).toMatchObject({ overwritten: 7, losses: [{ line: 3 }] });
  });

  test("knows a thread by its PID, whatever name the tracer has for it", () => {
    const named = (task: string, seconds: number): string => line(seconds, "a").replace("iommufd", task);
    const { events } = read([named("<...>", 1), named("vm 7", 2), named("reader", 3), ""]);
    expect(events.map(({ task, pid }) => [task, pid])).toEqual([
      ["vm 7", 48],
      ["vm 7", 48],
      ["vm 7", 48],
    ]);
    expect(read([named("<...>", 1), ""]).events).toMatchObject([{ task: "<...>" }]);
  });

  test("without an event is no trace", () => {
    for (const text of ["", "hello\n", '{"kernel":"6.12"}\n', "# tracer: nop\n"])
      expect(() => readTrace("a.txt", text, /^6\.12/)).toThrow(RecordingError);
    expect(() => read(["hello", ""])).toThrow(/"a.txt" is no trace: no line of it is an event; expected text of/);
  });

  test("of another kernel is refused", () => {
    expect(() => read(["# os release : 6.1.0-28-amd64", line(1, "a"), ""])).toThrow(
      '"a.txt" was recorded on kernel 6.1.0-28-amd64; the machines are those of Linux 6.12.',
    );
    expect(read(["# os release : 6.12.117", line(1, "a"), ""]).events).toHaveLength(1);
  });
});
