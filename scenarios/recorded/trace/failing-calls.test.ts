import { describe, expect, test } from "vitest";
import { checkTrace } from "./check-trace.ts";
import { readTrace } from "./read-trace.ts";

const at = (said: string, device = "iommufd_mock0"): string => said.replace("DEVICE", device);
const ENABLE = "iopf_enable: (x+0x0/0x0)";
const added = (ret: number, device?: string): readonly string[] => [
  ENABLE,
  at('queue_add_device: (x+0x0/0x0) dev="DEVICE"', device),
  `queue_add_device_ret: (x+0x0/0x0) ret=${ret}`,
];
const SWITCH = (device?: string): string => at("attach_device_to_domain: IOMMU: device=DEVICE", device);
const ATTACH = ["attach_group_handle: (x+0x0/0x0)", SWITCH()];
const DISABLE = ["iopf_disable: (x+0x0/0x0)", at('queue_remove_device: (x+0x0/0x0) dev="DEVICE"')];
const report = (last: boolean): string =>
  at(`report_fault: (x+0x0/0x0) dev="DEVICE" type=1 flags=${last ? 2 : 0} pasid=0 grpid=2 addr=0x1000 perm=0x1`);
const respond = (status: number): readonly string[] => [
  `group_response: (x+0x0/0x0) status=${status} pasid=0 grpid=2 addr=0x1000 count=1 cookie=0`,
  at(`page_response: (x+0x0/0x0) dev="DEVICE" pasid=0 grpid=2 code=${status}`),
];
const returns = (ret: number): string => `report_fault_ret: (x+0x0/0x0) ret=${ret}`;
const DELIVERED = ["iommufd_handler", "group_dequeue"].map(
  (name) => `${name}: (x+0x0/0x0) pasid=0 grpid=2 addr=0x1000`,
);

/** Another device, for which all probes have lines. */
const OTHER = [
  "add_device_to_group: IOMMU: groupID=0 device=iommufd_mock0",
  "add_device_to_group: IOMMU: groupID=1 device=iommufd_mock1",
  ...added(0, "iommufd_mock1"),
  ATTACH[0]!,
  SWITCH("iommufd_mock1"),
  at('report_fault: (x+0x0/0x0) dev="DEVICE" type=1 flags=2 pasid=0 grpid=7 addr=0x1000 perm=0x1'),
  at('page_response: (x+0x0/0x0) dev="DEVICE" pasid=0 grpid=7 code=1'),
  returns(-22),
];

function check(said: readonly string[]): { readonly kind: string; readonly limited: string | undefined } {
  const text = [...OTHER, ...said]
    .map((line, k) => `  t-7 [000] ..... ${(10 + k / 1e4).toFixed(6)}: ${line}\n`)
    .join("");
  const { answer, limited } = checkTrace(readTrace("made", text, /^6\.12/).events, [], 20_000);
  return { kind: answer.kind, limited };
}

const UP = [...added(0), ...ATTACH];

describe("a call that fails in the kernel, and in no machine of the system", () => {
  test.each([
    ["the driver refused page faults", [ENABLE, report(true), ...respond(1).slice(1), returns(-22)]],
    ["the device was not added to an IOPF queue", [...added(-16), ...ATTACH]],
    ["an attach got no memory", [...added(0), ...DISABLE]],
    ["the driver refused a domain", [...added(0), ATTACH[0]!, ...DISABLE]],
    ["a report got no memory", [...UP, report(false), returns(-12)]],
    ["a report got no memory for a group", [...UP, report(true), ...respond(2), returns(0)]],
  ])("leaves a trace undecided: %s", (failure, said) => {
    const { kind, limited } = check(said);
    expect(kind).toBe("not-explained");
    expect(limited).toMatch(new RegExp(`^line \\d+: ${failure}, and calls that fail so were not tried$`));
  });

  test.each([
    ["a response to a group that was not reported", [...UP, report(true), ...DELIVERED, returns(0), ...respond(2)]],
    ["a line twice", [ENABLE, ...added(0)]],
    ["a call that switches nothing, and answers", [...UP, "replace_group_handle: (x+0x0/0x0)", ...DISABLE.slice(1)]],
    ["a failure behind it", [...UP, returns(0), ...UP, ...added(-16)]],
  ])("does not excuse %s", (_, said) => {
    expect(check(said)).toEqual({ kind: "not-explained", limited: undefined });
  });
});
