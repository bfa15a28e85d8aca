import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { checkTrace } from "./check-trace.ts";
import { probeDefinitions } from "./probes.ts";
import { readTrace } from "./read-trace.ts";

/** Recorded with the probes that are printed: Debian's 6.12.117, two CPUs, two devices with a fault queue each. */
const text = gunzipSync(readFileSync(new URL("../data/iommufd-two-cpus.trace.txt.gz", import.meta.url))).toString();
const { events } = readTrace("trace", text, /^6\.12/);

describe("the probes that are printed", () => {
  test("make lines of every name", () => {
    const names = new Set(events.map(({ name }) => name));
    const defined = probeDefinitions.map((probe) => /^[pr]:faultline\/(\w+)/.exec(probe)![1]!);
    // iommufd's selftest has no page request queue that overflows, and these were printed later.
    const discards = ["queue_discard_partial", "queue_discard_partial_ret"];
    expect(defined.filter((name) => !names.has(name))).toEqual(discards);
  });

  test("read what an int function returns as a negative number", () => {
    const returned = events.filter(({ name }) => name === "report_fault_ret").map(({ fields }) => fields["ret"]);
    expect(new Set(returned)).toEqual(new Set([0, -22]));
    const read = probeDefinitions.filter((probe) => probe.startsWith("r:")).map((probe) => probe.split(" ").at(-1));
    const [int, size] = ["ret=$retval:s32", "ret=$retval:s64"];
    expect(read).toEqual([int, int, int, size, size]);
  });

  test("record a run of the machines: two reporters, two that respond and one that replaces, on two CPUs", () => {
    const { answer, lines, unknown, notRecorded } = checkTrace(events, [], 20_000);
    expect(answer.kind).toBe("explained");
    expect({ unknown, notRecorded, cpus: new Set(lines.map(({ event }) => event.cpu)).size }).toEqual({
      unknown: {},
      notRecorded: [],
      cpus: 2,
    });
  });

  test("a response that goes to the hardware with another code is not such a run", () => {
    // A prefix: as a whole, the trace has more fault queues than are tried.
    const lines = text.split("\n").slice(0, 79);
    const at = lines.findIndex((line) => line.includes("mock_page_response") && line.includes("code=0"));
    const wrong = [...lines.slice(0, at), lines[at]!.replace("code=0", "code=1"), ...lines.slice(at + 1)].join("\n");
    expect(checkTrace(readTrace("trace", `${wrong}\n`, /^6\.12/).events, [], 20_000).answer.kind).toBe("not-explained");
  });
});
