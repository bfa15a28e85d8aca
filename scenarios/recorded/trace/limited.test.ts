import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { madeTrace } from "./made-trace.ts";
import { traceReport, type TraceReport } from "./trace-report.ts";

const made = (devices: number): string => madeTrace({ seed: 1, faults: 6, threads: 1, devices, queues: devices });
/** As if groups had been freed that nobody reported. */
const wrong = (text: string): string => text.replace(/(free_group: .*grpid=)\d+/, "$199");
const fromFaults = (text: string): string => {
  const lines = text.split("\n");
  return lines.slice(lines.findIndex((line) => line.includes(": report_fault:"))).join("\n");
};

function report(text: string, without: readonly string[] = []): TraceReport {
  const folder = mkdtempSync(join(tmpdir(), "trace-"));
  const file = join(folder, "made.txt");
  writeFileSync(file, text);
  try {
    return traceReport(file, without, 20_000);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("a trace that no run shows", () => {
  test("is not explained where every run was tried", () => {
    expect(report(wrong(made(1)))).toMatchObject({ verdict: "not-explained", at: { name: "free_group" } });
  });

  test("is undecided where two devices were attached before: some ways to share queues were not tried", () => {
    const { verdict, because, at } = report(fromFaults(made(2)).replace(/(report_fault_ret: .*ret=)0/, "$17"));
    expect({ verdict, name: at?.name }).toEqual({ verdict: "undecided", name: "report_fault_ret" });
    expect(because).toMatch(/^iommufd_mock0, iommufd_mock1 may have been attached before the first line/);
  });

  test("is undecided behind a cookie of a device that was attached before, and is not explained in front of it", () => {
    const trace = fromFaults(made(1));
    const [first] = trace.match(/^.*report_fault_ret: .*$/m)!;
    expect(trace.indexOf(first)).toBeLessThan(trace.indexOf("cookie="));
    expect(report(trace.replace(first, first.replace("ret=0", "ret=7")))).toMatchObject({
      verdict: "not-explained",
      at: { name: "report_fault_ret" },
    });
    // A line behind the first cookie, which no write returns.
    const lines = trace.split("\n");
    const cookie = lines.findIndex((line) => line.includes("cookie="));
    const after = lines.findIndex((line, k) => k > cookie && line.includes(": fops_write_ret:"));
    lines[after] = lines[after]!.replace(/ret=\d+/, "ret=7");
    const { verdict, because } = report(lines.join("\n"));
    expect(verdict).toBe("undecided");
    expect(because).toMatch(/^iommufd_mock0 may have been attached before the first line, and line \d+ has a cookie/);
  });

  test("is undecided where a device moves between IOMMU groups", () => {
    const add = (device: number, group: number, time: number, name = "add_device_to_group"): string =>
      `           t-1     [000] .....  ${time}.000000: ${name}: IOMMU: groupID=${group} device=iommufd_mock${device}\n`;
    const apart = `${add(0, 0, 1)}${add(1, 1, 2)}`;
    expect(report(`${apart}${wrong(made(2))}`)).toMatchObject({ verdict: "not-explained" });
    const together = `${add(0, 5, 1)}${add(1, 5, 2)}${add(1, 5, 3, "remove_device_from_group")}${add(1, 6, 4)}`;
    const { verdict, because } = report(`${together}${wrong(made(2))}`);
    expect(verdict).toBe("undecided");
    expect(because).toMatch(/^line 4: iommufd_mock1 moves between IOMMU groups/);
  });

  test("is undecided where the clock of one of several CPUs stood still", () => {
    const [onOne, stopped] = [made(1), wrong(made(1)).replaceAll(/ 10[.]\d{6}: /g, " 10.000001: ")];
    // With one CPU the order of the lines is that of what happened, whatever its clock says.
    expect(report(stopped)).toMatchObject({ verdict: "not-explained" });
    const other = onOne.split("\n").find((line) => line.includes(" [000] "))!;
    const outside = other.replace("[000]", "[001]").replace(/: \w+: .*$/, ": group_response: (x+0x0/0x0) grpid=0");
    const onTwo = `${stopped.trimEnd()}\n${outside}\n`;
    const { verdict, because } = report(onTwo);
    expect(verdict).toBe("undecided");
    expect(because).toMatch(/^line \d+: CPU 0 has 8 lines or more in one microsecond, so its clock stood still/);
    expect(report(onTwo.replace(/ 10[.]000001: /, " 9.000001: "))).toMatchObject({ verdict: "undecided" });
  });

  test("is undecided where time runs backwards between CPUs", () => {
    const trace = wrong(made(1));
    const [, late] = [...trace.matchAll(/^.* 10[.]\d{6}: .*$/gm)].map(([text]) => text);
    const goesBack = trace.replace(late!, late!.replace(/ 10[.]\d{6}: /, " 11.000000: "));
    // With one CPU the order of the file is that of what happened.
    expect(report(goesBack)).toMatchObject({ verdict: "not-explained", backwards: 1 });
    const { verdict, because } = report(
      goesBack.replace(late!.replace(/ 10[.]\d{6}: .*$/, ""), "faults-100 [001] ....."),
    );
    expect(verdict).toBe("undecided");
    expect(because).toMatch(/^line \d+: the time is before that of the line before it/);
  });

  test("is undecided where somebody else than iommufd enables page faults", () => {
    const text = (said: string, time: number): string => `           t-1     [000] .....  ${time}.000000: ${said}\n`;
    const add = [text('queue_add_device: (x+0x0/0x0) dev="other"', 1), text("queue_add_device_ret: (x <- y) ret=0", 2)];
    const { verdict, because } = report(`${add.join("")}${made(1)}`);
    expect(verdict).toBe("undecided");
    expect(because).toMatch(/^line 1: page faults of other are enabled without iopf_enable/);
  });

  test("is undecided where lines are missing that say what a thread asked for", () => {
    const { verdict, because } = report(wrong(made(1).replaceAll(/^.*fops_read_ret.*\n/gm, "")), ["fops_read_ret"]);
    expect(verdict).toBe("undecided");
    expect(because).toMatch(/^fops_read_ret was not recorded, so not every call/);
  });

  test("is undecided where a field is missing that says what a thread asked for", () => {
    const { verdict, because } = report(wrong(made(1).replace(/(fops_read: .*) count=\d+/, "$1")));
    expect(verdict).toBe("undecided");
    expect(because).toMatch(/^line \d+ \(fops_read\) has no field "count"/);
  });

  test("is undecided where a report does not tell its device", () => {
    const { verdict, because } = report(made(1).replace(/(report_fault: .*dev=)"\w+"/, "$1(fault)"));
    expect(verdict).toBe("undecided");
    expect(because).toMatch(/^line \d+ \(report_fault\) has no field "dev"/);
  });

  test("does not depend on the device that a line of a switch does not tell, if other lines of the call do", () => {
    const trace = made(1).replace(/(replace_group_handle: .*\n.*attach_device_to_domain: .*) device=.*/, "$1");
    expect(report(trace)).toMatchObject({ verdict: "explained" });
  });

  test("is undecided behind events that trace-cmd says were dropped", () => {
    const lines = made(1).split("\n");
    const start = lines.findIndex((line) => line.includes(": report_fault:"));
    const trace = [...lines.slice(0, start + 1), "CPU:0 [3 EVENTS DROPPED]", ...lines.slice(start + 4)].join("\n");
    const { verdict, because } = report(trace);
    expect({ verdict, because }).toEqual({
      verdict: "undecided",
      because: `events were lost at line ${start + 2}; what comes after it was not judged`,
    });
  });
});

describe("a failure that no line tells of", () => {
  test("may be what ended a read that returned records: the group is read again", () => {
    const [first, second] = ["0x1000", "0x2000"];
    const lines = (trace: readonly string[]): string =>
      trace.map((text, k) => `           t-1     [000] .....  ${(10 + k / 1e4).toFixed(6)}: ${text}\n`).join("");
    const group = (grpid: number, addr: string): string => `pasid=0 grpid=${grpid} addr=${addr}`;
    const reported = (grpid: number, addr: string): readonly string[] => [
      `report_fault: (x+0x0/0x0) dev="a" type=1 flags=2 ${group(grpid, addr)} perm=0x1`,
      `iommufd_handler: (x+0x0/0x0) ${group(grpid, addr)} count=1`,
      `group_dequeue: (x+0x0/0x0) ${group(grpid, addr)}`,
      "report_fault_ret: (x+0x0/0x0) ret=0",
    ];
    const attach = [
      "iopf_enable: (x+0x0/0x0)",
      'queue_add_device: (x+0x0/0x0) dev="a"',
      "queue_add_device_ret: (x+0x0/0x0) ret=0",
      "attach_group_handle: (x+0x0/0x0)",
      'attach_device_to_domain: IOMMU: device="a"',
    ];
    const read = (ret: number): readonly string[] => [
      "fops_read: (x+0x0/0x0) count=80",
      `fops_read_ret: (x+0x0/0x0) ret=${ret}`,
    ];
    const trace = [...attach, ...reported(1, first), ...reported(2, second), ...read(40), ...read(40)];
    expect(report(lines(trace))).toMatchObject({ verdict: "explained" });
    expect(report(lines([...trace, ...read(40)]))).toMatchObject({ explained: trace.length + 1 });
  });
});
