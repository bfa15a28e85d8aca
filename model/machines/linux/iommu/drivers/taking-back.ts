/**
 * What it takes to take a device's mapping of a page back: the steps that DMA_UNMAP, eviction and reclaim (page-release.ts)
 * and MMU notifiers (linux/mm/notifier/mm-operation.ts) have in common, one message each for every domain or device.
 *
 * Models  the ordering law's vocabulary (VFIO facts 2.3, hardware facts I7); the order is that of the list that names them.
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

/** What the messages say. */
export const takingBackSays = {
  "translation.unmaps": {
    says: "clears the entry of page {page}",
    origin: linux("drivers/iommu/iommu.c", "iommu_unmap_fast"),
  },
  "command.invalidates-iotlb": {
    says: "invalidates the IOTLB for page {page}",
    origin: linux("drivers/iommu/iommu.c", "iommu_unmap"),
  },
  "command.invalidates-atc": "invalidates the ATC of device {device} for page {page}",
  "command.fences": "waits for the invalidations to complete",
  "container.clears": "clears the bit of page {page}",
} as const;
