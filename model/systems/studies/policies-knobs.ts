/** The knobs of the focused model `policies`: what each choice of its designs and sizes means. */
import { choice, type KnobTable } from "../../knobs.ts";
import type { DeviceFault } from "../../machines/device/dma-slot.ts";
import type { UnpinBy } from "../../machines/policies/coiommu-unpin.ts";
import type { PressureOn } from "../../machines/policies/host-pressure.ts";
import { boundsKnobs } from "../bounds.ts";
import type { HOLD_ORDERS, PoliciesDesign, PoliciesSizes, PolicyName, TAKE_BACK } from "./policies-design.ts";

const flag = { kind: "flag" } as const;

export const policiesKnobs: KnobTable<PoliciesDesign> = {
  policy: {
    id: "row 2",
    values: choice({
      "pin-all": "All of it is pinned at the start (VFIO type1).",
      viommu: "A virtual IOMMU traps the map and unmap calls of the guest, which pin and unpin.",
      coiommu: "Guest and host share a table that says what is pinned (coIOMMU).",
      demand: "A page is pinned when a device faults on it.",
      vpri: "A page is pinned when a device finds it absent in its own table (VPRI).",
      snoop: "A page is pinned when a host thread finds it in the available ring, before the device does (VIO).",
    } satisfies { readonly [value in PolicyName]: string }),
    sentence: "When guest memory is pinned for devices.",
  },
  deviceFault: {
    id: "row 5",
    values: choice({
      abort: "The access is lost.",
      stall: "The access waits, and is retried.",
      divert: "The packet goes into a backup ring of the network card (row 18, NIC page faults).",
    } satisfies { readonly [value in DeviceFault]: string }),
    sentence: "What happens to an access without translation.",
  },
  backupSlots: {
    id: "VFIO facts 4.4",
    values: { kind: "integer", from: 0, to: 4 },
    sentence: "Packets that the backup ring of a network card holds; 0: there is none.",
  },
  faultPath: {
    id: "row 62",
    values: choice({
      iommu: "Faults arrive through one queue of the IOMMU.",
      device: "Faults arrive through a queue of each device.",
    }),
    sentence: "How faults reach the host.",
  },
  holdOrder: {
    id: "I-02",
    values: choice({
      "pin-first": "The page is pinned, then mapped.",
      "map-first": "The page is mapped, then pinned (deliberate defect).",
    } satisfies { readonly [value in keyof typeof HOLD_ORDERS]: string }),
    sentence: "The order in which a page is pinned and mapped.",
  },
  takeBack: {
    id: "I-03",
    values: choice({
      ordered: "Clear the entry, invalidate the IOTLB, wait, then unpin.",
      "no-sync": "Clear the entry, then unpin without an invalidation (deliberate defect).",
      "unpin-first": "Unpin, then clear the entry (deliberate defect).",
    } satisfies { readonly [value in keyof typeof TAKE_BACK]: string }),
    sentence: "The order in which a page is unmapped and unpinned.",
  },
  pressureOn: {
    id: "VFIO facts 4.2",
    values: choice({
      settled: "It may reclaim every page except those that a device has faulted in and not used yet.",
      any: "It may reclaim every page.",
    } satisfies { readonly [value in PressureOn]: string }),
    sentence: "The pages that the host may reclaim.",
  },
  trapWaits: {
    id: "row 3",
    values: flag,
    sentence: "Whether the guest's unmap call on a virtual IOMMU returns only after the page is unmapped.",
  },
  unpinBy: {
    id: "row 4",
    values: choice({
      exchange: "It clears the bit by one compare-and-exchange of the whole word.",
      "plain-write": "It reads the word and writes it back (deliberate defect).",
      "exchange-without-count": "The compare-and-exchange ignores the count (deliberate defect).",
      "exchange-without-accessed": "The compare-and-exchange ignores the accessed bit (deliberate defect).",
    } satisfies { readonly [value in UnpinBy]: string }),
    sentence: "How coIOMMU's unpin thread clears the pinned bit of a page.",
  },
  bitOrder: {
    id: "row 4",
    values: choice({
      "after-map": "The host sets it after the page is mapped.",
      "before-map": "The host sets it before the page is mapped (deliberate defect).",
    }),
    sentence: "When the host sets the bit of a page: coIOMMU's pinned bit, or VPRI's bit for the device.",
  },
  unpinLocks: {
    id: "row 4",
    values: flag,
    sentence: "Whether coIOMMU's unpin thread takes the lock of the container.",
  },
  mailboxChecked: {
    id: "row 4",
    values: flag,
    sentence: "Whether coIOMMU's guest writes the mailbox only while it is empty.",
  },
  driverWaits: {
    id: "row 4",
    values: flag,
    sentence: "Whether coIOMMU's guest waits until the host has emptied the mailbox.",
  },
  restoresBit: {
    id: "row 4",
    values: flag,
    sentence: "Whether coIOMMU's unpin thread sets the pinned bit again when DMA_UNMAP fails.",
  },
  trustsTable: {
    id: "row 4",
    values: flag,
    sentence: "Whether coIOMMU's host trusts the shared table instead of its own records.",
  },
  withdraws: {
    id: "VFIO facts 4.4",
    values: choice({
      first: "Before the page is unmapped.",
      last: "After the page is unmapped and unpinned (deliberate defect).",
    }),
    sentence: "When VPRI's host clears a page in the table of the device.",
  },
  snoopWaits: {
    id: "VFIO facts 4.4",
    values: flag,
    sentence: "Whether a descriptor is given to the device only after its page is mapped (VIO).",
  },
  snoopSpares: {
    id: "VFIO facts 4.4",
    values: flag,
    sentence: "Whether the host keeps pages that descriptors in the shadow ring name (VIO).",
  },
};

export const policiesSizeKnobs: KnobTable<PoliciesSizes> = {
  pages: boundsKnobs.pages,
  drivers: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 3 },
    sentence: "Number of drivers in the guest, each with a device.",
  },
  guestLies: {
    id: "bound",
    values: flag,
    sentence: "Whether the guest starts DMA to pages that it has not mapped, and writes the shared table at will.",
  },
};
