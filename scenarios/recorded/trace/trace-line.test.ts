import { describe, expect, test } from "vitest";
import { isEvent, parseLine } from "./trace-line.ts";

const DETAILS = `(iommu_report_device_fault+0x0/0x560) dev="iommufd_mock0" type=1 flags=3 pasid=1 grpid=2 perm=0x3 addr=0xdeadbeaf`;
const event = {
  line: 7,
  task: "iommufd",
  pid: 48,
  cpu: 0,
  inInterrupt: false,
  time: 1_705_790,
  name: "report_fault",
  fields: { dev: "iommufd_mock0", type: 1, flags: 3, pasid: 1, grpid: 2, perm: 3, addr: 0xdeadbeaf },
};

describe("a line of a trace", () => {
  test.each([
    ["ftrace", `         iommufd-48      [000] .....     1.705790: report_fault: ${DETAILS}`],
    [
      "ftrace with the thread group",
      `         iommufd-48      (     48) [000] .....     1.705790: report_fault: ${DETAILS}`,
    ],
    ["ftrace of an older kernel", `         iommufd-48      [000] ....     1.705790: report_fault: ${DETAILS}`],
    [
      "ftrace with lazy preemption of its own",
      `         iommufd-48      [000] .......     1.705790: report_fault: ${DETAILS}`,
    ],
    ["trace-cmd", `         iommufd-48    [000]     1.705790: report_fault:         ${DETAILS}`],
    ["trace-cmd with flags", `         iommufd-48    [000] .....     1.705790: report_fault:         ${DETAILS}`],
    ["perf", `         iommufd    48 [000]     1.705790: probe:report_fault: ${DETAILS}`],
    ["perf with the process", `iommufd    40/48    [000]     1.705790:          1 kprobes:report_fault: ${DETAILS}`],
  ])("as %s prints it", (_, text) => {
    expect(parseLine(text, 7)).toEqual(event);
  });

  test("of a task whose name has blanks and dashes", () => {
    expect(
      parseLine(`  irq/24 dmar-0-77   [003] d.h..  12.000001: prq_report: dmar0/0000:00:0a.0 seq# 5: rid=0x50`, 1),
    ).toMatchObject({
      task: "irq/24 dmar-0",
      pid: 77,
      cpu: 3,
      inInterrupt: true,
      fields: { rid: 0x50 },
    });
  });

  test("of a return, with what it returned", () => {
    const text =
      "  iommufd-48  [000] .....  1.705881: fops_read_ret: (ksys_read+0x5b/0xd0 <- iommufd_fault_fops_read) ret=-29";
    expect(parseLine(text, 1)).toMatchObject({ name: "fops_read_ret", fields: { ret: -29 } });
  });

  test("of an interrupt, where the flags have one more for lazy preemption", () => {
    const text = "  a-1 [000] dN.h1.. 1.000000: report_fault: (f+0x0/0x1) flags=3";
    expect(parseLine(text, 1)).toMatchObject({ inInterrupt: true });
    expect(parseLine(text.replace("dN.h1..", "dNh.1.."), 1)).toMatchObject({ inInterrupt: false });
  });

  test("with the time of a clock that counts", () => {
    const text = "  a-1 [000] ..... 2841330471: report_fault: (f+0x0/0x1) flags=3";
    expect(parseLine(text, 1)).toMatchObject({ time: 2_841_330_471, name: "report_fault" });
  });

  test.each(["-22", "0xffffffea", "0xffffffffffffffea", "18446744073709551594", "4294967274"])(
    "of a return of -22, printed as %s",
    (printed) => {
      const text = `  a-1 [000] ..... 1.000000: report_fault_ret: (g+0x0/0x1 <- f) ret=${printed}`;
      expect(parseLine(text, 1)).toMatchObject({ fields: { ret: -22 } });
    },
  );

  test("whose string the kernel could not read: it lacks the field", () => {
    const text = "  a-1 [000] ..... 1.000000: report_fault: (f+0x0/0x1) dev=(fault) flags=3";
    expect(parseLine(text, 1)).toMatchObject({ fields: { flags: 3 } });
    expect(parseLine(text, 1)).not.toHaveProperty("fields.dev");
  });

  test("with a number that is too large to be exact: it stays text", () => {
    const text = `a-1 [000] ..... 1.000000: report_fault: (f+0x0/0x1) addr=0xffffffff81234567`;
    expect(parseLine(text, 1)).toMatchObject({ fields: { addr: "0xffffffff81234567" } });
  });

  test.each([
    ["CPU:2 [LOST 35 EVENTS]", { kind: "lost", cpu: 2, events: 35 }],
    ["CPU:2 [LOST EVENTS]", { kind: "lost", cpu: 2, events: undefined }],
    ["CPU:7 [204600 EVENTS DROPPED]", { kind: "lost", cpu: 7, events: 204_600 }],
    ["CPU:0 [EVENTS DROPPED]", { kind: "lost", cpu: 0, events: undefined }],
    ["perf 12 [001] 3.000000: PERF_RECORD_LOST lost 5", { kind: "lost", cpu: undefined, events: 5 }],
    ["# entries-in-buffer/entries-written: 119/303   #P:1", { kind: "entries", inBuffer: 119, written: 303 }],
    ["# os release : 6.1.0-28-amd64", { kind: "release", release: "6.1.0-28-amd64" }],
    ["# tracer: nop", { kind: "comment" }],
    ["", { kind: "comment" }],
    ["cpus=4", { kind: "comment" }],
    [
      "[  612.345678] DMAR: IOMMU: dmar0: PRQ overflow detected",
      { kind: "log", text: "DMAR: IOMMU: dmar0: PRQ overflow detected" },
    ],
    ["a text about nothing", { kind: "unknown" }],
  ])("%s is no event", (text, other) => {
    const found = parseLine(text, 1);
    expect(isEvent(found)).toBe(false);
    expect(found).toEqual(other);
  });
});
