/** What each family of properties is about: the words before the number of an id. A new family is a line here. */

/** By family, in the order of the catalogue: a phrase that goes on after "PIN: ", without a full stop. */
export const families: { readonly [family: string]: string } = {
  PIN: "pinned pages and what is charged for them",
  SAFE: "a device never reaches a page that the host may take away",
  MAP: "the bitmap of faulted-in pages against the page tables",
  PRQ: "the page request queue and its overflow",
  GRP: "page request groups in software: partial faults, whole groups, and both after an overflow",
  RSP: "responses to page request groups",
  CRD: "credits for page requests",
  MEM: "lifetimes of what the IOPF core allocates",
  LCK: "locks: who holds them, who waits, and deadlocks",
  CMD: "the command queue of the IOMMU",
  STL: "stalled transactions as software sees them",
  NTF: "pages without lasting pins, which MMU notifiers unmap",
  LIV: "liveness: what must happen in the end, if the named threads and devices keep running",
  LFC: "page faults of a container from enabling to release, with a fault at any point (RFC v1, v2, v3)",
  ACC: "locked_vm, RLIMIT_MEMLOCK, pins of drivers, and DMA_UNMAP that waits for them",
  DRT: "the dirty log of type1",
  POL: "policies for device memory: pin all, vIOMMU, coIOMMU, faults, backup ring, VPRI, snooped ring",
  LRU: "a limit on the pages that faults keep mapped: what is evicted, and who makes progress",
  NST: "faults of two stages of translation: who handles them, and how they reach a guest and return",
  CON: "two consumers of faults, SVA and VFIO, behind one queue",
  TLB: "stale permissions and frames in translation caches",
  SEL: "rings that must not fault beside buffers that may",
  IFD: "the fault queue of iommufd, from the report of the core to the response of user space",
  MMX: "what the host's memory management does to pages that a device reaches without pins",
  STM: "the life of a stalled transaction in the hardware",
  TRD: "teardown: disabling page faults of a device while faults are in flight",
  PCL: "control of a page request interface that several functions share",
  REF: "references between the report of a fault and its response",
  ATT: "page tables attached to the devices of a group, and page faults enabled and disabled with them",
  ENT: "a device's entry in the tables of its IOMMU, changed while hardware reads it",
  OBJ: "a fault object of iommufd: created, named by calls, destroyed",
  FLS: "threads that invalidate through one queue of an IOMMU, and wait for their fences",
  GOP: "references and locks of a VFIO group, its container and the VM",
  RNG: "ranges of IOVA: what is mapped and pinned for them, and who waits",
  VEQ: "the events of a vIOMMU: what is lost, what user space is told, and in which order",
  UNM: "VFIO_IOMMU_UNMAP_DMA that calls drivers, beside another call on the same container",
};

/** "PIN" of "PIN-3". */
export const familyOf = (id: string): string => id.replace(/-\d+$/, "");
