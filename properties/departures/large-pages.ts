/** Deliberate defects of `large-pages`: unmaps of a part, what is believed of them, and caches of the other size. */
import { ANY_HARDWARE } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

const broken = (when: Settings, breaks: readonly string[], reason: string, around: Settings = {}): Departure => ({
  when,
  breaks,
  reason,
  shown: {
    system: "large-pages",
    hardware: ANY_HARDWARE,
    host: "intended",
    bounds: "small",
    set: { ...around, ...when },
  },
});

const SPLITS = { partUnmap: "splits" } as const;

export const largePagesBreakages: Breakages = {
  departures: [
    broken({ partUnmap: "whole-from-start" }, ["LPG-11"], "a page in the middle of a large one is not given back"),
    broken(
      { partUnmap: "table-walk" },
      ["LPG-11", "LPG-13"],
      "an unmap from the middle clears words of the page as if they were entries",
    ),
    broken(SPLITS, ["LPG-9"], "a table takes the place of a large entry that the IOTLB still has"),
    broken({ partUnmap: "nothing" }, ["LPG-11"], "no page of a large one is given back alone"),
    broken(
      { believes: "asked" },
      ["LPG-3"],
      "the mark of the neighbour stays set after its entry was cleared with the large one (D-08)",
    ),
    broken(
      { believes: "returned-size" },
      ["LPG-1", "LPG-3", "LPG-5", "LPG-7", "LPG-11"],
      "pages behind the large one are unpinned in place of its first one",
    ),
    broken(
      { believes: "asked", tableMemory: "may-fail", rangeUnmaps: true },
      ["LPG-1", "LPG-3", "LPG-5", "LPG-7", "LPG-9", "LPG-17"],
      "a page is unpinned that a failed split has left mapped, and again by DMA_UNMAP",
      SPLITS,
    ),
    broken({ tableSwap: "free-then-flush" }, ["LPG-15"], "a table is freed while the IOMMU remembers it"),
    broken(
      { tableSwap: "unflushed" },
      ["LPG-3", "LPG-15"],
      "the IOMMU goes on from the table that the large entry has replaced (38c527aeb419)",
    ),
    broken(
      { splitOrder: "break-before-make" },
      ["LPG-17"],
      "the neighbour has no entry between the break and the table",
      SPLITS,
    ),
    broken(
      { splitOrder: "drops-neighbour" },
      ["LPG-3", "LPG-11", "LPG-17"],
      "the table has no entry of the neighbour",
      SPLITS,
    ),
    broken({ charges: "one-per-fault" }, ["LPG-7"], "locked_vm has one page for a large one"),
    broken({ releaseOrder: "unpin-then-flush" }, ["LPG-1"], "the IOTLB has a page that was unpinned"),
  ],
  unbroken: {},
};
