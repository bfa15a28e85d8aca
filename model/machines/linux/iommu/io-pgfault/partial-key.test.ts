import { expect, test } from "vitest";
import { READ, type Fault } from "../../include/iommu.ts";
import { joins, type PartialKey } from "./partial-key.ts";

const fault = (pasid: number | null, grp: number): Fault => ({
  device: 0,
  pasid,
  grp,
  page: 1,
  perm: READ,
  last: false,
});

test.each<[PartialKey, Fault, boolean]>([
  ["prgi", fault(1, 2), true],
  ["prgi", fault(3, 2), true],
  ["prgi", fault(null, 2), true],
  ["prgi", fault(1, 3), false],
  ["pasid-prgi", fault(1, 2), true],
  ["pasid-prgi", fault(3, 2), false],
  ["pasid-prgi", fault(null, 2), false],
  ["pasid-prgi", fault(1, 3), false],
])("by %s, %j joins the last request of PASID 1, group 2: %s", (key, partial, expected) => {
  expect(joins(key, partial, fault(1, 2))).toBe(expected);
});
