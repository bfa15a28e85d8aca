/** How much of a system is explored: sizes of everything that the real system has more of. */
import type { KnobTable } from "../knobs.ts";

export interface Bounds {
  readonly name: string;
  readonly devices: number;
  /** Page request groups, or stalled transactions, that a device has at a time. */
  readonly slots: number;
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
  devices: { id: "bound", values: { kind: "integer", from: 1, to: 4 }, sentence: "Devices behind one IOMMU." },
  slots: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 4 },
    sentence: "Groups or stalls of a device at a time.",
  },
  pages: { id: "bound", values: { kind: "integer", from: 1, to: 8 }, sentence: "Pages of guest memory." },
  itemPages: { id: "bound", values: { kind: "integer", from: 1, to: 4 }, sentence: "Pages of one work item." },
  instances: {
    id: "ghost",
    values: { kind: "integer", from: 1, to: 4 },
    sentence: "Uses of a group index told apart.",
  },
  commands: { id: "bound", values: { kind: "integer", from: 1, to: 8 }, sentence: "Commands queued at a time." },
  unmaps: { id: "bound", values: flag, sentence: "Whether the VMM may unmap and map again." },
  reclaims: { id: "bound", values: flag, sentence: "Whether the host may reclaim unpinned pages." },
};
