import { describe, expect, test } from "vitest";
import type { AttachHandle } from "../../../model/machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import { differing, domainsOf, hwptsOf, namedBy } from "./hwpts.ts";

const handle = (iommuGroup: number, hwpt: number): AttachHandle => ({
  iommuGroup,
  pasid: 0,
  domain: domainsOf(2)[hwpt]!,
});

describe("the HWPTs of a fault queue", () => {
  const [first, second, third] = hwptsOf(1) as [number, number, number];

  test("are all alike where no group names one: the first that is not attached stands for them", () => {
    expect(differing(1, null, new Set())).toEqual([first]);
    expect(differing(1, first, new Set())).toEqual([second]);
  });

  test("differ by the groups that name them", () => {
    expect(differing(1, null, new Set([first]))).toEqual([second, first]);
    expect(differing(1, third, new Set([first, second]))).toEqual([first, second]);
  });

  test("are named by attach handles of the same IOMMU group", () => {
    expect([...namedBy([handle(0, first), handle(1, second), handle(0, 0)], 0)]).toEqual([first]);
  });
});
