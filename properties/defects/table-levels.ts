/** Bugs of page tables that get another level or lose emptied tables while they are used. */
import { inTrees, type Defect } from "./defect.ts";

export const tableLevels: readonly Defect[] = [
  {
    id: "root-and-mode-apart",
    title:
      "AMD's fetch_pte() reads the former mode with the new root while a level is added, and an unmap unmaps nothing",
    kind: "published",
    sources: ["message 20250922192414.897781267@linuxfoundation.org"],
    where: "AMD v1 page tables, before 6.17",
    trees: inTrees("present", "fixed", "fixed"),
    fix: {
      subject: "iommu/amd/pgtbl: Fix possible race while increase page table level",
      commit: "1e56310b40fd",
      cve: "CVE-2025-39961",
      releases: ["6.17"],
    },
    shownBy: "table-levels topWords=root-then-levels",
  },
  {
    id: "range-not-gathered",
    title: "The generic page table adds no range to the flush of an unmap where the IOMMU caches absent entries",
    kind: "published",
    sources: ["message 20260228173244.1509663-735-sashal@kernel.org"],
    where: "the generic page table in a guest, before 7.0",
    trees: inTrees("absent", "absent", "fixed"),
    fix: {
      subject: "iommupt: Always add IOVA range to iotlb_gather in gather_range_pages()",
      commit: "b48ca9206138",
      releases: [],
    },
    shownBy: "table-levels gathers=nothing",
  },
  {
    id: "level-published-before-entry",
    title: "AMD's driver lets threads map at a new level before the entry of the device has it",
    kind: "read",
    sources: ["docs/shipped.md"],
    where: "AMD v1 page tables: increase_address_space() of 6.1.192 and 6.12.117",
    trees: inTrees("present", "present", "fixed"),
    fix: { subject: "increase_top() updates the entries of devices before it publishes the new top", releases: [] },
    shownBy: "table-levels growth=published-first",
  },
  {
    id: "level-added-twice",
    title: "A thread adds a level to the top from before another one has added it",
    kind: "clause",
    sources: ["hardware I9"],
    where: "a driver that does not look again under its lock",
    shownBy: "table-levels growCheck=before-lock",
  },
  {
    id: "emptied-table-stays-in-walk-cache",
    title: "The flush of an unmap leaves out tables that it has freed",
    kind: "clause",
    sources: ["hardware I7"],
    where: "a flush of lowest entries alone where a table went, too",
    shownBy: "table-levels gathers=range",
  },
  {
    id: "emptied-table-freed-before-flush",
    title: "An unmap frees a table before the walk cache is flushed",
    kind: "clause",
    sources: ["hardware I7"],
    where: "a driver that frees tables before iommu_iotlb_sync()",
    shownBy: "table-levels freesTables=before-flush",
  },
];
