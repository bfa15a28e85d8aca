import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { checkTrace, type TraceChecked } from "./check-trace.ts";
import { readTrace } from "./read-trace.ts";

const selftest = gunzipSync(readFileSync(new URL("../data/iommufd-selftest.trace.txt.gz", import.meta.url))).toString();
const events = selftest.split("\n").filter((line) => /\d\.\d+: /.test(line));
const check = (lines: readonly string[]): TraceChecked =>
  checkTrace(readTrace("runs", lines.map((line) => `${line}\n`).join(""), /^6\.12/).events, [], 20_000);

/** The lines ten seconds later, of processes with other ids. */
const again = (lines: readonly string[], add: number): readonly string[] =>
  lines.map((line) =>
    line.replace(/-(\d+)( +\[\d+\].*? )(\d+)\.(?=\d{6}: )/, (_, pid: string, between: string, seconds: string) =>
      [`-${Number(pid) + add}`, between, `${Number(seconds) + 10}.`].join(""),
    ),
  );
/** The lines up to the first that has the text, and from it on. */
function parted(text: string): readonly [readonly string[], readonly string[]] {
  const at = events.findIndex((line) => line.includes(text));
  return [events.slice(0, at), events.slice(at)];
}

describe("two runs of the selftest in one trace", () => {
  test.each([
    ["of other processes", 10],
    ["of processes with the ids of the first", 0],
  ])("%s are explained: devices, handles and cookies begin anew", (_, add) => {
    const { answer, lines, size } = check([...events, ...again(events, add)]);
    expect({ kind: answer.kind, lines: lines.length, devices: size.devices }).toEqual({
      kind: "explained",
      lines: 228,
      devices: 2,
    });
  });

  test("are none where the first run leaves its device attached", () => {
    const [first] = parted("1.713197: detach_group_handle");
    const { answer, lines } = check([...first, ...again(events, 10)]);
    expect(answer.kind).toBe("not-explained");
    expect(answer.kind === "not-explained" && lines[answer.at]!.word).toBe("add_device_to_group");
  });

  test("are none where the second goes on with the cookies of the first", () => {
    const second = again(events, 10).map((line) => line.replace("cookie=1", "cookie=2"));
    const { answer, lines } = check([...events, ...second]);
    expect(answer.kind).toBe("not-explained");
    expect(answer.kind === "not-explained" && lines[answer.at]!.event).toMatchObject({ fields: { cookie: 2 } });
  });
});

describe("lines of an interrupt in the middle of a call", () => {
  const [before, after] = parted("1.705840: group_dequeue");
  const inInterrupt = (said: string): string => `         iommufd-48      [000] d.h1.     1.705838: ${said}`;

  test("are those of another thread, and the call goes on", () => {
    const { answer, lines } = check([
      ...before,
      inInterrupt('report_fault: (x+0x0/0x0) dev="iommufd_mock1" type=1 flags=2 pasid=0 grpid=9 perm=0x1 addr=0x9000'),
      inInterrupt('mock_page_response: (x+0x0/0x0) dev="iommufd_mock1" pasid=0 grpid=9 code=1'),
      inInterrupt("report_fault_ret: (x+0x0/0x0) ret=-22"),
      ...after,
    ]);
    expect(answer.kind).toBe("explained");
    expect(new Set(lines.map(({ lane }) => lane)).has("interrupts of CPU 0")).toBe(true);
  });

  test("of the thread itself are no run: a thread is in one call at a time", () => {
    const { answer } = check([
      ...before,
      inInterrupt("report_fault_ret: (x+0x0/0x0) ret=-22").replace("d.h1.", "....."),
      ...after,
    ]);
    expect(answer.kind).toBe("not-explained");
  });

  test("that no probe makes are counted, and change nothing", () => {
    const { answer, unknown } = check([...before, inInterrupt("page_fault_user: address=0x1 ip=0x2"), ...after]);
    expect({ kind: answer.kind, unknown }).toEqual({ kind: "explained", unknown: { page_fault_user: 1 } });
  });
});

describe("the same run as other programs print it", () => {
  const PARTS = /^\s*(?<task>\S+)-(?<pid>\d+)\s+\[(?<cpu>\d+)\]\s+\S+\s+(?<time>\d+\.\d+): (?<name>\w+): (?<said>.*)$/;
  const SETS: { readonly [name: string]: string } = {
    add_device_to_group: "iommu",
    attach_device_to_domain: "iommu",
    remove_device_from_group: "iommu",
  };
  const printed = (print: (part: Record<string, string>) => string): readonly string[] =>
    events.map((line) => print(PARTS.exec(line)!.groups!));
  const forms: readonly (readonly [string, readonly string[]])[] = [
    [
      "trace-cmd report",
      [
        "cpus=1",
        ...printed(
          ({ task, pid, cpu, time, name, said }) =>
            `       ${task}-${pid}    [${cpu}]     ${time}: ${`${name}:`.padEnd(22)} ${said}`,
        ),
      ],
    ],
    [
      "perf script",
      [
        "# os release : 6.12.117",
        ...printed(
          ({ task, pid, cpu, time, name, said }) =>
            `${task} ${pid!.padStart(7)} [${cpu}] ${time}: ${SETS[name!] ?? "faultline"}:${name}: ${said}`,
        ),
      ],
    ],
  ];
  const told = ({ answer, lines, leftOut, unknown, size }: TraceChecked) => ({
    kind: answer.kind,
    at: answer.kind === "explained" ? undefined : answer.at,
    lines: lines.map(({ word, lane }) => `${lane} ${word}`),
    leftOut,
    unknown,
    size,
  });

  test.each(forms)("%s: the same answer, line by line", (_, lines) => {
    expect(told(check(lines))).toEqual(told(check(events)));
  });

  test.each(forms)("%s: the same answer about a wrong line", (_, lines) => {
    const wrong = (text: readonly string[]): readonly string[] => text.map((line) => line.replace(/code=0/, "code=1"));
    const answer = told(check(wrong(lines)));
    expect(answer).toEqual(told(check(wrong(events))));
    expect(answer.kind).toBe("not-explained");
  });
});
