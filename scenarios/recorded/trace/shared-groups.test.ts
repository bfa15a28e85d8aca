import { describe, expect, test } from "vitest";
import { checkTrace, type TraceChecked } from "./check-trace.ts";
import { madeTrace } from "./made-trace.ts";
import { readTrace } from "./read-trace.ts";
import { mutantsOf } from "./trace-mutants.ts";

const check = (text: string): TraceChecked => checkTrace(readTrace("made", text, /^6\.12/).events, [], 20_000);
/** The devices a and b are those of the selftest, which take faults with a PASID. */
const named = (said: string): string => said.replace(/(dev(?:ice)?="?)([ab])\b/, "$1iommufd_mock0$2");
const textOf = (lines: readonly string[]): string =>
  lines.map((said, k) => `           vmm-7     [000] .....  ${(10 + k / 1e4).toFixed(6)}: ${named(said)}\n`).join("");
const refused = (lines: readonly string[]): string | undefined => {
  const { answer, lines: all, limited } = check(textOf(lines));
  return answer.kind === "not-explained" && answer.exhaustive && !limited ? all[answer.at]!.event.name : answer.kind;
};

const bus = (name: string, device: string): string => `${name}: IOMMU: groupID=3 device=${device}`;
const JOIN = ["a", "b"].map((device) => bus("add_device_to_group", device));
const leave = (device: string): string => bus("remove_device_from_group", device);
const SWITCH = ["a", "b"].map((device) => `attach_device_to_domain: IOMMU: device=${device}`);
const ATTACH = ["attach_group_handle: (x+0x0/0x0)", ...SWITCH];
const DETACH = ["detach_group_handle: (x+0x0/0x0)", ...SWITCH];
const REPLACE = ["replace_group_handle: (x+0x0/0x0)", ...SWITCH];
const enable = (device: string): readonly string[] => [
  "iopf_enable: (x+0x0/0x0)",
  `queue_add_device: (x+0x0/0x0) dev="${device}"`,
  "queue_add_device_ret: (x+0x0/0x0) ret=0",
];
const disable = (device: string): readonly string[] => [
  "iommufd_auto_response: (x+0x0/0x0)",
  "iopf_disable: (x+0x0/0x0)",
  `queue_remove_device: (x+0x0/0x0) dev="${device}"`,
];
const report = (device: string, ret: number): readonly string[] => [
  `report_fault: (x+0x0/0x0) dev="${device}" type=1 flags=3 pasid=1 grpid=2 perm=0x1 addr=0x1000`,
  ...(ret === 0
    ? ["iommufd_handler", "group_dequeue"].map((name) => `${name}: (x+0x0/0x0) pasid=1 grpid=2 addr=0x1000`)
    : [`page_response: (x+0x0/0x0) dev="${device}" pasid=1 grpid=2 code=1`]),
  `report_fault_ret: (x+0x0/0x0) ret=${ret}`,
];

describe("devices that share an IOMMU group", () => {
  test.each([
    ["are switched together, attached once and detached once", [...JOIN, ...ATTACH, ...DETACH, leave("a"), leave("b")]],
    ["have one attach handle, and page faults each", [...JOIN, ...enable("b"), ...ATTACH, ...report("b", 0)]],
    [
      "may fault without page faults: the kernel warns and rejects",
      [...JOIN, ...enable("b"), ...ATTACH, ...report("a", -22)],
    ],
    [
      "may be replaced for a device that attached without a line",
      [...JOIN, ...enable("a"), ...ATTACH, ...REPLACE, ...disable("b").slice(0, 2)],
    ],
    ["stay attached when one of them leaves", [...JOIN, ...ATTACH, leave("a"), REPLACE[0]!, SWITCH[1]!]],
  ])("%s", (_, lines) => {
    expect(check(textOf(lines)).answer.kind).toBe("explained");
  });

  test.each([
    [
      "one is switched without the other",
      [...JOIN, ...enable("a"), ATTACH[0]!, SWITCH[0]!, ...REPLACE],
      "attach_device_to_domain",
    ],
    [
      "they are switched in another order",
      [...JOIN, ...enable("a"), ATTACH[0]!, ...SWITCH.toReversed()],
      "attach_device_to_domain",
    ],
    ["the second is attached like a first", [...JOIN, ...enable("a"), ...ATTACH, ...ATTACH], "attach_group_handle"],
    ["they are detached twice", [...JOIN, ...enable("a"), ...ATTACH, ...DETACH, ...DETACH], "detach_group_handle"],
    [
      "a fault of one that has no page faults is handled",
      [...JOIN, ...enable("b"), ...ATTACH, ...report("a", 0)],
      "iommufd_handler",
    ],
    [
      "the last one leaves while it is attached",
      [...JOIN, ...enable("a"), ...ATTACH, leave("a"), leave("b")],
      "remove_device_from_group",
    ],
    [
      "page faults of one are disabled that has none",
      [...JOIN, ...enable("a"), ...ATTACH, ...REPLACE, ...disable("b")],
      "queue_remove_device",
    ],
    [
      "one leaves that is not in it",
      [...JOIN, ...enable("a"), ...ATTACH, leave("a"), leave("a")],
      "remove_device_from_group",
    ],
  ])("are not explained where %s", (_, lines, word) => {
    expect(refused(lines)).toBe(word);
  });

  test("are taken to, where no line adds them to a group and calls switch both; then nothing is refused", () => {
    expect(check(textOf([...ATTACH, ...REPLACE])).answer.kind).toBe("explained");
    const { answer, limited } = check(textOf([...ATTACH, ...REPLACE, ...ATTACH]));
    expect(answer.kind).toBe("not-explained");
    expect(limited).toMatch(/^iommufd_mock0a, iommufd_mock0b are taken to share an IOMMU group/);
  });

  test("do not, where a call switches only one of them", () => {
    const apart = [ATTACH[0]!, SWITCH[0]!, ATTACH[0]!, SWITCH[1]!];
    expect(check(textOf(apart)).size.groups).toEqual([0, 1]);
    expect(check(textOf([...ATTACH, ATTACH[0]!, SWITCH[1]!])).size.groups).toEqual([0, 1]);
  });
});

describe("a made trace of devices that share groups", () => {
  const threeInTwo = { faults: 20, devices: 3, queues: 2, groups: 2 };
  const twoInOne = { threads: 4, devices: 2, queues: 2, groups: 1 };

  test.each([
    { seed: 1, threads: 1, ...threeInTwo },
    { seed: 2, threads: 1, ...threeInTwo },
    { seed: 5, threads: 3, ...threeInTwo },
    // A device leaves the group when a thread still replaces the HWPT of the group.
    { seed: 1, faults: 40, ...twoInOne },
    // A fault is rejected because the group was moved to an HWPT without a fault queue: page faults of its device are enabled.
    { seed: 2, faults: 300, ...twoInOne },
  ])("is explained (seed $seed, $threads threads, $devices devices in $groups groups)", (size) => {
    expect(check(madeTrace(size)).answer.kind).toBe("explained");
  });
});

describe("a line of a shared group that was changed", () => {
  const [first, second] = [report("b", -22), report("a", -22)];
  const run = [...JOIN, ...enable("a"), ...ATTACH, ...first, ...REPLACE, ...disable("a"), ...second, ...DETACH];
  const mutants = mutantsOf(textOf([...run, leave("a"), leave("b"), ...JOIN]));

  test("is no run, if it was harmful", () => {
    const harmful = mutants.filter(({ expected }) => expected === "rejected");
    expect(harmful.length).toBeGreaterThan(60);
    const kept = harmful.filter(({ text }) => check(text).answer.kind !== "not-explained");
    expect(kept.map(({ kind, line, what }) => `${kind} ${line} ${what}`)).toEqual([]);
  });

  test("is one, if it was not", () => {
    const harmless = mutants.filter(({ expected }) => expected === "explained");
    expect(harmless.length).toBeGreaterThan(5);
    const lost = harmless.filter(({ text }) => check(text).answer.kind !== "explained");
    expect(lost.map(({ kind, line, what }) => `${kind} ${line} ${what}`)).toEqual([]);
  });
});

describe("a call that switches a domain", () => {
  test("goes on behind lines that no probe makes", () => {
    const caches = "cache_tag_assign: dmar0/0000:00:0a.0 type iotlb did 2 pasid 0 ref 1";
    const { answer, leftOut } = check(
      textOf([ATTACH[0]!, caches, SWITCH[0]!, caches, REPLACE[0]!, caches, SWITCH[0]!]),
    );
    expect({ kind: answer.kind, leftOut }).toEqual({ kind: "explained", leftOut: { cache_tag_assign: 3 } });
  });
});
