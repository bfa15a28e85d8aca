/** The knobs of the focused model `selective`: what each choice of its designs and sizes means. */
import { hostKnobs } from "../../hosts/host.ts";
import { choice, type KnobTable } from "../../knobs.ts";
import type { FaultTolerance } from "../../machines/device/ring-queue.ts";
import type { PROGRAMS, STOPS } from "../../machines/linux/vfio/iopf/selective/mediator.ts";
import { boundsKnobs } from "../bounds.ts";
import { accountingSizeKnobs } from "./accounting-knobs.ts";
import type { SelectiveDesign, SelectiveSizes } from "./selective-design.ts";

const flag = { kind: "flag" } as const;

export const selectiveKnobs: KnobTable<SelectiveDesign> = {
  faultTolerance: {
    id: "row 35",
    values: choice({
      none: "The device can repeat no access after a fault.",
      some: "The device can repeat accesses to buffers, and none to its rings.",
      all: "The device can repeat every access.",
    } satisfies { readonly [value in FaultTolerance]: string }),
    sentence: "The accesses that the device can repeat after a fault, which software cannot read.",
  },
  knowledge: {
    id: "row 38",
    values: choice({
      table: "Software reads an opt-in table of device ids.",
      "pf-hint": "The PF driver gives a hint, which may come while the guest runs.",
      "feature-bit": "Software reads IOMMU_DEV_FEAT_IOPF alone, and takes it that all accesses may fault.",
    }),
    sentence: "Where software learns which accesses of the device may fault.",
  },
  tableEntry: {
    id: "row 38",
    values: choice({
      right: "The entry says what is true of the device.",
      "claims-all": "The entry says that all accesses may fault.",
      missing: "There is no entry, and everything is pinned.",
    }),
    sentence: "The entry of the device in the opt-in table.",
  },
  beforeHint: {
    id: "row 49",
    values: choice({
      static: "Everything is pinned.",
      faultable: "Everything may fault.",
    }),
    sentence: "What holds for the device until the hint of the PF driver comes, if it comes.",
  },
  selectivePhase: {
    id: "row 48",
    values: flag,
    sentence: "Whether a device that tolerates only some faults gets them; false: everything of it is pinned.",
  },
  mediatorPlace: {
    id: "row 39",
    values: choice({
      none: "There is no such driver.",
      "pci-core-extension": "A vendor driver extends vfio-pci-core.",
      "mdev-wrapper": "A mediated device wraps the real one.",
    }),
    sentence: "Where the driver is that knows the rings and locks them down.",
  },
  registerPath: {
    id: "VFIO facts 3.1",
    values: choice({
      trapped: "Each write to the ring register is trapped.",
      "also-mapped": "The guest can also write the ring register without a trap (mmap).",
    }),
    sentence: "How the guest reaches the register that says where a ring lies.",
  },
  pinScope: {
    id: "row 67",
    values: choice({
      "not-faultable": "A pinned page must not fault, and a fault on it is refused if it is not mapped yet.",
      "not-faultable-literal": "Every fault on a pinned page is refused, even if the page is mapped by now.",
      faultable:
        "A pinned page is one that may fault, and every other page is pinned at DMA_MAP (row 66, the pin scope).",
      "only-faultable": "Only a fault on a pinned page is served (RFC v3).",
    }),
    sentence: "What vfio_pin_pages() on a page means for faults on it.",
  },
  pinsWhat: {
    id: "row 66",
    values: choice({ rings: "The driver passes its rings.", buffers: "The driver passes every page but its rings." }),
    sentence: "The pages that the vendor driver passes to vfio_pin_pages().",
  },
  pinApi: {
    id: "row 72",
    values: choice({
      "pins-only": "It pins and records the pages, as in Linux.",
      "pins-and-maps": "It also charges the pages and maps them (lockdown).",
    }),
    sentence: "What vfio_pin_pages() does.",
  },
  pinCharges: {
    id: "VFIO facts 2.2",
    values: flag,
    sentence: "Whether a vfio_pin_pages() that only pins charges the pages, and faults charge nothing (RFC v3).",
  },
  ringOrder: {
    id: "I-24",
    values: choice({
      "lockdown-first": "The driver locks the ring down, then forwards the write.",
      "forward-first": "The driver forwards the write, then locks the ring down (deliberate defect).",
    } satisfies { readonly [value in keyof typeof PROGRAMS]: string }),
    sentence: "The order of the lockdown of a ring and the register write.",
  },
  lockdownRefused: {
    id: "I-24",
    values: choice({
      "refuses-write": "The write is not forwarded.",
      "forwards-anyway": "The write is forwarded (deliberate defect).",
    }),
    sentence: "What happens to the register write when the lockdown fails.",
  },
  lockdownOverLimit: {
    id: "I-19",
    values: choice({
      evict: "It evicts pages that may fault.",
      refuse: "It fails.",
    }),
    sentence: "What a lockdown does at the limit.",
  },
  lockdownUndo: {
    id: "I-19",
    values: choice({
      complete: "It leaves nothing pinned.",
      "keeps-pages-so-far": "It leaves the pages pinned that were locked down before the failure (deliberate defect).",
      "keeps-refused-pin": "It leaves the page pinned whose charge was refused (RFC v1).",
      "keeps-after-rejection":
        "It leaves all pages pinned if the device rejects the register write (vfio-ap before the fix).",
    }),
    sentence: "What a failed registration of a ring leaves pinned.",
  },
  unpinLoop: {
    id: "D-21",
    values: choice({
      complete: "The loop unpins all pages.",
      "may-end-early": "The loop may end half way for lack of memory, and returns success (RFC v3).",
    }),
    sentence: "Whether vfio_unpin_pages() unpins all pages of a ring.",
  },
  ringStop: {
    id: "I-25",
    values: choice({
      "after-quiesce": "The driver unpins it after the queue is quiescent.",
      "before-quiesce": "The driver unpins it before the queue is quiescent (deliberate defect).",
      "quiesce-under-lock":
        "The driver holds iommu->lock while it waits until the queue is quiescent (deliberate defect).",
    } satisfies { readonly [value in keyof typeof STOPS]: string }),
    sentence: "When the driver unpins a ring.",
  },
  sharedRingPages: {
    id: "I-08",
    values: choice({
      counted: "The page counts once for each ring.",
      uncounted: "The page counts once, and the first ring that goes unpins it (deliberate defect).",
    }),
    sentence: "How vfio_pfn.ref_count counts a page that two rings share.",
  },
  evictsPinned: {
    id: "I-17",
    values: flag,
    sentence: "Whether eviction may take a page that is locked down (deliberate defect).",
  },
  unmapCallback: {
    id: "B-26",
    values: choice({
      "stops-queue": "It stops the queue and unpins its ring.",
      ignored: "It does nothing.",
    }),
    sentence: "What the dma_unmap() callback of the driver does.",
  },
  unmapWhilePinned: {
    id: "I-16",
    values: choice({
      retries: "It calls the driver again, as in Linux.",
      "removes-anyway": "It removes the mapping (deliberate defect).",
    }),
    sentence: "What vfio_dma_do_unmap() does when the driver has not unpinned.",
  },
  ringsDuringUnmap: {
    id: "B-25",
    values: choice({
      refused: "The driver refuses new rings until DMA_UNMAP has ended.",
      admitted: "The driver pins new rings meanwhile, as Linux allows.",
    }),
    sentence: "Whether a ring may be registered while DMA_UNMAP has dropped iommu->lock.",
  },
  iommuFilter: {
    id: "row 44",
    values: choice({
      none: "It reports every fault.",
      "by-device": "It refuses all faults of a device that does not tolerate all.",
    }),
    sentence: "Which faults the IOMMU driver reports.",
  },
  guestDiscards: {
    id: "B-43",
    values: choice({
      never: "Guest memory is not discarded.",
      coordinated: "A page is discarded only if the device has it neither mapped nor pinned.",
      uncoordinated: "A page is discarded even while the device has it mapped or pinned.",
    }),
    sentence: "Whether the VMM discards guest memory (balloon, virtio-mem).",
  },
  limit: hostKnobs.limit,
};

export const selectiveSizeKnobs: KnobTable<SelectiveSizes> = {
  pages: boundsKnobs.pages,
  rings: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 3 },
    sentence: "Number of queues, each with one ring.",
  },
  ringPages: { id: "bound", values: { kind: "integer", from: 1, to: 3 }, sentence: "Size of a ring, in pages." },
  ringPlaces: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 4 },
    sentence: "Number of places where a ring may lie, from page 0 on.",
  },
  unmaps: boundsKnobs.unmaps,
  reclaims: boundsKnobs.reclaims,
  rejects: { id: "B-23", values: flag, sentence: "Whether the device may reject a write to the ring register." },
  retryBound: accountingSizeKnobs.retryBound,
};
