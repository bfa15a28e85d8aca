/** A page table that gets another level, and loses emptied tables, while threads map and unmap and the IOMMU walks it. */
import type { Message } from "../../../checker/json.ts";
import { call, type Component, type Route } from "../../../checker/system.ts";
import { levelledTable } from "../../machines/iommu/levelled-table.ts";
import { pageWalker } from "../../machines/iommu/page-walker.ts";
import { tableUser } from "../../machines/linux/iommu/drivers/tables/table-user.ts";
import { field } from "../host-side.ts";
import type { Study } from "../study.ts";
import {
  tableLevelsBounds,
  tableLevelsHosts,
  tableLevelsKnobs,
  tableLevelsSizeKnobs,
  type TableLevelsDesign,
  type TableLevelsSizes,
} from "./table-levels-design.ts";

const CUT =
  "One device, one page table of one level that gets a second one, and a thread for each page: b is mapped at the start and " +
  "needs one level, c and d need two. Each command is done when it returns (flushers has the queue), and an entry is read and " +
  "written whole. Hidden: ranges of several pages, large pages that somebody asks for, memory that runs out, lazy flushes, and " +
  "stores that become visible late (invalidation-list has them).";

const PAGES = ["b", "c", "d"] as const;
const MAPPED = "b";
const nameOf = (page: string): string => `user-${page}`;

function componentsOf(
  { name: _, ...rules }: TableLevelsDesign,
  { threads }: TableLevelsSizes,
): { readonly [name: string]: Component } {
  const pages = PAGES.slice(0, threads);
  const users = pages.map((page): readonly [string, Component] => [
    nameOf(page),
    {
      machine: tableUser,
      input: { page, rules, mapped: page === MAPPED },
      role: "table-user",
      events: [{ type: "table-user.maps" }, { type: "table-user.unmaps" }, { type: "table-user.steps" }],
    },
  ]);
  return {
    ...Object.fromEntries(users),
    table: { machine: levelledTable, input: { mapped: [MAPPED] }, role: "levelled-table" },
    walker: {
      machine: pageWalker,
      role: "page-walker",
      events: pages.map((page) => ({ type: "walker.translates", page })),
    },
  };
}

const by = (message: Message): string => nameOf(field(message, "by"));

const ROUTES: readonly Route[] = [
  call("table-user", ["domain.locks", "top.is-read"], "table", "block"),
  call(
    "table-user",
    [
      "domain.unlocks",
      "top.is-built",
      "top.is-written",
      "root.is-written",
      "levels.are-written",
      "entry.names-top",
      "table.maps",
      "table.unmaps",
      "table.is-freed",
    ],
    "table",
  ),
  call("table-user", ["entry.is-flushed", "range.is-flushed"], "walker"),
  call("levelled-table", ["top.tells", "top.was-built", "table.did"], by),
  call("levelled-table", ["walk.ends"], "walker"),
  call("page-walker", ["table.is-walked"], "table"),
];

export const tableLevels: Study<TableLevelsDesign, TableLevelsSizes> = {
  name: "table-levels",
  sentence: "A page table gets another level and loses emptied tables while it is mapped, unmapped and walked.",
  cut: CUT,
  hosts: tableLevelsHosts,
  knobs: tableLevelsKnobs,
  sizeKnobs: tableLevelsSizeKnobs,
  bounds: tableLevelsBounds,
  compose: (design, sizes) => ({ components: componentsOf(design, sizes), routes: ROUTES, fairness: {} }),
};
