/** The knobs of the focused model `lru-limit`: what each choice of its designs and sizes means. */
import { hostKnobs } from "../../hosts/host.ts";
import { choice, type KnobTable } from "../../knobs.ts";
import { boundsKnobs } from "../bounds.ts";
import type { LruDesign, LruSizes } from "./lru-limit-design.ts";

const flag = { kind: "flag" } as const;
const percent = (share: number) => `Faults may keep ${share} percent of the total mapping size mapped.`;

export const lruKnobs: KnobTable<LruDesign> = {
  evictsOwnGroup: hostKnobs.evictsOwnGroup,
  releaseOrder: hostKnobs.releaseOrder,
  respondWhen: hostKnobs.respondWhen,
  workers: hostKnobs.workers,
  limitLevel: {
    id: "row 34",
    values: choice({
      "10": percent(10),
      "30": percent(30),
      "50": percent(50),
      "70": percent(70),
      unlimited: "Faults may keep everything mapped.",
    }),
    sentence: "The limit of VFIO_IOMMU_ENABLE_IOPF, in percent of the total mapping size.",
  },
  limitRounding: {
    id: "row 34",
    values: choice({
      down: "The limit is rounded down, and is 0 pages for a small guest.",
      up: "The limit is rounded up, and is at least one page.",
    }),
    sentence: "How a limit that is no whole number of pages is rounded.",
  },
  limitKeptBy: {
    id: "row 33",
    values: choice({
      nobody: "What a fault has mapped stays until DMA_UNMAP (RFC v1).",
      refusal: "The fault handler refuses a fault that exceeds the limit.",
      handler: "The fault handler evicts pages before it maps new ones.",
      thread: "A thread compares the number of faulted-in pages with the limit from time to time, and evicts pages.",
    }),
    sentence: "What keeps the pages that faults have mapped within the limit.",
  },
  victims: {
    id: "row 27",
    values: choice({
      "first-mapped": "The page that was mapped first (least recently mapped, M3).",
      "not-used-since": "The first page that no device has used since the last look; the others get a second chance.",
    }),
    sentence: "Which page is evicted.",
  },
  sparesUnused: {
    id: "VFIO facts 4.2",
    values: flag,
    sentence: "Whether pages of an answered group stay mapped until the device has used them.",
  },
  shortageCode: {
    id: "D-23",
    values: choice({
      invalid: "The response is Invalid Request, as for an access that is not allowed (RFC).",
      failure: "The response is Response Failure.",
    }),
    sentence: "The page response to a group for which there is no room.",
  },
  thrashDetector: {
    id: "I-44",
    values: flag,
    sentence: "Whether a group is refused when a page of it was mapped twice and evicted before its use.",
  },
  limitAtUnmap: {
    id: "row 34",
    values: choice({
      evicts: "DMA_UNMAP lowers the limit, and evicts pages of other mappings until the level is within it.",
      "lowers-only": "DMA_UNMAP lowers the limit, and the level may exceed it.",
      keeps: "DMA_UNMAP keeps the limit as it was.",
    }),
    sentence: "What VFIO_IOMMU_UNMAP_DMA does about the limit, which depends on the total mapping size.",
  },
  expires: {
    id: "row 26",
    values: choice({
      never: "No page expires.",
      "any-page": "Every page that a fault has mapped may expire.",
      "used-page": "A page may expire after the device has used it.",
    }),
    sentence: "The pages that a timer unmaps and unpins.",
  },
  lockdownTracked: {
    id: "I-17",
    values: flag,
    sentence: "Whether locked-down pages are in the list of pages that may be evicted (deliberate defect).",
  },
  premap: {
    id: "row 31",
    values: choice({
      none: "Only the faulting page is mapped.",
      pages: "The neighbour of the faulting page is mapped too, with an entry of its own.",
      superpage: "The faulting page and its neighbour are mapped with one entry (D-08: unmapping a part takes it all).",
    }),
    sentence: "What a fault maps besides the faulting page.",
  },
};

export const lruSizeKnobs: KnobTable<LruSizes> = {
  devices: boundsKnobs.devices,
  itemPages: boundsKnobs.itemPages,
  itemAccess: {
    id: "VFIO facts 4.2",
    values: choice({
      "at-once": "All pages of an item must be mapped at once (PCIe page requests).",
      restarted: "The device needs one page after the other, and begins the item anew after a fault.",
      "in-turn": "The device needs one page after the other, and resumes where it stopped (stalls).",
    }),
    sentence: "How a device accesses the pages of a work item.",
  },
  itemScript: {
    id: "VFIO facts 4.1",
    values: choice({
      any: "A device begins any work item.",
      belady: "The device begins items of one page each, in the order of Belady's anomaly.",
    }),
    sentence: "Which work items devices begin.",
  },
  itemsEach: {
    id: "bound",
    values: { kind: "integer", from: 0, to: 4 },
    sentence: "Number of work items that a device begins; 0: no end.",
  },
  hotPages: { id: "bound", values: { kind: "integer", from: 1, to: 5 }, sentence: "Pages that devices access." },
  lockedPages: { id: "I-17", values: { kind: "integer", from: 0, to: 2 }, sentence: "Pages that are locked down." },
  guestPages: {
    id: "row 34",
    values: { kind: "integer", from: 1, to: 100 },
    sentence: "Size of the first mapping, which stays, in pages.",
  },
  extraPages: {
    id: "row 34",
    values: { kind: "integer", from: 0, to: 100 },
    sentence: "Size in pages of a second mapping, which the VMM maps and unmaps; 0: there is none.",
  },
};
