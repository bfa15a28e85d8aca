import { expect, test } from "vitest";
import { initialSnapshot, step } from "../../../../../checker/kernel/step.ts";
import { pageResponse, READ, type Fault, type ResponseCode } from "../../include/iommu.ts";
import { responseEncoder } from "./response-encoder.ts";

const fault = (instance?: number): Fault => ({
  device: 1,
  pasid: 4,
  grp: 3,
  page: 8,
  perm: READ,
  last: true,
  ...(instance === undefined ? {} : { instance }),
});

/** The command for a response to the faults. */
function encoded(transport: "pri" | "stall", code: ResponseCode, faults: readonly Fault[]) {
  const before = initialSnapshot(responseEncoder, { transport });
  return step(responseEncoder, before, pageResponse(faults, code, 0))?.emitted;
}

test.each<[ResponseCode, number]>([
  ["success", 0],
  ["invalid", 1],
  ["failure", 2],
])("%s is %d in a page group response, as in enum iommu_page_response_code", (code, wireCode) => {
  const command = { type: "command.responds", device: 1, pasid: 4, prgi: 3, last: true, code, wireCode, instance: 0 };
  expect(encoded("pri", code, [fault()])).toEqual([command]);
});

test.each<[ResponseCode, string]>([
  ["success", "retry"],
  ["invalid", "abort"],
  ["failure", "abort"],
])("a stalled transaction with %s is told to %s", (code, action) => {
  expect(encoded("stall", code, [fault()])).toEqual([
    { type: "command.resumes", device: 1, stag: 3, action, instance: 0 },
  ]);
});

test("a response carries the instances of all faults of the group, and the command that of the last", () => {
  expect(pageResponse([fault(5), fault(7)], "success", 0)).toMatchObject({ instances: [5, 7] });
  expect(encoded("pri", "success", [fault(5), fault(7)])).toMatchObject([{ instance: 7 }]);
  expect(encoded("stall", "success", [fault(5), fault(7)])).toMatchObject([{ instance: 7 }]);
});

test("a response to faults without instances carries none", () => {
  expect(pageResponse([fault()], "success", 0)).not.toHaveProperty("instances");
});
