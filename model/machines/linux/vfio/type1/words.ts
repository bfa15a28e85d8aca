/** What messages say that several machines of the type1 backend send alike. */
import { linux, proposal } from "../../../../said.ts";

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

/** Of a machine that takes one lock, the container's. */
export const iommuLockSays = {
  "lock.acquires": "takes iommu->lock",
  "lock.releases": "drops iommu->lock",
} as const;

/** Of a machine that takes several locks, which the messages name. */
export const namedLockSays = {
  "lock.acquires": "takes {lock}",
  "lock.releases": "drops {lock}",
} as const;

/** Looking a page up, pinning it, charging it and mapping it, one page at a time. */
export const onePageSays = {
  "container.finds": { says: "looks up page {page}", origin: linux(TYPE1, "vfio_find_dma") },
  "host.pins": { says: "pins page {page}", origin: linux(TYPE1, "vfio_pin_page_external") },
  "host.unpins": { says: "unpins page {page}", origin: linux(TYPE1, "put_pfn") },
  "account.charges": { says: "charges a page to locked_vm", origin: linux(TYPE1, "vfio_lock_acct") },
  "account.uncharges": { says: "takes a page off locked_vm", origin: linux(TYPE1, "vfio_lock_acct") },
  "translation.maps": { says: "maps page {page} in domain {domain}", origin: linux(TYPE1, "vfio_iommu_map") },
  "container.marks": "sets the bit of page {page}",
} as const;

/** Eviction, which no version of the RFC has. */
export const evictionSays = {
  "container.picks-victim": {
    says: "asks for the least recently mapped page",
    origin: proposal("M3 (a limit on faulted-in pages)"),
  },
  "release.starts": { says: "begins to release page {page}", origin: linux(TYPE1, "vfio_unmap_unpin") },
} as const;
