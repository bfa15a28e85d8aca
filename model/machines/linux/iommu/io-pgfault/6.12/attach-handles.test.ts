import { expect, test } from "vitest";
import type { Message } from "../../../../../../checker/json.ts";
import { initialSnapshot, step } from "../../../../../../checker/kernel/step.ts";
import { EBUSY, ENOENT, OK } from "../../../include/iommu.ts";
import { svaDomainOf } from "../../iommu-sva/sva-handler.ts";
import { attachHandles, type Domain } from "./attach-handles.ts";

/** What iommu_attach_handle_get() finds at PASID 3, for IOMMU_DOMAIN_SVA. */
function bondAt(domain: Domain | null): readonly Message[] | undefined {
  const attached = domain ? [{ pasid: 3, domain }] : [];
  const handles = initialSnapshot(attachHandles, { iommuGroup: 0, attached });
  return step(attachHandles, handles, { type: "bond.looks-up", pasid: 3 })?.emitted;
}

test.each<[string, Domain | null, object]>([
  ["no domain", null, { result: ENOENT, mm: null }],
  ["a domain without an mm", { handler: null, nested: false }, { result: EBUSY, mm: null }],
  ["the domain of an mm", svaDomainOf(2), { result: OK, mm: 2 }],
])("a bond is looked for where %s is attached", (_, domain, found) => {
  expect(bondAt(domain)).toEqual([{ type: "bond.found", ...found }]);
});
