import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { madeTrace } from "./made-trace.ts";
import { traceReport, type TraceReport } from "./trace-report.ts";

const text = madeTrace({ seed: 1, faults: 6, threads: 2, devices: 1, queues: 1 });
const lines = text.split("\n");
const middle = Math.floor(lines.length / 2);
/** As if nobody had reported the first group that is freed behind the line, or the last in front of it. */
const wrong = (line: string): string => line.replace(/(free_group: .*grpid=)\d+/, "$199");

function report(name: string, content: string | Uint8Array): TraceReport {
  const folder = mkdtempSync(join(tmpdir(), "trace-"));
  writeFileSync(join(folder, name), content);
  try {
    return traceReport(join(folder, name), [], 20_000);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
const inserted = (marker: string, change: (line: string, index: number) => string = (line) => line): string =>
  lines.map(change).toSpliced(middle, 0, marker).join("\n");

describe("a trace that lost events in the middle", () => {
  const markers = ["CPU:1 [LOST 3 EVENTS]", "CPU:1 [LOST EVENTS]", "a 12 [001] 10.000000: PERF_RECORD_LOST lost 5"];

  test.each(markers)("is judged up to there: %s", (marker) => {
    const { verdict, because, explained } = report("lost.txt", inserted(marker));
    expect(verdict).toBe("undecided");
    expect(because).toBe(`events were lost at line ${middle + 1}; what comes after it was not judged`);
    expect(explained).toBe(lines.slice(0, middle).filter((line) => /^ .*\d: /.test(line)).length);
  });

  test("is not explained where a line in front is wrong, and does not judge what is behind", () => {
    const marker = markers[0]!;
    const front = inserted(marker, (line, index) => (index < middle ? wrong(line) : line));
    const behind = inserted(marker, (line, index) => (index < middle ? line : wrong(line)));
    expect(front).not.toBe(inserted(marker));
    expect(behind).not.toBe(inserted(marker));
    expect(report("front.txt", front)).toMatchObject({ verdict: "not-explained", at: { name: "free_group" } });
    expect(report("behind.txt", behind)).toMatchObject({ verdict: "undecided" });
  });

  test("at its end is judged whole, and stays undecided", () => {
    const { verdict, explained, lines: all } = report("end.txt", `${text}${markers[0]}\n`);
    expect({ verdict, explained }).toEqual({ verdict: "undecided", explained: all });
  });
});

describe("an overflow that only the log tells of", () => {
  const log = "[   10.000001] DMAR: IOMMU: dmar0: PRQ overflow detected\n";
  const discard = ["queue_discard_partial: (x+0x0/0x0)", "queue_discard_partial_ret: (x <- y) ret=0"]
    .map((said, k) => `           irq-9     [000] .....  9.00000${k}: ${said}\n`)
    .join("");

  test("leaves a wrong line undecided, unless a line shows a discard", () => {
    const first = wrong(text);
    expect(report("a.txt", first)).toMatchObject({ verdict: "not-explained" });
    const { verdict, because } = report("b.txt", `${log}${first}`);
    expect(verdict).toBe("undecided");
    expect(because).toMatch(/^the log tells of an overflow, and no line of queue_discard_partial/);
    expect(report("c.txt", `${log}${discard}${first}`)).toMatchObject({ verdict: "not-explained" });
    expect(report("d.txt", `${log}${text}`)).toMatchObject({ verdict: "explained", overflows: 1 });
  });
});

describe("a gzipped trace", () => {
  const whole = gzipSync(text);

  test("is answered as the plain one", () => {
    expect({ ...report("a.txt.gz", whole), file: "" }).toEqual({ ...report("a.txt", text), file: "" });
  });

  test.each([1, 10, whole.length - 20])("that lacks its last %d bytes is refused by name", (missing) => {
    expect(() => report("cut.txt.gz", whole.subarray(0, whole.length - missing))).toThrow(
      /cut\.txt\.gz": expected a whole gzip file, but it is damaged or cut off/,
    );
  });
});
