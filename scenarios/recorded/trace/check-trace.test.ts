import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { checkTrace, type TraceChecked } from "./check-trace.ts";
import { readTrace } from "./read-trace.ts";

const textOf = (name: string): string =>
  gunzipSync(readFileSync(new URL(`../data/${name}.trace.txt.gz`, import.meta.url))).toString();
const check = (text: string, without: readonly string[] = []): TraceChecked =>
  checkTrace(readTrace("trace", text, /^6\.12/).events, without, 20_000);

const selftest = textOf("iommufd-selftest");
const program = textOf("iommufd-program");

describe("traces of a booted Linux 6.12.117", () => {
  test("the selftest of iommufd is a run of the machines", () => {
    const { answer, lines, leftOut, unknown, notRecorded, size } = check(selftest);
    expect(answer.kind).toBe("explained");
    expect(answer.kind === "explained" && answer.steps.flatMap(({ consumed }) => consumed).length).toBe(lines.length);
    expect({ lines: lines.length, leftOut, unknown, notRecorded, size }).toEqual({
      lines: 114,
      leftOut: { attach_device_to_domain: 5 },
      unknown: {},
      notRecorded: [],
      size: { slots: 3, devices: 2, queues: 7, groups: [0, 1], absent: [0, 1] },
    });
  });

  test("so is the program that walks through the fault queue", () => {
    const { answer, unknown } = check(program);
    expect(answer.kind).toBe("explained");
    expect(unknown).toEqual({});
  });

  test("an answer with another code is none of theirs", () => {
    const wrong = program.replace("status=1 pasid=1 grpid=2 addr=0x1000", "status=2 pasid=1 grpid=2 addr=0x1000");
    expect(wrong).not.toBe(program);
    const { answer, lines } = check(wrong);
    expect(answer.kind).toBe("not-explained");
    expect(answer.kind === "not-explained" && lines[answer.at]!.event).toMatchObject({
      name: "group_response",
      line: wrong.split("\n").findIndex((line) => line.includes("status=2")) + 1,
    });
  });

  test("a device that has left its group is not attached", () => {
    const lines = selftest.split("\n");
    const last = lines.findLastIndex((line) => line.includes(": attach_group_handle:"));
    const { answer, lines: judged } = check(lines.toSpliced(last, 0, lines[last]!).join("\n"));
    expect(answer.kind).toBe("not-explained");
    expect(answer.kind === "not-explained" && judged[answer.at]!.event.line).toBeGreaterThan(last);
  });

  test("without its last lines a trace is still one", () => {
    const lines = program.split("\n");
    expect(check(`${lines.slice(0, 200).join("\n")}\n`).answer.kind).toBe("explained");
  });

  test("lines of one name that are missing are missed, unless their probe is said not to be set", () => {
    const text = program.replaceAll(/^.*free_group.*\n/gm, "");
    expect(check(text).answer.kind).toBe("not-explained");
    expect(check(text, ["free_group"]).answer.kind).toBe("explained");
  });
});
