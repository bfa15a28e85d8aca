/** Pages of two sizes: what a fault maps, what an unmap of a part takes, and what is pinned and charged. */
import { call, type Component, type Route } from "../../../checker/system.ts";
import { LARGE, SIZED_PAGES, sizedTable } from "../../machines/iommu/sized-table.ts";
import { sizedWalker } from "../../machines/iommu/sized-walker.ts";
import { basePageAccount } from "../../machines/linux/vfio/iopf/large/base-page-account.ts";
import { largePageHandler } from "../../machines/linux/vfio/iopf/large/large-page-handler.ts";
import type { Study } from "../study.ts";
import {
  largePagesBounds,
  largePagesHosts,
  largePagesKnobs,
  largePagesSizeKnobs,
  type LargePagesDesign,
  type LargePagesSizes,
} from "./large-pages-design.ts";

const CUT =
  "Two base pages stand for those of a large page, and a third one for what comes behind it. All calls hold iommu->lock, so " +
  "that one comes after the other; a device may translate between any two of their steps. A command is done when it returns. " +
  "Hidden: large pages that are not aligned or not contiguous, contiguous entries, errors of pinning, the process that splits " +
  "its huge page (mm-events has what happens to memory), and the request that a device sends for a fault.";

const componentsOf = (
  { name: _, ...rules }: LargePagesDesign,
  { rangeUnmaps, tableMemory }: LargePagesSizes,
): { readonly [name: string]: Component } => ({
  handler: {
    machine: largePageHandler,
    role: "large-page-handler",
    input: { rules },
    events: [
      ...SIZED_PAGES.map((page) => ({ type: "handler.serves", page, contiguous: false })),
      ...(rules.faultMaps === "large" ? LARGE.map((page) => ({ type: "handler.serves", page, contiguous: true })) : []),
      ...SIZED_PAGES.map((page) => ({ type: "handler.takes-back", page })),
      ...(rangeUnmaps ? [{ type: "handler.unmaps-range" }] : []),
      { type: "handler.steps" },
      ...(tableMemory === "may-fail" ? [{ type: "handler.lacks-memory" }] : []),
    ],
  },
  account: { machine: basePageAccount, role: "base-page-account" },
  table: {
    machine: sizedTable,
    role: "sized-table",
    input: { rules: { partUnmap: rules.partUnmap, splitOrder: rules.splitOrder } },
  },
  walker: {
    machine: sizedWalker,
    role: "sized-walker",
    events: SIZED_PAGES.map((page) => ({ type: "walker.translates", page })),
  },
});

const ROUTES: readonly Route[] = [
  call(
    "large-page-handler",
    [
      "small.is-written",
      "large.is-written",
      "table.is-unlinked",
      "table.is-freed",
      "entry.is-cleared",
      "range.is-cleared",
    ],
    "table",
  ),
  call("large-page-handler", ["range.is-flushed"], "walker"),
  call("large-page-handler", ["pages.are-pinned", "pages.are-unpinned", "account.grows", "account.shrinks"], "account"),
  call("sized-table", ["table.was-unlinked", "entry.did"], "handler"),
  call("sized-table", ["walk.ends"], "walker"),
  call("sized-walker", ["table.is-walked"], "table"),
];

export const largePages: Study<LargePagesDesign, LargePagesSizes> = {
  name: "large-pages",
  sentence: "Pages of two sizes: what a fault maps, what an unmap of a part takes, and what is pinned and charged.",
  cut: CUT,
  hosts: largePagesHosts,
  knobs: largePagesKnobs,
  sizeKnobs: largePagesSizeKnobs,
  bounds: largePagesBounds,
  compose: (design, sizes) => ({ components: componentsOf(design, sizes), routes: ROUTES, fairness: {} }),
};
