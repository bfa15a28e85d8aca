/** How much of a system is explored: sizes of everything that the real system has more of. */
import type { KnobTable } from "../knobs.ts";

export interface Bounds {
  readonly name: string;
  readonly devices: number;
  /** Page request groups, or stalled transactions, that a device has at a time. */
  readonly slots: number;
  /** Address spaces of a device, told apart by the PASID of its requests; 1: requests carry none. */
  readonly pasids: number;
  readonly pages: number;
  /** Most pages of one work item. */
  readonly itemPages: number;
  /** Ghost: uses of a group index told apart. */
  readonly instances: number;
  /** Commands in the command queue at a time. */
  readonly commands: number;
  /** Whether the VMM may unmap (and map again). */
  readonly unmaps: boolean;
  /** Whether the host may reclaim unpinned pages. */
  readonly reclaims: boolean;
}

const flag = { kind: "flag" } as const;

export const boundsKnobs: KnobTable<Bounds> = {
  devices: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 4 },
    sentence: "Number of devices behind one IOMMU.",
  },
  slots: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 4 },
    sentence: "Most page request groups, or stalled transactions, of a device at a time.",
  },
  pasids: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 4 },
    sentence: "PASIDs of a device, dealt out to its page request groups in turn; 1: requests carry no PASID.",
  },
  pages: { id: "bound", values: { kind: "integer", from: 1, to: 8 }, sentence: "Number of pages of guest memory." },
  itemPages: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 4 },
    sentence: "Most pages of one work item of a device.",
  },
  instances: {
    id: "ghost",
    values: { kind: "integer", from: 1, to: 4 },
    sentence: "Uses of a page request group index that the search tells apart (ghost state).",
  },
  commands: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 8 },
    sentence: "Most commands in the command queue at a time.",
  },
  unmaps: { id: "bound", values: flag, sentence: "Whether the VMM may unmap memory, and map it again." },
  reclaims: { id: "bound", values: flag, sentence: "Whether the host may reclaim pages that are not pinned." },
};
