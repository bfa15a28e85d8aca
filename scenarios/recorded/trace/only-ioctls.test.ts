import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { checkTrace, type TraceChecked } from "./check-trace.ts";
import { madeTrace } from "./made-trace.ts";
import { OF_FAULTS, withoutFaults } from "./only-ioctls.ts";
import { readTrace } from "./read-trace.ts";
import type { TraceLine } from "./trace-line.ts";

const selftest = gunzipSync(readFileSync(new URL("../data/iommufd-selftest.trace.txt.gz", import.meta.url))).toString();
const eventsOf = (text: string): readonly TraceLine[] => readTrace("trace", text, /^6\.12/).events;
const ioctls = (text: string): TraceChecked => checkTrace(withoutFaults(eventsOf(text)), OF_FAULTS, 20_000);
/** The text with another device, which no line attaches, on one of its lines. */
const renamed = (line: number): string =>
  selftest
    .split("\n")
    .map((content, index) => (index + 1 === line ? content.replace(/iommufd_mock\d/, "iommufd_mock7") : content))
    .join("\n");

describe("a trace without its faults", () => {
  test("is a run if the trace is one", () => {
    const sizes = { faults: 20, threads: 2, devices: 2, queues: 2 };
    for (const text of [selftest, ...[1, 2, 3].map((seed) => madeTrace({ seed, ...sizes }))]) {
      const { answer, lines } = ioctls(text);
      expect(answer.kind).toBe("explained");
      expect(lines.some(({ word }) => word === "iommufd_auto_response")).toBe(true);
      expect(lines.some(({ event }) => event.fields["cookie"] !== undefined)).toBe(false);
    }
  });

  test("decides of an ioctl with the names of two devices, one of which may have been attached before", () => {
    // queue_remove_device, and attach_device_to_domain of a replace that answers faults.
    for (const line of [45, 84]) {
      const { answer, limited, mayBeAttached } = checkTrace(eventsOf(renamed(line)), [], 20_000);
      expect({ kind: answer.kind, limited, mayBeAttached }).toEqual({
        kind: "not-explained",
        limited: undefined,
        mayBeAttached: ["iommufd_mock7"],
      });
    }
  });

  test("decides nothing of a fault: it may rest on cookies from before", () => {
    const { answer, limited } = checkTrace(eventsOf(renamed(30)), [], 20_000);
    expect(answer.kind).toBe("not-explained");
    expect(limited).toMatch(/^iommufd_mock7 may have been attached before the first line, and line 37 has a cookie/);
  });

  test("a device that a line adds to its group was not attached before", () => {
    const text = selftest.split("\n").toSpliced(18, 1).join("\n");
    const { answer, mayBeAttached, lines } = checkTrace(eventsOf(text), [], 20_000);
    expect({ kind: answer.kind, mayBeAttached }).toEqual({ kind: "not-explained", mayBeAttached: [] });
    expect(answer.kind === "not-explained" && lines[answer.at]!.word).toBe("detach_group_handle");
  });
});
