/** The knobs of the focused model `accounting`: what each choice of its designs and sizes means. */
import { choice, type KnobTable } from "../../knobs.ts";
import { boundsKnobs } from "../bounds.ts";
import type { AccountingDesign, AccountingSizes } from "./accounting-design.ts";

const flag = { kind: "flag" } as const;
const integer = (from: number, to: number) => ({ kind: "integer", from, to }) as const;

export const accountingKnobs: KnobTable<AccountingDesign> = {
  pinsAt: {
    id: "row 69",
    values: choice({
      map: "VFIO_IOMMU_MAP_DMA pins and charges every page, as in Linux.",
      fault: "A page is pinned and charged when it faults (RFC v1).",
    }),
    sentence: "When the pages of a mapping are pinned and charged.",
  },
  mdevCharges: {
    id: "VFIO facts 2.2",
    values: choice({
      "without-domain": "It charges the page if the container has no IOMMU domain, as in Linux.",
      "unless-mapped": "It charges the page if it is not mapped, and so not charged yet.",
    }),
    sentence: "When vfio_pin_pages() charges a page.",
  },
  faultCharges: {
    id: "D-16",
    values: choice({
      "unless-listed": "It charges a page unless a driver has it pinned.",
      always: "It charges every page, even one that a driver has charged (RFC v1).",
    }),
    sentence: "Which pages a fault charges.",
  },
  lockdown: {
    id: "row 72",
    values: choice({
      pins: "It pins the page, as in Linux.",
      "pins-and-maps": "It pins the page and maps it in the IOMMU domain.",
    }),
    sentence: "What vfio_pin_pages() does with a page.",
  },
  replays: {
    id: "VFIO facts 1.2",
    values: choice({
      all: "vfio_iommu_replay() pins and maps every page, as in Linux.",
      listed: "Only the pages that drivers have pinned are mapped.",
      none: "No page is mapped.",
    }),
    sentence: "The pages that are mapped when an IOMMU group is attached.",
  },
  undo: {
    id: "D-01",
    values: choice({
      directly: "The page is unpinned directly.",
      "by-list-of-fault": "A fault looks the page up in dma->pfn_list, where it is not, and the pin leaks (RFC v1).",
      "by-list-of-mdev":
        "A driver's pin looks it up there and leaks, as before the fix of the leak in vfio_iommu_type1_pin_pages().",
    }),
    sentence: "How a pin is undone when a later step fails.",
  },
  pinReturn: {
    id: "B-10",
    values: choice({
      zero: "It returns 0.",
      count: "It returns the count 1, which the caller takes for an error (before the fix).",
    }),
    sentence: "What vaddr_get_pfns() returns to a driver's pin that is not charged.",
  },
  zeroPages: {
    id: "B-05",
    values: choice({
      "put-at-get": "It is unpinned at once.",
      "never-put": "It is never unpinned (before the fix).",
    }),
    sentence: "When the zero page is unpinned.",
  },
  mmioPins: {
    id: "B-14",
    values: choice({
      refused: "The pin is refused.",
      "as-ram": "The driver gets a struct page that does not exist (before the fix).",
    }),
    sentence: "What vfio_pin_pages() does with a page of MMIO, which has no struct page.",
  },
  chargeTest: {
    id: "I-07",
    values: choice({
      "with-charge": "The step that charges also tests it.",
      "before-charge": "A step before the charge tests it, so that two threads may pass it together.",
    }),
    sentence: "When RLIMIT_MEMLOCK is tested (vfio_lock_acct()).",
  },
  unchargesFrom: {
    id: "B-02",
    values: choice({
      owner: "It drops in the mm that was charged.",
      current: "It drops in the mm of the calling process, which exec() may have changed (before the fix).",
    }),
    sentence: "The mm whose locked_vm drops when a page is unpinned.",
  },
  transfersCharge: {
    id: "B-03",
    values: flag,
    sentence: "Whether VFIO_DMA_MAP_FLAG_VADDR moves the charge to the current mm (vfio_change_dma_owner()).",
  },
  reaccounts: {
    id: "VFIO facts 2.4",
    values: flag,
    sentence: "Whether pages that drivers have pinned stay charged when the last domain is detached.",
  },
  detachRemoves: {
    id: "B-16",
    values: choice({
      "without-mdev": "It removes them only if no mediated group is left, as in Linux.",
      always: "It removes them even while a mediated group uses them.",
    }),
    sentence: "When the detach of the last IOMMU group removes the mappings.",
  },
  sharedPins: {
    id: "B-40",
    values: choice({
      counted: "The last unpin puts it.",
      "put-by-any": "Each unpin puts it.",
    }),
    sentence: "When a page that two drivers have pinned is put.",
  },
  reaction: {
    id: "B-26",
    values: choice({ unpins: "It unpins the pages.", ignores: "It keeps the pages." }),
    sentence: "What the dma_unmap() callback of a driver does.",
  },
  pinDuringUnmap: {
    id: "B-25",
    values: choice({
      allowed: "The pin succeeds, as in Linux.",
      refused: "The pin is refused.",
    }),
    sentence: "What happens to a driver's pin while DMA_UNMAP waits for drivers.",
  },
  notifies: {
    id: "VFIO facts 2.3",
    values: choice({
      unlocked: "vfio_notify_dma_unmap() drops iommu->lock before it calls drivers, as in Linux.",
      locked: "vfio_notify_dma_unmap() calls drivers with iommu->lock held (deliberate defect).",
    }),
    sentence: "Whether DMA_UNMAP calls drivers with iommu->lock held.",
  },
  listLock: {
    id: "I-38",
    values: choice({
      inside:
        "vfio_iommu_type1_register_device(), vfio_iommu_type1_unregister_device() and vfio_notify_dma_unmap() take it with iommu->lock held, as in Linux.",
      apart: "The same functions take it while they do not hold iommu->lock (a fix).",
    }),
    sentence: "Whether iommu->device_list_lock is taken with iommu->lock held.",
  },
  unpinFails: {
    id: "D-21",
    values: choice({
      never: "It unpins all pages.",
      "half-way": "It may end half way for lack of memory, without an error (RFC v3).",
    }),
    sentence: "Whether vfio_unpin_pages() can fail half way.",
  },
  closeUnpins: {
    id: "B-24",
    values: flag,
    sentence: "Whether a driver unpins its pages before its device is closed.",
  },
  shortage: {
    id: "D-23",
    values: choice({
      invalid: "The response is Invalid Request, as for an access that is not allowed (RFC).",
      failure: "The response is Response Failure.",
    }),
    sentence: "The page response at the limit, or when memory is short.",
  },
  checksVaddr: {
    id: "I-43",
    values: flag,
    sentence: "Whether pins and faults of a mapping are refused while its vaddr is invalid.",
  },
  vaddrWithMdev: {
    id: "B-04",
    values: choice({
      refused: "It is refused while the container has a mediated group, as in Linux.",
      waits: "It succeeds, and pins of drivers wait for the new address.",
    }),
    sentence: "What an update of the vaddr does beside drivers (VFIO_DMA_UNMAP_FLAG_VADDR).",
  },
  checksMm: {
    id: "I-42",
    values: flag,
    sentence: "Whether a pin is refused when the mm has no user (mmget_not_zero()).",
  },
};

export const accountingSizeKnobs: KnobTable<AccountingSizes> = {
  containers: {
    id: "bound",
    values: integer(1, 2),
    sentence: "Number of containers over the same pages of one process.",
  },
  pages: boundsKnobs.pages,
  rlimit: { id: "bound", values: integer(0, 8), sentence: "RLIMIT_MEMLOCK of each mm, in pages." },
  groups: {
    id: "bound",
    values: choice({
      iommu: "There is one IOMMU-backed group.",
      mdev: "There are mediated groups.",
      both: "There are mediated groups, and an IOMMU-backed group is attached and detached.",
    }),
    sentence: "The groups of each container.",
  },
  mdevDrivers: {
    id: "bound",
    values: integer(0, 2),
    sentence: "Number of drivers of mediated devices in each container.",
  },
  retryBound: {
    id: "B-25",
    values: integer(1, 10),
    sentence: "How often DMA_UNMAP calls drivers again before BUG_ON() (10 in Linux).",
  },
  fate: {
    id: "I-42",
    values: choice({
      stays: "Nothing happens to it.",
      execs: "It calls exec(), and gets a new mm.",
      forks: "It forks, and the child continues with the container.",
      exits: "It exits, and the container is open elsewhere.",
    }),
    sentence: "What may happen once to the process that has the container open.",
  },
  oddPage: {
    id: "I-41",
    values: choice({
      ram: "It is RAM, as the others.",
      zero: "It is the zero page.",
      mmio: "It is MMIO, which has no struct page.",
    }),
    sentence: "What the last page is.",
  },
  repins: {
    id: "B-25",
    values: flag,
    sentence: "Whether drivers pin again what they have unpinned, while DMA_UNMAP still waits.",
  },
  unmappers: {
    id: "bound",
    values: integer(1, 2),
    sentence: "Number of threads in ioctls of a container; the second one only unmaps.",
  },
  closes: {
    id: "bound",
    values: flag,
    sentence: "Whether mediated devices are closed and opened, and containers released.",
  },
  recordFails: {
    id: "D-01",
    values: flag,
    sentence: "Whether iommu_map() or the insertion into dma->pfn_list may fail after the page is pinned.",
  },
  vaddrUpdates: { id: "I-43", values: flag, sentence: "Whether user space updates the vaddr of the mapping." },
};
