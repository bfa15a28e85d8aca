/** LPG: pages of two sizes, what an unmap of a part takes, and what is pinned and charged. */
import { always, each, sometimes, type Seen } from "../../checker/property.ts";
import {
  LARGE,
  SIZED_PAGES,
  sizedWalk,
  type SizedPage,
  type SizedTableContext,
} from "../../model/machines/iommu/sized-table.ts";
import { covered, type SizedWalkerContext } from "../../model/machines/iommu/sized-walker.ts";
import type { BasePageAccountContext } from "../../model/machines/linux/vfio/iopf/large/base-page-account.ts";
import type { LargePageHandlerContext } from "../../model/machines/linux/vfio/iopf/large/large-page-handler.ts";
import type { LargePagesDesign, LargePagesSizes } from "../../model/systems/studies/large-pages-design.ts";
import { inStudy } from "./parameters.ts";
import { hardwareRule, vfioRule } from "./sources.ts";

type Condition = (host: LargePagesDesign, bounds: LargePagesSizes) => boolean;
const here = (condition?: Condition) => inStudy<LargePagesDesign, LargePagesSizes>("large-pages", condition);
const maps: Condition = ({ faultMaps }) => faultMaps === "large";
const splits: Condition = ({ faultMaps, partUnmap }) => faultMaps === "large" && partUnmap === "splits";
const takesAll: Condition = ({ faultMaps, partUnmap }) =>
  faultMaps === "large" && partUnmap !== "splits" && partUnmap !== "nothing";

const handler = each<LargePageHandlerContext>("large-page-handler");
const account = each<BasePageAccountContext>("base-page-account");
const table = each<SizedTableContext>("sized-table");
const walker = each<SizedWalkerContext>("sized-walker");

type Handler = Seen<LargePageHandlerContext>;
type Table = Seen<SizedTableContext>;
type Walker = Seen<SizedWalkerContext>;

const isIdle = ({ state }: Handler): boolean => state === "idle";
const pagesWhere = (test: (page: SizedPage) => boolean): readonly SizedPage[] => SIZED_PAGES.filter(test);
/** By a walk, from the table that the IOMMU remembers if it does. */
const isWalkedTo = ({ context: t }: Table, { context: w }: Walker, page: SizedPage): boolean =>
  sizedWalk(t, page, w.walkCache).entry !== null;
const isCached = ({ context }: Walker, page: SizedPage): boolean =>
  context.iotlb.some((entry) => covered(entry).includes(page));

export const lpg = [
  always({
    id: "LPG-1",
    name: "reached-page-pinned",
    statement: "A page that the IOMMU reaches, by a walk or by its IOTLB, is pinned.",
    source: vfioRule("I-02, I-03"),
    witness: "LPG-2",
    applies: here(),
    reads: { account, table, walker },
    parts: {
      "no walk leads to a page without a pin": ({ account: { context: a }, table: t, walker: w }) =>
        SIZED_PAGES.every((page) => a.pins[page] > 0 || !isWalkedTo(t, w, page)),
      "the IOTLB has no page without a pin": ({ account: { context: a }, walker: w }) =>
        SIZED_PAGES.every((page) => a.pins[page] > 0 || !isCached(w, page)),
    },
    values: ({ account: { context: a }, table: t, walker: w }) => ({
      "not pinned, and reached": pagesWhere(
        (page) => a.pins[page] === 0 && (isWalkedTo(t, w, page) || isCached(w, page)),
      ),
    }),
  }),
  sometimes({
    id: "LPG-2",
    name: "page-cached",
    statement: "The IOTLB has a translation while a call is under way.",
    source: hardwareRule("I1"),
    applies: here(),
    reads: { handler, walker },
    holds: ({ handler: h, walker: { context } }) => !isIdle(h) && context.iotlb.length > 0,
  }),
  always({
    id: "LPG-3",
    name: "marked-page-mapped",
    statement: "While no call is under way, a walk leads to each page that is marked as mapped.",
    source: vfioRule("D-08"),
    witness: "LPG-4",
    applies: here(),
    reads: { handler, table, walker },
    given: { "no call is under way": ({ handler: h }) => isIdle(h) },
    parts: {
      "a walk leads to each marked page": ({ handler: { context: h }, table: t, walker: w }) =>
        SIZED_PAGES.every((page) => !h.marked[page] || isWalkedTo(t, w, page)),
    },
    values: ({ handler: { context: h }, table: t, walker: w }) => ({
      "marked, and no walk leads there": pagesWhere((page) => h.marked[page] && !isWalkedTo(t, w, page)),
    }),
  }),
  sometimes({
    id: "LPG-4",
    name: "walk-cache-has-table",
    statement: "While no call is under way, the IOMMU remembers a table.",
    source: hardwareRule("I1"),
    applies: here(),
    reads: { handler, walker },
    holds: ({ handler: h, walker: { context } }) => isIdle(h) && context.walkCache !== null,
  }),
  always({
    id: "LPG-5",
    name: "pinned-once-if-marked",
    statement: "While no call is under way, a page is pinned once if it is marked as mapped, and otherwise not.",
    source: vfioRule("I-04, I-07"),
    witness: "LPG-6",
    applies: here(),
    reads: { handler, account },
    given: { "no call is under way": ({ handler: h }) => isIdle(h) },
    parts: {
      "pins are as the marks": ({ handler: { context: h }, account: { context: a } }) =>
        SIZED_PAGES.every((page) => a.pins[page] === (h.marked[page] ? 1 : 0)),
      "no pin was given back twice": ({ account: { context: a } }) => !a.underflow,
    },
    values: ({ handler: { context: h }, account: { context: a } }) => ({ marked: h.marked, pins: a.pins }),
  }),
  sometimes({
    id: "LPG-6",
    name: "no-page-marked",
    statement: "No page is marked as mapped, and no call is under way.",
    source: vfioRule("I-04"),
    applies: here(),
    reads: { handler },
    holds: ({ handler: h }) => isIdle(h) && SIZED_PAGES.every((page) => !h.context.marked[page]),
  }),
  always({
    id: "LPG-7",
    name: "locked-vm-counts-base-pages",
    statement: "While no call is under way, locked_vm has one for each base page that is pinned.",
    source: vfioRule("I-05"),
    witness: "LPG-8",
    applies: here(),
    reads: { handler, account },
    given: { "no call is under way": ({ handler: h }) => isIdle(h) },
    parts: {
      "locked_vm is the number of pins": ({ account: { context: a } }) =>
        a.lockedVm === SIZED_PAGES.reduce((sum, page) => sum + a.pins[page], 0),
    },
    values: ({ account: { context: a } }) => ({ locked_vm: a.lockedVm, pins: a.pins }),
  }),
  sometimes({
    id: "LPG-8",
    name: "all-pages-pinned",
    statement: "All pages are pinned.",
    source: vfioRule("I-05"),
    applies: here(),
    reads: { account },
    holds: ({ account: { context: a } }) => SIZED_PAGES.every((page) => a.pins[page] > 0),
  }),
  always({
    id: "LPG-9",
    name: "one-size-cached",
    statement: "The IOTLB never has a page both by a large entry and by one of its own.",
    source: hardwareRule("I10"),
    witness: "LPG-10",
    applies: here(maps),
    reads: { walker },
    holds: ({ walker: { context: w } }) => !w.iotlb.includes("large") || !LARGE.some((page) => w.iotlb.includes(page)),
    values: ({ walker: { context: w } }) => ({ IOTLB: w.iotlb }),
  }),
  sometimes({
    id: "LPG-10",
    name: "large-entry-cached",
    statement: "The IOTLB has the large entry.",
    source: hardwareRule("I10"),
    applies: here(maps),
    reads: { walker },
    holds: ({ walker: { context: w } }) => w.iotlb.includes("large"),
  }),
  always({
    id: "LPG-11",
    name: "taken-back-page-unpinned",
    statement: "When a page was taken back, it is not pinned until it is mapped again.",
    source: vfioRule("I-04, I-14"),
    witness: "LPG-12",
    applies: here(),
    reads: { handler, account },
    given: { "a page was taken back last": ({ handler: { context: h } }) => h.takenBack !== null },
    parts: {
      "it is not pinned": ({ handler: { context: h }, account: { context: a } }) => a.pins[h.takenBack!] === 0,
    },
    values: ({ handler: { context: h }, account: { context: a } }) => ({ "taken back": h.takenBack, pins: a.pins }),
  }),
  sometimes({
    id: "LPG-12",
    name: "middle-taken-back",
    statement: "An unmap of the second page is about to be asked for.",
    source: vfioRule("D-08"),
    applies: here(),
    reads: { handler },
    holds: ({ handler: { state, context: h } }) =>
      state === "releasing" && h.left[0] === "clear" && h.pages[0] === "second",
  }),
  always({
    id: "LPG-13",
    name: "no-write-into-page",
    statement: "No unmap clears entries in what is a page of the guest.",
    source: { document: "Linux 6.12.117, drivers/iommu/intel/iommu.c", clause: "dma_pte_clear_level()" },
    witness: "LPG-14",
    applies: here(maps),
    reads: { table },
    holds: ({ table: { context: t } }) => !t.wroteIntoPage,
  }),
  sometimes({
    id: "LPG-14",
    name: "middle-of-large-page",
    statement: "An unmap of the second page is about to be asked for while a large entry maps it.",
    source: vfioRule("D-08"),
    applies: here(maps),
    reads: { handler, table },
    holds: ({ handler: { state, context: h }, table: { context: t } }) =>
      t.large && state === "releasing" && h.left[0] === "clear" && h.pages[0] === "second",
  }),
  always({
    id: "LPG-15",
    name: "no-freed-table-remembered",
    statement: "The IOMMU remembers no table that was freed.",
    source: hardwareRule("I7"),
    witness: "LPG-16",
    applies: here(maps),
    reads: { table, walker },
    holds: ({ table: { context: t }, walker: { context: w } }) =>
      w.walkCache === null || !t.freed.includes(w.walkCache),
  }),
  sometimes({
    id: "LPG-16",
    name: "remembered-table-unlinked",
    statement: "The IOMMU remembers a table that makes way for a large entry.",
    source: hardwareRule("I7"),
    applies: here(maps),
    reads: { handler, walker },
    holds: ({ handler: { context: h }, walker: { context: w } }) => h.table !== null && w.walkCache === h.table,
  }),
  always({
    id: "LPG-17",
    name: "neighbour-undisturbed",
    statement: "While a page is taken back, a walk leads to its neighbour if that one is marked as mapped.",
    source: { document: "Linux 6.12.117, drivers/iommu/io-pgtable-arm.c", clause: "arm_lpae_split_blk_unmap()" },
    witness: "LPG-14",
    applies: here(splits),
    reads: { handler, table, walker },
    given: {
      "a page is taken back": ({ handler: { state, context: h } }) => state === "releasing" && h.pages.length === 1,
    },
    parts: {
      "a walk leads to each marked neighbour": ({ handler: { context: h }, table: t, walker: w }) =>
        LARGE.every((page) => h.pages.includes(page) || !h.marked[page] || isWalkedTo(t, w, page)),
    },
    values: ({ handler: { context: h }, table: t, walker: w }) => ({
      "taken back": h.pages,
      "marked, and no walk leads there": pagesWhere((page) => h.marked[page] && !isWalkedTo(t, w, page)),
    }),
  }),
  sometimes({
    id: "LPG-18",
    name: "large-page-split",
    statement: "The page table has one of the first two pages by its own entry, and the IOTLB still has the large one.",
    source: hardwareRule("I10"),
    applies: here((host, bounds) => splits(host, bounds) && host.splitOrder === "at-once"),
    reads: { table, walker },
    holds: ({ table: { context: t }, walker: { context: w } }) =>
      w.iotlb.includes("large") && LARGE.some((page) => t.small.includes(page)),
  }),
  sometimes({
    id: "LPG-19",
    name: "neighbour-taken",
    statement: "An unmap of one page has taken its neighbour with it.",
    source: vfioRule("D-08"),
    applies: here(takesAll),
    reads: { handler },
    holds: ({ handler: { context: h } }) => h.pages.length === 1 && h.cleared.length > 1,
  }),
] as const;
