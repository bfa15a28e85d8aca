import { describe, expect, test } from "vitest";
import { checkTrace, type TraceChecked } from "./check-trace.ts";
import { madeTrace } from "./made-trace.ts";
import { readTrace } from "./read-trace.ts";
import { mutantsOf } from "./trace-mutants.ts";

const check = (text: string, without: readonly string[] = []): TraceChecked =>
  checkTrace(readTrace("made", text, /^6\.12/).events, without, 20_000);
const textOf = (lines: readonly string[]): string =>
  lines.map((said, k) => `           irq/9-prq-7     [000] .....  ${(10 + k / 1e4).toFixed(6)}: ${said}\n`).join("");

const ATTACH = [
  "iopf_enable: (x+0x0/0x0)",
  'queue_add_device: (x+0x0/0x0) dev="iommufd_mock0"',
  "queue_add_device_ret: (x+0x0/0x0) ret=0",
  "attach_group_handle: (x+0x0/0x0)",
  'attach_device_to_domain: IOMMU: device="iommufd_mock0"',
];
const fault = (flags: number, addr: string): string =>
  `report_fault: (x+0x0/0x0) dev="iommufd_mock0" type=1 flags=${flags} pasid=1 grpid=2 perm=0x1 addr=${addr}`;
const RETURN = "report_fault_ret: (x+0x0/0x0) ret=0";
const PARTIAL = [fault(1, "0x1000"), RETURN];
const DISCARD = ["queue_discard_partial: (x+0x0/0x0)", "queue_discard_partial_ret: (x+0x0/0x0) ret=0"];
/** The last request of the group, which has so many requests then. */
const last = (count: number): readonly string[] => [
  fault(3, "0x2000"),
  `iommufd_handler: (x+0x0/0x0) pasid=1 grpid=2 addr=0x2000 count=${count}`,
  "group_dequeue: (x+0x0/0x0) pasid=1 grpid=2 addr=0x2000",
  RETURN,
];

describe("a discard of partial faults", () => {
  test.each([
    ["takes the partial faults from the group", [...PARTIAL, ...DISCARD, ...last(1)]],
    ["leaves those that come later", [...DISCARD, ...PARTIAL, ...last(2)]],
    ["finds nothing behind the last request", [...PARTIAL, ...last(2), ...DISCARD, ...DISCARD]],
  ])("%s", (_, lines) => {
    expect(check(textOf([...ATTACH, ...lines])).answer.kind).toBe("explained");
  });

  test.each([
    ["a group has a fault that was discarded", [...PARTIAL, ...DISCARD, ...last(2)], "iommufd_handler"],
    ["a fault is gone that was not discarded", [...DISCARD, ...PARTIAL, ...last(1)], "iommufd_handler"],
    ["the thread is inside a report", [fault(1, "0x1000"), ...DISCARD, RETURN], "queue_discard_partial"],
    ["the discard fails", [...PARTIAL, DISCARD[0]!, DISCARD[1]!.replace("=0", "=-22")], "queue_discard_partial_ret"],
    ["the discard does not return", [...PARTIAL, DISCARD[0]!, ...last(1)], "report_fault"],
  ])("is none where %s", (_, lines, word) => {
    const { answer, lines: all, limited } = check(textOf([...ATTACH, ...lines]));
    expect(answer).toMatchObject({ kind: "not-explained", exhaustive: true });
    expect(limited).toBeUndefined();
    expect(answer.kind === "not-explained" && all[answer.at]!.word).toBe(word);
  });

  test("is by the thread that reports the faults of the device", () => {
    const text = textOf([...ATTACH, ...PARTIAL, ...DISCARD, ...PARTIAL]);
    const lines = text.trimEnd().split("\n");
    const others = lines.map((line, k) => (k >= lines.length - 2 ? line.replace("prq-7", "prq-8") : line));
    expect(check(text).answer.kind).toBe("explained");
    expect(check(`${others.join("\n")}\n`).answer.kind).toBe("not-explained");
  });

  test("may be what is missing where its probe was not set", () => {
    const { answer, limited } = check(textOf([...ATTACH, ...PARTIAL, ...last(1)]), ["queue_discard_partial"]);
    expect(answer.kind).toBe("not-explained");
    expect(limited).toMatch(/^queue_discard_partial was not recorded/);
  });
});

describe("a made trace of a queue that overflows", () => {
  const made = (seed: number, threads: number, faults: number): string =>
    madeTrace({ seed, faults, threads, devices: 2, queues: 1, overflows: true });

  test.each([
    [1, 1, 20],
    [2, 3, 40],
  ])("is explained (seed %i, %i threads, %i faults)", (seed, threads, faults) => {
    const { answer, lines } = check(made(seed, threads, faults));
    expect(answer.kind).toBe("explained");
    expect(lines.filter(({ word }) => word === "queue_discard_partial").length).toBeGreaterThan(2);
  });
});

describe("a discard that was changed", () => {
  const text = textOf([...ATTACH, ...PARTIAL, ...DISCARD, ...PARTIAL, ...last(2), ...DISCARD]);
  const mutants = mutantsOf(text).filter(({ what }) => /^queue_discard|^report_fault(?:_ret)? |count$/.test(what));

  test("is none, if it was harmful", () => {
    const harmful = mutants.filter(({ expected }) => expected === "rejected");
    expect(harmful.length).toBeGreaterThan(20);
    const kept = harmful.filter((mutant) => check(mutant.text).answer.kind !== "not-explained");
    expect(kept.map(({ kind, line, what }) => `${kind} ${line} ${what}`)).toEqual([]);
  });

  test("is one, if it was not", () => {
    const harmless = mutants.filter(({ expected }) => expected === "explained");
    expect(harmless.length).toBeGreaterThan(0);
    const lost = harmless.filter((mutant) => check(mutant.text).answer.kind !== "explained");
    expect(lost.map(({ kind, line, what }) => `${kind} ${line} ${what}`)).toEqual([]);
  });
});
