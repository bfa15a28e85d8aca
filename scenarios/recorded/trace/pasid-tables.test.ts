import { describe, expect, test } from "vitest";
import { checkTrace } from "./check-trace.ts";
import { readTrace } from "./read-trace.ts";

const MOCK = "iommufd_mock0";
const REAL = "0000:3b:00.0";

const attach = (device: string): readonly string[] => [
  "iopf_enable: (x+0x0/0x0)",
  `queue_add_device: (x+0x0/0x0) dev="${device}"`,
  "queue_add_device_ret: (x+0x0/0x0) ret=0",
  "attach_group_handle: (x+0x0/0x0)",
  `attach_device_to_domain: IOMMU: device=${device}`,
];
const GROUP = (pasid: number): string => `pasid=${pasid} grpid=2 addr=0x1000`;
const report = (device: string, pasid: number): string =>
  `report_fault: (x+0x0/0x0) dev="${device}" type=1 flags=${pasid ? 3 : 2} ${GROUP(pasid)} perm=0x1`;
const accepted = (device: string, pasid: number): readonly string[] => [
  report(device, pasid),
  ...["iommufd_handler", "group_dequeue"].map((name) => `${name}: (x+0x0/0x0) ${GROUP(pasid)}`),
  "report_fault_ret: (x+0x0/0x0) ret=0",
];
const rejected = (device: string, pasid: number): readonly string[] => [
  report(device, pasid),
  `page_response: (x+0x0/0x0) dev="${device}" pasid=${pasid} grpid=2 code=1`,
  "report_fault_ret: (x+0x0/0x0) ret=-22",
];

function kindOf(said: readonly string[]): string {
  const text = said.map((line, k) => `  t-7 [000] ..... ${(10 + k / 1e4).toFixed(6)}: ${line}\n`).join("");
  return checkTrace(readTrace("made", text, /^6\.12/).events, [], 20_000).answer.kind;
}

describe("a fault with a PASID under a fault queue of the RID", () => {
  test.each([
    ["is accepted from a device of the selftest, whose driver has a user PASID table", MOCK, accepted, rejected],
    ["is rejected from any other device: no other driver of 6.12 has one", REAL, rejected, accepted],
  ])("%s", (_, device, can, cannot) => {
    expect(kindOf([...attach(device), ...can(device, 1)])).toBe("explained");
    expect(kindOf([...attach(device), ...cannot(device, 1)])).toBe("not-explained");
  });

  test.each([MOCK, REAL])("differs from one without, which is accepted from %s", (device) => {
    expect(kindOf([...attach(device), ...accepted(device, 0)])).toBe("explained");
    expect(kindOf([...attach(device), ...rejected(device, 0)])).toBe("not-explained");
  });
});
