/**
 * The steps that unmap a page from a device: DMA_UNMAP, eviction and reclaim (linux/vfio/type1/page-release.ts) and the MMU
 * notifiers (linux/mm/notifier/mm-operation.ts) share them. Each step is one message for every domain or device.
 *
 * Models  VFIO facts 2.3 (the order of an unmap) and I7 of the hardware facts (the order of an unmap with ATS). A list of
 *         steps says the order.
 * Omits   iommu_iotlb_gather, which collects several pages for one flush: each page is flushed by itself.
 */
import { linux } from "../../../../said.ts";

export type TakingBackStep = "clear-entry" | "invalidate-iotlb" | "invalidate-atc" | "wait" | "clear-bit";

export type TakingBackMessage<Owner extends string> =
  | { readonly type: "translation.unmaps"; readonly page: number; readonly domain: number }
  | { readonly type: "command.invalidates-iotlb"; readonly page: number; readonly domain: number }
  | { readonly type: "command.invalidates-atc"; readonly page: number; readonly device: number }
  | { readonly type: "command.fences"; readonly owner: Owner }
  | { readonly type: "container.clears"; readonly page: number };

/** The messages of one step; `owner` is the component that waits for the fence. */
export function takingBack<Owner extends string>(
  step: TakingBackStep,
  page: number,
  { domains, devices }: { readonly domains: readonly number[]; readonly devices: readonly number[] },
  owner: Owner,
): readonly TakingBackMessage<Owner>[] {
  switch (step) {
    case "clear-entry":
      return domains.map((domain) => ({ type: "translation.unmaps", page, domain }));
    case "invalidate-iotlb":
      return domains.map((domain) => ({ type: "command.invalidates-iotlb", page, domain }));
    case "invalidate-atc":
      return devices.map((device) => ({ type: "command.invalidates-atc", page, device }));
    case "wait":
      return [{ type: "command.fences", owner }];
    case "clear-bit":
      return [{ type: "container.clears", page }];
    default:
      return step satisfies never;
  }
}

const IOTLB_SYNC = linux("include/linux/iommu.h", "iommu_iotlb_sync");

/** What the messages say. ops->iotlb_sync() of a driver invalidates the IOTLB and the ATCs, and waits for both. */
export const takingBackSays = {
  "translation.unmaps": {
    says: "clears the entry of page {page} in domain {domain}",
    origin: linux("drivers/iommu/iommu.c", "iommu_unmap_fast"),
  },
  "command.invalidates-iotlb": {
    says: "invalidates the IOTLB for page {page} of domain {domain}",
    origin: IOTLB_SYNC,
  },
  "command.invalidates-atc": {
    says: "invalidates the ATC of device {device} for page {page}",
    origin: IOTLB_SYNC,
  },
  "command.fences": { says: "waits for the invalidations to complete", origin: IOTLB_SYNC },
  "container.clears": "clears the bit of page {page}",
} as const;
