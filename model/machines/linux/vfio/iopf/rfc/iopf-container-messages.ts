/** The events and messages of a container with page faults (iopf-container.ts), and what the messages say. */
import { clause, linux, messages, proposal, rfc } from "../../../../../said.ts";

type Of<Names extends string, Field extends string, Value> = { readonly type: Names } & {
  readonly [name in Field]: Value;
};

export type IopfContainerEvent =
  | Of<
      | "container.joins"
      | "container.leaves"
      | "container.readies"
      | "container.unreadies"
      | "container.replays"
      | "container.gets",
      "device",
      number
    >
  | Of<"container.maps" | "container.unmaps" | "container.populates" | "container.converts", "page", number>
  | { readonly type: "container.resolves"; readonly page: number; readonly by: string }
  | { readonly type: "container.puts"; readonly device: number; readonly by: string }
  | { readonly type: "access.translates"; readonly device: number; readonly page: number }
  | { readonly type: "container.enables" | "container.subscribes" | "container.unsubscribes" };

export type IopfContainerEmits =
  | {
      readonly type: "dma.maps";
      readonly page: number;
      readonly lazy: boolean;
      readonly bitmap: boolean;
      readonly active: readonly number[];
    }
  | { readonly type: "dma.unmaps"; readonly page: number; readonly early: boolean; readonly active: readonly number[] }
  | { readonly type: "dma.resolves"; readonly page: number; readonly by: string; readonly active: readonly number[] }
  | {
      readonly type: "dma.replays";
      readonly page: number;
      readonly domain: number;
      readonly how: "copies" | "pins";
    }
  | { readonly type: "dma.populates"; readonly page: number; readonly active: readonly number[] }
  | { readonly type: "dma.converts"; readonly page: number }
  | { readonly type: "dma.loses-domain"; readonly page: number; readonly domain: number }
  | { readonly type: "dma.translates"; readonly page: number; readonly device: number; readonly domain: number }
  | { readonly type: "access.missed" | "pointer.dangles"; readonly device: number }
  | { readonly type: "container.got"; readonly device: number; readonly found: boolean }
  | { readonly type: "container.put"; readonly by: string; readonly last: boolean }
  | { readonly type: "ioctl.refused" | "container.freed" };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";
const DETACH = linux(TYPE1, "vfio_iommu_type1_detach_group");
const USER = rfc("v1 patch 2", "vfio_iommu_dev_fault_handler");
const LOOKUP = clause("smmu", "3.3.3 (Configuration and Translation lookup)");

/** What the messages say. */
export const iopfContainerSays = messages<IopfContainerEmits>({
  "dma.maps": {
    says: "links page {page}, {lazy?to be pinned by faults:which is pinned now}",
    origin: rfc("v3 patch 6", "vfio_dma_do_map"),
  },
  "dma.unmaps": { says: "unmaps page {page}", origin: rfc("v3 patch 6", "vfio_unmap_unpin") },
  "dma.resolves": {
    says: "resolves the fault on page {page}",
    origin: rfc("v3 patch 3", "vfio_iommu_type1_dma_map_iopf"),
  },
  "dma.replays": {
    says: "replays page {page} into domain {domain} ({how})",
    origin: linux(TYPE1, "vfio_iommu_replay"),
  },
  "dma.populates": { says: "pins and maps page {page}", origin: proposal("a container with mixed devices") },
  "dma.converts": {
    says: "unpins page {page} and sets its bit",
    origin: proposal("conversion of mappings at ENABLE"),
  },
  "dma.loses-domain": { says: "frees domain {domain}, with the entry of page {page}", origin: DETACH },
  "dma.translates": { says: "looks up page {page} in domain {domain}", origin: LOOKUP },
  "access.missed": { says: "has no domain for device {device}", origin: LOOKUP },
  "pointer.dangles": { says: "is freed, and pointers of device {device} to it dangle", origin: DETACH },
  "container.got": { says: "{found?adds a container user for:finds no container for} device {device}", origin: USER },
  "container.put": { says: "drops {last?the last container user:a container user} for {by}", origin: USER },
  "ioctl.refused": {
    says: "refuses the group, which is still attached",
    origin: linux(TYPE1, "vfio_iommu_type1_attach_group"),
  },
  "container.freed": { says: "is freed with its last group", origin: linux(TYPE1, "vfio_iommu_type1_release") },
});
